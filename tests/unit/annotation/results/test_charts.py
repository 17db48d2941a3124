"""Charts of results: the specification holds the right figures, in colours that can be read in both modes."""

import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.analysis.wilson import wilson
from annotation.results.charts.figures import (
    CalibrationChart,
    Chart,
    CurvePoint,
    Estimate,
    Group,
    IntervalChart,
    Measure,
    Shuffle,
    ShuffleChart,
    interval_chart,
)
from annotation.results.charts.images import as_png, as_svg, with_words
from annotation.results.charts.label_figures import GroupedLabelChart, LabelChart, LabelGroup, LabelShare, SquareChart
from annotation.results.charts.layout import NARROW, NARROWEST, WIDTH, entitled, odds_limits, odds_marks, size
from annotation.results.charts.specification import SIMULATED, specification, specification_of_file
from annotation.results.charts.theme import SIGN_COLOURS, TOKENS, in_mode, label_colour
from annotation.vocabulary import Label
from tests.colours import SEEN_BY, contrast, lab, linear

ROOT = Path(__file__).resolve().parents[4]
HOSTILE = '<b onclick="x">=A & B</b>'


def forest(*rows: Estimate, kind: str = "odds", name: str = "odds-by-model") -> IntervalChart:
    chart = interval_chart(
        name,
        "Odds ratios of a link",
        "95 % interval",
        measure=Measure("Odds ratio", "odds ratio", kind=kind),  # type: ignore[arg-type]
        reference="no effect",
        groups=[Group("base + ft-best (n = 551)", rows, 1.0 if kind == "odds" else 0.0)],
        simulated=False,
    )
    assert chart is not None
    return chart


def shares(*counts: int) -> tuple[LabelShare, ...]:
    labels = ("same_object", "similar_object", "same_category", "unrelated")
    names = ("Same object", "Similar object", "Same category", "Unrelated")
    rows = zip(labels, names, counts, strict=True)
    return tuple(LabelShare(label, name, count, sum(counts)) for label, name, count in rows)


BEST = Estimate("ft-best", 1.77, 1.25, 2.51, 551, "more")
CHARTS: list[Chart] = [
    forest(BEST, Estimate("base", 0.9, 0.6, 1.4, 551, "untold")),
    forest(Estimate(HOSTILE, 3.2, -1.0, 7.4, 80, "untold"), kind="number", name="points"),
    LabelChart("labels", "Labels", "How often", True, shares(3, 10, 0, 87)),
    GroupedLabelChart(
        "labels-by-model",
        "Labels by model",
        "Shares",
        False,
        (
            LabelGroup("base", shares(1, 2, 3, 4), 0.6, 0.31, 0.83),
            LabelGroup(HOSTILE, shares(4, 3, 2, 1), 0.9, 0.6, 0.98),
        ),
    ),
    SquareChart("gold", "Gold", "Counts", False, "Right", "People said", ("Yes", "No"), ((8, 2), (2, 4)), True),
    CalibrationChart("calibration", "Calibration", "Shares", False, (CurvePoint(0.2, 0.25, 0.1, 0.4, 40),)),
    ShuffleChart(
        "chance",
        "Coefficients",
        "Shuffled",
        False,
        (
            Shuffle("base + ft-best", "ft-best", 0.57, 0.002, -0.6, 0.6, (1, 30, 60, 28, 0)),
            Shuffle(HOSTILE, HOSTILE, -0.05, 0.7, -0.3, 0.3, (0, 3, 9, 2, 1)),
        ),
    ),
]


