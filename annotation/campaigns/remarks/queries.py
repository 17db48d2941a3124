"""Remarks as a page and a file have them.

Labels are results: while these are sealed for the reader, or kept from them because they label too, remarks leave out
which label was given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from annotation.answers import queries
from annotation.labels.queries import label_names
from annotation.models import Annotation, Assignment, Campaign, Skip
from annotation.visibility import campaigns_with_visible_links
from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Record, User

REMARKS_PER_PAGE = 24
REMARKS = {
    "all": "All remarks",
    "skips": "Skipped",
    "unsure": "Unsure",
    "faulty": "Broken records",
    "comments": "Comments",
}
COLUMNS = (
    "when",
    "what",
    "comment",
    *(
        f"{side}_{field}"
        for side in ("first", "second")
        for field in ("collection", "identifier", "name", "page", "broken")
    ),
)


@dataclass(frozen=True)
class RemarkFilter:
    """Which remarks: a kind of REMARKS, why a pair was skipped, and by whom (a user name); empty: any."""

    kind: str = "all"
    reason: str = ""
    person: str = ""


@dataclass(frozen=True)
class RemarkedRecord:
    """A record of a remarked pair; None where a published table names none. `broken`: somebody says that it is."""

    record: Record | None
    broken: bool


@dataclass(frozen=True)
class Remark:
    """Something that an annotator said besides, or in place of, a label."""

    annotator: str
    position: int
    pair: int
    records: tuple[RemarkedRecord, RemarkedRecord]
    said: str
    unsure: bool
    comment: str
    created: datetime


def remarks_page(
    campaign: Campaign, chosen: RemarkFilter, *, reader: User, number: str | None
) -> tuple[Page[Any], list[Remark]]:
    """A page of them, the newest first, in the same number of queries whatever their number."""
    page = Paginator(_newest(campaign, chosen), REMARKS_PER_PAGE).get_page(number)
    return page, _read(campaign, list(page.object_list), reader)


def read_remarks(campaign: Campaign, chosen: RemarkFilter, *, reader: User) -> list[Remark]:
    """All of them, the newest first."""
    return _read(campaign, _newest(campaign, chosen), reader)


def remark_counts(campaign: Campaign) -> list[tuple[str, str, int]]:
    """How many there are of each kind: its name, its words and the number. Two queries."""
    conditions = {"unsure": Q(unsure=True), "faulty": ~Q(faulty=""), "comments": ~Q(comment="")}
    skips = (
        queries.skips_that_stand(campaign)
        .order_by()
        .aggregate(skips=Count("pk"), **{kind: Count("pk", filter=conditions[kind]) for kind in ("faulty", "comments")})
    )
    answers = (
        queries.current_annotations(campaign)
        .order_by()
        .aggregate(**{kind: Count("pk", filter=condition) for kind, condition in conditions.items()})
    )
    found = {kind: skips.get(kind, 0) + answers.get(kind, 0) for kind in REMARKS if kind != "all"}
    return [(kind, REMARKS[kind], count) for kind, count in found.items()]


def remark_rows(remarks: Sequence[Remark]) -> Iterator[Sequence[str]]:
    """For the documentation department: COLUMNS, then a row each. Who remarked it stays here; of a record that may not
    be shown there is the identifier alone."""
    yield COLUMNS
    for remark in remarks:
        what = f"{remark.said} (unsure)" if remark.unsure else remark.said
        cells = [timezone.localtime(remark.created).isoformat(timespec="seconds"), what, remark.comment]
        for each in remark.records:
            cells += _record_cells(each)
        yield cells


def _record_cells(of: RemarkedRecord) -> list[str]:
    record = of.record
    broken = "yes" if of.broken else ""
    if record is None:
        return ["", "", "", "", broken]
    shown = ("", "") if record.withheld else (record.name, record.page)
    return [record.collection.name, record.record_id, *shown, broken]


def _newest(campaign: Campaign, chosen: RemarkFilter) -> list[tuple[type[Annotation | Skip], int]]:
    """The kind of row and key of each, in two queries."""
    answers, skips = queries.current_annotations(campaign), queries.skips_that_stand(campaign)
    if chosen.person:
        answers = answers.filter(assignment__annotator__username=chosen.person)
        skips = skips.filter(assignment__annotator__username=chosen.person)
    if chosen.reason:
        answers, skips = answers.none(), skips.filter(reason=chosen.reason)
    wanted: dict[str, tuple[QuerySet[Annotation], QuerySet[Skip]]] = {
        "skips": (answers.none(), skips),
        "unsure": (answers.filter(unsure=True), skips.none()),
        "faulty": (answers.exclude(faulty=""), skips.exclude(faulty="")),
        "comments": (answers.exclude(comment=""), skips.exclude(comment="")),
    }
    remarked = answers.filter(Q(unsure=True) | ~Q(faulty="") | ~Q(comment=""))
    of_answers, of_skips = wanted.get(chosen.kind, (remarked, skips))
    found = [
        (created, pk, model)
        for model, rows in ((Annotation, of_answers), (Skip, of_skips))
        for created, pk in rows.order_by().values_list("created", "pk")
    ]
    found.sort(key=lambda each: each[:2], reverse=True)
    return [(model, pk) for _, pk, model in found]


def _read(campaign: Campaign, wanted: Sequence[tuple[type[Annotation | Skip], int]], reader: User) -> list[Remark]:
    # Labels are what links are made of.
    shown = campaigns_with_visible_links(reader).filter(pk=campaign.pk).exists()
    names = label_names(campaign) if shown else None
    rows: dict[tuple[type[Annotation | Skip], int], Annotation | Skip] = {}
    for model, related in ((Annotation, ("finer",)), (Skip, ())):
        keys = [pk for kind, pk in wanted if kind is model]
        found = _with_records(model.objects.filter(pk__in=keys), *related)
        rows |= {(model, each.pk): each for each in found}
    return [_remark(rows[each], names) for each in wanted if each in rows]


def _with_records(said: QuerySet[Any], *related: str) -> QuerySet[Any]:
    sides = [f"assignment__pair__{side}" for side in "ab"]
    unread = [f"{side}__{field}" for side in sides for field in ("search", "taxonomy", "description")]
    figures = ["assignment__pair__similarity", "assignment__pair__similar"]
    pictures = [Prefetch(f"{side}__images", queryset=IMAGES_HERE, to_attr="pictures") for side in sides]
    collections = [f"{side}__collection" for side in sides]
    return (
        said.select_related("assignment__annotator", *collections, *related)
        .defer(*unread, *figures)
        .prefetch_related(*pictures)
    )


def _remark(said: Annotation | Skip, names: Mapping[str, str] | None) -> Remark:
    assignment: Assignment = said.assignment
    if isinstance(said, Skip):
        what, unsure = f"Skipped: {said.get_reason_display()}", False
    else:
        unsure = said.unsure
        what = "Answered" if names is None else said.said(names) or "Left empty"
    a, b = (
        RemarkedRecord(record, side in said.faulty)
        for side, record in (("a", assignment.pair.a), ("b", assignment.pair.b))
    )
    return Remark(
        annotator=assignment.annotator.username,
        position=assignment.position,
        pair=assignment.pair_id,
        records=(a, b),
        said=what,
        unsure=unsure,
        comment=said.comment,
        created=said.created,
    )
