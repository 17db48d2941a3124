"""The full analysis as charts. Pure; those of `tables` have the same figures.

Every chart leaves out what has no figures, and is None where nothing is left.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from annotation.results.charts.figures import (
    CalibrationChart,
    CurvePoint,
    Estimate,
    Group,
    IntervalChart,
    Measure,
    Shuffle,
    ShuffleChart,
    Sign,
    interval_chart,
    wilson,
)
from annotation.results.charts.label_figures import FinerShare, LabelChart, SquareChart

from .tables import Document, errors_words, estimator_words, finer_words, label_words

MOST_FINER = 30  # more bars cannot be read at once: the table has them
MOST_SHUFFLES = 12  # histograms that can still be compared: the table has them all
WIDEST = 12.0  # log odds: a wider interval says nothing and would leave no room for the others

_LOG_ODDS = Measure("Log odds of a link", "log odds", digits=3)
_POINTS = Measure("Percentage points", "percentage points", digits=1)
_SHARE = Measure("Share linked", "linked", kind="share", digits=1, floor=0.0)
_AGREEMENT = Measure("Agreement", "value")
_SECONDS = Measure("Seconds on a pair", "median", digits=0, spread="middle half", floor=0.0)


def estimates_chart(document: Document) -> IntervalChart | None:
    """The compared model's coefficient in each regression by stratum, by every estimator."""
    groups: dict[str, list[Estimate]] = {}
    for fit in (*document["regressions"], *document["beside"]):
        if fit["coding"] != "stratum" or not fit["rows"]:
            continue
        row = fit["rows"][-1]  # the base comes first
        if row["low"] is None or row["high"] is None or row["high"] - row["low"] > WIDEST:
            continue
        quoted = fit["intercept"] and fit["covariance"] == document["recommended"]["covariance"]
        name = estimator_words(fit)
        if name == "logit":
            name = f"errors: {errors_words(fit['covariance'])}"
        told = _sign(row["low"], row["high"])
        # Only the one to quote has a colour; the others are grey, filled where they can be told.
        sign: Sign = told if told == "untold" or (quoted and fit["estimator"] == "logit") else "beside"
        heading = f"{row['term']} in {fit['name']} (n = {fit['n']:,})"
        groups.setdefault(heading, []).append(Estimate(name, row["coef"], row["low"], row["high"], fit["n"], sign))
    return interval_chart(
        "estimates",
        "The same effect by every estimator",
        "Log odds of a link, 95 % interval; a ring where it includes 0; in colour the one to quote, where it is told",
        measure=_LOG_ODDS,
        reference="no effect; as published, one half of the pairs linked",
        groups=_groups(groups, 0.0),
        simulated=document["simulated"],
    )


def points_chart(document: Document) -> IntervalChart | None:
    comparison = document["model_comparison"]
    effects = [(effect["term"], effect) for effect in comparison["effects"]]
    contrasts = [(f"{each['model']} less {each['other']}", each["effect"]) for each in comparison["contrasts"]]
    groups = {"What a model’s finding adds": effects, "One model less another": contrasts}
    return interval_chart(
        "points",
        "How many more links, in percentage points",
        f"Average difference in percentage points, 95 % interval, n = {comparison['n']:,}",
        measure=_POINTS,
        reference="no difference",
        groups=_groups({heading: _points(found, comparison["n"]) for heading, found in groups.items()}, 0.0),
        simulated=document["simulated"],
    )


def population_chart(document: Document) -> IntervalChart | None:
    groups: dict[str, list[Estimate]] = {}
    for each in document["population"]:
        if each["low"] is not None:
            groups.setdefault(each["comparison"], []).append(
                Estimate(each["model"], each["share"], each["low"], each["high"], each["n"])
            )
    return interval_chart(
        "population",
        "Shares of all pairs",
        "Of all pairs that a model finds similar, the share that would be linked, 95 % interval",
        measure=_SHARE,
        reference="one half",
        groups=_groups(groups, 0.5),
        simulated=document["simulated"],
    )


