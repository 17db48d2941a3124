"""Switches, insulators and induction coils."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import (
    BRASS,
    COPPER,
    EBONY,
    PAPER,
    STEEL,
    Material,
)
from ..drawing.outlines import ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import INK, name_plate, screw, terminal


def draw_switch(canvas: Canvas, form: Form) -> None:
    {"knife": _knife_switch, "tumbler": _tumbler_switch, "rotary": _rotary_switch}[form.variant](canvas, form)


def _knife_switch(canvas: Canvas, form: Form) -> None:
    """Copper blades on a slab of slate."""
    poles = form.whole("poles", 1, 3)
    half = 8 + poles * 7
    canvas.slab(rectangle(50 - half, 16, 50 + half, 90, 1.2), 6, form.material, bevel=1.0)
    for x in (50 - half + 3.5, 50 + half - 3.5):
        for y in (20, 86):
            screw(canvas, x, y, 1.5, form.metal)
    open_blade = form.chance("open", 0.5)
    spread = [50 + (index - (poles - 1) / 2) * 13 for index in range(poles)]
    for x in spread:
        for y in (30, 72):
            canvas.plate(rectangle(x - 3.4, y - 3, x + 3.4, y + 7, 0.6), COPPER, bevel=0.5)
            canvas.slab(rectangle(x - 2.4, y - 4, x - 1.1, y + 4, 0.3), 5, COPPER, bevel=0.3)
            canvas.slab(rectangle(x + 1.1, y - 4, x + 2.4, y + 4, 0.3), 5, COPPER, bevel=0.3)
            canvas.plate(ellipse(x, y + (10 if y > 50 else -8), 2.6), form.metal, bevel=0.7)
        if open_blade:
            canvas.slab(polygon((x - 0.8, 73), (x + 0.8, 73), (x + 1.4, 47), (x + 0.2, 47)), 4, COPPER, bevel=0.3)
        else:
            canvas.slab(rectangle(x - 0.9, 27, x + 0.9, 74, 0.3), 4, COPPER, bevel=0.3)
        canvas.bar(x - 3, 73, x + 3, 73, 1.0, form.metal)
    bar_y = 47.0 if open_blade else 45.0
    canvas.bar(spread[0] - 4, bar_y, spread[-1] + 4, bar_y, 1.9, EBONY)
    canvas.turned(50, [(bar_y - 2, 1.6), (bar_y + 1, 2.2), (bar_y + 7, 2.8), (bar_y + 11, 1.8)], EBONY)
    name_plate(canvas, 50, 84, 14, 3.4, form.plate, metal=form.metal)


def _tumbler_switch(canvas: Canvas, form: Form) -> None:
    """A domed cover with a dolly, on a turned block."""
    radius, cy = form.between("radius", 22, 26), 52.0
    if form.chance("block", 0.7):
        canvas.plate(
            ellipse(50, cy, radius * 1.32),
            Material((104, 62, 36), gloss=0.6, shine=0.4, grain="wood", grain_strength=0.6),
            bevel=2.4,
        )
    cover = form.metal if form.body == "brass" else form.material
    canvas.plate(ellipse(50, cy, radius * 1.02), cover, bevel=1.4)
    canvas.ball(50, cy, radius * 0.96, radius * 0.96, cover)
    if form.chance("fluted", 0.4):
        for degrees in range(0, 360, 20):
            angle = np.radians(degrees)
            canvas.line(
                [
                    (50 + np.cos(angle) * radius * 0.58, cy + np.sin(angle) * radius * 0.58),
                    (50 + np.cos(angle) * radius * 0.92, cy + np.sin(angle) * radius * 0.92),
                ],
                0.8,
                (0, 0, 0),
                0.28,
            )
    canvas.plate(ellipse(50, cy, radius * 0.42), cover, bevel=1.2)
    canvas.hollow(rectangle(50 - 2.6, cy - 5.4, 50 + 2.6, cy + 5.4, 2.5), depth=2)
    up = form.chance("up", 0.5)
    end = cy - 9 if up else cy + 9
    canvas.bar(50, cy, 50, end, 1.5, form.metal)
    canvas.ball(50, end, 3.2, 3.4, form.metal if form.body != "porcelain" else BRASS)
    canvas.letters(
        50, cy + radius * 0.72 * (1 if up else -1), form.pick("word", ("OFF", "5 A", "250V")), 2.4, INK, strength=0.7
    )


def _rotary_switch(canvas: Canvas, form: Form) -> None:
    """Brass studs in an arc on a board, with a sweeping arm."""
    half = form.between("half", 30, 34)
    canvas.slab(rectangle(50 - half, 26, 50 + half, 90, 1.4), 5, form.material, bevel=1.0)
    contacts = form.whole("contacts", 5, 10)
    for index, degrees in enumerate(np.linspace(200, 340, contacts)):
        angle = np.radians(degrees)
        x, y = 50 + np.cos(angle) * 22, 68 + np.sin(angle) * 26
        canvas.turned(x, [(y - 1.2, 2.0), (y + 0.8, 2.1)], form.metal, cap=form.metal, curved=False)
        canvas.letters(50 + np.cos(angle) * 27.4, 68 + np.sin(angle) * 32, str(index), 2.4, (236, 226, 196))
    angle = np.radians(200 + 140 * (form.whole("position", 0, contacts - 1) / (contacts - 1)))
    tip = (50 + np.cos(angle) * 24, 68 + np.sin(angle) * 28.5)
    canvas.bar(50, 68, *tip, 2.2, form.metal, taper=0.6)
    canvas.turned(50, [(60, 3.2), (63, 5.2), (67, 5.6), (69, 3.6)], EBONY)
    for x in (50 - half + 7, 50 + half - 7):
        terminal(canvas, x, 84, 2.0, form.metal)
    name_plate(canvas, 50, 83, 18, 3.6, form.plate, metal=form.metal)


def draw_insulator(canvas: Canvas, form: Form) -> None:
    """A telegraph insulator on its iron pin."""
    radius = form.between("radius", 17, 22)
    material = (
        form.material
        if form.body != "glass"
        else Material(
            form.pick("glass", ((86, 168, 160), (70, 140, 90), (150, 190, 200))), gloss=1.0, shine=1.0, opacity=0.62
        )
    )
    canvas.turned(50, [(60, 3), (84, 3.2), (90, 3.2)], STEEL, curved=False)
    for y in np.linspace(76, 89, 6):
        canvas.line([(46.6, y), (53.4, y + 0.8)], 0.5, (20, 20, 20), 0.6)
    top = form.between("top", 14, 20)
    neck = radius * form.between("neck", 0.5, 0.62)
    profile = [
        (top, 2),
        (top + 2.5, radius * 0.52),
        (top + 7, radius * 0.66),
        (top + 11, neck),
        (top + 15, neck),
        (top + 20, radius * 0.74),
    ]
    sheds = form.whole("sheds", 1, 3)
    y = top + 20.0
    for index in range(sheds):
        reach = radius * (0.86 + 0.14 * index / max(1, sheds - 1)) if sheds > 1 else radius
        profile += [(y + 5, reach * 0.92), (y + 9, reach)]
        y += 9
        if index < sheds - 1:
            profile += [(y + 1.5, reach * 0.72), (y + 4, reach * 0.7)]
            y += 4
    profile += [(y + 8, radius * 0.98), (y + 10, radius * 0.9)]
    canvas.turned(50, profile, material, shadow=0.3)
    canvas.letters(
        50,
        y + 1 + radius * canvas.elevation,
        form.plate,
        2.6,
        (70, 66, 60) if form.body == "porcelain" else (220, 240, 236),
        strength=0.6,
        width=radius * 1.1,
    )
    if form.chance("wire", 0.35):
        canvas.cord(
            smooth(
                [
                    (50 - radius * 1.8, top + 14),
                    (50 - neck, top + 14.6),
                    (50, top + 15.4),
                    (50 + neck, top + 14.4),
                    (50 + radius * 1.8, top + 12),
                ]
            ),
            1.1,
            COPPER,
        )


def draw_induction_coil(canvas: Canvas, form: Form) -> None:
    """A horizontal coil between cheeks, with spark balls above and a breaker at one end."""
    width = form.between("width", 70, 78)
    left, right, y = 50 - width / 2, 50 + width / 2, 76.0
    canvas.box(left, y, right, y + form.between("base", 7, 10), 28, form.material, radius=0.6, bevel=0.8)
    half, radius = form.between("half", 20, 24), form.between("coil", 10, 13)
    cy = y - radius - 3.5
    winding = form.pick(
        "winding",
        (Material((24, 22, 24), gloss=0.4), Material((30, 70, 44), gloss=0.25), Material((120, 40, 36), gloss=0.25)),
    )
    for side in (-1, 1):
        canvas.slab(rectangle(50 + side * half - 1.6, cy - radius - 4, 50 + side * half + 1.6, y - 0.5, 0.8), 10, EBONY)
    canvas.bar(50 - half + 1.5, cy, 50 + half - 1.5, cy, radius, winding)
    for x in np.linspace(50 - half + 3, 50 + half - 3, form.whole("bands", 3, 7)):
        canvas.line([(x, cy - radius), (x, cy + radius)], 0.5, (0, 0, 0), 0.4)
    for side in (-1, 1):
        x = 50 + side * half * 0.72
        canvas.turned(x, [(cy - radius - 12, 0.9), (cy - radius - 1, 1.0), (cy - radius + 1, 2.2)], form.metal)
        canvas.ball(x, cy - radius - 13, 1.9, 1.9, form.metal)
        gap = form.between("gap", 1.5, 5)
        canvas.bar(x + side * 8, cy - radius - 13, 50 + side * gap, cy - radius - 13, 0.55, form.metal)
        canvas.ball(50 + side * gap, cy - radius - 13, 1.4, 1.4, form.metal)
        canvas.ball(x + side * 9, cy - radius - 13, 2.0, 2.0, EBONY)
    canvas.bar(left + 6, cy - 2, left + 6, y, 0.9, form.metal)
    canvas.plate(rectangle(left + 8.6, cy - 4, left + 10, y - 1, 0.4), form.metal, bevel=0.3)
    canvas.bar(left + 4, cy - 1, left + 11, cy - 1, 0.6, form.metal)
    canvas.ball(left + 4, cy - 1, 1.7, 1.7, form.metal)
    for x in (right - 5, right - 11):
        terminal(canvas, x, y - 1, 1.8, form.metal)
    name_plate(canvas, 50, y + 4, 20, 3.4, form.plate, metal=form.metal)
    if form.chance("label", 0.3):
        canvas.plate(ellipse(50, cy, 4.2, 3.0), PAPER, bevel=0.1, shadow=0.1)
        canvas.letters(50, cy, str(form.whole("label number", 100, 999)), 2.2, INK)
