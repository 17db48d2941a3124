"""The drawings' geometry: where things lie, and that nothing leaves the drawing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.pages.plots import Interval, histogram_plot, interval_plot


def interval(low: float, estimate: float, high: float, label: str = "ft-best") -> Interval:
    return Interval(label=label, estimate=estimate, low=low, high=high, css_class="same-object")


figures = st.floats(-1000, 1000).map(lambda figure: round(figure, 4))


@given(st.lists(st.tuples(figures, figures, figures).map(sorted), min_size=1, max_size=6), figures)
def test_a_linear_axis_shows_everything_between_round_numbers(rows: list[list[float]], reference: float) -> None:
    plot = interval_plot([("a", [interval(*each) for each in rows])], [reference])
    for row in plot.rows:
        assert plot.left <= row.x_low <= row.x <= row.x_high <= plot.right
    assert plot.left <= plot.references[0].x <= plot.right
    places = [tick.x for tick in plot.ticks]
    assert 2 <= len(places) <= 9
    assert all(later - earlier > 30 for earlier, later in pairwise(places))
    assert len({tick.text for tick in plot.ticks}) == len(places)


def test_a_share_s_axis_begins_at_nothing() -> None:
    plot = interval_plot([("a", [interval(0.58, 0.61, 0.64)])], [0.2], floor=0.0)
    assert [tick.text for tick in plot.ticks] == ["0", "0.2", "0.4", "0.6", "0.8"]


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
