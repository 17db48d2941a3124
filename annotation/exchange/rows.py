"""A campaign's annotations and skipped pairs as rows."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import DenseRank

from annotation.answers.queries import current_annotations, skips_that_stand
from annotation.exchange.columns import (
    FINER_COLUMNS,
    FIRST_COLUMNS,
    LAST_COLUMNS,
    SKIP_COLUMNS,
    ScoreColumn,
    model_column,
)
from annotation.guidance.queries import gold_labels
from annotation.models import Annotation, Assignment, Campaign, Skip
from linking.models import CandidatePair

Row = dict[str, Any]


_DEALT = (
    "assignment__annotator",
    "assignment__pair__stratum",
    "assignment__pair__a__collection",
    "assignment__pair__b__collection",
)


_IN_ORDER = ("assignment__annotator__username", "assignment__position", "pk")


def annotation_columns(campaign: Campaign, *, skips: bool = False) -> list[str]:
    """Names of the columns for this campaign, in the order in which they are written; with `skips` those too."""
    scores = [column.name for column in _score_columns(campaign)]
    models = [model_column(slug) for slug in campaign.sampling.model_slugs]
    finer = FINER_COLUMNS if campaign.finer_labels.exists() else ()
    return [*FIRST_COLUMNS, *models, *LAST_COLUMNS, *(SKIP_COLUMNS if skips else ()), *finer, *scores]


def annotation_rows(campaign: Campaign, *, history: bool = False) -> Iterator[Row]:
    """One row per answer that counts, or with `history` per answer ever given, by annotator and position.

    Values are text, int, float, datetime or None. Which columns there are is said in `columns`.
    """
    of_pair = _PairCells(campaign)
    for annotation in _annotations(campaign, history=history).iterator(chunk_size=2_000):
        number: int = annotation.pair_number  # type: ignore[attr-defined]  # of the query
        yield of_pair.cells(annotation.assignment, number) | {
            "label": annotation.label,
            "comment": annotation.comment,
            "seconds": annotation.seconds,
            "active_seconds": annotation.active_seconds,
            "unsure": int(annotation.unsure),
            "faulty": annotation.faulty,
            "created": annotation.created,
            "revision": annotation.revision,  # type: ignore[attr-defined]
            "submission": str(annotation.submission),
            "finer": annotation.finer.name if annotation.finer else "",
            "finer_key": annotation.finer.key if annotation.finer else "",
            "skipped": "",
        }


def skip_rows(campaign: Campaign, *, history: bool = False) -> list[Row]:
    """One row per pair that an annotator skipped and has not answered since, or with `history` per skip ever made.

    As those of `annotation_rows` under the same `history`, with whose pairs they share their numbers.
    """
    skips = list(_skips(campaign, history=history))
    if not skips:
        return []
    answered = _answers(campaign, history=history).order_by("assignment__pair").values_list("assignment__pair")
    skipped = sorted(skip.assignment.pair_id for skip in skips)
    pairs = dict.fromkeys([*(pair for (pair,) in answered.distinct()), *skipped])
    numbers = {pair: number for number, pair in enumerate(pairs, start=1)}
    of_pair = _PairCells(campaign)
    return [
        of_pair.cells(skip.assignment, numbers[skip.assignment.pair_id])
        | {
            "label": "",
            "comment": skip.comment,
            "seconds": None,
            "active_seconds": None,
            "unsure": 0,
            "faulty": skip.faulty,
            "created": skip.created,
            "revision": None,
            "submission": str(skip.submission),
            "finer": "",
            "finer_key": "",
            "skipped": skip.reason,
        }
        for skip in skips
    ]


class _PairCells:
    """What rows say of the pair and of whom it was dealt to, whatever was said of it."""

    def __init__(self, campaign: Campaign) -> None:
        self.models = campaign.sampling.model_slugs
        self.scores = _score_columns(campaign)
        self.gold = gold_labels(campaign)
        self.simulated = int(campaign.simulated)
        self.similarity_kind = campaign.sampling.told_similarity

    def cells(self, assignment: Assignment, number: int) -> Row:
        pair, stratum = assignment.pair, assignment.pair.stratum
        return {
            "a": pair.a.record_id if pair.a else "",
            "b": pair.b.record_id if pair.b else "",
            "comparison": stratum.comparison,
            **{model_column(slug): stratum.pattern.get(slug) for slug in self.models},
            "annotator": assignment.annotator.username,
            "position": assignment.position,
            "pair": number,
            "a_collection": pair.a.collection.slug if pair.a else "",
            "b_collection": pair.b.collection.slug if pair.b else "",
            "stratum_available": stratum.available,
            "simulated": self.simulated,
            "gold": self.gold.get(pair.pk, ""),
            "similarity_kind": self.similarity_kind,
            **{column.name: _score(pair, column) for column in self.scores},
        }


def _answers(campaign: Campaign, *, history: bool) -> QuerySet[Annotation]:
    return Annotation.objects.filter(assignment__campaign=campaign) if history else current_annotations(campaign)


def _annotations(campaign: Campaign, *, history: bool) -> QuerySet[Annotation]:
    """A revision counts the answers before it, so that it keeps its number where those are left out."""
    before = Annotation.objects.filter(assignment=OuterRef("assignment"), pk__lte=OuterRef("pk")).order_by()
    return (
        _answers(campaign, history=history)
        .annotate(
            revision=Subquery(before.values("assignment").annotate(count=Count("pk")).values("count")),
            pair_number=Window(DenseRank(), order_by=F("assignment__pair").asc()),
        )
        .select_related("finer", *_DEALT)
        .order_by(*_IN_ORDER)
    )


def _skips(campaign: Campaign, *, history: bool) -> QuerySet[Skip]:
    newer = Skip.objects.filter(assignment=OuterRef("assignment"), pk__gt=OuterRef("pk"))
    every = Skip.objects.filter(assignment__campaign=campaign)
    wanted = every if history else skips_that_stand(campaign).filter(~Exists(newer))
    return wanted.select_related(*_DEALT).order_by(*_IN_ORDER)


def _score_columns(campaign: Campaign) -> list[ScoreColumn]:
    """Those that any dealt pair has a figure for."""
    found: dict[ScoreColumn, None] = {}
    pairs = CandidatePair.objects.filter(assignments__campaign=campaign).distinct()
    for similarity, similar in pairs.values_list("similarity", "similar").iterator(chunk_size=2_000):
        for kind, figures in (("similarity", similarity), ("similar", similar)):
            for comparison, by_model in figures.items():
                found |= dict.fromkeys(ScoreColumn(kind, comparison, model) for model in by_model)
    return sorted(found, key=lambda column: (column.kind, column.comparison, column.model))


def _score(pair: CandidatePair, column: ScoreColumn) -> float | int | None:
    figures = pair.similarity if column.kind == "similarity" else pair.similar
    figure = figures.get(column.comparison, {}).get(column.model)
    return int(figure) if isinstance(figure, bool) else figure