def parts_chart(by: str, parts: Sequence[dict[str, Any]], document: Document) -> IntervalChart | None:
    """Each model's effect in each part of the answers."""
    groups = {
        f"{part['name']} (n = {part['n']:,})": _points([(each["term"], each) for each in part["effects"]], part["n"])
        for part in parts
    }
    return interval_chart(
        f"{by}s",
        f"What a model’s finding adds, by {by}",
        f"What a model’s finding adds by {by}, in percentage points, 95 % interval",
        measure=_POINTS,
        reference="no difference",
        groups=_groups(groups, 0.0),
        simulated=document["simulated"],
    )


def finer_chart(document: Document) -> LabelChart | None:
    """How often each finer label was given among the answers with the label above it."""
    shares = tuple(
        FinerShare(each["label"], finer_words(each, document), each["count"], each["n"], each["key"])
        for each in document["finer_labels"]
        if each["n"]
    )
    if not 0 < len(shares) <= MOST_FINER:
        return None
    return LabelChart(
        "finer-labels",
        "Finer labels",
        "Of the answers with a label, how many have each finer one, 95 % Wilson interval",
        document["simulated"],
        shares,
    )


def agreement_chart(document: Document) -> IntervalChart | None:
    pairs = document["agreement"]["pairs"]
    groups: dict[str, list[Estimate]] = {}
    for each in document["agreement"]["coefficients"]:
        if each["low"] is not None:
            heading = "Of four labels" if each["of"] == "label" else "Of linked or not"
            groups.setdefault(heading, []).append(
                Estimate(each["name"], each["value"], each["low"], each["high"], pairs)
            )
    return interval_chart(
        "agreement",
        "Agreement",
        f"1 is full agreement; 95 % interval, {pairs:,} pairs",
        measure=_AGREEMENT,
        reference="what chance gives, but for percent agreement",
        groups=_groups(groups, 0.0),
        simulated=document["simulated"],
    )


def confusion_chart(document: Document) -> SquareChart | None:
    """What two people said of the same pair. None where nobody shares a pair."""
    confusion = document["agreement"]["confusion"]
    return _square(
        "confusion",
        "Who takes what for what",
        "What one person said of a pair and what another said of the same; every two people count either way",
        ("One said", "Another said"),
        confusion["between"],
        document,
        # Agreement stands in the square twice and disagreement in two rows: no sample that an interval could be of.
        independent=False,
    )


def gold_chart(document: Document) -> SquareChart | None:
    return _square(
        "gold",
        "Against the right labels",
        "What people said of pairs whose right label is known",
        ("Right label", "People said"),
        document["agreement"]["confusion"]["gold"],
        document,
        independent=True,
    )


def _square(
    name: str,
    title: str,
    explanation: str,
    sides: tuple[str, str],
    counts: list[list[int]],
    document: Document,
    *,
    independent: bool,
) -> SquareChart | None:
    labels = tuple(label_words(label, document) for label in document["agreement"]["confusion"]["labels"])
    if not any(map(any, counts)):
        return None
    explanation += "; the stronger the colour, the more of the row"
    kept = tuple(map(tuple, counts))
    return SquareChart(name, title, explanation, document["simulated"], *sides, labels, kept, independent)


def order_chart(document: Document) -> IntervalChart | None:
    """Shares linked in each third of everybody's order."""
    thirds = [third for third in document["order_and_time"]["thirds"] if third["n"]]
    n = sum(third["n"] for third in thirds)
    linked = [round(third["share"] * third["n"]) for third in thirds]
    rows = [
        Estimate(third["name"], third["share"], *wilson(count, third["n"]), third["n"])
        for third, count in zip(thirds, linked, strict=True)
    ]
    return interval_chart(
        "order",
        "Links over the order",
        "Share linked in each third of every annotator’s order, 95 % Wilson interval",
        measure=_SHARE,
        reference="the share of all",
        groups=_groups({"": rows}, sum(linked) / n if n else 0.0),
        simulated=document["simulated"],
    )


