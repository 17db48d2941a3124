"""Cameras and magic lanterns."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, BRASS, CHROME, LEATHER, NICKEL, PAPER, STEEL, Material
from ..drawing.outlines import ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import INK, feet, knob, lens, name_plate, scale_marks, screw

FLOOR = 87.0


def draw_camera(canvas: Canvas, form: Form) -> None:
    {"box": _box_camera, "folding": _folding_camera, "field": _field_camera, "rangefinder": _small_camera}[
        form.variant
    ](canvas, form)


def _box_camera(canvas: Canvas, form: Form) -> None:
    half, height = form.between("half", 19, 23), form.between("height", 48, 56)
    top = FLOOR - height
    canvas.cord(
        smooth(
            [
                (50 - half * 0.5, top - 2),
                (50 - half * 0.5, top - 9),
                (50 + half * 0.5, top - 9),
                (50 + half * 0.5, top - 2),
            ]
        ),
        2.6,
        LEATHER,
    )
    canvas.box(50 - half, top, 50 + half, FLOOR, 34, form.material, radius=1.2, bevel=0.9)
    frame = rectangle(50 - half + 1.6, top + 1.6, 50 + half - 1.6, FLOOR - 1.6, 1)
    canvas.line(np.vstack([frame, frame[:1]]), 0.5, (90, 86, 80), 0.8)
    cy = top + height * form.between("lens height", 0.52, 0.6)
    plate = form.pick("plate", ("round", "deco", "none"))
    if plate == "deco":
        canvas.plate(
            rectangle(50 - half * 0.72, cy - half * 0.8, 50 + half * 0.72, cy + half * 0.8, 1), form.metal, bevel=0.4
        )
        for x in np.linspace(-0.6, 0.6, 7):
            canvas.line([(50 + x * half, cy - half * 0.76), (50 + x * half, cy + half * 0.76)], 0.6, INK, 0.75)
    elif plate == "round":
        canvas.plate(ellipse(50, cy, half * 0.7), form.metal, bevel=0.6)
    lens(canvas, 50, cy, half * 0.4, form.metal)
    for x in (50 - half * 0.55, 50 + half * 0.55)[: form.whole("finders", 1, 2)]:
        canvas.plate(rectangle(x - 3.6, top + 3.4, x + 3.6, top + 9, 0.8), form.metal, bevel=0.5)
        canvas.ball(x, top + 6.2, 2.5, 2.2, Material((40, 50, 70), gloss=1.0, shine=1.0))
    canvas.letters(50, FLOOR - 5, form.plate, 2.8, (206, 200, 186), strength=0.7, width=half * 1.4)
    knob(canvas, 50 + half + 1.2, top + height * 0.3, 2.6, NICKEL)
    canvas.bar(50 + half, FLOOR - 15, 50 + half + 3.6, FLOOR - 15, 0.9, form.metal)


def _bellows(
    canvas: Canvas,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    small: tuple[float, float, float, float],
    folds: int,
    colour: tuple[int, int, int],
) -> None:
    """Nested frames from the large rectangle at the back to the small one in front."""
    start, end = np.array([x0, y0, x1, y1]), np.array(small)
    skin = LEATHER.in_colour(colour)
    for index in range(folds):
        fx0, fy0, fx1, fy1 = start + (end - start) * index / folds
        canvas.plate(
            rectangle(fx0, fy0, fx1, fy1, 1.5), skin if index % 2 else skin.darker(0.62), bevel=1.1, shadow=0.4
        )


def _folding_camera(canvas: Canvas, form: Form) -> None:
    half, height = form.between("half", 24, 28), form.between("height", 52, 60)
    top = 22.0
    bottom = top + height
    canvas.slab(rectangle(50 - half, top, 50 + half, bottom, half * 0.5), 5, form.material, bevel=1.2)
    canvas.plate(
        rectangle(50 - half + 4, top + 7, 50 + half - 4, bottom - 5, 1),
        Material((20, 19, 19), gloss=0.3),
        bevel=0.6,
        sunk=True,
        shadow=0,
    )
    canvas.slab(
        polygon(
            (50 - half + 5, bottom - 6),
            (50 + half - 5, bottom - 6),
            (50 + half - 1, FLOOR + 4),
            (50 - half + 1, FLOOR + 4),
        ),
        1,
        form.material.darker(0.9),
        bevel=0.6,
    )
    for x in (44, 56):
        canvas.bar(x, bottom - 6, x + (x - 50) * 0.1, FLOOR + 2, 0.6, form.metal)
    cx, cy, size = 50.0, (top + bottom) / 2 + 5, half * 0.62
    _bellows(
        canvas,
        50 - half + 5,
        top + 9,
        50 + half - 5,
        bottom - 6,
        (cx - size, cy - size, cx + size, cy + size),
        form.whole("folds", 5, 8),
        form.pick("bellows", ((30, 28, 28), (110, 36, 30), (30, 28, 28))),
    )
    canvas.plate(
        rectangle(cx - size * 0.8, cy - size * 0.85, cx + size * 0.8, cy + size * 1.15, 1.4), form.metal, bevel=0.6
    )
    canvas.plate(ellipse(cx, cy, size * 0.74), BAKELITE, bevel=0.8)
    scale_marks(canvas, cx, cy, size * 0.7, 190, 350, 11, colour=(230, 226, 214), length=0.16)
    lens(canvas, cx, cy, size * 0.48, form.metal)
    canvas.letters(cx, cy + size * 0.94, form.plate, 1.8, INK, width=size * 1.4)
    canvas.box(cx - 3, cy - size * 0.85 - 5, cx + 3, cy - size * 0.85, 2, form.metal, radius=0.6)
    canvas.hollow(rectangle(cx - 2, cy - size * 0.85 - 4, cx + 2, cy - size * 0.85 - 1.2, 0.3), depth=0.5)
    canvas.box(50 - half * 0.4, top - 3.4, 50 + half * 0.3, top + 0.5, 2, LEATHER, radius=1)


def _field_camera(canvas: Canvas, form: Form) -> None:
    """A wooden plate camera on a tripod's head."""
    wood, half = form.material, form.between("half", 22, 26)
    for x0, x1 in ((42, 26), (58, 74), (50, 51)):
        canvas.bar(x0, 70, x1, 97, 1.8, wood.darker(0.85))
    canvas.box(50 - half - 2, 68, 50 + half + 2, 72, 14, wood, bevel=0.6)
    canvas.slab(rectangle(50 - half, 14, 50 + half, 68, 1), 7, wood, bevel=0.9)
    size = half * 0.66
    cy = 42.0
    _bellows(
        canvas,
        50 - half + 3,
        17,
        50 + half - 3,
        66,
        (50 - size, cy - size, 50 + size, cy + size),
        form.whole("folds", 6, 9),
        form.pick("bellows", ((122, 36, 32), (34, 32, 32), (50, 70, 56))),
    )
    canvas.slab(rectangle(50 - size, cy - size, 50 + size, cy + size, 1), 2, wood, bevel=0.9)
    for x in (50 - size - 1.5, 50 + size + 1.5):
        canvas.bar(x, cy - size + 2, x, 68, 0.9, form.metal)
        knob(canvas, x, cy + size * 0.5, 2.0, form.metal)
    lens(canvas, 50, cy, size * 0.56, BRASS, rings=3)
    for x in (50 - size + 2.2, 50 + size - 2.2):
        for y in (cy - size + 2.2, cy + size - 2.2):
            screw(canvas, x, y, 0.9, BRASS)
    name_plate(canvas, 50, cy + size - 2.8, size * 0.9, 2.8, form.plate, metal=PAPER)


