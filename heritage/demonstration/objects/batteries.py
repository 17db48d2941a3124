"""Wet cells, dry batteries and accumulators."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import (
    BAKELITE,
    BRASS,
    CARD,
    CLOTH,
    GLASS,
    LEAD,
    LEATHER,
    STEEL,
    WAX,
    Material,
)
from ..drawing.outlines import ellipse, rectangle, smooth
from .form import Form
from .parts import INK, name_plate, printed_label, screw, terminal

FLOOR = 87.0


def draw_battery(canvas: Canvas, form: Form) -> None:
    {"wet": _wet_cell, "dry": _dry_battery, "accumulator": _accumulator, "box": _battery_box}[form.variant](
        canvas, form
    )


def _wet_cell(canvas: Canvas, form: Form) -> None:
    """A glass jar with a zinc rod and a porous pot."""
    radius, top = form.between("radius", 19, 24), form.between("top", 36, 42)
    salt = Material(
        form.pick("salt", ((196, 206, 196), (120, 160, 190), (206, 200, 176))), gloss=0.6, shine=0.3, opacity=0.75
    )
    pot = Material((186, 118, 82), gloss=0.1, shine=0.1, grain="cast", grain_strength=0.25)
    canvas.turned(50 - radius * 0.2, [(top - 5, radius * 0.5), (FLOOR - 5, radius * 0.5)], pot, cap=WAX, curved=False)
    canvas.turned(50 - radius * 0.2, [(top - 12, 2.4), (top - 5, 2.6)], Material((40, 40, 44), gloss=0.3), curved=False)
    terminal(canvas, 50 - radius * 0.2, top - 11, 1.9, form.metal)
    canvas.bar(50 + radius * 0.58, top - 14, 50 + radius * 0.58, FLOOR - 8, 2.2, LEAD)
    canvas.turned(50 + radius * 0.58, [(top - 16, 1.2), (top - 13, 2.4)], form.metal)
    canvas.cord(
        smooth(
            [
                (50 + radius * 0.58, top - 15),
                (50 + radius * 1.1, top - 20),
                (50 + radius * 1.3, top - 4),
                (50 + radius * 1.2, top + 8),
            ]
        ),
        0.9,
        CLOTH.in_colour((70, 100, 66)),
    )
    level = top + form.between("level", 10, 18)
    canvas.turned(50, [(level, radius * 0.96), (FLOOR - 3, radius * 0.96)], salt, curved=False, shadow=0)
    square = form.chance("square jar", 0.4)
    if square:
        canvas.slab(rectangle(50 - radius, top, 50 + radius, FLOOR, 3), 10, GLASS, bevel=2.4, shadow=0.1)
    else:
        canvas.turned(
            50,
            [
                (top - 3, radius * 0.84),
                (top, radius * 0.86),
                (top + 5, radius),
                (FLOOR - 2, radius),
                (FLOOR, radius * 0.96),
            ],
            GLASS,
            shadow=0.1,
        )
    canvas.letters(
        50 + radius * 0.1, (level + FLOOR) / 2, form.plate, 2.6, (74, 92, 88), strength=0.55, width=radius * 1.4
    )
    if form.chance("crust", 0.5):
        for x in np.linspace(-0.8, 0.8, 9):
            canvas.paint(ellipse(50 + x * radius, top + 2 + 1.5 * np.sin(x * 9), 1.5, 0.9), (244, 244, 240), 0.5)


def _dry_battery(canvas: Canvas, form: Form) -> None:
    """A cell or block in printed card."""
    ink = form.pick("ink", ((150, 28, 24), (30, 60, 110), (24, 84, 56), (40, 36, 34)))
    ground = form.pick("ground", ((230, 204, 140), (226, 216, 186), (214, 182, 120), (204, 80, 50)))
    if form.chance("round cell", 0.45):
        radius, top = form.between("radius", 13, 16), 30.0
        canvas.turned(50, [(top - 4, 2.2), (top - 1, 2.4)], BRASS, cap=BRASS, curved=False)
        terminal(canvas, 50, top - 2.5, 1.8, form.metal)
        card = CARD.in_colour(ground)
        canvas.turned(50, [(top, radius), (FLOOR, radius)], card, cap=WAX, curved=False)
        for y, height in ((top + 5, 3.4), (FLOOR - 7, 4.2)):
            canvas.band(50, y, y + height, radius, CARD.in_colour(ink))
        hang = canvas.elevation * radius
        canvas.letters(50, top + 19 + hang, form.plate, 5.0, ink, width=radius * 1.5)
        canvas.letters(50, top + 27 + hang, "DRY CELL", 3.4, ink)
        canvas.letters(50, top + 34 + hang, form.pick("volts", ("1.5 VOLTS", "1.5 VOLT", "No. 6")), 3.0, INK)
        canvas.paint(ellipse(50, top + 43 + hang, 3.4), ink, 0.8)
        return
    width, height = form.between("width", 40, 60), form.between("height", 30, 44)
    left, right, top = 50 - width / 2, 50 + width / 2, FLOOR - height
    canvas.box(left, top, right, FLOOR, 18, CARD.in_colour(ground), radius=0.8, bevel=0.5)
    canvas.paint(rectangle(left + 0.5, top + 3, right - 0.5, top + 10), ink, 0.92)
    canvas.letters(50, top + 6.5, form.plate, 3.6, (244, 232, 200), width=width * 0.8)
    canvas.letters(
        50,
        top + height * 0.46,
        form.pick("kind", ("HIGH TENSION", "GRID BIAS", "LAMP BATTERY")),
        3.6,
        ink,
        width=width * 0.8,
    )
    canvas.letters(
        50,
        top + height * 0.66,
        form.pick("volts", ("60 VOLTS", "120 VOLTS", "9 VOLTS", "4.5 VOLTS")),
        4.6,
        INK,
        width=width * 0.8,
    )
    canvas.paint(rectangle(left + 0.5, FLOOR - 5, right - 0.5, FLOOR - 3.4), ink, 0.9)
    count = form.whole("sockets", 2, 6)
    for index in range(count):
        x = left + width * (index + 0.6) / (count + 0.2)
        canvas.turned(x, [(top - 3.4, 1.2), (top - 1, 1.3)], BRASS, curved=False, cap=BRASS)


def _accumulator(canvas: Canvas, form: Form) -> None:
    """A glass box of lead plates in acid."""
    width, top = form.between("width", 34, 44), form.between("top", 34, 40)
    left, right = 50 - width / 2, 50 + width / 2
    plates = form.whole("plates", 5, 9)
    for index in range(plates):
        x = left + width * (index + 0.8) / (plates + 0.6)
        plate = Material((96, 60, 44), gloss=0.2) if index % 2 else LEAD
        canvas.slab(rectangle(x - width * 0.028, top + 8, x + width * 0.028, FLOOR - 7, 0.3), 12, plate, bevel=0.3)
    canvas.plate(
        rectangle(left + 1.5, top + form.between("level", 9, 14), right - 1.5, FLOOR - 2),
        Material((196, 206, 196), gloss=0.8, opacity=0.35),
        shadow=0,
    )
    for share, colour in ((0.22, (150, 34, 28)), (0.78, (20, 20, 22))):
        x = left + width * share
        canvas.bar(x, top - 6, x, top + 10, 1.6, LEAD)
        terminal(canvas, x, top - 5, 2.3, form.metal, BAKELITE.in_colour(colour))
    canvas.slab(rectangle(left, top, right, FLOOR, 1.6), 14, GLASS, bevel=1.6, shadow=0.1)
    canvas.box(left - 0.6, top - 1, right + 0.6, top + 3.4, 14, form.material, radius=0.8)
    canvas.turned(50, [(top - 4, 2.4), (top - 1.5, 2.6)], BAKELITE, cap=BAKELITE, curved=False)
    printed_label(
        canvas,
        left + width * 0.2,
        FLOOR - 22,
        right - width * 0.2,
        FLOOR - 9,
        [form.plate, "2 VOLTS", f"{form.whole('amp hours', 2, 9) * 10} A.H."],
    )
    if form.chance("carrier", 0.5):
        canvas.cord(
            smooth(
                [(left + 1, top + 1), (left + 2, top - 14), (50, top - 17), (right - 2, top - 14), (right - 1, top + 1)]
            ),
            1.3,
            STEEL,
        )


def _battery_box(canvas: Canvas, form: Form) -> None:
    """A wooden case with a row of terminals and a carrying strap."""
    width, height = form.between("width", 50, 62), form.between("height", 28, 36)
    left, right, top = 50 - width / 2, 50 + width / 2, FLOOR - height
    canvas.box(left, top, right, FLOOR, 20, form.material, radius=0.6, bevel=0.8)
    canvas.line([(left, top + height * 0.24), (right, top + height * 0.24)], 0.5, (20, 12, 8), 0.8)
    canvas.cord(
        smooth(
            [
                (left + width * 0.3, top + 1),
                (left + width * 0.34, top - 9),
                (right - width * 0.34, top - 9),
                (right - width * 0.3, top + 1),
            ]
        ),
        2.6,
        LEATHER.in_colour((98, 60, 36)),
    )
    for index in range(form.whole("terminals", 3, 6)):
        terminal(canvas, left + width * (index + 0.7) / (form.whole("terminals", 3, 6) + 0.4), top - 1, 1.8, form.metal)
    name_plate(canvas, 50, top + height * 0.58, width * 0.44, 6.4, form.plate, metal=form.metal)
    for x in (left + 4, right - 4):
        for y in (top + height * 0.34, FLOOR - 4):
            screw(canvas, x, y, 0.9, form.metal)
