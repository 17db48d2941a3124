"""Where the dots of a figure lie: similarities in, coordinates of a drawing out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from heritage.pages.plots import Tick, linear_marks

WIDTH, HEIGHT = 640.0, 520.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 16.0, 16.0, 48.0
RADIUS = 5.0
# By which of the two a pair is similar: a name of its class, its words, and a shape, so that colour is not alone.
KINDS = {
    (True, True): ("both", "Both"),
    (True, False): ("across", "Only the one across"),
    (False, True): ("up", "Only the one up"),
    (False, False): ("neither", "Neither"),
}


@dataclass(frozen=True)
class Point:
    """A pair: its similarities across and up, and whether it is similar by either."""

    pair: int
    label: str
    x: float
    y: float
    similar: tuple[bool, bool]


@dataclass(frozen=True)
class Dot:
    point: Point
    kind: str
    path: str


@dataclass(frozen=True)
class ScatterPlot:
    """x_line, y_line: where the thresholds lie, None where there is none or it lies outside."""

    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    x_line: float | None
    y_line: float | None
    legend: tuple[tuple[str, str, int, str], ...]  # kind, words, number of pairs, a path at the origin
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def scatter(points: Sequence[Point], *, x_threshold: float | None, y_threshold: float | None) -> ScatterPlot:
    """Dots on linear axes that show all points and both thresholds; of fewer than one point, axes from 0 to 1."""
    x_marks = _marks([point.x for point in points], x_threshold)
    y_marks = _marks([point.y for point in points], y_threshold)

    def across(value: float) -> float:
        return round(LEFT + (WIDTH - RIGHT - LEFT) * (value - x_marks[0]) / (x_marks[-1] - x_marks[0]), 1)

    def up(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - y_marks[0]) / (y_marks[-1] - y_marks[0]), 1)

    dots = [
        Dot(point, KINDS[point.similar][0], shape(KINDS[point.similar][0], across(point.x), up(point.y)))
        for point in points
    ]
    counts = {kind: sum(dot.kind == kind for dot in dots) for kind, _ in KINDS.values()}
    return ScatterPlot(
        dots=tuple(sorted(dots, key=lambda dot: dot.kind == "both")),  # the others are fewer, and would be hidden
        x_ticks=tuple(Tick(across(mark), _text(mark)) for mark in x_marks),
        y_ticks=tuple(Tick(up(mark), _text(mark)) for mark in y_marks),
        x_line=None if x_threshold is None else across(x_threshold),
        y_line=None if y_threshold is None else up(y_threshold),
        legend=tuple((kind, words, counts[kind], shape(kind, 8, 8)) for kind, words in KINDS.values() if counts[kind]),
    )


def shape(kind: str, x: float, y: float) -> str:
    """A path around a place: a disc for both, a triangle and a square for one, a ring for neither."""
    r = RADIUS
    if kind == "across":
        return f"M{x - r:g} {y + r:g}h{2 * r:g}L{x:g} {y - r:g}z"
    if kind == "up":
        return f"M{x - r + 1:g} {y - r + 1:g}h{2 * r - 2:g}v{2 * r - 2:g}h{2 - 2 * r:g}z"
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z"


def most_different(points: Sequence[Point], most: int) -> list[Point]:
    """The points first whose places among all, across and up, lie farthest apart: scales of two models differ."""
    place_x = {point.pair: place for place, point in enumerate(sorted(points, key=lambda point: point.x))}
    place_y = {point.pair: place for place, point in enumerate(sorted(points, key=lambda point: point.y))}
    return sorted(points, key=lambda point: -abs(place_x[point.pair] - place_y[point.pair]))[:most]


def _marks(values: Sequence[float], threshold: float | None) -> list[float]:
    ends = [*values, *([] if threshold is None else [threshold])]
    return linear_marks(min(ends), max(ends)) if ends else [0.0, 1.0]


def _text(mark: float) -> str:
    return f"{mark:g}".replace("-", "−")
