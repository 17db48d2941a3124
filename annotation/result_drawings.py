"""The full analysis as drawings of intervals. Pure; the tables of `result_tables` have the same figures.

Every drawing leaves out what has no figures, and is None where nothing is left.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from heritage.charts import Interval, interval_plot
from models_ml.evaluation.panels import Panel

from .result_tables import Document, errors_words, estimator_words

WIDEST = 12.0  # log odds: a wider interval says nothing and would leave no room for the others
MOST_ROWS = 40


def estimates_drawing(document: Document) -> Panel | None:
    """The compared model's coefficient in each regression by stratum, by every estimator."""
    groups: dict[str, list[Interval]] = {}
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
        colour = _direction(row["low"], row["high"]) if quoted and fit["estimator"] == "logit" else "unrelated"
        heading = f"{row['term']} in {fit['name']} (n = {fit['n']:,})"
        hollow = not _told(row["low"], row["high"])
        groups.setdefault(heading, []).append(
            Interval(name, row["coef"], row["low"], row["high"], colour, hollow=hollow)
        )
    return _panel(
        "estimates-drawing",
        "The same effect by every estimator",
        "Log odds of a link, 95 % interval; a ring where it includes 0; in colour the one to quote, where it is told",
        "no effect; as published, one half of the pairs linked",
        list(groups.items()),
        [0.0] * len(groups),
    )


def points_drawing(document: Document) -> Panel | None:
    comparison = document["model_comparison"]
    effects = _points((effect["term"], effect) for effect in comparison["effects"])
    contrasts = _points((f"{each['model']} less {each['other']}", each["effect"]) for each in comparison["contrasts"])
    groups = [("What a model’s finding adds", effects), ("One model less another", contrasts)]
    groups = [group for group in groups if group[1]]
    explanation = f"Average difference in percentage points, 95 % interval, n = {comparison['n']:,}"
    return _panel("points-drawing", "Percentage points", explanation, "no difference", groups, [0.0] * len(groups))


def population_drawing(document: Document) -> Panel | None:
    groups: dict[str, list[Interval]] = {}
    for each in document["population"]:
        if each["low"] is not None:
            groups.setdefault(each["comparison"], []).append(
                Interval(f"{each['model']} (n = {each['n']:,})", each["share"], each["low"], each["high"], "")
            )
    return _panel(
        "population-drawing",
        "Shares of all pairs",
        "Of all pairs that a model finds similar, the share that would be linked, 95 % interval",
        "one half",
        list(groups.items()),
        [0.5] * len(groups),
        floor=0.0,
    )


def parts_drawing(name: str, heading: str, parts: Sequence[dict[str, Any]], document: Document) -> Panel | None:
    """Each model's effect in each part of the answers."""
    groups = [(f"{part['name']} (n = {part['n']:,})", _points(_named(part["effects"]))) for part in parts]
    groups = [group for group in groups if group[1]]
    explanation = "What a model’s finding adds in percentage points, 95 % interval"
    return _panel(name, heading, explanation, "no difference", groups, [0.0] * len(groups))


def agreement_drawing(document: Document) -> Panel | None:
    groups: dict[str, list[Interval]] = {}
    for each in document["agreement"]["coefficients"]:
        if each["low"] is not None:
            heading = "Of four labels" if each["of"] == "label" else "Of linked or not"
            groups.setdefault(heading, []).append(Interval(each["name"], each["value"], each["low"], each["high"], ""))
    explanation = f"1 is full agreement; 95 % interval, {document['agreement']['pairs']:,} pairs"
    reference = "what chance gives, but for percent agreement"
    return _panel("agreement-drawing", "Agreement", explanation, reference, list(groups.items()), [0.0] * len(groups))


def times_drawing(document: Document) -> Panel | None:
    found = document["order_and_time"]
    if not found["overall"]:
        return None
    rows = [
        Interval(
            f"{each['group']} (n = {each['n']:,})", each["median"], each["lower_quartile"], each["upper_quartile"], ""
        )
        for each in found["by_annotator"]
    ]
    return _panel(
        "times-drawing",
        "Time on a pair",
        "Median seconds of each annotator and the middle half of the answers",
        "the median of all answers",
        [("", rows)],
        [found["overall"]["median"]],
        floor=0.0,
    )


def calibration_drawing(document: Document) -> Panel | None:
    bins = document["link_model"]["calibration"]
    rows = [
        Interval(f"{100 * each['predicted']:.0f} % (n = {each['n']:,})", each["linked"], each["low"], each["high"], "")
        for each in bins
    ]
    share = sum(each["n"] * each["linked"] for each in bins) / sum(each["n"] for each in bins) if bins else 0.5
    return _panel(
        "calibration-drawing",
        "Predicted and linked",
        "Share linked among pairs of about the same predicted probability, 95 % interval",
        "the share of all",
        [("", rows)],
        [share],
        floor=0.0,
    )


def _named(effects: Iterable[dict[str, Any]]) -> Iterable[tuple[str, dict[str, Any]]]:
    return ((effect["term"], effect) for effect in effects)


def _points(effects: Iterable[tuple[str, dict[str, Any]]]) -> list[Interval]:
    return [
        Interval(
            name,
            effect["points"],
            effect["low"],
            effect["high"],
            _direction(effect["low"], effect["high"]),
            hollow=not _told(effect["low"], effect["high"]),
        )
        for name, effect in effects
        if effect["low"] is not None
    ]


def _panel(
    id: str,
    heading: str,
    explanation: str,
    reference: str,
    groups: Sequence[tuple[str, Sequence[Interval]]],
    references: Sequence[float],
    *,
    floor: float | None = None,
) -> Panel | None:
    rows = sum(len(members) for _, members in groups)
    if not rows or rows > MOST_ROWS:
        return None  # too many to be read at once: the table has them
    return Panel(id, heading, explanation, reference, interval_plot(groups, references, floor=floor))


def _told(low: float, high: float) -> bool:
    return not low <= 0 <= high


def _direction(low: float, high: float) -> str:
    """As on the page's other drawings: green for more links, accent for fewer, grey where it cannot be told."""
    return "same-object" if low > 0 else "" if high < 0 else "unrelated"
