"""Sewing machines."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BEECH, BRASS, NICKEL, STEEL, THREAD, Material
from ..drawing.outlines import arc, ellipse, rectangle, smooth
from .form import Form
from .parts import GOLD, name_plate

FLOOR = 88.0
YARNS = ((224, 214, 190), (150, 40, 36), (44, 70, 118), (60, 98, 66), (196, 150, 60), (92, 64, 100), (60, 58, 56))


def draw_sewing_machine(canvas: Canvas, form: Form) -> None:
    """A head on its bed, on a wooden base, from the front."""
    wood = Material((112, 62, 36), gloss=0.6, shine=0.4, grain="wood", grain_strength=0.7)
    black, metal = form.material, form.metal
    base_top = form.between("base", 72, 75)
    canvas.box(10, base_top + 3, 90, FLOOR, 14, wood, radius=0.8, bevel=0.8)
    canvas.box(13, base_top, 87, base_top + 3.4, 10, black, radius=0.8, bevel=0.6)
    arm_top, head = form.between("arm", 30, 34), form.between("head", 20, 23)
    throat = arm_top + form.between("depth", 12, 14)
    wheel_x = 84.0
    canvas.plate(
        ellipse(wheel_x, arm_top + 8, 4.5, 12.5), metal if form.chance("bright wheel", 0.5) else black, bevel=1.6
    )
    canvas.plate(ellipse(wheel_x + 0.6, arm_top + 8, 2.4, 8), black, bevel=0.8)
    body = np.vstack(
        [
            smooth(
                [
                    (head, arm_top + 3),
                    (head + 3, arm_top),
                    (46, arm_top + 1.5),
                    (66, arm_top - 1),
                    (76, arm_top + 1),
                    (80, arm_top + 8),
                ]
            ),
            smooth([(80, arm_top + 14), (79, base_top - 8), (82, base_top)]),
            smooth([(62, base_top), (66, base_top - 10), (64, throat + 6), (54, throat), (head + 12, throat - 1)]),
            smooth([(head + 11, throat), (head + 10, throat + 12), (head, throat + 12)]),
        ]
    )
    canvas.cushion(body, black, roundness=5.5)
    canvas.plate(rectangle(head - 0.6, arm_top + 4, head + 4, throat + 12, 1), metal, bevel=0.5)
    canvas.letters(54, arm_top + 6.4, form.plate, 3.6, GOLD, width=30)
    for x0, x1, y in ((34, 76, arm_top + 10.4), (18, 82, base_top + 1.8)):
        canvas.line([(x0, y), (x1, y)], 0.4, GOLD, 0.85)
    style = form.pick("decal", ("scroll", "flowers", "plain"))
    if style == "scroll":
        for x in (66, 70, 74):
            canvas.line(arc(x, base_top - 14, 2.2, 3.2, 90, 420), 0.4, GOLD, 0.9)
    elif style == "flowers":
        for x, y in ((70, base_top - 17), (73, base_top - 12), (69, base_top - 8)):
            canvas.dots(
                [(x + 1.3 * np.cos(a), y + 1.3 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 6)], 0.65, (176, 60, 52)
            )
            canvas.dots([(x, y)], 0.6, GOLD)
    canvas.bar(head + 6, throat + 10, head + 6, base_top - 6, 0.9, metal)
    canvas.bar(head + 6, base_top - 6, head + 6, base_top, 0.35, STEEL)
    canvas.plate(rectangle(head + 2, base_top - 5, head + 10, base_top - 3.6, 0.4), metal, bevel=0.3)
    canvas.plate(rectangle(head - 1, base_top + 0.4, head + 14, base_top + 2.4, 0.6), metal, bevel=0.3)
    canvas.plate(ellipse(head + 1.6, arm_top + 16, 2.2), metal, bevel=0.7)
    canvas.bar(62, arm_top - 10, 62, arm_top, 0.5, metal)
    canvas.turned(
        62,
        [(arm_top - 9, 2.6), (arm_top - 8, 1.8), (arm_top - 3, 1.8), (arm_top - 1.6, 2.6)],
        THREAD.in_colour(form.pick("yarn", YARNS)),
    )
    canvas.line(
        [(61, arm_top - 6), (head + 3, arm_top - 1), (head + 2, arm_top + 16), (head + 6, base_top - 2)],
        0.22,
        (220, 210, 190),
        1.0,
    )
    if form.variant == "hand crank":
        canvas.bar(wheel_x, arm_top + 8, wheel_x + 3, arm_top + 22, 1.2, metal)
        canvas.turned(
            wheel_x + 3, [(arm_top + 21, 1.2), (arm_top + 24, 2.2), (arm_top + 29, 2.0), (arm_top + 31, 1.2)], BEECH
        )
    elif form.variant == "electric":
        canvas.bar(70, base_top - 6, 84, base_top - 6, 5, form.material)
        canvas.plate(ellipse(85, base_top - 6, 1.6, 5), form.metal, bevel=0.6)
    name_plate(canvas, 50, (base_top + FLOOR) / 2 + 2, 16, 4, form.plate, metal=BRASS)
    if form.chance("stitch dial", 0.4):
        canvas.plate(ellipse(72, base_top - 22, 2.8), NICKEL, bevel=0.6)
