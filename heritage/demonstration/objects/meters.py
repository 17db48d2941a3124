"""Electrical meters."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import (
    BAKELITE,
    BRASS,
    EBONY,
    LEATHER,
    STEEL,
    Material,
)
from ..drawing.outlines import arc, ellipse, mirrored, polygon, rectangle, smooth
from .form import Form
from .parts import INK, feet, knob, name_plate, needle, numerals, scale_marks, screw, terminal

FLOOR = 87.0
DIAL = Material((244, 240, 226), gloss=0.2, shine=0.1)


def draw_meter(canvas: Canvas, form: Form) -> None:
    {"round": _round_meter, "portable": _portable_meter, "edgewise": _fan_meter, "supply": _supply_meter}[form.variant](
        canvas, form
    )


def _units(form: Form) -> str:
    return form.pick("unit", ("VOLTS", "AMPERES", "MILLIAMPS", "WATTS"))


def _round_meter(canvas: Canvas, form: Form) -> None:
    """A switchboard instrument in a round case."""
    radius, cy = form.between("radius", 30, 35), 47.0
    if form.chance("lugs", 0.5):
        for degrees in (90, 210, 330):
            angle = np.radians(degrees)
            x, y = 50 + np.cos(angle) * radius * 1.1, cy + np.sin(angle) * radius * 1.1
            canvas.plate(ellipse(x, y, 4), form.material, bevel=0.8)
            screw(canvas, x, y, 1.3, form.metal)
    for x in (50 - radius * 0.36, 50 + radius * 0.36):
        canvas.turned(x, [(cy + radius - 1, 2.2), (cy + radius + 5, 2.4)], form.metal, curved=False)
        canvas.turned(x, [(cy + radius + 5, 1.3), (cy + radius + 8, 1.5)], form.metal, curved=False)
    canvas.slab(ellipse(50, cy, radius * 1.04), 12, form.material, bevel=2.2)
    canvas.plate(ellipse(50, cy, radius * 0.94), form.metal, bevel=1.6)
    canvas.plate(ellipse(50, cy, radius * 0.84), DIAL, bevel=0.8, sunk=True, shadow=0)
    _scale(canvas, form, 50, cy + radius * 0.16, radius * 0.7, 205, 335)
    if form.chance("hood", 0.35):
        hood = np.vstack(
            [
                arc(50, cy + radius * 0.16, radius * 0.26, radius * 0.26, -90, 0),
                polygon((50 + radius * 0.3, cy + radius * 0.36)),
            ]
        )
        canvas.plate(mirrored(hood, 50), form.material, bevel=0.6)
    canvas.letters(50, cy + radius * 0.48, _units(form), radius * 0.14, INK)
    canvas.letters(50, cy + radius * 0.66, form.plate, radius * 0.085, INK, width=radius * 0.9)
    _glass_sheen(canvas, 50, cy, radius * 0.82)


def _scale(canvas: Canvas, form: Form, x: float, y: float, radius: float, start: float, end: float) -> None:
    line = arc(x, y, radius, radius, start, end)
    canvas.line(line, 0.35, INK)
    scale_marks(canvas, x, y, radius, start, end, 31)
    top = form.pick("range", (5, 10, 25, 50, 100, 250))
    texts = [f"{top * step / 5:g}" for step in range(6)]
    numerals(canvas, x, y, radius * 1.13, start + 1, end - 1, texts, radius * 0.095)
    needle(canvas, x, y, radius * 0.95, start + (end - start) * form.between("reading", 0.0, 0.25))
    canvas.ball(x, y, radius * 0.07, radius * 0.07, BAKELITE)


def _glass_sheen(canvas: Canvas, x: float, y: float, radius: float) -> None:
    side = canvas.light.side
    slab = polygon(
        (x + side * radius * 0.75, y - radius * 0.5),
        (x + side * radius * 0.45, y - radius * 0.8),
        (x - side * radius * 0.2, y + radius * 0.75),
        (x + side * radius * 0.25, y + radius * 0.8),
    )
    canvas.paint(slab, (255, 255, 255), 0.13)


def _portable_meter(canvas: Canvas, form: Form) -> None:
    """A wooden case, its sloping top holding the dial; terminals in front."""
    width = form.between("width", 58, 68)
    left, right = 50 - width / 2, 50 + width / 2
    top, front = form.between("top", 34, 40), 72.0
    back = 0.1 * width
    canvas.box(left, front, right, FLOOR, 30, form.material, radius=0.6, bevel=0.7)
    canvas.plate(
        polygon((left + back * 0.5, top), (right - back * 0.5, top), (right, front), (left, front)),
        form.material,
        bevel=0.9,
        facing=(0, -0.45),
    )
    panel = polygon(
        (left + back + 2, top + 4), (right - back - 2, top + 4), (right - 5, front - 10), (left + 5, front - 10)
    )
    canvas.plate(panel, EBONY if form.chance("ebonite", 0.5) else form.metal, bevel=0.4, facing=(0, -0.3))
    window = np.vstack(
        [
            arc(50, front - 8, width * 0.38, (front - top) * 0.62, 205, 335),
            polygon((50 + width * 0.16, front - 16), (50 - width * 0.16, front - 16)),
        ]
    )
    canvas.plate(window, DIAL, bevel=0.5, sunk=True, shadow=0)
    squash = (front - top) * 0.52 / (width * 0.33)
    for step, degrees in enumerate(np.linspace(215, 325, 26)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        reach = width * 0.33
        inner = 0.88 if step % 5 == 0 else 0.94
        canvas.line(
            [
                (50 + c * reach * inner, front - 8 + s * reach * inner * squash),
                (50 + c * reach, front - 8 + s * reach * squash),
            ],
            0.25,
            INK,
        )
    angle = np.radians(215 + 110 * form.between("reading", 0, 0.3))
    canvas.line(
        [(50, front - 17), (50 + np.cos(angle) * width * 0.31, front - 8 + np.sin(angle) * width * 0.31 * squash)],
        0.45,
        INK,
    )
    canvas.letters(50, front - 21, _units(form), 2.4, INK)
    for index in range(form.whole("terminals", 2, 4)):
        x = left + width * (index + 0.75) / (form.whole("terminals", 2, 4) + 0.5)
        terminal(canvas, x, front - 2.5, 1.9, form.metal)
    name_plate(canvas, 50, (front + FLOOR) / 2 + 1, width * 0.36, 4.4, form.plate, metal=form.metal)
    if form.chance("strap", 0.6):
        canvas.cord(
            smooth(
                [
                    (left + 4, front + 4),
                    (left - 4, top + 12),
                    (left + 2, top - 6),
                    (right - 2, top - 6),
                    (right + 4, top + 12),
                    (right - 4, front + 4),
                ]
            ),
            2.2,
            LEATHER.in_colour((104, 64, 38)),
        )


def _fan_meter(canvas: Canvas, form: Form) -> None:
    """A fan-shaped moulded instrument on a stand."""
    width, height = form.between("width", 58, 66), form.between("height", 44, 52)
    left, right = 50 - width / 2, 50 + width / 2
    case = np.vstack(
        [
            arc(50, FLOOR - height * 0.3, width / 2, height * 0.7, 190, 350),
            polygon((right - 4, FLOOR), (left + 4, FLOOR)),
        ]
    )
    canvas.slab(case, 12, form.material, bevel=2.2, bulge=0.25)
    window = np.vstack(
        [
            arc(50, FLOOR - height * 0.3, width * 0.42, height * 0.58, 196, 344),
            polygon((50 + width * 0.2, FLOOR - height * 0.34), (50 - width * 0.2, FLOOR - height * 0.34)),
        ]
    )
    canvas.plate(window, form.metal, bevel=0.6)
    canvas.plate(
        (window - (50, FLOOR - height * 0.5)) * 0.95 + (50, FLOOR - height * 0.5), DIAL, bevel=0.5, sunk=True, shadow=0
    )
    _scale(canvas, form, 50, FLOOR - height * 0.3, min(width * 0.32, height * 0.46), 210, 330)
    canvas.letters(50, FLOOR - height * 0.43, _units(form), 2.2, INK)
    for share in (0.2, 0.8):
        knob(canvas, left + width * share, FLOOR - height * 0.15, 3.2, pointer=form.between(f"knob {share}", 180, 360))
    name_plate(canvas, 50, FLOOR - height * 0.14, width * 0.3, 4, form.plate, metal=form.metal)
    feet(canvas, (left + 10, right - 10), FLOOR - 1, 2, 2.2, BAKELITE)


def _supply_meter(canvas: Canvas, form: Form) -> None:
    """A household supply meter: cast case, glazed dials, disc."""
    width, top = form.between("width", 40, 46), 16.0
    left, right = 50 - width / 2, 50 + width / 2
    canvas.plate(rectangle(46, top - 5, 54, top + 2, 2), form.material, bevel=0.6)
    screw(canvas, 50, top - 2, 1.3, STEEL)
    shape = np.vstack([arc(50, top + width / 2, width / 2, width / 2, 180, 360), polygon((right, 74), (left, 74))])
    canvas.slab(shape, 12, form.material, bevel=2.4)
    canvas.box(left + 3, 74, right - 3, FLOOR, 10, form.material.darker(0.85), radius=1)
    for x in np.linspace(left + 9, right - 9, 4):
        canvas.hollow(ellipse(x, FLOOR - 3.5, 1.8), depth=1)
    pane = np.vstack(
        [
            arc(50, top + width / 2, width * 0.38, width * 0.38, 180, 360),
            polygon((50 + width * 0.38, 62), (50 - width * 0.38, 62)),
        ]
    )
    canvas.plate(pane, form.metal, bevel=0.8)
    canvas.plate((pane - (50, 42)) * 0.93 + (50, 42), DIAL, bevel=0.5, sunk=True, shadow=0)
    for index, x in enumerate(np.linspace(50 - width * 0.25, 50 + width * 0.25, 4)):
        y = top + width * 0.47 - (2.2 if index in (1, 2) else 0)
        ring = ellipse(x, y, 3.1)
        canvas.line(np.vstack([ring, ring[:1]]), 0.3, INK)
        scale_marks(canvas, x, y, 3.0, 0, 324, 10, width=0.2, length=0.24)
        needle(canvas, x, y, 2.5, form.between(f"hand {index}", 0, 360))
    canvas.letters(50, top + width * 0.27, "KILOWATT HOURS", 1.9, INK, width=width * 0.5)
    canvas.letters(50, top + width * 0.64, form.plate, 2.2, INK, width=width * 0.62)
    canvas.letters(
        50, top + width * 0.73, f"No. {form.whole('number', 100, 999)} {form.whole('number 2', 100, 999)}", 1.8, INK
    )
    canvas.hollow(rectangle(50 - width * 0.28, 54, 50 + width * 0.28, 58.5, 1), depth=1)
    canvas.bar(50 - width * 0.27, 56.4, 50 + width * 0.27, 56.4, 0.8, STEEL)
    canvas.paint(rectangle(52, 55.8, 54, 57), (160, 26, 22), 0.9)
    name_plate(canvas, 50, 68, width * 0.5, 4.4, "10 AMP  230 V", metal=BRASS)
