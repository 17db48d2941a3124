"""Shuttles and looms."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BEECH, CLOTH, OAK, PORCELAIN, STEEL, THREAD, Material
from ..drawing.outlines import ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import screw

FLOOR = 88.0
YARNS = ((224, 214, 190), (150, 40, 36), (44, 70, 118), (60, 98, 66), (196, 150, 60), (92, 64, 100), (60, 58, 56))


def draw_shuttle(canvas: Canvas, form: Form) -> None:
    """A boat-shaped shuttle, lying, seen from above the side."""
    half, height = form.between("half", 40, 44), form.between("height", 7.5, 10)
    cy = 58.0
    body = np.vstack(
        [
            smooth(
                [
                    (50 - half, cy),
                    (50 - half * 0.72, cy - height * 0.8),
                    (50 - half * 0.4, cy - height),
                    (50 + half * 0.4, cy - height),
                    (50 + half * 0.72, cy - height * 0.8),
                    (50 + half, cy),
                ]
            ),
            smooth(
                [
                    (50 + half, cy),
                    (50 + half * 0.7, cy + height * 0.8),
                    (50 + half * 0.35, cy + height),
                    (50 - half * 0.35, cy + height),
                    (50 - half * 0.7, cy + height * 0.8),
                    (50 - half, cy),
                ]
            )[1:-1],
        ]
    )
    canvas.cushion(body, form.material, roundness=height * 0.9)
    open_half = half * form.between("opening", 0.4, 0.54)
    well = rectangle(50 - open_half, cy - height * 0.52, 50 + open_half, cy + height * 0.46, height * 0.45)
    canvas.plate(well, form.material.darker(0.5), bevel=0.8, sunk=True, shadow=0)
    canvas.hollow(well, depth=3, strength=0.55)
    if form.chance("pirn", 0.75):
        yarn = THREAD.in_colour(form.pick("yarn", YARNS))
        canvas.bar(50 - open_half + 1, cy, 50 + open_half - 5, cy, 1.3, BEECH)
        canvas.bar(50 - open_half + 4, cy, 50 + open_half * 0.1, cy, height * 0.36, yarn)
        canvas.bar(50 + open_half * 0.1, cy, 50 + open_half * 0.62, cy, height * 0.36, yarn, taper=0.35)
        canvas.cord(
            smooth(
                [
                    (50 + open_half * 0.6, cy),
                    (50 + open_half * 0.9, cy - 2),
                    (50 + open_half * 1.1, cy + height * 0.7),
                    (50 + open_half * 1.3, cy + height * 2.2),
                ]
            ),
            0.5,
            yarn,
        )
    for side in (-1, 1):
        reach = half * form.between("tip", 0.8, 0.88)
        tip = polygon(
            (50 + side * reach, cy - height * 0.42),
            (50 + side * half, cy - 0.9),
            (50 + side * (half + 3.4), cy),
            (50 + side * half, cy + 0.9),
            (50 + side * reach, cy + height * 0.42),
        )
        canvas.cushion(tip, form.metal, roundness=height * 0.3)
    eye = 50 + half * 0.64
    canvas.plate(ellipse(eye, cy + height * 0.3, 1.7), PORCELAIN, bevel=0.4, shadow=0.2)
    canvas.hollow(ellipse(eye, cy + height * 0.3, 0.8), depth=0.4)
    if form.chance("rollers", 0.4):
        for side in (-1, 1):
            canvas.turned(
                50 + side * half * 0.58, [(cy + height * 0.74, 2.2), (cy + height * 1.06, 2.2)], STEEL, curved=False
            )
    canvas.letters(50 - half * 0.64, cy + 0.5, form.plate, 2.0, (40, 24, 14), strength=0.6, width=half * 0.26)


def draw_loom(canvas: Canvas, form: Form) -> None:
    {"floor": _floor_loom, "table": _table_loom}[form.variant](canvas, form)


def _warp(
    canvas: Canvas,
    left: float,
    right: float,
    top: float,
    bottom: float,
    colours: list[tuple[int, int, int]],
    count: int,
) -> None:
    """Warp threads as a translucent sheet of stripes."""
    for index, x in enumerate(np.linspace(left, right, count)):
        canvas.bar(
            x,
            top,
            x,
            bottom,
            (right - left) / count * 0.34,
            Material(colours[index % len(colours)], gloss=0.1),
            shadow=0.05,
        )


def _woven(canvas: Canvas, form: Form, left: float, right: float, top: float, bottom: float) -> None:
    first, second = form.pick("warp", YARNS), form.pick("weft", YARNS)
    canvas.plate(rectangle(left, top, right, bottom), CLOTH.in_colour(first), bevel=0.5, bulge=0.3)
    pattern = form.pick("pattern", ("stripes", "checks", "bands"))
    step = form.between("repeat", 2.4, 4.2)
    if pattern in ("stripes", "checks"):
        for x in np.arange(left + step, right - 0.5, step * 2):
            canvas.paint(rectangle(x, top, min(x + step * 0.8, right), bottom), second, 0.6)
    if pattern in ("bands", "checks"):
        for y in np.arange(top + step * 0.6, bottom - 0.3, step * 1.6):
            canvas.paint(rectangle(left, y, right, min(y + step * 0.6, bottom)), second, 0.6)


def _floor_loom(canvas: Canvas, form: Form) -> None:
    """A four-post loom: beams, shafts, batten, treadles."""
    half, wood = form.between("half", 34, 38), form.material
    top = form.between("top", 12, 16)
    left, right = 50 - half, 50 + half
    shift = 8 * canvas.yaw
    for x in (left + 4 + shift, right - 4 + shift):
        canvas.box(x - 2, top - 4, x + 2, FLOOR - 6, 3, wood.darker(0.75))
    canvas.box(left, top - 2, right, top + 3, 3, wood.darker(0.8))
    canvas.bar(left + 2, 40, right - 2, 40, 2.6, wood.darker(0.85))
    span = half * 0.74
    yarn = [form.pick("warp", YARNS), form.pick("warp", YARNS), form.pick("weft", YARNS)]
    _warp(canvas, 50 - span, 50 + span, 40, 66, yarn, 44)
    shafts = form.pick("shafts", (2, 4))
    for index in range(shafts):
        y = 27 + index * 2.2
        for end in (-1, 1):
            canvas.bar(50 + end * span * 0.6, top + 3, 50 + end * span * 0.6, y, 0.4, THREAD, shadow=0.1)
        canvas.box(50 - span - 2, y, 50 + span + 2, y + 1.8, 1, wood)
        canvas.box(50 - span - 2, y + 17, 50 + span + 2, y + 18.8, 1, wood)
        for x in np.linspace(50 - span, 50 + span, 34):
            canvas.line([(x, y + 1.8), (x, y + 17)], 0.16, (240, 236, 224), 0.8)
    canvas.box(50 - span - 4, 48, 50 + span + 4, 51, 3, wood, bevel=0.6)
    for x in np.linspace(50 - span, 50 + span, 60):
        canvas.line([(x, 51), (x, 57)], 0.2, (90, 90, 92), 0.9)
    canvas.box(50 - span - 4, 57, 50 + span + 4, 60, 3, wood, bevel=0.6)
    for x in (50 - span - 3, 50 + span + 3):
        canvas.box(x - 1.1, top + 2, x + 1.1, 58, 1, wood)
    _woven(canvas, form, 50 - span, 50 + span, 60.2, 68)
    canvas.bar(left + 1, 69, right - 1, 69, 2.2, wood)
    canvas.box(left - 2, 64, left + 3, FLOOR, 4, wood, bevel=0.6)
    canvas.box(right - 3, 64, right + 2, FLOOR, 4, wood, bevel=0.6)
    canvas.bar(left + 3, 78, right - 3, 78, 2.8, CLOTH.in_colour(yarn[0]))
    for index in range(shafts):
        x = 50 + (index - (shafts - 1) / 2) * 6
        canvas.slab(
            polygon((x - 1.2, 80), (x + 1.2, 80), (x + 1.7, FLOOR + 2), (x - 1.7, FLOOR + 2)), 2, wood.darker(1.05)
        )
    if form.chance("rail", 0.5):
        canvas.box(left, FLOOR - 5, right, FLOOR - 1, 2, wood.darker(0.9))


def _table_loom(canvas: Canvas, form: Form) -> None:
    """A small frame with a web on it and a heddle."""
    half, wood = form.between("half", 28, 34), form.material
    top = form.between("top", 20, 26)
    left, right = 50 - half, 50 + half
    for x in (left, right - 4):
        canvas.box(x, top, x + 4, FLOOR, 4, wood, bevel=0.6)
    canvas.bar(left - 1, top + 4, right + 1, top + 4, 3.0, wood)
    yarn = [form.pick("warp", YARNS), form.pick("warp", YARNS), form.pick("weft", YARNS)]
    span = half * 0.8
    middle = form.between("middle", 46, 54)
    _warp(canvas, 50 - span, 50 + span, top + 5, middle + 8, yarn, 38)
    canvas.box(50 - span - 3, middle - 7, 50 + span + 3, middle - 4, 2, BEECH if form.body != "beech" else OAK)
    for x in np.linspace(50 - span, 50 + span, 40):
        canvas.line([(x, middle - 4), (x, middle + 4)], 0.22, (150, 146, 136), 0.9)
    canvas.box(50 - span - 3, middle + 4, 50 + span + 3, middle + 7, 2, BEECH if form.body != "beech" else OAK)
    _woven(canvas, form, 50 - span, 50 + span, middle + 9, FLOOR - 9)
    canvas.bar(left - 1, FLOOR - 8, right + 1, FLOOR - 8, 3.0, wood)
    for y in (top + 4, FLOOR - 8):
        canvas.plate(ellipse(right + 1.5, y, 3.4), wood, bevel=0.7)
        screw(canvas, right + 1.5, y, 1.1, form.metal)
    if form.chance("shuttle", 0.5):
        canvas.cushion(ellipse(50 + span * 0.2, middle + 8.8, 13, 1.8), BEECH, roundness=1.5)
