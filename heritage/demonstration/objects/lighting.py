"""Oil lamps, electric desk lamps, incandescent bulbs and miners' safety lamps."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, BRASS, CLOTH, GLASS, MATERIAL_NAMES, STEEL, WAX, Material
from ..drawing.outlines import arc, coil, ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import INK, knob, name_plate, screw

FLOOR = 88.0
OPAL = Material((246, 243, 232), gloss=0.9, shine=0.6)
GREEN_GLASS = Material((20, 92, 62), gloss=0.95, shine=0.8)


def draw_oil_lamp(canvas: Canvas, form: Form) -> None:
    """Foot, font, burner, chimney and sometimes a shade."""
    foot, font = form.between("foot", 12, 15), form.between("font", 12, 16)
    tall = form.variant == "column"
    neck = 64.0 if tall else 76.0
    if tall:
        canvas.turned(50, [(FLOOR - 7, 5), (FLOOR - 5, foot * 0.8), (FLOOR - 2, foot), (FLOOR, foot)], form.material)
        canvas.turned(
            50, [(neck, 3.2), (neck + 4, 4.4), (neck + 9, 2.6), (FLOOR - 12, 3.4), (FLOOR - 6, 5.6)], form.metal
        )
    else:
        canvas.turned(50, [(neck + 2, font * 0.8), (neck + 6, font * 0.9), (FLOOR, font * 1.05)], form.material)
        canvas.cushion(
            ellipse(50 + font + 3.5, neck - 1, 5.2, 5.6),
            form.material,
            roundness=1.1,
            holes=[ellipse(50 + font + 3.5, neck - 1, 3.2, 3.6)],
        )
    font_top = neck - form.between("depth", 13, 17)
    reservoir = [
        (font_top, 4),
        (font_top + 2, font * 0.72),
        (font_top + 7, font),
        (neck - 3, font * 0.72),
        (neck + 2, 3.6 if tall else font * 0.82),
    ]
    if form.chance("glass font", 0.45):
        oil = Material((196, 150, 60), gloss=0.9, shine=0.8, opacity=0.7)
        canvas.turned(50, reservoir, oil)
        canvas.turned(50, reservoir, GLASS.in_colour((206, 226, 222)), shadow=0)
    else:
        canvas.turned(
            50, reservoir, form.material if form.body in ("porcelain", "brass", "copper", "enamel") else BRASS
        )
        if form.body in ("porcelain", "enamel"):
            for share in (0.5, 0.75):
                band = arc(50, font_top + 5 + share * 3, font * 0.96, font * 0.16, 10, 170)
                canvas.line(band, 0.6, (44, 74, 128), 0.8)
    burner = font_top - 7
    canvas.turned(50, [(burner, 5.4), (burner + 2, 6.6), (burner + 5, 4.2), (font_top + 1, 4.6)], form.metal)
    canvas.dots([(50 + x, burner + 2.2) for x in np.linspace(-4.4, 4.4, 7)], 0.45)
    canvas.bar(55, burner + 4, 63, burner + 4.6, 0.55, form.metal)
    canvas.plate(ellipse(63.4, burner + 4.6, 1.0, 2.2), form.metal, bevel=0.4)
    canvas.bar(50, burner - 2.4, 50, burner + 1, 0.8, CLOTH.in_colour((226, 216, 190)))
    top = form.between("top", 10, 16)
    shaded = form.chance("shade", 0.45)
    bulge = form.between("bulge", 6.4, 8.4)
    chimney = [
        (top, 3.4),
        (top + 8, 3.6),
        (burner - 16, 4.4),
        (burner - 8, bulge),
        (burner - 2, 4.8),
        (burner + 1, 4.8),
    ]
    canvas.turned(50, chimney, GLASS, shadow=0)
    if shaded:
        wide, high = form.between("wide", 18, 23), burner - 24
        shade = OPAL if form.chance("opal", 0.6) else Material((184, 206, 190), gloss=0.9, shine=0.7)
        canvas.turned(50, [(high, 6), (high + 4, wide * 0.62), (high + 12, wide * 0.92), (high + 18, wide)], shade)


def draw_desk_lamp(canvas: Canvas, form: Form) -> None:
    {"jointed": _jointed_lamp, "banker": _banker_lamp, "gooseneck": _gooseneck_lamp}[form.variant](canvas, form)


def _flex(canvas: Canvas, x: float, y: float) -> None:
    canvas.cord(smooth([(x, y), (x + 8, y + 2), (x + 16, y + 6), (x + 24, y + 4)]), 1.2, CLOTH.in_colour((70, 60, 50)))


def _metal_shade(canvas: Canvas, x: float, y: float, lean: float, form: Form, size: float) -> None:
    """A bell of sheet metal pointing down and to the left, built of bars along its axis."""
    axis = np.array([-np.sin(np.radians(lean)), np.cos(np.radians(lean))])
    shape = smooth([(0, 2.6), (4, 3.2), (7, 5.5), (11, 9.5), (15, 11.5), (19, 12.4)], steps=3) * (size / 12)
    canvas.ball(x, y, 3.0 * size / 12, 3.0 * size / 12, form.material)
    mouth = np.array([x, y]) + axis * shape[-1, 0]
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    across = np.array([axis[1], -axis[0]])
    rim = mouth + np.outer(np.cos(angle), across) * shape[-1, 1] + np.outer(np.sin(angle), axis) * shape[-1, 1] * 0.26
    path = np.array([x, y]) + np.outer(shape[:, 0], axis)
    canvas.horn(path, shape[:, 1], form.material, shadow=0.12)
    canvas.plate(rim, Material((232, 228, 214), gloss=0.4), bevel=1.2, sunk=True, shadow=0)
    bulb_x, bulb_y = mouth - axis * 1.2
    glass = Material((250, 246, 226), gloss=0.9, shine=0.8)
    canvas.ball(bulb_x, bulb_y, 4.2 * size / 12, 3.0 * size / 12, glass, shadow=0.3)


def _jointed_lamp(canvas: Canvas, form: Form) -> None:
    base, metal = form.between("base", 13, 16), form.metal
    _flex(canvas, 62 + base * 0.8, FLOOR - 2)
    if form.chance("square base", 0.5):
        for step in range(form.whole("steps", 1, 3)):
            canvas.box(
                62 - base + step * 2.4,
                FLOOR - 3 - step * 2.2,
                62 + base - step * 2.4,
                FLOOR - step * 2.2,
                16,
                form.material,
                radius=0.8,
            )
    else:
        canvas.turned(62, [(FLOOR - 6, 4), (FLOOR - 4, base * 0.9), (FLOOR, base)], form.material)
    joint = (form.between("joint x", 70, 78), form.between("joint y", 38, 44))
    head = (form.between("head x", 36, 42), form.between("head y", 18, 24))
    canvas.bar(62, FLOOR - 6, 62, FLOOR - 12, 1.8, metal)
    for offset in (-1.3, 1.3):
        canvas.bar(62 + offset, FLOOR - 11, joint[0] + offset, joint[1], 0.75, metal)
        canvas.bar(joint[0], joint[1] + offset, head[0], head[1] + offset, 0.75, metal)
    if form.chance("springs", 0.7):
        for offset in (-2.6, 2.6):
            canvas.cord(
                coil(
                    62 + offset,
                    FLOOR - 12,
                    62 + offset + (joint[0] - 62) * 0.4,
                    FLOOR - 12 + (joint[1] - FLOOR + 12) * 0.4,
                    0.9,
                    12,
                ),
                0.4,
                STEEL,
            )
    knob(canvas, *joint, 2.6)
    knob(canvas, 62, FLOOR - 11, 2.4)
    _metal_shade(canvas, *head, form.between("lean", 8, 28), form, form.between("shade", 12, 15))


def _banker_lamp(canvas: Canvas, form: Form) -> None:
    base, metal = form.between("base", 15, 18), form.metal
    _flex(canvas, 50 + base * 0.8, FLOOR - 2)
    canvas.turned(50, [(FLOOR - 6, 4), (FLOOR - 5, base * 0.8), (FLOOR - 2, base), (FLOOR, base)], metal)
    top = form.between("top", 30, 36)
    canvas.turned(
        50, [(top + 4, 1.5), (top + 18, 1.7), (top + 22, 2.8), (top + 26, 1.7), (FLOOR - 10, 2), (FLOOR - 5, 4)], metal
    )
    width = form.between("width", 24, 29)
    canvas.bar(50, top + 6, 50 + width * 0.55, top + 8, 0.7, metal)
    canvas.bar(50 + width * 0.45, top + 8, 50 + width * 0.45, top + 18, 0.2, metal)
    canvas.ball(50 + width * 0.45, top + 19, 0.9, 0.9, metal)
    glass = form.pick("glass", (GREEN_GLASS, GREEN_GLASS, OPAL, Material((170, 108, 40), gloss=0.95, shine=0.8)))
    shade = np.vstack([arc(50, top + 4, width, 13, 180, 360), polygon((50 + width, top + 7), (50 - width, top + 7))])
    canvas.cushion(shade, glass, roundness=6.5)
    canvas.bar(50 - width, top + 6.6, 50 + width, top + 6.6, 0.9, glass.darker(0.8), shadow=0.1)
    canvas.turned(50, [(top - 11, 0.8), (top - 9.6, 1.8), (top - 8, 1.4)], metal)


def _gooseneck_lamp(canvas: Canvas, form: Form) -> None:
    base = form.between("base", 13, 16)
    _flex(canvas, 60 + base * 0.8, FLOOR - 2)
    canvas.turned(60, [(FLOOR - 7, 3), (FLOOR - 5, base * 0.85), (FLOOR - 2, base), (FLOOR, base)], form.material)
    knob(canvas, 60, FLOOR - 3.4, 1.8)
    reach = form.between("reach", 20, 26)
    path = smooth([(60, FLOOR - 7), (61, 58), (64, 36), (58, 22), (60 - reach * 0.6, 17), (60 - reach, 24)], steps=16)
    canvas.cord(path, 2.6, form.metal, curved=False)
    for bend_x, bend_y in path[::2]:
        canvas.paint(ellipse(bend_x, bend_y, 1.3, 0.3, points=10), (20, 20, 22), 0.5)
    _metal_shade(canvas, 60 - reach, 24, form.between("lean", 8, 24), form, form.between("shade", 13, 16))


def draw_light_bulb(canvas: Canvas, form: Form) -> None:
    """A bulb standing on its cap."""
    radius = form.between("radius", 19, 23) if form.variant != "tubular" else form.between("radius", 11, 13)
    top, neck = form.between("top", 10, 16), 66.0
    carbon = form.variant == "carbon"
    cap = form.between("cap", 7.0, 8.2)
    # Inside first: stem, supports and filament.
    canvas.turned(50, [(neck - 20, 1.6), (neck - 10, 2.4), (neck, 5)], GLASS.in_colour((206, 220, 216)), shadow=0)
    wire = Material((86, 80, 74), metal=0.7, gloss=0.4)
    left, right, high = 50 - radius * 0.34, 50 + radius * 0.34, top + radius * 0.75
    for x, end in ((49, left), (51, right)):
        canvas.bar(x, neck - 18, end, high + (10 if carbon else 2), 0.3, wire, shadow=0)
    if carbon:
        loops = form.whole("loops", 1, 2)
        path = [(left, high + 10), (left - 1, high + 2), (50 - radius * 0.18, high - 4)]
        if loops == 2:
            path += [(50 + radius * 0.14, high + 3), (50, high + 9), (50 - radius * 0.14, high + 3)]
        path += [(50 + radius * 0.18, high - 4), (right + 1, high + 2), (right, high + 10)]
        canvas.cord(smooth(path, steps=14), 0.65, Material((44, 32, 26), gloss=0.3), curved=False, shadow=0)
    else:
        points = []
        count = form.whole("zigzag", 5, 9)
        for index in range(count):
            place = left + (right - left) * index / (count - 1)
            points.append((place, high if index % 2 == 0 else high + radius * form.between("drop", 0.3, 0.75)))
        canvas.cord(points, 0.4, Material((120, 100, 80), metal=0.5), curved=False, shadow=0)
    tint = form.pick("tint", ((214, 228, 224), (206, 220, 234), (230, 224, 196)))
    middle = top + radius
    if form.variant == "tubular":
        profile = [
            (top, 1),
            (top + 2, radius * 0.6),
            (top + 8, radius),
            (neck - 10, radius),
            (neck - 3, cap * 0.95),
            (neck + 1, cap * 0.9),
        ]
    else:
        profile = [
            (top, 1.2),
            (top + 2, radius * 0.46),
            (top + radius * 0.42, radius * 0.84),
            (middle, radius),
            (middle + radius * 0.6, radius * 0.86),
            (neck - 9, cap * 1.35),
            (neck - 3, cap * 0.98),
            (neck + 1, cap * 0.92),
        ]
    canvas.turned(50, profile, GLASS.in_colour(tint), shadow=0.1)
    if form.chance("frosted", 0.2) and not carbon:
        canvas.turned(50, profile, Material((240, 238, 230), gloss=0.3, shine=0.3, opacity=0.75), shadow=0)
    if carbon:
        canvas.turned(50, [(top - 4, 0.3), (top - 1.4, 1.0), (top + 1, 2.2)], GLASS, shadow=0)
    canvas.letters(50, top + 5.5, form.plate, 1.8, (96, 100, 104), strength=0.6, width=radius * 0.7)
    metal = form.metal
    if form.chance("bayonet", 0.5):
        canvas.turned(50, [(neck, cap), (neck + 13, cap)], metal, curved=False)
        for side in (-1, 1):
            canvas.bar(50 + side * cap * 0.95, neck + 9, 50 + side * (cap + 2), neck + 9, 0.9, metal)
        canvas.turned(50, [(neck + 13, cap * 0.9), (neck + 15.5, cap * 0.72)], WAX)
        for side in (-1, 1):
            canvas.ball(50 + side * 2.6, neck + 16.4, 1.3, 1.0, STEEL)
    else:
        threads = []
        for turn in range(5):
            threads += [(neck + turn * 3, cap * 0.9), (neck + turn * 3 + 1.5, cap * 1.04)]
        canvas.turned(50, [*threads, (neck + 15, cap * 0.88)], metal)
        canvas.turned(50, [(neck + 15, cap * 0.86), (neck + 18, cap * 0.45)], BAKELITE)
        canvas.turned(50, [(neck + 18, cap * 0.4), (neck + 19.4, cap * 0.24)], STEEL)


def draw_miners_lamp(canvas: Canvas, form: Form) -> None:
    """A flame safety lamp: brass font, glass, bonnet, hook."""
    radius, metal = form.between("radius", 12.5, 15), form.metal
    bonnet = MATERIAL_NAMES[form.pick("bonnet", ("steel", "brass", "aluminium"))]
    glass_top, glass_bottom = form.between("glass top", 48, 51), 68.0
    canvas.cord(np.vstack([arc(50, 9, 3.6, 4.4, 100, 400)]), 1.1, STEEL, curved=False)
    canvas.bar(50, 12.6, 50, 17, 0.8, STEEL)
    canvas.turned(50, [(16, 2.2), (17, radius * 0.6), (19.5, radius * 0.82)], bonnet)
    canvas.turned(50, [(19.5, radius * 0.74), (glass_top - 6, radius * 0.74)], bonnet, curved=False)
    holes = form.whole("holes", 5, 8)
    for row, y in enumerate((23.5, glass_top - 10)):
        for index in range(holes):
            share = (index + 0.5) / holes * 2 - 1
            x = np.sin(share * np.pi / 2) * radius * 0.72
            canvas.hollow(
                ellipse(
                    50 + x,
                    y + 1.3 * np.cos(share * np.pi / 2),
                    0.9 * np.cos(share * 1.35) + 0.15,
                    1.1 + row * 0.5,
                    points=20,
                ),
                depth=0.6,
            )
    if form.chance("corrugated", 0.4):
        for x in np.linspace(-0.9, 0.9, 11):
            canvas.line(
                [
                    (50 + np.sin(x * np.pi / 2) * radius * 0.72, 27),
                    (50 + np.sin(x * np.pi / 2) * radius * 0.72, glass_top - 13),
                ],
                0.5,
                (0, 0, 0),
                0.3,
            )
    canvas.turned(
        50,
        [
            (glass_top - 6, radius),
            (glass_top - 4, radius * 1.08),
            (glass_top - 1, radius * 1.04),
            (glass_top, radius * 0.94),
        ],
        metal,
    )
    canvas.turned(50, [(glass_bottom - 4, 2.2), (glass_bottom, 2.6)], metal)
    canvas.bar(50, glass_bottom - 5.4, 50, glass_bottom - 3, 0.6, CLOTH.in_colour((226, 216, 190)))
    canvas.turned(
        50,
        [(glass_top, radius * 0.84), (glass_bottom, radius * 0.84)],
        GLASS.in_colour((206, 226, 216)),
        curved=False,
        shadow=0,
    )
    for x in np.linspace(-0.92, 0.92, form.pick("pillars", (4, 5))):
        canvas.bar(50 + x * radius, glass_top - 1, 50 + x * radius, glass_bottom + 2, 0.75, metal)
    canvas.turned(
        50, [(glass_bottom, radius * 0.98), (glass_bottom + 1.5, radius * 1.1), (glass_bottom + 3, radius)], metal
    )
    canvas.turned(
        50,
        [
            (glass_bottom + 3, radius),
            (glass_bottom + 8, radius * 1.02),
            (FLOOR - 3, radius * 1.02),
            (FLOOR - 2, radius * 1.1),
            (FLOOR, radius * 1.1),
        ],
        metal,
    )
    name_plate(
        canvas,
        50,
        glass_bottom + 12.5,
        radius * 1.25,
        4.2,
        form.plate,
        metal=BRASS if form.fittings != "brass" else STEEL,
    )
    screw(canvas, 50 + radius * 0.8, glass_bottom + 7, 0.8, STEEL)
    if form.chance("number", 0.6):
        canvas.letters(50, glass_bottom + 7, str(form.whole("lamp number", 11, 989)), 2.4, INK)
    canvas.plate(rectangle(50 - 1.4, FLOOR - 1, 50 + 1.4, FLOOR + 1.6, 0.6), STEEL, bevel=0.3)
