"""Typewriters and adding machines."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, BEECH, EBONY, PAPER, STEEL, Material
from ..drawing.outlines import arc, ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import GOLD, INK

FLOOR = 87.0


def draw_typewriter(canvas: Canvas, form: Form) -> None:
    """From the front and above: keys, type basket, carriage with paper."""
    body = form.material
    width = form.between("width", 62, 70)
    left, right = 50 - width / 2, 50 + width / 2
    roller = form.between("roller", 30, 34)
    if form.chance("paper", 0.6):
        canvas.plate(
            rectangle(50 - width * 0.34, roller - 20, 50 + width * 0.34, roller + 2, 0.2), PAPER, bevel=0.1, bulge=0.4
        )
        for row in range(4):
            canvas.line(
                [
                    (50 - width * 0.28, roller - 14 + row * 3.2),
                    (50 + width * (0.26 if row < 3 else -0.05), roller - 14 + row * 3.2),
                ],
                0.5,
                (90, 88, 84),
                0.5,
            )
    canvas.bar(left - 4, roller, right + 4, roller, 3.4, Material((30, 30, 31), gloss=0.35, shine=0.4))
    for x in (left - 6.5, right + 6.5):
        canvas.bar(x - 2, roller, x + 2, roller, 3.8, BAKELITE)
    canvas.bar(left - 2, roller + 4, right + 2, roller + 4, 1.0, form.metal)
    canvas.bar(left - 3, roller - 2, left - 11, roller - 8, 0.8, form.metal)
    front = np.vstack(
        [
            smooth([(left + 2, roller + 5), (left - 1, 56), (left - 3, FLOOR - 3)]),
            smooth([(right + 3, FLOOR - 3), (right + 1, 56), (right - 2, roller + 5)]),
        ]
    )
    canvas.slab(front, 4, body, bevel=1.8, bulge=0.25)
    if form.chance("open basket", 0.55):
        basket = np.vstack([arc(50, roller + 9, width * 0.36, 17, 0, 180)])
        canvas.plate(basket, Material((24, 24, 26), gloss=0.3), bevel=0.6, sunk=True, shadow=0)
        for degrees in np.linspace(14, 166, 27):
            angle = np.radians(degrees)
            canvas.bar(
                50 + np.cos(angle) * width * 0.13,
                roller + 10 + np.sin(angle) * 4,
                50 + np.cos(angle) * width * 0.34,
                roller + 9 + np.sin(angle) * 15.6,
                0.34,
                STEEL,
                shadow=0.1,
            )
        for side in (-1, 1):
            canvas.turned(
                50 + side * width * 0.38,
                [(roller + 5, 5.4), (roller + 7, 5.6)],
                form.metal,
                cap=form.metal,
                curved=False,
            )
    else:
        canvas.plate(
            rectangle(50 - width * 0.36, roller + 7, 50 + width * 0.36, roller + 22, 2.5), body.darker(1.15), bevel=1.2
        )
        canvas.letters(50, roller + 15, form.plate, 4.2, GOLD, width=width * 0.6)
    canvas.letters(50, roller + 5.6, form.plate, 2.0, GOLD, width=width * 0.5)
    well = polygon(
        (50 - width * 0.4, 58), (50 + width * 0.4, 58), (50 + width * 0.47, FLOOR - 4), (50 - width * 0.47, FLOOR - 4)
    )
    canvas.plate(well, Material((20, 20, 21), gloss=0.3), bevel=0.6, sunk=True, shadow=0)
    glass = form.chance("glass keys", 0.6)
    keys = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM,.")
    key = (
        Material((238, 234, 220), gloss=0.8)
        if form.chance("white keys", 0.5)
        else Material((24, 24, 25), gloss=0.8, shine=0.7)
    )
    ink = INK if sum(key.colour) > 300 else (236, 230, 210)
    for row, letters in enumerate(keys):
        y = 60 + row * 5.4
        spread = width * (0.35 + row * 0.022)
        for index, letter in enumerate(letters):
            x = 50 + (index - (len(letters) - 1) / 2) * spread * 2 / 10 + (row % 2) * 0.8
            if glass:
                canvas.plate(ellipse(x, y, 2.2, 1.9), form.metal, bevel=0.4, shadow=0.5)
                canvas.plate(ellipse(x, y - 0.1, 1.7, 1.45), key, bevel=0.2, shadow=0)
            else:
                canvas.plate(rectangle(x - 2.1, y - 1.9, x + 2.1, y + 1.8, 0.8), key, bevel=0.5, shadow=0.5)
            canvas.letters(x, y, letter, 1.7, ink)
    canvas.plate(
        rectangle(50 - width * 0.26, FLOOR - 5.2, 50 + width * 0.26, FLOOR - 2.6, 1.2),
        key if not glass else BAKELITE,
        bevel=0.6,
    )


def draw_adding_machine(canvas: Canvas, form: Form) -> None:
    """A desk calculator: columns of keys or setting levers, register windows, a crank."""
    body, half = form.material, form.between("half", 27, 31)
    top = form.between("top", 30, 35)
    canvas.bar(50 + half, 56, 50 + half + 6, 56, 1.6, form.metal)
    canvas.bar(50 + half + 6, 57, 50 + half + 6, 40, 1.3, form.metal)
    canvas.ball(50 + half + 6, 37, 2.8, 3.8, EBONY)
    case = polygon((50 - half + 4, top), (50 + half - 4, top), (50 + half, FLOOR - 8), (50 - half, FLOOR - 8))
    canvas.slab(case, 5, body, bevel=2.0, bulge=0.25)
    canvas.box(50 - half - 2, FLOOR - 9, 50 + half + 2, FLOOR - 1, 6, body, radius=1.5, bevel=1.0)
    columns = form.whole("columns", 6, 9)
    xs = np.linspace(50 - half * 0.72, 50 + half * 0.72, columns)
    if form.chance("levers", 0.4):
        for index, x in enumerate(xs):
            canvas.hollow(rectangle(x - 0.7, top + 5, x + 0.7, FLOOR - 24, 0.6), depth=0.6)
            y = top + 7 + (FLOOR - 33 - top) * form.between(f"lever {index}", 0, 1)
            canvas.ball(x, y, 1.5, 1.9, form.metal)
    else:
        rows = form.whole("rows", 6, 9)
        for row, y in enumerate(np.linspace(top + 5, FLOOR - 26, rows)):
            for index, x in enumerate(xs):
                colour = (236, 230, 212) if (index // 3) % 2 == 0 else (44, 44, 46)
                size = min(1.9, half * 0.6 / columns)
                canvas.plate(ellipse(x, y, size, size * 0.86), Material(colour, gloss=0.7), bevel=0.3, shadow=0.4)
                canvas.letters(x, y, str(rows - row), size * 0.85, INK if sum(colour) > 300 else (240, 236, 220))
    canvas.plate(rectangle(50 - half * 0.84, FLOOR - 21, 50 + half * 0.84, FLOOR - 12, 1), form.metal, bevel=0.6)
    for index, x in enumerate(xs):
        canvas.hollow(rectangle(x - half * 0.07, FLOOR - 19, x + half * 0.07, FLOOR - 14, 0.4), depth=0.5)
        canvas.letters(x, FLOOR - 16.5, str(form.whole(f"digit {index}", 0, 9)), 2.8, (240, 238, 228))
    canvas.letters(50, FLOOR - 5, form.plate, 3.0, GOLD, width=half * 1.4)
    if form.chance("wood base", 0.25):
        canvas.box(50 - half - 4, FLOOR - 2, 50 + half + 4, FLOOR + 2, 8, BEECH, bevel=0.6)
