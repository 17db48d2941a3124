"""How far people agree, and with the leads’ gold pairs. Pure."""

from typing import Any

from annotation.results.charts.figures import Estimate, IntervalChart, Measure, interval_chart
from annotation.results.charts.label_figures import SquareChart
from heritage.pages.tables import Column, Table, count_cell, interval_cell, number, number_cell, table_of, text_cell

from .figures import flat_rows, groups_of, per_cent_cell, per_cents_cell
from .section import Said, SectionKind
from .words import Document, label_words

GOLD_CAVEAT = (
    "Gold pairs were chosen by hand, and their intervals take answers as independent: several answers to the same few "
    "pairs tell less than they say."
)

_AGREEMENT = Measure("Agreement", "value")


def _said(document: Document) -> Said:
    agreement = document["agreement"]
    n = f"{agreement['pairs']:,} pairs with {agreement['answers']:,} answers"
    words = [
        f"{each['name'][0].upper()}{each['name'][1:]} of "
        f"{'the labels' if each['of'] == 'label' else 'linked or not'}: {number(each['value'], 2)} "
        f"(95 % interval {number(each['low'], 2)} to {number(each['high'], 2)}), {n}."
        for each in agreement["coefficients"]
        if each["low"] is not None
    ]
    reasons = dict.fromkeys(each["reason"] for each in agreement["coefficients"] if each["reason"])
    gold = _gold_words(agreement["confusion"])
    caveats = ["Intervals are bootstrap intervals by pair."] if words else []
    return Said(
        [*(words or [f"Not estimable. {agreement['reason'] or ' '.join(reasons)}"]), *gold],
        [*caveats, *(reasons if words else ()), *([GOLD_CAVEAT] if agreement["confusion"]["against_gold"] else ())],
    )


def _gold_words(confusion: dict[str, Any]) -> list[str]:
    """How often annotators gave the label that the leads hold to be right; nothing without gold pairs."""
    if not confusion["against_gold"]:
        return [f"Against gold pairs: not estimable. {confusion['gold_reason']}"] if confusion["has_gold"] else []
    everyone = confusion["against_gold"][0]
    low, high = 100 * everyone["low"], 100 * everyone["high"]
    return [
        f"Of {everyone['n']:,} answer{'s' if everyone['n'] != 1 else ''} to gold pairs "
        f"{100 * everyone['correct']:.0f} % have the label that the leads hold to be right "
        f"(95 % interval {low:.0f} to {high:.0f} %)."
    ]


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
        reference="what chance gives as alpha and kappa reckon it; AC1 takes chance to be less",
        groups=groups_of(groups, 0.0),
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


def agreement_table(document: Document) -> Table | None:
    if all(each["low"] is None for each in document["agreement"]["coefficients"]):
        return None
    coefficients = [
        each | {"of": "label" if each["of"] == "label" else "linked or not"}
        for each in document["agreement"]["coefficients"]
    ]
    keys = ("name", "of", "value", "low", "high", "resamples", "reason")
    rows = [row | {"pairs": document["agreement"]["pairs"]} for row in flat_rows(coefficients, keys, document)]
    columns = (
        Column("Coefficient", text_cell("name"), figures=False),
        Column("Of", text_cell("of"), figures=False),
        Column("Pairs", count_cell("pairs")),
        Column("Value", number_cell("value", 2)),
        Column("95 % interval", interval_cell("low", "high", 2)),
    )
    return table_of("agreement", "Agreement", columns, rows)


def confusion_table(document: Document) -> Table:
    """What one person said of a pair and what another said of the same; every two people count either way."""
    confusion = document["agreement"]["confusion"]
    return _label_square("confusion", "Who takes what for what", confusion["labels"], confusion["between"], document)


def people_table(document: Document) -> Table:
    keys = ("one", "other", "n", "same_label", "same_outcome", "kappa")
    columns = (
        Column("Annotator", text_cell("one"), figures=False),
        Column("Annotator", text_cell("other"), figures=False),
        Column("n", count_cell("n")),
        Column("Same label", per_cent_cell("same_label")),
        Column("Same on linked or not", per_cent_cell("same_outcome")),
        Column("Cohen’s kappa", number_cell("kappa", 2)),
    )
    rows = flat_rows(document["agreement"]["confusion"]["people"], keys, document)
    return table_of("people", "Two by two", columns, rows)


def gold_table(document: Document) -> Table:
    confusion = document["agreement"]["confusion"]
    return _label_square("gold", "Against the right labels", confusion["labels"], confusion["gold"], document)


def against_gold_table(document: Document) -> Table:
    """All annotators first, then each."""
    keys = ("annotator", "n", "correct", "low", "high", "found", "kept_apart")
    columns = (
        Column("Annotator", text_cell("annotator"), figures=False),
        Column("n", count_cell("n")),
        Column("Right label", per_cent_cell("correct")),
        Column("95 % interval", per_cents_cell("low", "high")),
        Column("Links found", per_cent_cell("found")),
        Column("Others kept apart", per_cent_cell("kept_apart")),
    )
    rows = flat_rows(document["agreement"]["confusion"]["against_gold"], keys, document)
    return table_of("against-gold", "Each annotator against the right labels", columns, rows)


def _label_square(name: str, title: str, labels: list[str], counts: list[list[int]], document: Document) -> Table:
    rows = [
        {"simulated": int(document["simulated"]), "label": label_words(label, document)}
        | dict(zip(labels, line, strict=True))
        for label, line in zip(labels, counts, strict=False)
    ]
    columns = [Column("", text_cell("label"), figures=False)]
    columns += [Column(label_words(label, document), count_cell(label)) for label in labels]
    return table_of(name, title, columns, rows)


SECTION = SectionKind(
    id="agreement",
    heading="How far do people agree?",
    say=_said,
    charts={
        "agreement": agreement_chart,
        "confusion": confusion_chart,
        "gold": gold_chart,
    },
    tables={
        "agreement": agreement_table,
        "confusion": confusion_table,
        "people": people_table,
        "gold": gold_table,
        "against-gold": against_gold_table,
    },
)