def data_of(found: dict) -> list[dict]:  # type: ignore[type-arg]
    """Every row of data of a specification."""
    rows: list[dict] = []  # type: ignore[type-arg]
    text = json.dumps(found)
    for values in re.finditer(r'"values": (\[\{.*?\}\])', text):
        rows += json.loads(values[1])
    for dataset in found.get("datasets", {}).values():
        rows += dataset
    return rows


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_has_title_description_data_and_a_known_size(chart: Chart) -> None:
    page = specification(chart)
    assert chart.title in page["description"]
    assert data_of(page)
    assert size(page)[0] in (WIDTH, NARROW, NARROWEST)
    assert page["autosize"] in ("none", {"type": "none"})
    alt.LayerChart.from_dict(page)  # raises where the schema does not have it so
    assert "url" not in json.dumps(page).replace("$schema", "")
    file = specification_of_file(page, chart, notes=["Campaign"], mode="light")
    title, notes = (layer["mark"]["text"] for layer in file["layer"][-2:])
    assert title == [chart.title]
    assert "Campaign" in notes
    assert (SIMULATED in notes) == chart.simulated
    assert "var(" not in json.dumps(file)
    assert chart.words.endswith("The table has all figures.")
    assert len({tuple(row) for row in chart.rows}) == 1  # the same keys, for CSV
    assert {row["simulated"] for row in chart.rows} == {int(chart.simulated)}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_drawing_is_as_large_as_said_and_writes_nothing_that_a_page_refuses(chart: Chart) -> None:
    page = specification(chart)
    svg = as_svg(page)
    width, height = size(page)
    assert f'viewBox="0 0 {width} {height}"' in svg
    elements = list(ElementTree.fromstring(svg).iter())  # noqa: S314  # our own
    assert {element.tag.rpartition("}")[2] for element in elements} <= {"svg", "g", "path", "line", "rect", "text"}
    for name in {name for element in elements for name in element.attrib}:
        assert not name.startswith("on")
        assert name != "style"
    for forbidden in ("url(", "href="):
        assert forbidden not in svg
    assert "var(--" in svg
    assert not re.search(r"#[0-9a-f]{3,6}\b", svg), "a colour that does not follow the mode"


@pytest.mark.parametrize(
    ("place", "words", "painted"),
    [
        (0, ["ft-best", "base", "Odds ratio"], {"same-object": 2, "unrelated": 2}),
        (2, ["Same object", "10 · 10 %", "87 · 87 %"], {"similar-object": 1, "unrelated": 1}),
        (3, ["base", "60 % linked (31 to 83), n = 10"], {"same-object": 3, "unrelated": 3}),
        (4, ["Yes", "No", "People said", "8", "4"], {"accent": 4}),
        (5, ["Share linked", "40 %"], {"accent": 2}),
        (6, ["ft-best", "p = 0.002", "Coefficient, log odds"], {"unrelated": 10, "accent": 6}),
    ],
)
def test_figures_are_painted(place: int, words: list[str], painted: dict[str, int]) -> None:
    svg = as_svg(specification(CHARTS[place]))
    assert "undefined" not in svg
    texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]  # noqa: S314
    assert set(words) <= set(texts)
    for token, least in painted.items():
        assert svg.count(f"var(--{token})") >= least, token


def test_a_forest_plot_holds_the_figures_of_the_regression() -> None:
    [row] = [row for row in data_of(specification(forest(BEST))) if "value" in row]
    assert (row["value"], row["low"], row["high"], row["n"]) == (1.77, 1.25, 2.51, 551)
    assert (row["value_text"], row["interval_text"], row["n_text"]) == ("1.77", "1.25 to 2.51", "551")
    assert not row["hollow"]
    assert "ft-best: 1.77 (1.25 to 2.51)" in forest(BEST).words


def test_an_endless_interval_stays_within_the_axis() -> None:
    chart = forest(Estimate("endless", 1e6, 1e-9, 1e12, 12, "untold"))
    [row] = [row for row in data_of(specification(chart)) if "value" in row]
    assert (row["from"], row["to"], row["inside"]) == (0.01, 100.0, False)
    assert (row["low"], row["high"]) == (1e-9, 1e12)
    assert row["interval_text"] == "< 0.01 to > 999"


odds = st.floats(1e-12, 1e12)


@given(st.lists(st.tuples(odds, odds).map(sorted), min_size=1, max_size=6))
def test_the_axis_of_odds_shows_1_a_half_and_a_double_and_its_marks_do_not_touch(ends: list[list[float]]) -> None:
    low, high = odds_limits([end[0] for end in ends], [end[1] for end in ends])
    assert low <= 0.5 < 2.0 <= high
    marks = odds_marks(low, high, 400)
    assert 1.0 in marks
    assert all(low <= mark <= high for mark in marks)
    assert len(marks) <= 11


def test_too_many_rows_are_left_to_the_table() -> None:
    rows = tuple(Estimate(str(number), 1.0, 0.5, 2.0, 9) for number in range(41))
    measure = Measure("Odds", "odds", kind="odds")
    for kept in (rows, ()):
        assert (
            interval_chart(
                "a", "b", "c", measure=measure, reference="1", groups=[Group("", kept, 1.0)], simulated=False
            )
            is None
        )