def _small_camera(canvas: Canvas, form: Form) -> None:
    half, height = form.between("half", 34, 38), form.between("height", 34, 38)
    top = FLOOR - 12 - height
    bottom = top + height
    for x in (50 - half * 0.6, 50 + half * 0.55):
        canvas.turned(
            x,
            [(top - 5, form.between("wheel", 5, 6.5)), (top, form.between("wheel", 5, 6.5))],
            CHROME,
            cap=CHROME,
            curved=False,
        )
    canvas.turned(50 + half * 0.26, [(top - 3, 2), (top, 2.2)], CHROME, cap=CHROME, curved=False)
    canvas.slab(rectangle(50 - half, top, 50 + half, bottom, 7), 8, form.metal, bevel=1.2)
    canvas.plate(
        rectangle(50 - half, top + height * 0.26, 50 + half, bottom - height * 0.1, 3), LEATHER, bevel=0.6, shadow=0.1
    )
    if form.chance("hump", 0.6):
        canvas.box(50 - half * 0.5, top - 6, 50 + half * 0.18, top + 1, 4, form.metal, radius=1.6)
    for x, size in ((50 - half * 0.38, 2.4), (50 - half * 0.02, 1.8), (50 + half * 0.62, 2.8)):
        canvas.plate(rectangle(x - size, top + 1.6, x + size, top + 1.6 + size * 1.5, 0.6), BAKELITE, bevel=0.4)
        canvas.ball(
            x, top + 1.6 + size * 0.75, size * 0.7, size * 0.55, Material((44, 60, 90), gloss=1.0, shine=1.0), shadow=0
        )
    lens(
        canvas,
        50 + half * form.between("lens place", -0.04, 0.1),
        (top + bottom) / 2 + 3,
        height * 0.42,
        form.metal,
        rings=3,
    )
    canvas.letters(50 - half * 0.68, top + height * 0.16, form.plate.title(), 2.6, INK, width=half * 0.5)
    canvas.line([(50 - half + 2, bottom - 2), (50 + half - 2, bottom - 2)], 0.3, INK, 0.5)


