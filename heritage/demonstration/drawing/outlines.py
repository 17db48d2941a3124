"""Outlines as arrays of points, shape (n, 2), in the canvas's units (the sheet is 100 by 100, y down)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Outline = NDArray[np.float64]


def polygon(*points: tuple[float, float]) -> Outline:
    return np.array(points, dtype=float)


def rectangle(x0: float, y0: float, x1: float, y1: float, radius: float = 0.0) -> Outline:
    """A rectangle, its corners rounded by `radius`."""
    radius = min(radius, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    if radius <= 0:
        return polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    quarter = np.linspace(0, np.pi / 2, 14)
    corners = []
    for cx, cy, turn in (
        (x1 - radius, y0 + radius, -np.pi / 2),
        (x1 - radius, y1 - radius, 0.0),
        (x0 + radius, y1 - radius, np.pi / 2),
        (x0 + radius, y0 + radius, np.pi),
    ):
        corners.append(np.column_stack([cx + radius * np.cos(quarter + turn), cy + radius * np.sin(quarter + turn)]))
    return np.vstack(corners)


def ellipse(cx: float, cy: float, rx: float, ry: float | None = None, *, points: int = 72) -> Outline:
    ry = rx if ry is None else ry
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.column_stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)])


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, *, points: int = 40) -> Outline:
    """An open arc from `start` to `end` degrees, clockwise on the sheet from three o'clock."""
    angle = np.radians(np.linspace(start, end, points))
    return np.column_stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)])


def smooth(points: ArrayLike, *, closed: bool = False, steps: int = 10) -> Outline:
    """A Catmull-Rom curve through `points`."""
    p = np.asarray(points, dtype=float)
    before, after = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    ring = np.vstack([before, p, after])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(ring[:-3], ring[1:-2], ring[2:-1], ring[3:], strict=True):
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    curve = np.vstack(pieces)
    return curve if closed else np.vstack([curve, p[-1:]])


def mirrored(half: Sequence[tuple[float, float]] | Outline, cx: float) -> Outline:
    """A closed outline from its right half, given from top to bottom."""
    right = np.asarray(half, dtype=float)
    left = right[::-1].copy()
    left[:, 0] = 2 * cx - left[:, 0]
    return np.vstack([right, left])


def coil(x0: float, y0: float, x1: float, y1: float, radius: float, turns: int) -> Outline:
    """A helix seen from the side, along the line from (x0, y0) to (x1, y1)."""
    t = np.linspace(0, 1, turns * 14)
    along = np.array([x1 - x0, y1 - y0], dtype=float)
    length = float(np.hypot(*along)) or 1.0
    unit = along / length
    across = np.array([-unit[1], unit[0]])
    phase = t * turns * 2 * np.pi
    return (
        np.array([x0, y0])
        + np.outer(t, along)
        + np.outer(np.sin(phase) * radius, across)
        + np.outer(np.cos(phase) * radius * 0.45, unit)
    )
