"""Bobbins and spinning wheels."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import THREAD, Material
from ..drawing.outlines import ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import printed_label

FLOOR = 88.0
YARNS = ((224, 214, 190), (150, 40, 36), (44, 70, 118), (60, 98, 66), (196, 150, 60), (92, 64, 100), (60, 58, 56))


def draw_bobbin(canvas: Canvas, form: Form) -> None:
    {"flanged": _flanged_bobbin, "pirn": _pirn, "cone": _cone_bobbin}[form.variant](canvas, form)


def _flanged_bobbin(canvas: Canvas, form: Form) -> None:
    """A barrel between two flanges, wound or bare."""
    flange, barrel = form.between("flange", 17, 24), form.between("barrel", 5, 8)
    top, bottom = form.between("top", 12, 22), FLOOR
    thick = form.between("thick", 4, 6)
    wood = form.material
    canvas.turned(
        50,
        [(bottom - thick - 1, flange * 0.7), (bottom - thick, flange), (bottom - 1, flange), (bottom, flange * 0.94)],
        wood,
    )
    canvas.turned(50, [(top + 2, barrel), (bottom - thick + 1, barrel)], wood, curved=False)
    if form.chance("wound", 0.75):
        fill = flange * form.between("fill", 0.66, 0.92)
        yarn = THREAD.in_colour(form.pick("yarn", YARNS))
        canvas.turned(
            50,
            [
                (top + thick, fill * 0.96),
                (top + thick + 4, fill),
                (bottom - thick - 3, fill),
                (bottom - thick + 0.5, fill * 0.96),
            ],
            yarn,
        )
        if form.chance("loose end", 0.6):
            canvas.cord(
                smooth([(50 + fill * 0.7, 60), (50 + fill * 1.25, 68), (50 + fill * 1.2, 84), (50 + fill * 1.8, 90)]),
                0.55,
                yarn,
            )
    rim = [(top, flange * 0.95), (top + 1, flange), (top + thick - 1, flange), (top + thick, flange * 0.86)]
    canvas.turned(50, rim, wood, cap=wood)
    canvas.hollow(ellipse(50, top, barrel * 0.6, max(0.4, barrel * 0.6 * canvas.elevation * 1.4)), depth=0.8)
    if form.chance("ringed", 0.5):
        canvas.band(50, top + 1, top + 2.4, flange, form.metal)
        canvas.band(50, bottom - 2.6, bottom - 1.2, flange, form.metal)
    if form.chance("painted", 0.4):
        paint = Material(form.pick("band", ((150, 40, 36), (44, 70, 118), (40, 90, 60), (220, 180, 60))), gloss=0.4)
        canvas.band(50, bottom - thick * 0.8, bottom - thick * 0.5, flange, paint)


def _pirn(canvas: Canvas, form: Form) -> None:
    """A slender weft bobbin with a ridged foot."""
    foot = form.between("foot", 7, 9)
    top = 8.0
    canvas.turned(50, [(top, 1.6), (top + 3, 2.6), (60, 4), (72, 5)], form.material)
    if form.chance("wound", 0.85):
        yarn = THREAD.in_colour(form.pick("yarn", YARNS))
        low = form.between("low", 62, 68)
        canvas.turned(
            50,
            [
                (top + form.between("bare", 10, 26), 2.8),
                (low - 22, foot * 1.05),
                (low - 8, foot * 1.2),
                (low, foot * 0.9),
                (low + 4, 4),
            ],
            yarn,
        )
    canvas.turned(
        50,
        [
            (69, 4),
            (71, foot * 0.9),
            (73, foot),
            (75, foot * 0.78),
            (77, foot),
            (79, foot * 0.8),
            (82, foot),
            (FLOOR, foot * 0.98),
        ],
        form.material,
    )
    for y in (74, 79.5):
        canvas.band(50, y, y + 1.6, foot, form.metal)


def _cone_bobbin(canvas: Canvas, form: Form) -> None:
    """A cone of yarn on a paper tube."""
    wide, top = form.between("wide", 22, 27), form.between("top", 20, 28)
    yarn = THREAD.in_colour(form.pick("yarn", YARNS))
    tube = Material(form.pick("tube", ((206, 180, 140), (150, 60, 50), (90, 120, 100))), gloss=0.2)
    canvas.turned(50, [(top - 5, 4.2), (top + 2, 5)], tube, cap=tube.darker(0.3))
    canvas.turned(
        50,
        [
            (top, wide * 0.3),
            (top + 3, wide * 0.42),
            (top + 30, wide * 0.76),
            (FLOOR - 6, wide),
            (FLOOR - 2, wide * 0.97),
            (FLOOR, wide * 0.8),
        ],
        yarn,
    )
    if form.chance("label", 0.4):
        printed_label(canvas, 42, 56, 58, 68, [form.plate, f"No. {form.whole('count', 20, 80)}"])


def draw_spinning_wheel(canvas: Canvas, form: Form) -> None:
    """A treadle wheel: sloping bench, three legs, flyer."""
    wood, radius = form.material, form.between("radius", 21, 25)
    cx, cy = 60.0, 46.0
    for x0, x1 in ((36, 28), (72, 80), (58, 54)):
        canvas.bar(x0, 66, x1, 90, 1.7, wood.darker(0.85), taper=0.7)
    for offset in (-3, 3):
        canvas.bar(cx + offset * 1.2, 74, cx, cy, 1.3, wood.darker(0.8), taper=0.8)
    spokes = form.whole("spokes", 8, 14)
    for index in range(spokes):
        angle = 2 * np.pi * (index + 0.3) / spokes
        c, s = np.cos(angle), np.sin(angle)
        canvas.bar(cx + c * 3, cy + s * 3, cx + c * (radius - 1.5), cy + s * (radius - 1.5), 0.75, wood)
        canvas.ball(cx + c * radius * 0.55, cy + s * radius * 0.55, 1.2, 1.2, wood)
    canvas.cushion(ellipse(cx, cy, radius), wood, roundness=1.5, holes=[ellipse(cx, cy, radius - 3.2)])
    ring = ellipse(cx, cy, radius - 1.6)
    canvas.line(np.vstack([ring, ring[:1]]), 0.4, (30, 18, 10), 0.5)
    canvas.plate(ellipse(cx, cy, 3.4), wood, bevel=1.0)
    canvas.ball(cx, cy, 1.1, 1.1, form.metal)
    canvas.slab(polygon((20, 64), (80, 70), (80, 74), (20, 68)), 8, wood, bevel=0.7)
    for x in (24, 36):
        canvas.turned(x, [(36, 1.0), (40, 2.0), (46, 1.2), (52, 2.2), (60, 1.4), (66, 2.4)], wood)
    yarn = THREAD.in_colour(form.pick("yarn", YARNS[:5]))
    canvas.bar(22, 40, 39, 40, 1.0, form.metal)
    canvas.bar(26, 40, 33, 40, 3.0, yarn)
    for end in (25.4, 33.4):
        canvas.slab(rectangle(end - 0.6, 36.4, end + 0.6, 43.6, 0.5), 2, wood)
    canvas.line([(36, 38.6), (cx - 2, cy - radius + 1.6)], 0.35, (90, 76, 60), 0.9)
    canvas.cord([(36.4, 38.4), (cx - 3, cy - radius + 0.6)], 0.4, THREAD, curved=False, shadow=0.1)
    canvas.cord([(36.4, 41.6), (cx - 6, cy + radius - 1)], 0.4, THREAD, curved=False, shadow=0.1)
    if form.chance("distaff", 0.6):
        canvas.turned(15, [(12, 0.8), (30, 1.0), (66, 1.3)], wood)
        canvas.turned(
            15,
            [(10, 1.5), (14, 4), (22, 5.4), (28, 3.6), (32, 1.6)],
            Material((222, 206, 170), gloss=0.05, grain="thread", grain_strength=0.7),
        )
        canvas.bar(15, 64, 24, 66, 1.2, wood)
    canvas.slab(polygon((36, 86), (66, 84), (68, 87), (34, 89)), 3, wood.darker(0.9))
    canvas.bar(cx - 1, cy + 4, 58, 85, 0.6, wood)