def draw_magic_lantern(canvas: Canvas, form: Form) -> None:
    """A tin lamp house with chimney and brass lens, from the side."""
    body, metal = form.material, form.metal
    left, right, top = 28.0, 62.0, form.between("top", 38, 44)
    canvas.box(
        18,
        FLOOR - 6,
        84,
        FLOOR - 2,
        16,
        Material((104, 62, 36), gloss=0.5, grain="wood", grain_strength=0.7),
        bevel=0.7,
    )
    feet(canvas, (22, 80), FLOOR - 2, 2, 2.4)
    chimney = form.between("chimney", 5.5, 7.5)
    canvas.turned(
        45,
        [(8, chimney * 1.3), (12, chimney * 1.5), (13, chimney), (24, chimney), (top - 6, chimney)],
        body,
        cap=Material((14, 14, 14)),
        curved=False,
    )
    canvas.band(45, 22, 23.4, chimney * 1.04, metal)
    canvas.turned(45, [(top - 8, chimney), (top - 4, 13), (top, 16)], body)
    if form.chance("round house", 0.4):
        canvas.turned(45, [(top, 17), (FLOOR - 6, 17)], body, curved=False)
    else:
        canvas.box(left, top, right, FLOOR - 6, 18, body, radius=0.8, bevel=0.9)
    canvas.plate(rectangle(36, top + 10, 54, FLOOR - 12, 1), body.darker(1.15), bevel=0.7)
    canvas.ball(52, (top + FLOOR) / 2, 1.2, 1.2, metal)
    canvas.plate(ellipse(45, top + 18, 4.2), metal, bevel=0.8)
    canvas.ball(45, top + 18, 2.8, 2.8, Material((120, 24, 22), gloss=1.0, shine=0.9), shadow=0)
    cy = form.between("lens height", 60, 66)
    for x0, x1, radius in (
        (right - 1, right + 5, 9.5),
        (right + 5, right + 9, 10.5),
        (right + 9, right + 19, 7),
        (right + 19, right + 23, 8.2),
    ):
        canvas.bar(x0, cy, x1, cy, radius, metal)
    canvas.plate(ellipse(right + 23, cy, 1.8, 8.2), metal, bevel=0.5)
    canvas.plate(ellipse(right + 23.3, cy, 1.2, 6.6), Material((40, 50, 66), gloss=1.0, shine=1.0), bevel=0.2, shadow=0)
    canvas.bar(right + 14, cy + 7, right + 14, cy + 10.5, 0.9, metal)
    knob(canvas, right + 14, cy + 11, 2.0, metal)
    name_plate(canvas, 45, FLOOR - 9, 15, 3.4, form.plate, metal=BRASS)
    if form.chance("handle", 0.5):
        canvas.cord(smooth([(left + 2, top - 1), (left - 5, top - 10), (left + 3, top - 16)]), 0.9, STEEL)
