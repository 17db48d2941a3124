"""Clocks and metronomes."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BRASS, PAPER, STEEL, Material
from ..drawing.outlines import arc, ellipse, mirrored, polygon, rectangle, smooth
from .form import Form
from .parts import INK, feet, name_plate, scale_marks, wedge

FLOOR = 87.0
ROMAN = ["XII", "I", "II", "III", "IIII", "V", "VI", "VII", "VIII", "IX", "X", "XI"]


def _clock_face(canvas: Canvas, form: Form, x: float, y: float, radius: float) -> None:
    ground = Material(
        form.pick("face", ((244, 240, 228), (236, 226, 196), (224, 224, 220), (34, 32, 32))), gloss=0.4, shine=0.2
    )
    ink = INK if sum(ground.colour) > 300 else (232, 222, 190)
    canvas.plate(ellipse(x, y, radius * 1.12), form.metal, bevel=radius * 0.06)
    canvas.plate(ellipse(x, y, radius), ground, bevel=0.6, sunk=True, shadow=0)
    scale_marks(canvas, x, y, radius * 0.95, -90, 264, 60, colour=ink, length=0.08, width=0.25)
    roman = form.chance("roman", 0.5)
    for hour in range(12):
        angle = np.radians(hour * 30 - 90)
        text = ROMAN[hour] if roman else str(hour or 12)
        canvas.letters(
            x + np.cos(angle) * radius * 0.74,
            y + np.sin(angle) * radius * 0.74,
            text,
            radius * (0.13 if roman else 0.17),
            ink,
        )
    canvas.letters(x, y + radius * 0.36, form.plate, radius * 0.08, ink, width=radius * 0.8)
    hours, minutes = form.between("hour", 0, 12), form.between("minute", 0, 60)
    for share, reach, width in ((hours / 12, 0.5, 0.09), (minutes / 60, 0.78, 0.06)):
        angle = np.radians(share * 360 - 90)
        c, s = np.cos(angle), np.sin(angle)
        hand = polygon(
            (x - s * radius * width, y + c * radius * width),
            (x + c * radius * reach, y + s * radius * reach),
            (x + s * radius * width, y - c * radius * width),
            (x - c * radius * 0.12, y - s * radius * 0.12),
        )
        canvas.plate(hand, Material(ink, gloss=0.6), bevel=0.2, shadow=0.3)
    canvas.ball(x, y, radius * 0.05, radius * 0.05, BRASS)
    side = canvas.light.side
    canvas.paint(
        polygon(
            (x + side * radius * 0.8, y - radius * 0.4),
            (x + side * radius * 0.5, y - radius * 0.8),
            (x - side * radius * 0.3, y + radius * 0.8),
            (x + side * radius * 0.2, y + radius * 0.85),
        ),
        (255, 255, 255),
        0.12,
    )


def draw_clock(canvas: Canvas, form: Form) -> None:
    {"mantel": _mantel_clock, "alarm": _alarm_clock, "wall": _wall_clock}[form.variant](canvas, form)


def _mantel_clock(canvas: Canvas, form: Form) -> None:
    wood = form.material
    style = form.pick("style", ("arched", "napoleon", "square"))
    if style == "napoleon":
        outline = mirrored(smooth([(50, 30), (62, 34), (69, 48), (76, 62), (90, 70), (92, FLOOR - 4)]), 50)
        cy, radius = 53.0, 15.5
    elif style == "arched":
        half = form.between("half", 23, 27)
        outline = mirrored(np.vstack([arc(50, 18 + half, half, half, -90, 0), polygon((50 + half, FLOOR - 4))]), 50)
        cy, radius = 18 + half + 2, half * 0.7
    else:
        half = form.between("half", 22, 26)
        outline = rectangle(50 - half, 30, 50 + half, FLOOR - 4, 1.5)
        cy, radius = 56.0, half * 0.72
        canvas.slab(wedge(50 - half - 2, 23, 50 + half + 2, 30, 5), 12, wood, bevel=0.8)
    canvas.slab(outline, 14, wood, bevel=1.6)
    reach = float(np.max(outline[:, 0])) - 50
    canvas.box(50 - reach - 3, FLOOR - 5, 50 + reach + 3, FLOOR - 1, 18, wood.darker(0.85), radius=0.8, bevel=0.7)
    feet(canvas, (50 - reach + 4, 50 + reach - 4), FLOOR - 1, 2.2, 2.4, form.metal)
    _clock_face(canvas, form, 50, cy, radius)
    if form.chance("columns", 0.3) and style != "napoleon":
        for side in (-1, 1):
            canvas.bar(50 + side * (reach - 3), cy - radius, 50 + side * (reach - 3), FLOOR - 6, 1.6, form.metal)


def _alarm_clock(canvas: Canvas, form: Form) -> None:
    cy, radius = 55.0, form.between("radius", 22, 25)
    for side in (-1, 1):
        canvas.bar(
            50 + side * radius * 0.6, cy + radius * 0.7, 50 + side * radius * 0.82, FLOOR, 1.6, form.metal, taper=0.6
        )
    bells = form.chance("two bells", 0.7)
    if bells:
        for side in (-1, 1):
            x, y = 50 + side * radius * 0.56, cy - radius * 1.1
            canvas.bar(x, y, 50 + side * radius * 0.42, cy - radius * 0.8, 0.9, form.metal)
            dome = np.vstack([arc(0, 0, 9.5, 8.6, 180, 360)])
            angle = np.radians(side * 28)
            rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            canvas.cushion(dome @ rotation + (x, y), form.metal, roundness=5)
        canvas.bar(50, cy - radius, 50, cy - radius - 9, 0.7, STEEL)
        canvas.ball(50, cy - radius - 10, 2.0, 2.0, STEEL)
        canvas.cord(arc(50, cy - radius * 1.3, 7, 11, 200, 340), 1.2, form.metal, curved=False)
    else:
        canvas.turned(50, [(cy - radius - 9, 1.0), (cy - radius - 8, 7), (cy - radius - 3, 8)], form.metal)
        canvas.turned(50, [(cy - radius - 13, 1.4), (cy - radius - 9, 1.6)], form.metal)
    canvas.slab(ellipse(50, cy, radius * 1.1), 10, form.material, bevel=2.2)
    _clock_face(canvas, form, 50, cy, radius * 0.84)
    canvas.line(ellipse(50, cy - radius * 0.36, radius * 0.17), 0.3, INK)


def _wall_clock(canvas: Canvas, form: Form) -> None:
    wood, cy, radius = form.material, 40.0, form.between("radius", 24, 28)
    if form.chance("drop", 0.65):
        low = form.between("low", 78, 88)
        canvas.slab(polygon((38, 60), (62, 60), (62, low - 6), (56, low), (44, low), (38, low - 6)), 8, wood, bevel=1.0)
        canvas.plate(
            rectangle(42, 70, 58, low - 5, 1),
            Material((30, 34, 40), gloss=1.0, shine=0.9),
            bevel=0.4,
            sunk=True,
            shadow=0,
        )
        canvas.plate(ellipse(50, low - 10, 4), BRASS, bevel=0.8)
        canvas.bar(50, 70, 50, low - 13, 0.5, BRASS)
    sides = form.pick("sides", (0, 0, 8))
    if sides:
        angle = np.linspace(0, 2 * np.pi, sides, endpoint=False) + np.pi / sides
        outline = np.column_stack([50 + np.cos(angle) * radius * 1.3, cy + np.sin(angle) * radius * 1.3])
    else:
        outline = ellipse(50, cy, radius * 1.22)
    canvas.slab(outline, 8, wood, bevel=2.4)
    _clock_face(canvas, form, 50, cy, radius * 0.9)


def draw_metronome(canvas: Canvas, form: Form) -> None:
    """A pyramid with its front off, pendulum and scale inside."""
    half, top, wood = form.between("half", 20, 24), form.between("top", 14, 20), form.material
    lean = half * form.between("lean", 0.62, 0.74)
    canvas.slab(wedge(50 - half, top, 50 + half, FLOOR - 6, lean), 16, wood, bevel=1.2)
    canvas.box(50 - half - 3, FLOOR - 7, 50 + half + 3, FLOOR - 2, 20, wood, radius=1, bevel=0.8)
    feet(canvas, (50 - half, 50 + half), FLOOR - 2, 2.4, 2.6, wood.darker(0.7))
    canvas.slab(wedge(50 - half + lean - 1.4, top - 3, 50 + half - lean + 1.4, top, 1.5), 7, wood, bevel=0.5)
    low = FLOOR - 26
    share = (low - top) / (FLOOR - 6 - top)
    inset = lean * (1 - share)
    opening = polygon(
        (50 - half + lean + 2, top + 4),
        (50 + half - lean - 2, top + 4),
        (50 + half - inset - 3.4, low),
        (50 - half + inset + 3.4, low),
    )
    canvas.plate(opening, wood.darker(0.45), bevel=0.6, sunk=True, shadow=0)
    canvas.plate(polygon((47.2, top + 6), (52.8, top + 6), (54, low - 2), (46, low - 2)), PAPER, bevel=0.1, shadow=0.2)
    for index, y in enumerate(np.linspace(top + 9, low - 5, 14)):
        canvas.line([(47.6, y), (49.2, y)], 0.22, INK)
        if index % 2 == 0:
            canvas.letters(51.3, y, str(208 - index * 12), 1.5, INK)
    swing = form.between("swing", -9, 9)
    canvas.bar(50, low + 4, 50 + swing, top + 5, 0.55, STEEL)
    at = form.between("weight", 0.4, 0.8)
    x, y = 50 + swing * at, low + 4 + (top + 1 - low) * at
    canvas.plate(
        polygon((x - 3.4, y - 2.6), (x + 3.4, y - 2.6), (x + 2.2, y + 2.6), (x - 2.2, y + 2.6)), form.metal, bevel=0.6
    )
    name_plate(canvas, 50, FLOOR - 16, half * 0.9, 4.6, form.plate, metal=BRASS)
    canvas.bar(50 + half - 1, FLOOR - 20, 50 + half + 4, FLOOR - 20, 0.8, form.metal)
    canvas.plate(ellipse(50 + half + 5, FLOOR - 20, 1.2, 3.2), form.metal, bevel=0.5)
