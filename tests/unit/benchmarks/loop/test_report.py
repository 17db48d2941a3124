"""What the tables of the loop say of known lines, and that the figure has every arm."""

import pytest

from benchmarks.loop.report import ARM_NAMES, figure, tables


def line(arm: str, seed: int, per_hundred: tuple[int, int, int]) -> dict:
    """An arm that finds so many of any link, of similar and of same objects with every hundred answers of 10 s each."""
    points = range(100, 2001, 100)
    curve = [[answers, 10 * answers, *(answers // 100 * each for each in per_hundred)] for answers in points]
    totals = {"linked": 5000, "similar": 1000, "same": 100}
    return {"seed": seed, "arm": arm, "totals": totals, "curve": curve, "rounds": []}


@pytest.fixture
def lines() -> list[dict]:
    return [
        *(line("similar", seed, (10, 4, 1)) for seed in (0, 1)),
        line("suggestions, likely", 0, (20, 8, 1)),
        line("suggestions, likely", 1, (40, 8, 1)),
    ]


def row_of(text: str, head: str, arm: str) -> list[str]:
    [table] = [part for part in text.split("\n\n") if head in part.splitlines()[0]]
    [row] = [each for each in table.splitlines() if ARM_NAMES[arm] in each.split("|")[1]]
    return [cell.strip().split(" (")[0] for cell in row.strip("|").split("|")][1:]


def test_tables_have_means_over_seeds(lines: list[dict]) -> None:
    text = tables(lines)
    assert row_of(text, "any link, of 5,000", "suggestions, likely") == ["60", "150", "300", "600"]
    assert row_of(text, "similar or same object, of 1,000", "similar") == ["8", "20", "40", "80"]
    assert row_of(text, "found in an hour", "similar") == ["36", "14", "4"]
    assert row_of(text, "times the answers", "suggestions, likely") == ["3.0", "2.0", "1.0"]


def test_an_arm_that_runs_out_of_pairs_says_so(lines: list[dict]) -> None:
    for each in lines[:2]:
        each["curve"] = each["curve"][:10]
    assert row_of(tables(lines), "any link, of 5,000", "similar") == ["20", "50", "100", "none left"]


def test_the_figure_tells_its_end_in_words(lines: list[dict]) -> None:
    drawn = figure(lines)
    assert drawn.startswith("<svg")
    assert "suggestions, likeliest, any link: 600 after 2000." in drawn
    assert "random pairs above the thresholds, same object: 20 after 2000." in drawn
