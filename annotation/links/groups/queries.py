"""Groups as pages and files read them: from the links that the links' page counts, with the same thresholds.

What of it somebody may see is decided in `annotation.visibility`. A group that would tell how two records relate that
the reader still has to label is kept back as a whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from annotation.links.queries import LinkFilter, LinkRow, link_rows
from annotation.models import Campaign
from annotation.visibility import pairs_kept_from
from annotation.vocabulary import Label
from heritage.catalogue.queries import for_cards
from heritage.models import Collection, Record, User
from linking.models import CandidatePair

from .components import RecordGroup, Tie, as_close_as, connected_groups

SHOWN_OF_GROUP = 6  # pictures of a group in the list
GROUPS_PER_PAGE = 24
LINKS_PER_PAGE = 50  # of one group, with the records that they join
COLUMNS = ("group", "records_in_group", "collection", "record_id", "name", "simulated")


@dataclass(frozen=True)
class GroupFilter:
    """Which links hold a group together."""

    campaign: Campaign | None = None  # None: all that the reader may see
    label: str = Label.SIMILAR_OBJECT  # or closer
    least_agreement: float = 0.5
    least_answers: int = 1
    only_signed_off: bool = False


@dataclass(frozen=True)
class Network:
    """groups: the largest first; rows: the links that ties point into; kept_back: groups that wait for the reader's
    own answers; collections: key of each record's collection."""

    groups: Sequence[RecordGroup]
    rows: Sequence[LinkRow]
    kept_back: int
    collections: Mapping[int, int]

    @cached_property
    def record_count(self) -> int:
        return sum(len(group.records) for group in self.groups)

    def group_of(self, record: int) -> RecordGroup | None:
        return next((group for group in self.groups if record in group.records), None)


@dataclass(frozen=True)
class GroupCard:
    """A group in the list: a few of its records, with pictures first, and how many each collection has."""

    group: RecordGroup
    records: Sequence[Record]
    counts: Sequence[tuple[str, int]]

    @property
    def more(self) -> int:
        return len(self.group.records) - len(self.records)


@dataclass(frozen=True)
class GroupLink:
    """A link within a group, between records that are shown."""

    row: LinkRow
    a: Record
    b: Record

    @property
    def label_words(self) -> str:
        return str(Label(self.row.label).label)


def read_network(*, user: User, choice: GroupFilter) -> Network:
    """Five queries, whatever the number of links."""
    least = LinkFilter(least_agreement=choice.least_agreement, least_answers=choice.least_answers)
    wanted = ("signed_off",) if choice.only_signed_off else ("signed_off", "open")
    close = as_close_as(choice.label)
    rows = [
        row
        for row in link_rows(user=user, choice=least, campaign=choice.campaign)
        if row.state in wanted and row.label in close
    ]
    pairs = CandidatePair.objects.filter(pk__in={row.pair for row in rows}).order_by()
    ends: dict[int, tuple[int, int]] = {}
    collections: dict[int, int] = {}
    for pk, a, b, of_a, of_b in pairs.values_list("pk", "a", "b", "a__collection", "b__collection"):
        ends[pk] = (a, b)
        collections |= {a: of_a, b: of_b}
    groups = connected_groups([Tie(*ends[row.pair], place) for place, row in enumerate(rows)], collections)
    of_record = {record: place for place, group in enumerate(groups) for record in group.records}
    kept = {
        of_record[a]
        for a, b in pairs_kept_from(user).order_by().values_list("a", "b")
        if a in of_record and of_record[a] == of_record.get(b)
    }
    shown = [group for place, group in enumerate(groups) if place not in kept]
    return Network(shown, rows, len(kept), collections)


def group_cards(network: Network, groups: Sequence[RecordGroup]) -> list[GroupCard]:
    """For a page of groups, in four queries."""
    names = dict(Collection.objects.values_list("pk", "name"))
    first = {group.key: _one_of_each(group, network.collections) for group in groups}
    records = for_cards(Record.objects.all()).in_bulk([key for keys in first.values() for key in keys])
    cards = []
    for group in groups:
        of = [network.collections[record] for record in group.records]
        counts = [(names[key], of.count(key)) for key in sorted(set(of), key=lambda key: (-of.count(key), key))]
        cards.append(GroupCard(group, [records[key] for key in first[group.key]], counts))
    return cards


def records_of_ties(ties: Sequence[Tie]) -> list[Record]:
    """The records that the ties join, with their pictures, collection by collection."""
    keys = {key for tie in ties for key in (tie.a, tie.b)}
    return list(for_cards(Record.objects.filter(pk__in=keys)).order_by("collection__slug", "pk"))


def links_of_ties(network: Network, ties: Sequence[Tie], records: Sequence[Record]) -> list[GroupLink]:
    """Each tie with its link and its two of the `records`."""
    by_key = {record.pk: record for record in records}
    return [GroupLink(network.rows[tie.link], by_key[tie.a], by_key[tie.b]) for tie in ties]


def group_rows(network: Network) -> Iterator[tuple[Any, ...]]:
    """One row a record, of COLUMNS; a group is named by its first record. What may not be shown has no name."""
    said = {
        pk: (collection, record_id, "" if withheld else name, simulated)
        for pk, collection, record_id, name, simulated, withheld in Record.objects.filter(
            pk__in=[key for group in network.groups for key in group.records]
        )
        .order_by()
        .values_list("pk", "collection__slug", "record_id", "name", "collection__simulated", "withheld")
    }
    for group in network.groups:
        for key in group.records:
            yield (group.key, len(group.records), *said[key])


def network_document(network: Network) -> dict[str, Any]:
    """The groups with their records and links, for programs."""
    records: dict[int, list[dict[str, Any]]] = {}
    names: dict[int, dict[str, str]] = {}
    for row, key in zip(group_rows(network), (key for group in network.groups for key in group.records), strict=True):
        said = dict(zip(COLUMNS, row, strict=True))
        records.setdefault(said["group"], []).append(
            {name: said[name] for name in ("collection", "record_id", "name", "simulated")}
        )
        names[key] = {"collection": said["collection"], "record_id": said["record_id"]}
    return {
        "groups": [
            {
                "group": group.key,
                "records": records[group.key],
                "links": [
                    {
                        "a": names[tie.a],
                        "b": names[tie.b],
                        "label": network.rows[tie.link].label,
                        "agreement": round(network.rows[tie.link].agreement, 4),
                        "answers": network.rows[tie.link].answers,
                        "signed_off": network.rows[tie.link].state == "signed_off",
                    }
                    for tie in group.ties
                ],
            }
            for group in network.groups
        ]
    }


def _one_of_each(group: RecordGroup, collections: Mapping[int, int]) -> list[int]:
    """Some of the group's records: each collection's first, then each one's second, and so on."""
    by_collection: dict[int, list[int]] = {}
    for record in group.records:
        by_collection.setdefault(collections[record], []).append(record)
    turns = [
        (turn, place, record)
        for place, own in enumerate(by_collection.values())
        for turn, record in enumerate(own[:SHOWN_OF_GROUP])
    ]
    return [record for _, _, record in sorted(turns)[:SHOWN_OF_GROUP]]
