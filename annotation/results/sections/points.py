"""Models’ effects and the differences between models, in percentage points. Pure."""

from typing import Any

from annotation.results.charts.figures import IntervalChart, interval_chart
from heritage.pages.tables import (
    Column,
    Row,
    Table,
    count_cell,
    interval_cell,
    number,
    number_cell,
    table_of,
    text_cell,
)

from .figures import POINTS, groups_of, p_cell, points_estimates
from .section import Said, SectionKind
from .words import Document, p_words


def _said(document: Document) -> Said:
    comparison = document["model_comparison"]
    words = points_sentences(comparison)
    caveats = (
        "All models stand in one logit with an intercept; effects are averages over the answered pairs. Differences "
        "between models are the planned family, the models’ own effects another; p after Holm allows for there being "
        "several of each.",
        *comparison["warnings"],
    )
    return Said(words or ["Not estimable from these answers."], caveats)


def points_sentences(comparison: dict[str, Any], over: str = "") -> list[str]:
    """One for each effect and difference that could be told; `comparison` as in the document, `over` which pairs."""
    n = f"n = {comparison['n']:,}"
    words = [
        f"{_alike(comparison, over)} pair that {effect['term']} finds similar is linked {_points_words(effect)}, {n}."
        for effect in comparison["effects"]
        if effect["low"] is not None
    ]
    for each in comparison["contrasts"]:
        if each["effect"]["low"] is not None:
            holm = "" if each["p_holm"] is None else f", {p_words(each['p_holm'])} after Holm"
            two = f"{each['model']} against {each['other']}"
            words.append(f"{over}{', ' * bool(over)}{two}: {_points_words(each['effect'])}{holm}, {n}.")
    return words


def _alike(comparison: dict[str, Any], over: str) -> str:
    said = [over] if over else []
    said += ["with the other models’ findings alike"] if len(comparison["effects"]) > 1 else []
    words = ", ".join([*said, "a"])
    return words[0].upper() + words[1:]


def _points_words(effect: dict[str, Any]) -> str:
    more = "more" if effect["points"] >= 0 else "less"
    return (
        f"{abs(effect['points']):.1f} percentage points {more} often (95 % interval {number(effect['low'], 1)} to "
        f"{number(effect['high'], 1)})"
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
        measure=POINTS,
        reference="no difference",
        groups=groups_of({heading: points_estimates(found, comparison["n"]) for heading, found in groups.items()}, 0.0),
        simulated=document["simulated"],
    )


def points_table(document: Document) -> Table:
    """Average marginal effects, then models set against each other: two families for Holm's p."""
    return comparison_table("points", "Percentage points", document["model_comparison"], document)


def comparison_table(name: str, caption: str, comparison: dict[str, Any], document: Document) -> Table:
    """Of effects and contrasts as in the document."""

    def row(what: str, effect: Row, p: float | None, p_holm: float | None) -> Row:
        figures = {key: effect[key] for key in ("points", "se", "low", "high")}
        simulated = int(document["simulated"])
        return {"simulated": simulated, "what": what, "n": comparison["n"], **figures, "p": p, "p_holm": p_holm}

    rows = [row(effect["term"], effect, effect["p"], effect["p_adjusted"]) for effect in comparison["effects"]]
    rows += [
        row(f"{each['model']} less {each['other']}", each["effect"], each["coefficient"]["p"], each["p_holm"])
        for each in comparison["contrasts"]
    ]
    columns = (
        Column("", text_cell("what"), figures=False),
        Column("n", count_cell("n")),
        Column("percentage points", number_cell("points", 1)),
        Column("95 % interval", interval_cell("low", "high", 1)),
        Column("p", p_cell("p")),
        Column("p (Holm)", p_cell("p_holm")),
    )
    return table_of(name, caption, columns, rows)


SECTION = SectionKind(
    id="points",
    heading="How many more links?",
    say=_said,
    charts={"points": points_chart},
    tables={"points": points_table},
)
