"""Radio receivers."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, CLOTH, COPPER, EBONY, GLASS, THREAD, Material
from ..drawing.outlines import arc, coil, ellipse, mirrored, polygon, rectangle
from .form import COLOURS, Form
from .parts import GOLD, INK, feet, grille_slots, knob, name_plate, needle, numerals, scale_marks, terminal

FLOOR = 86.0
LIT_DIAL = Material((238, 214, 150), gloss=0.7, shine=0.4)


def draw_radio(canvas: Canvas, form: Form) -> None:
    {
        "cathedral": _cathedral_radio,
        "table": _table_radio,
        "crystal": _crystal_set,
        "portable": _portable_radio,
    }[form.variant](canvas, form)


def _cathedral_radio(canvas: Canvas, form: Form) -> None:
    """An arched wooden cabinet with fretwork over cloth."""
    half, top = form.between("half", 25, 30), form.between("top", 14, 22)
    shape = mirrored(np.vstack([arc(50, top + half, half, half, -90, 0), polygon((50 + half, FLOOR - 3))]), 50)
    canvas.slab(shape, 16, form.material, bevel=1.4, bulge=0.2)
    canvas.box(50 - half - 2, FLOOR - 4, 50 + half + 2, FLOOR, 18, form.material.darker(0.8), radius=1)
    inner = half * 0.74
    opening = mirrored(
        np.vstack([arc(50, top + half, inner, inner, -90, 0), polygon((50 + inner, top + half + 8))]), 50
    )
    canvas.plate(opening, CLOTH.in_colour((168, 138, 84)), bevel=0.7, sunk=True, shadow=0)
    bars = form.pick("fret", ("rays", "columns", "arches"))
    base = top + half + 8
    if bars == "rays":
        for degrees in (210, 240, 270, 300, 330):
            angle = np.radians(degrees)
            canvas.bar(
                50,
                base,
                50 + np.cos(angle) * inner * 1.02,
                top + half + np.sin(angle) * inner * 1.02,
                1.3,
                form.material,
            )
    elif bars == "columns":
        for x in np.linspace(-0.62, 0.62, 4) * inner:
            reach = np.sqrt(max(0.0, inner * inner - x * x))
            canvas.bar(50 + x, base, 50 + x, top + half - reach, 1.2, form.material)
    else:
        for share in (0.36, 0.7):
            canvas.cord(
                np.vstack(
                    [
                        polygon((50 - inner * share, base)),
                        arc(50, top + half, inner * share, inner * share, 180, 360),
                        polygon((50 + inner * share, base)),
                    ]
                ),
                2.0,
                form.material,
                curved=False,
            )
    _radio_dial(canvas, form, 50, base + 7.5, half * 0.5, 4.2)
    for offset in (-0.62, 0.0, 0.62)[:: 1 if form.chance("three knobs", 0.6) else 2]:
        knob(canvas, 50 + offset * half, FLOOR - 9, 2.9, BAKELITE, pointer=form.between(f"turn {offset}", 200, 340))


def _radio_dial(canvas: Canvas, form: Form, x: float, y: float, half: float, height: float) -> None:
    canvas.plate(rectangle(x - half - 1, y - height - 1, x + half + 1, y + height + 1, 1.4), form.metal, bevel=0.5)
    canvas.plate(rectangle(x - half, y - height, x + half, y + height, 0.8), LIT_DIAL, bevel=0.3, sunk=True, shadow=0)
    for row in range(2):
        line = y - height * 0.35 + row * height * 0.7
        canvas.line([(x - half * 0.9, line), (x + half * 0.9, line)], 0.2, INK)
        for step in range(13):
            tick = x - half * 0.85 + step * half * 0.14
            canvas.line([(tick, line), (tick, line - (1.1 if step % 3 == 0 else 0.6))], 0.2, INK)
    place = x - half * 0.7 + half * 1.4 * form.between("tuned", 0, 1)
    canvas.line([(place, y - height * 0.9), (place, y + height * 0.9)], 0.45, (170, 30, 24))


def _table_radio(canvas: Canvas, form: Form) -> None:
    """A low cabinet with a speaker on one side and the dial on the other."""
    width, height = form.between("width", 68, 78), form.between("height", 36, 46)
    left, right, top = 50 - width / 2, 50 + width / 2, FLOOR - 2 - height
    radius = form.between("radius", 1, 12)
    feet(canvas, (left + 9, right - 9), FLOOR - 3, 2.6, 3.2, BAKELITE)
    canvas.slab(rectangle(left, top, right, FLOOR - 2, radius), 20, form.material, bevel=1.8, bulge=0.22)
    mirror = -1 if form.chance("speaker right", 0.35) else 1
    middle = 50 - mirror * width * 0.245
    size = min(height * 0.36, width * 0.19)
    cy = top + height * 0.46
    style = form.pick("grille", ("round", "slots", "square"))
    cloth = CLOTH.in_colour(form.pick("cloth", ((150, 118, 76), (96, 72, 52), (176, 162, 126))))
    if style == "round":
        canvas.plate(ellipse(middle, cy, size), cloth, bevel=0.8, sunk=True, shadow=0)
        for x in np.linspace(-0.6, 0.6, form.whole("bars", 2, 4)):
            reach = np.sqrt(1 - x * x) * size
            canvas.bar(middle + x * size, cy - reach, middle + x * size, cy + reach, 0.9, form.material)
    elif style == "slots":
        canvas.plate(
            rectangle(middle - size * 1.15, cy - size, middle + size * 1.15, cy + size, 2),
            cloth,
            bevel=0.6,
            sunk=True,
            shadow=0,
        )
        for y in np.linspace(cy - size * 0.8, cy + size * 0.8, form.whole("slats", 5, 8)):
            canvas.bar(middle - size * 1.15, y, middle + size * 1.15, y, 0.85, form.material)
    else:
        canvas.plate(
            rectangle(middle - size, cy - size, middle + size, cy + size, 1), cloth, bevel=0.6, sunk=True, shadow=0
        )
        grille_slots(
            canvas, middle - size * 0.8, cy - size * 0.8, middle + size * 0.8, cy + size * 0.8, 9, upright=True
        )
    other = 50 + mirror * width * 0.22
    if form.chance("round dial", 0.45):
        reach = height * 0.26
        canvas.plate(ellipse(other, cy - 3, reach * 1.12), form.metal, bevel=0.7)
        canvas.plate(ellipse(other, cy - 3, reach), LIT_DIAL, bevel=0.3, sunk=True, shadow=0)
        scale_marks(canvas, other, cy - 3, reach * 0.92, 150, 390, 25, width=0.22)
        numerals(canvas, other, cy - 3, reach * 0.66, 160, 380, ["200", "300", "400", "500"], 1.7)
        needle(canvas, other, cy - 3, reach * 0.86, 150 + 240 * form.between("tuned", 0, 1), (150, 24, 20))
    else:
        _radio_dial(canvas, form, other, cy - 4, width * 0.19, height * 0.19)
    for index in range(form.whole("knobs", 2, 4)):
        x = other + (index - (form.whole("knobs", 2, 4) - 1) / 2) * width * 0.115
        knob(
            canvas,
            x,
            FLOOR - 2 - height * 0.16,
            2.7,
            form.pick("knob", (BAKELITE, Material(COLOURS["ivory"], gloss=0.7))),
        )
    canvas.letters(middle, FLOOR - 6, form.plate.title(), 2.2, GOLD, width=size * 2)


def _crystal_set(canvas: Canvas, form: Form) -> None:
    """A coil, a detector and four terminals on a board."""
    width = form.between("width", 62, 72)
    left, right, y = 50 - width / 2, 50 + width / 2, 76.0
    canvas.box(left, y, right, y + 8, 34, form.material, radius=0.8, bevel=0.9)
    for x in (left + 6, left + 13):
        terminal(canvas, x, y - 1.5, 1.9, form.metal)
    for x in (right - 6, right - 13):
        terminal(canvas, x, y - 1.5, 1.9, form.metal)
    coil_half, radius = form.between("coil", 13, 17), form.between("former", 8, 11)
    cy = y - radius - 4
    for side in (-1, 1):
        canvas.slab(
            polygon(
                (50 + side * coil_half - 1.4, y - 1),
                (50 + side * coil_half - 1.4, cy - radius - 2),
                (50 + side * coil_half + 1.4, cy - radius - 2),
                (50 + side * coil_half + 1.4, y - 1),
            ),
            6,
            form.material,
        )
    wire = form.pick("wire", (COPPER, THREAD.in_colour((60, 104, 62)), THREAD.in_colour((124, 50, 40))))
    canvas.bar(
        50 - coil_half + 1, cy, 50 + coil_half - 1, cy, radius, Material(wire.colour, metal=wire.metal * 0.8, gloss=0.4)
    )
    for x in np.linspace(50 - coil_half + 1.5, 50 + coil_half - 1.5, 26):
        canvas.line([(x, cy - radius), (x, cy + radius)], 0.28, (30, 18, 10), 0.45)
    canvas.bar(50 - coil_half - 2, cy - radius - 4, 50 + coil_half + 2, cy - radius - 4, 0.8, form.metal)
    slider = 50 + coil_half * form.between("slider", -0.5, 0.6)
    canvas.box(slider - 2, cy - radius - 5.6, slider + 2, cy - radius - 1.6, 3, EBONY)
    canvas.bar(right - 10, y - 12, right - 10, y - 2, 0.8, form.metal)
    canvas.bar(right - 20, y - 12, right - 20, y - 2, 0.8, form.metal)
    canvas.bar(right - 20, y - 11, right - 10, y - 11, 2.0, GLASS)
    canvas.ball(right - 17.5, y - 11, 1.3, 1.3, Material((92, 94, 104), metal=0.8, gloss=0.5))
    canvas.cord(coil(right - 16, y - 11, right - 11, y - 11, 0.8, 4), 0.3, form.metal)
    name_plate(canvas, 50, y + 4, 16, 3.0, form.plate, metal=form.metal)


def _portable_radio(canvas: Canvas, form: Form) -> None:
    """A transistor set with a handle."""
    width, height = form.between("width", 58, 66), form.between("height", 34, 40)
    left, right, top = 50 - width / 2, 50 + width / 2, FLOOR - height
    canvas.cord(
        np.vstack(
            [polygon((left + 3, top + 6)), arc(50, top + 2, width / 2 - 4, 15, 190, 350), polygon((right - 3, top + 6))]
        ),
        2.6,
        Material((40, 38, 38), gloss=0.4),
        curved=False,
    )
    canvas.slab(rectangle(left, top, right, FLOOR, 3.5), 12, form.material, bevel=1.6)
    canvas.plate(
        rectangle(left + 3, top + 3, right - 3, FLOOR - 3, 2),
        Material(COLOURS["cream"], gloss=0.6, shine=0.4),
        bevel=0.5,
    )
    edge = left + width * form.between("split", 0.52, 0.62)
    canvas.plate(rectangle(left + 4.5, top + 4.5, edge, FLOOR - 4.5, 1.2), form.metal, bevel=0.4)
    rows, columns = np.linspace(top + 6.5, FLOOR - 6.5, 10), np.linspace(left + 6.5, edge - 2, 15)
    canvas.dots([(x, y) for y in rows for x in columns], 0.55)
    centre, cy = (edge + right - 4) / 2, top + height * 0.42
    radius = min(height * 0.27, (right - 5 - edge) / 2)
    canvas.plate(ellipse(centre, cy, radius), form.material, bevel=0.6)
    canvas.plate(ellipse(centre, cy, radius * 0.9), Material((240, 236, 222), gloss=0.7), bevel=0.2)
    scale_marks(canvas, centre, cy, radius * 0.85, 130, 410, 29, width=0.22)
    numerals(canvas, centre, cy, radius * 0.6, 150, 390, ["55", "70", "90", "120", "160"], 1.5)
    canvas.plate(ellipse(centre, cy, radius * 0.36), form.metal, bevel=0.5)
    knob(canvas, centre - 5, FLOOR - 7, 2.2)
    knob(canvas, centre + 5, FLOOR - 7, 2.2)
    canvas.letters(centre, top + 6.2, form.plate.title(), 2.0, (120, 30, 28), width=radius * 1.9)