def times_chart(document: Document) -> IntervalChart | None:
    found = document["order_and_time"]
    if not found["overall"]:
        return None
    rows = [
        Estimate(each["group"], each["median"], each["lower_quartile"], each["upper_quartile"], each["n"])
        for each in found["by_annotator"]
    ]
    return interval_chart(
        "times",
        "Time on a pair",
        "Median seconds of each annotator and the middle half of the answers",
        measure=_SECONDS,
        reference="the median of all answers",
        groups=_groups({"": rows}, found["overall"]["median"]),
        simulated=document["simulated"],
    )


def calibration_chart(document: Document) -> CalibrationChart | None:
    points = tuple(
        CurvePoint(*(each[key] for key in ("predicted", "linked", "low", "high", "n")))
        for each in document["link_model"]["calibration"]
    )
    if not points:
        return None
    return CalibrationChart(
        "calibration",
        "Predicted and linked",
        "Share linked among pairs of about the same predicted probability, on records held out, 95 % interval",
        document["simulated"],
        points,
    )


def nouns_chart(document: Document) -> IntervalChart | None:
    """The paper's Figure 5: by noun, how much more often than the first model the others name a picture right."""
    found = document["by_noun"]
    groups: dict[str, list[Estimate]] = {}
    for row in found["rows"]:
        other, base = row["models"]
        value, low, high = (100 * row[key] for key in ("mean", "low", "high"))
        estimate = Estimate(f"{row['noun']} ({row['n']:,})", value, low, high, row["n"], _sign(low, high))
        groups.setdefault(f"{other} less {base}", []).append(estimate)
    return interval_chart(
        "nouns",
        "Pictures named right, by noun",
        f"Difference in accuracy among {found['candidates']} nouns, percentage points, 95 % interval; "
        "in brackets how many records",
        measure=_POINTS,
        reference="no difference",
        groups=_groups(groups, 0.0),
        simulated=document["simulated"],
    )


def chance_chart(document: Document) -> ShuffleChart | None:
    """The authors' figure: coefficients among those of shuffled labels. Those by modality are in the table."""
    tests = [(test, "shuffled over all pairs, as published") for test in document["permutation"]]
    tests += [(test, f"shuffled among the pairs {test['within']}") for test in document["permutation_within"]]
    shuffles = tuple(
        Shuffle(f"{test['regression']}, {how}", test["term"], test["coef"], test["p"], **_bins(test["histogram"]))
        for test, how in tests
        if test["coding"] == "stratum" and test["histogram"]
    )
    if not 0 < len(shuffles) <= MOST_SHUFFLES:
        return None
    return ShuffleChart(
        "chance",
        "Coefficients among those of shuffled labels",
        f"What {tests[0][0]['shuffles']:,} shuffles of the labels give; the line with a dot is the observed "
        "coefficient, the dashed one as far on the other side, and p the share of shuffles beyond the two",
        document["simulated"],
        shuffles,
    )


def _bins(histogram: dict[str, Any]) -> dict[str, Any]:
    return histogram | {"counts": tuple(histogram["counts"])}


def _points(effects: Iterable[tuple[str, dict[str, Any]]], n: int) -> list[Estimate]:
    return [
        Estimate(name, effect["points"], effect["low"], effect["high"], n, _sign(effect["low"], effect["high"]))
        for name, effect in effects
        if effect["low"] is not None
    ]


def _groups(found: dict[str, list[Estimate]], reference: float) -> list[Group]:
    return [Group(heading, tuple(rows), reference) for heading, rows in found.items()]


def _sign(low: float, high: float) -> Sign:
    return "more" if low > 0 else "fewer" if high < 0 else "untold"
