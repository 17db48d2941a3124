"""The drawings' geometry: where things lie, and that nothing leaves the drawing."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.charts import Interval, bar_chart, forest_plot, histogram_plot, interval_plot, stacked_bar


def interval(low: float, estimate: float, high: float, label: str = "ft-best") -> Interval:
    return Interval(label=label, estimate=estimate, low=low, high=high, css_class="same-object")


def test_the_axis_is_logarithmic_around_1() -> None:
    plot = forest_plot([("base + ft-best", [interval(0.5, 1.0, 2.0)])])
    (row,) = plot.rows
    assert row.x == plot.reference
    assert row.x is not None
    assert row.x - row.x_low == pytest.approx(row.x_high - row.x, abs=0.2)


def test_equal_ratios_are_equally_far_apart() -> None:
    plot = forest_plot([("a", [interval(0.6, 1.2, 2.4)]), ("b", [interval(0.8, 1.6, 3.2)])])
    first, second = plot.rows
    assert first.x is not None
    assert second.x is not None
    assert second.x - first.x == pytest.approx(second.x_low - first.x_low, abs=0.2)
    assert first.y < second.y
    assert [heading.text for heading in plot.headings] == ["a", "b"]


def test_small_differences_look_small() -> None:
    plot = forest_plot([("a", [interval(0.99, 1.0, 1.01)])])
    assert plot.rows[0].x_high - plot.rows[0].x_low < 12
    assert [tick.text for tick in plot.ticks][:1] == ["0.5"]
    assert "2" in [tick.text for tick in plot.ticks]


def test_an_endless_interval_gets_arrow_heads() -> None:
    plot = forest_plot([("a", [interval(1e-9, 1e6, 1e12), interval(0.5, 1, 2)])])
    endless, ordinary = plot.rows
    assert endless.x is None
    assert endless.arrow_low
    assert endless.arrow_high
    assert (endless.x_low, endless.x_high) == (plot.left, plot.right)
    assert ordinary.arrow_low == ordinary.arrow_high == ""


odds = st.floats(1e-12, 1e12)


@given(st.lists(st.tuples(odds, odds, odds).map(sorted), min_size=1, max_size=6))
def test_everything_lies_inside_and_ticks_do_not_touch(figures: list[list[float]]) -> None:
    plot = forest_plot([("a", [interval(*each) for each in figures])])
    for row in plot.rows:
        assert plot.left <= row.x_low <= row.x_high <= plot.right
        assert row.x is None or row.x_low <= row.x <= row.x_high
        assert 0 < row.y < plot.bottom < plot.height
    places = [tick.x for tick in plot.ticks]
    assert "1" in [tick.text for tick in plot.ticks]
    assert all(later - earlier > 30 for earlier, later in pairwise(places))
    assert all(math.isfinite(place) for place in places)


figures = st.floats(-1000, 1000).map(lambda figure: round(figure, 4))


@given(st.lists(st.tuples(figures, figures, figures).map(sorted), min_size=1, max_size=6), figures)
def test_a_linear_axis_shows_everything_between_round_numbers(rows: list[list[float]], reference: float) -> None:
    plot = interval_plot([("a", [interval(*each) for each in rows])], [reference])
    for row in plot.rows:
        assert row.x is not None
        assert plot.left <= row.x_low <= row.x <= row.x_high <= plot.right
    assert plot.left <= plot.references[0].x <= plot.right
    places = [tick.x for tick in plot.ticks]
    assert 2 <= len(places) <= 9
    assert all(later - earlier > 30 for earlier, later in pairwise(places))
    assert len({tick.text for tick in plot.ticks}) == len(places)


def test_a_share_s_axis_begins_at_nothing() -> None:
    plot = interval_plot([("a", [interval(0.58, 0.61, 0.64)])], [0.2], floor=0.0)
    assert [tick.text for tick in plot.ticks] == ["0", "0.2", "0.4", "0.6", "0.8"]


def test_bars_are_as_long_as_their_counts() -> None:
    chart = bar_chart([("Same object", "same-object", 3, 0.01), ("Unrelated", "unrelated", 300, 0.99)])
    short, long = chart.bars
    assert long.width == pytest.approx(100 * short.width, rel=0.02)
    assert long.text == "300 · 99 %"
    assert chart.left + long.width < chart.width


def test_a_count_of_nothing_has_no_bar_and_one_in_a_million_has() -> None:
    chart = bar_chart([("a", "x", 0, None), ("b", "y", 1, 0.0), ("c", "z", 1_000_000, 1.0)])
    assert [bar.width > 0 for bar in chart.bars] == [False, True, True]
    assert [bar.text for bar in chart.bars] == ["0", "1 · < 1 %", "1,000,000 · 100 %"]


def test_stacked_segments_fill_the_width() -> None:
    segments = stacked_bar([("a", 1), ("b", 0), ("c", 3)], width=200)
    assert [(segment.css_class, segment.x, segment.width) for segment in segments] == [("a", 0, 50), ("c", 50, 150)]
    assert stacked_bar([("a", 0)], width=200) == ()


def test_a_histogram_marks_what_lies_beyond_the_threshold() -> None:
    plot = histogram_plot([1, 4, 0, 16], 0.2, 0.1, 0.45)
    low, middle, high = plot.columns
    assert (low.height * 4, middle.height * 2) == pytest.approx((high.height, high.height), abs=0.3)
    assert [low.beyond, middle.beyond, high.beyond] == [False, False, True]
    assert plot.threshold == pytest.approx(plot.width * 0.25 / 0.4, abs=0.1)
    assert plot.threshold_text == "0.450"
    assert all(0 <= tick.x <= plot.width for tick in plot.ticks)


def test_a_histogram_of_nothing_is_empty() -> None:
    assert histogram_plot([], 0.0, 0.02, 0.5).columns == ()
