"""Dots of a figure: every pair once, thresholds where they are, and the pairs on which two scales differ most."""

import pytest

from linking.figures.axes import Axis, asked_axis, axes, usual_figures
from linking.figures.scatter import Point, most_different, scatter


def _points() -> list[Point]:
    return [
        Point(1, "lamp and lamp", 0.9, 0.2, (True, False)),
        Point(2, "lamp and clock", 0.1, 0.8, (False, True)),
        Point(3, "clock and clock", 0.8, 0.9, (True, True)),
        Point(4, "radio and lamp", 0.2, 0.1, (False, False)),
    ]


def test_every_pair_has_a_dot_within_the_axes_and_its_own_shape() -> None:
    plot = scatter(_points(), x_threshold=0.5, y_threshold=0.5)
    assert {dot.point.pair: dot.kind for dot in plot.dots} == {1: "across", 2: "up", 3: "both", 4: "neither"}
    assert plot.dots[-1].kind == "both"  # drawn over the others
    assert len({dot.path.strip("M0123456789. -") for dot in plot.dots}) >= 3
    assert [(kind, count) for kind, _, count, _ in plot.legend] == [
        ("both", 1),
        ("across", 1),
        ("up", 1),
        ("neither", 1),
    ]
    assert plot.x_line is not None
    assert plot.left < plot.x_line < plot.right


def test_a_threshold_beyond_all_points_is_still_shown() -> None:
    plot = scatter(_points(), x_threshold=1.4, y_threshold=None)
    assert plot.x_line is not None
    assert plot.x_line <= plot.right
    assert plot.y_line is None


@pytest.mark.parametrize("points", [[], _points()[:1]])
def test_few_points_are_drawn_too(points: list[Point]) -> None:
    plot = scatter(points, x_threshold=None, y_threshold=None)
    assert len(plot.dots) == len(points)
    assert len(plot.x_ticks) > 1


def test_most_different_is_by_places_and_not_by_scale() -> None:
    stretched = [Point(p.pair, p.label, 100 * p.x, p.y, p.similar) for p in _points()]
    assert [p.pair for p in most_different(stretched, 2)] == [p.pair for p in most_different(_points(), 2)]
    assert most_different(_points(), 2)[0].pair in (1, 2)


def test_usual_figures_are_models_against_each_other_and_pictures_against_words() -> None:
    found = usual_figures(["image-image", "text-text"], ["base", "ft"])
    assert [(figure.x.value, figure.y.value) for figure in found] == [
        ("image-image/base", "image-image/ft"),
        ("text-text/base", "text-text/ft"),
        ("image-image/base", "text-text/base"),
        ("image-image/ft", "text-text/ft"),
    ]
    assert [figure.words for figure in usual_figures(["fused"], ["base"])] == ["base, fused"]


def test_an_axis_that_is_not_known_is_another() -> None:
    known = axes(["fused"], ["base", "ft"])
    assert asked_axis("fused/ft", known, known[0]) == Axis("fused", "ft")
    assert asked_axis("<script>", known, known[0]) == known[0]
