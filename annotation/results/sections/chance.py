"""Whether it could be chance: the coefficients among those of shuffled answers. Pure."""

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
            f"The regressions with intercept, refitted on {tests[0]['shuffles']:,} shuffles with seed "
            f"{tests[0]['seed']}: p is the share of coefficients as far from 0. It tests that no model’s finding "
            "matters to anybody, and not one model beside the others: that is for the regressions.",
            "Whole pairs are shuffled, each with all answers to it, among those of one comparison (of one stratum, by "
            "modality) and, where one person alone answered them, of that person. The published test shuffles labels "
            "over all answers, which takes them as independent: where several people answered a pair its p is too "
            "small.",
        ]
    reasons = dict.fromkeys(test["reason"] for test in tests if test["reason"])
    return Said(words, reasons)


def chance_chart(document: Document) -> ShuffleChart | None:
    """The authors' figure: coefficients among those of shuffled labels. Those by modality are in the table."""
    tests = [(test, f"{test['within']} shuffled") for test in document["permutation_within"]]
    tests += [(test, "labels shuffled over all answers, as published") for test in document["permutation"]]
    shuffles = tuple(
        Shuffle(f"{test['regression']}, {how}", test["term"], test["coef"], test["p"], **_bins(test["histogram"]))
        for test, how in tests
        if test["coding"] == "stratum" and test["histogram"]
    )
    if not 0 < len(shuffles) <= MOST_SHUFFLES:
        return None
    return ShuffleChart(
        "chance",
        "Coefficients among those of shuffled answers",
        f"What {tests[0][0]['shuffles']:,} shuffles give; the line with a dot is the observed "
        "coefficient, the dashed one as far on the other side, and p the share of shuffles beyond the two",
        document["simulated"],
        shuffles,
    )


def _bins(histogram: dict[str, Any]) -> dict[str, Any]:
    return histogram | {"counts": tuple(histogram["counts"])}


def permutation_table(document: Document) -> Table:
    published = [each | {"within": "labels of all answers, as published"} for each in document["permutation"]]
    tests = [*document["permutation_within"], *published]
    keys = ("regression", "coding", "term", "within", "n", "coef", "p", "shuffles", "seed")
    columns = (
        Column("Regression", text_cell("regression"), figures=False),
        Column("Predictor", text_cell("term"), figures=False),
        Column("Shuffled", text_cell("within"), figures=False),
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
