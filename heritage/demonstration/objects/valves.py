"""Thermionic valves."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import GLASS, NICKEL, STEEL, Material
from ..drawing.outlines import coil, ellipse, rectangle
from .form import Form
from .parts import INK


def draw_valve(canvas: Canvas, form: Form) -> None:
    """A thermionic valve on its pins, bulb upwards."""
    cap_radius = form.between("cap", 9.5, 12.5)
    bulb = cap_radius * form.between("bulb", 1.25, 1.65) if form.variant != "tubular" else cap_radius * 1.02
    base_top, base_bottom = 70.0, 84.0
    top = form.between("top", 10, 20)
    for x in np.linspace(-0.62, 0.62, form.pick("pins", (4, 5))):
        canvas.bar(50 + x * cap_radius, base_bottom, 50 + x * cap_radius, base_bottom + 7.5, 1.1, NICKEL)
        canvas.ball(50 + x * cap_radius, base_bottom + 7.5, 1.1, 1.4, NICKEL)
    canvas.turned(
        50,
        [(base_top, cap_radius * 0.9), (base_top + 2, cap_radius), (base_bottom, cap_radius)],
        form.metal if form.body == "brass" else form.material,
        curved=False,
    )
    waist = cap_radius * 0.86
    middle = top + (base_top - top) * 0.42
    profile = {
        "globe": [
            (top, 1),
            (top + 2.5, bulb * 0.5),
            (top + 9, bulb * 0.92),
            (middle, bulb),
            (base_top - 12, bulb * 0.82),
            (base_top - 4, waist),
            (base_top + 1, waist),
        ],
        "stepped": [
            (top, 1),
            (top + 2, waist * 0.6),
            (top + 7, waist * 0.78),
            (top + 14, waist * 0.8),
            (top + 22, bulb),
            (base_top - 14, bulb),
            (base_top - 4, waist),
            (base_top + 1, waist),
        ],
        "tubular": [
            (top, 1),
            (top + 2, bulb * 0.6),
            (top + 7, bulb * 0.96),
            (middle, bulb),
            (base_top - 4, bulb),
            (base_top + 1, bulb * 0.94),
        ],
    }[form.variant]
    # What stands inside the glass: pinch, grid and anode.
    canvas.turned(
        50, [(base_top - 16, 1.8), (base_top - 8, 2.8), (base_top, 4)], GLASS.in_colour((200, 214, 208)), shadow=0
    )
    anode = Material((66, 66, 70), metal=0.6, gloss=0.35)
    half, low, high = form.between("anode", 4.2, 6.2), base_top - 15, top + (22 if form.variant == "stepped" else 16)
    for x in (-half * 0.9, half * 0.9):
        canvas.bar(50 + x, high - 3, 50 + x, low + 2, 0.35, STEEL, shadow=0)
    if form.chance("flat anode", 0.5):
        canvas.plate(rectangle(50 - half, high, 50 + half, low, 1), anode, bevel=0.6, bulge=0.5)
        for y in np.linspace(high + 3, low - 3, 4):
            canvas.line([(50 - half, y), (50 + half, y)], 0.35, (20, 20, 22), 0.6)
    else:
        canvas.turned(50, [(high, half), (low, half)], anode, cap=anode.darker(0.6), curved=False)
        canvas.cord(coil(50, high - 4, 50, high, half * 0.5, 3), 0.35, STEEL, shadow=0)
    canvas.plate(ellipse(50, high - 3, half * 1.1, 0.8), Material((220, 214, 200), gloss=0.4), bevel=0.1, shadow=0)
    if form.chance("lit", 0.12):
        canvas.glow(50, low + 1, 7, (255, 150, 60), 0.9)
    canvas.turned(
        50, profile, GLASS.in_colour(form.pick("tint", ((214, 228, 224), (206, 220, 232), (226, 224, 204)))), shadow=0.1
    )
    if form.chance("getter", 0.65):
        canvas.paint(ellipse(50, top + 5, bulb * 0.55, 4.6), (70, 66, 66), 0.75)
        canvas.paint(ellipse(50 - bulb * 0.15, top + 4, bulb * 0.2, 1.6), (220, 222, 224), 0.6)
    if form.chance("pip", 0.4):
        canvas.turned(50, [(top - 3.5, 0.3), (top - 1, 1.0), (top + 1, 1.6)], GLASS, shadow=0)
    elif form.chance("top cap", 0.45):
        canvas.turned(50, [(top - 4, 1.8), (top - 3, 2.2), (top, 2.4), (top + 2, 3.4)], NICKEL)
    ink = (240, 236, 220) if form.body != "brass" else INK
    canvas.letters(50, base_bottom - 7, form.plate, 2.2, ink, width=cap_radius * 1.5)
