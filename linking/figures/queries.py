"""What the figures and the page of a pair read."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, F, TextField, Value, When

from heritage.catalogue.queries import for_cards
from heritage.models import Collection, Record
from linking.figures.axes import Axis
from linking.figures.scatter import Point
from linking.models import CandidatePair, Sampling
from linking.sampling.comparisons import ALL_COMPARISONS
from linking.sampling.strata import stratum_in_words

MOST_POINTS = 5_000  # that a browser draws at once


@dataclass(frozen=True)
class ShownPair:
    """A drawn pair with its two records, None for one that is withheld, and how similar each model finds them."""

    pair: CandidatePair
    records: tuple[Record | None, Record | None]
    stratum: str
    rows: Sequence[tuple[str, Sequence[tuple[float | None, bool]]]]  # comparison; of each model


def compared_by(sampling: Sampling) -> list[str]:
    """The comparisons that its pairs have similarities by, in the method's order."""
    first = sampling.pairs.values_list("similarity", flat=True).first() or {}
    found = {*sampling.thresholds, *first}
    return [name for name in ALL_COMPARISONS if name in found] + sorted(found.difference(ALL_COMPARISONS))


def points_of(sampling: Sampling, x: Axis, y: Axis) -> tuple[list[Point], int]:
    """Up to MOST_POINTS pairs that have both similarities, in the order in which they were drawn; and how many not."""
    names = [
        Case(
            When(**{f"{side}__withheld": True}, then=Value("a record that is withheld")),
            default=F(f"{side}__name"),
            output_field=TextField(),
        )
        for side in ("a", "b")
    ]
    pairs = sampling.pairs.order_by("pk").values_list("pk", "similarity", "similar", *names)[:MOST_POINTS]
    points, missing = [], 0
    for pk, similarity, similar, a, b in pairs:
        across, up = x.similarity(similarity), y.similarity(similarity)
        if across is None or up is None:
            missing += 1
            continue
        flags = tuple(bool(similar.get(axis.comparison, {}).get(axis.model)) for axis in (x, y))
        points.append(Point(pk, f"{_short(a)} and {_short(b)}", across, up, (flags[0], flags[1])))
    return points, missing


def is_simulated(sampling: Sampling) -> bool:
    """Whether any record of it may have been drawn by a program."""
    return Collection.objects.filter(slug__in=sampling.recipe.get("collections", []), simulated=True).exists()


def threshold_of(sampling: Sampling, axis: Axis) -> float | None:
    found: float | None = sampling.thresholds.get(axis.comparison, {}).get(axis.model)
    return found


def shown_pair(pair: CandidatePair) -> ShownPair:
    models = pair.sampling.model_slugs
    records = {record.pk: record for record in for_cards(Record.objects.filter(pk__in=[pair.a_id, pair.b_id]))}
    both = [records.get(key or 0) for key in (pair.a_id, pair.b_id)]
    shown = [None if record is None or record.withheld else record for record in both]
    flags = [bool(pair.stratum.pattern.get(model)) for model in models]
    return ShownPair(
        pair=pair,
        records=(shown[0], shown[1]),
        stratum="a control, drawn at random" if pair.control else stratum_in_words(flags, models),
        rows=[
            (
                comparison,
                [(by_model.get(model), bool(pair.similar.get(comparison, {}).get(model))) for model in models],
            )
            for comparison, by_model in pair.similarity.items()
        ],
    )


def _short(name: str | None) -> str:
    said = " ".join((name or "a record without a name").split())
    return said if len(said) <= 60 else f"{said[:59]}…"
