"""Whether it could be chance: the coefficients among those of shuffled labels. Pure."""

from typing import Any

from annotation.results.charts.figures import Shuffle, ShuffleChart
from heritage.pages.tables import Column, Table, count_cell, number_cell, table_of, text_cell

from .figures import flat_rows, p_cell
from .section import Said, SectionKind
from .words import Document

MOST_SHUFFLES = 12  # histograms that can still be compared: the table has them all


def _said(document: Document) -> Said:
    tests = [*document["permutation"], *document["permutation_within"]]
    words = ["Nothing to test yet: no regression could be fitted."]
    if tests:
        words = [
            f"The regressions with intercept, refitted on {tests[0]['shuffles']:,} shuffles of the labels with seed "
            f"{tests[0]['seed']}: p is the share of coefficients as far from 0. Shuffled within annotators and "
            "comparisons, only what the models found is set loose."
        ]
    reasons = dict.fromkeys(test["reason"] for test in tests if test["reason"])
    return Said(words, reasons)


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


def permutation_table(document: Document) -> Table:
    tests = [each | {"within": "all"} for each in document["permutation"]] + document["permutation_within"]
    keys = ("regression", "coding", "term", "within", "n", "coef", "p", "shuffles", "seed")
    columns = (
        Column("Regression", text_cell("regression"), figures=False),
        Column("Predictor", text_cell("term"), figures=False),
        Column("Labels shuffled among the pairs", text_cell("within"), figures=False),
        Column("n", count_cell("n")),
        Column("coef", number_cell("coef")),
        Column("p", p_cell("p")),
    )
    return table_of("permutation", "Permutation tests", columns, flat_rows(tests, keys, document))


SECTION = SectionKind(
    id="chance",
    heading="Could it be chance?",
    say=_said,
    charts={"chance": chance_chart},
    tables={"permutation": permutation_table},
)