@given(st.integers(0, 500), st.integers(1, 500))
def test_intervals_of_shares_are_wilson_s(count: int, more: int) -> None:
    n = count + more
    assert wilson(count, n) == pytest.approx(wilson(count, n), abs=1e-12)


def test_labels_have_shares_and_intervals() -> None:
    rows = {row["label"]: row for row in data_of(specification(CHARTS[2])) if "share" in row}
    assert (rows["similar_object"]["share"], rows["similar_object"]["share_text"]) == (0.1, "10 · 10 %")
    assert rows["same_category"]["count"] == 0
    assert rows["same_object"]["interval_text"] == "1 to 8 %"


def test_a_square_holds_counts_and_shares_of_rows() -> None:
    cells = {row["cell"]: row for row in data_of(specification(CHARTS[4])) if "cell" in row}
    assert (cells["Yes/No"]["count"], cells["Yes/No"]["share"], cells["Yes/No"]["n"]) == (2, 0.2, 10)
    assert "12 of 16 lie on the diagonal" in CHARTS[4].words
    assert "low" in CHARTS[4].rows[0]


def test_bars_of_shuffles_are_as_high_as_their_counts() -> None:
    bars = [row for row in data_of(specification(CHARTS[6])) if "bar" in row and row["label"] == HOSTILE]
    assert [row["count"] for row in bars] == [0, 3, 9, 2, 1]
    tops = [row["bottom"] - row["top"] for row in bars]
    assert max(tops) == tops[2]
    assert tops[1] == pytest.approx(tops[2] / 3)
    assert "base + ft-best, ft-best: 0.570, p = 0.002" in CHARTS[6].words


def test_counts_that_depend_on_each_other_have_no_interval() -> None:
    square = CHARTS[4]
    assert isinstance(square, SquareChart)
    dependent = replace(square, independent=False)
    assert "low" not in dependent.rows[0]
    assert "95 % interval" not in {each.get("title") for each in tooltips(dependent)}


def tooltips(chart: Chart) -> list[dict]:  # type: ignore[type-arg]
    return [each for layer in specification(chart)["layer"] for each in layer["encoding"].get("tooltip", [])]


def test_files_are_what_they_say() -> None:
    chart = CHARTS[0]
    file = specification_of_file(specification(chart), chart, notes=["Campaign <1>"], mode="dark")
    assert as_png(file).startswith(b"\x89PNG")
    svg = with_words(as_svg(file), title="A < B", words="C & D")
    assert "<title>A &lt; B</title><desc>C &amp; D</desc>" in svg
    assert "Campaign &lt;1&gt;" in svg
    assert TOKENS["paper"][1] in svg


# --- Colours ---------------------------------------------------------------------------------


def test_the_colours_are_those_of_the_style_sheet() -> None:
    css = (ROOT / "static" / "css" / "site" / "tokens.css").read_text()
    declared = dict(re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\)", css))
    assert {token: ", ".join(pair) for token, pair in TOKENS.items()} == {token: declared[token] for token in TOKENS}


@pytest.mark.parametrize("mode", [0, 1])
def test_words_and_marks_stand_out_from_the_ground(mode: int) -> None:
    paper = TOKENS["paper"][mode]
    for token in ("ink", "soft"):
        assert contrast(TOKENS[token][mode], paper) >= 4.5, token  # WCAG 1.4.3
    painted = {
        *SIGN_COLOURS.values(),
        *(re.findall(r"--([a-z-]+)", label_colour(each))[0] for each in ("", "unrelated")),
    }
    for token in painted | {"same-object", "similar-object", "same-category"}:
        assert contrast(TOKENS[token][mode], paper) >= 3.0, token  # WCAG 1.4.11


@pytest.mark.parametrize("who", SEEN_BY)
@pytest.mark.parametrize("mode", [0, 1])
def test_labels_can_be_told_apart_by(who: str, mode: int) -> None:
    tokens = [re.findall(r"--([a-z-]+)", label_colour(label))[0] for label in (*Label.values, "")]
    seen = {token: lab(np.clip(SEEN_BY[who] @ linear(TOKENS[token][mode]), 0, 1)) for token in tokens}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= 9, (one, other)


def test_a_file_of_the_light_mode_is_on_white_for_print() -> None:
    found = in_mode(entitled(specification(CHARTS[0]), "Title", ["Note"]), "light")
    assert found["background"] == "#ffffff"
