"""Marked and choosable pairs as the lead's page lists them, with both records. A fixed number of queries each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db.models import Count, Q

from annotation.labels.queries import label_names
from annotation.models import Campaign, GoldPair, GuidancePair
from heritage.catalogue.queries import for_cards
from heritage.models import Record
from linking.models import CandidatePair

from .queries import current_gold, current_guidance


@dataclass(frozen=True)
class ListedPair:
    """`mark` is a GuidancePair or GoldPair, or a CandidatePair that may become one. `people`: annotators who answered
    it as practice, or who have it in their hand. Records have `collection` and `pictures`."""

    mark: Any
    records: tuple[Record, ...]
    label: str = ""
    people: int = 0


def listed_guidance(campaign: Campaign, kind: str) -> list[ListedPair]:
    """Current examples or practice pairs, in the order in which annotators see them."""
    answered = Count("practice_answers__annotator", distinct=True)
    marks = list(current_guidance(campaign, kind).annotate(people=answered))
    return _listed(((mark, mark.a_id, mark.b_id) for mark in marks), label_names(campaign))


def listed_gold(campaign: Campaign) -> list[ListedPair]:
    """Current gold pairs; of pairs that name no records, as in published tables, without any."""
    holders = Count("pair__assignments", filter=Q(pair__assignments__campaign=campaign))
    marks = list(current_gold(campaign).select_related("pair").annotate(people=holders))
    return _listed(((mark, mark.pair.a_id, mark.pair.b_id) for mark in marks), label_names(campaign))


def listed_pairs(pairs: Iterable[CandidatePair]) -> list[ListedPair]:
    """Of `choosable_pairs`."""
    return _listed((pair, pair.a_id, pair.b_id) for pair in pairs)


def _listed(
    rows: Iterable[tuple[GuidancePair | GoldPair | CandidatePair, int | None, int | None]],
    names: Mapping[str, str] = MappingProxyType({}),
) -> list[ListedPair]:
    """`names` of the labels, where the rows are marks and have one."""
    rows = list(rows)
    wanted = {record for _, *sides in rows for record in sides if record}
    records = {record.pk: record for record in for_cards(Record.objects.filter(pk__in=wanted))}
    return [
        ListedPair(
            mark=mark,
            records=tuple(records[side] for side in sides if side),
            label=names.get(getattr(mark, "label", ""), ""),
            people=getattr(mark, "people", getattr(mark, "holders", 0)),
        )
        for mark, *sides in rows
    ]
