"""The published regressions, digit for digit, from the published counts."""

import csv
from pathlib import Path

import pytest

from annotation.analysis.campaign_analysis import analyse
from annotation.analysis.regression.logit import Regression
from annotation.analysis.regression.penalised import penalised_coefficients

from .published_annotations import (
    MODELS,
    PATTERN_COUNTS,
    PENALISED,
    TABLE_6,
    WITH_INTERCEPT,
    printed,
    published_frame,
)

COUNTS_FILE = Path(__file__).resolve().parents[3] / "shared/data/paper_link_annotations.csv"


@pytest.fixture(scope="module")
def regressions() -> dict[tuple[str, bool], Regression]:
    fits = analyse(published_frame(), shuffles=99).stratum_regressions
    return {(fit.name, fit.intercept): fit for fit in fits}


@pytest.mark.parametrize("name", TABLE_6)
def test_table_6_as_published(regressions: dict[tuple[str, bool], Regression], name: str) -> None:
    fit = regressions[name, False]
    assert fit.n == 551
    assert {row.term: printed(row) for row in fit.rows} == TABLE_6[name]


@pytest.mark.parametrize("name", WITH_INTERCEPT)
def test_with_an_intercept(regressions: dict[tuple[str, bool], Regression], name: str) -> None:
    fit = regressions[name, True]
    model = name.removeprefix("base + ")
    found = {row.term: f"{row.coef:.4f}" for row in fit.slopes} | {"p": f"{fit.row(model).p:.3f}"}
    assert found == WITH_INTERCEPT[name]


def test_odds_ratios_with_an_intercept(regressions: dict[tuple[str, bool], Regression]) -> None:
    row = regressions["base + ft-best", True].row("ft-best")
    assert (f"{row.odds_ratio:.2f}", f"{row.odds_low:.2f}", f"{row.odds_high:.2f}") == ("1.77", "1.25", "2.51")


def test_the_authors_penalised_fit() -> None:
    found = {row.term: row.coef for row in penalised_coefficients(published_frame())}
    assert found == pytest.approx(PENALISED, abs=1e-9)


@pytest.mark.shared_data
def test_the_counts_are_those_of_the_published_table() -> None:
    if not COUNTS_FILE.exists():
        pytest.skip(f"the published counts are not here: {COUNTS_FILE}")
    with COUNTS_FILE.open(newline="") as file:
        published = {
            tuple(int(row[model.replace("-", "_")]) for model in MODELS): (int(row["annotations"]), int(row["linked"]))
            for row in csv.DictReader(file)
        }
    assert published == PATTERN_COUNTS
