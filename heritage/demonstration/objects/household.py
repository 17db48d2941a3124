"""Kettles, irons, fans and toasters."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, BEECH, BRASS, CHROME, CLOTH, COPPER, EBONY, STEEL, Material
from ..drawing.outlines import arc, ellipse, polygon, rectangle, smooth
from .form import Form
from .parts import INK, feet, grille_slots, knob, name_plate, screw

FLOOR = 86.0
GLOWING = Material((214, 96, 40), gloss=0.2, shine=0.2)


def draw_kettle(canvas: Canvas, form: Form) -> None:
    """A stove or an electric kettle: spout to the left, handle across the top."""
    electric = form.variant == "electric"
    radius, top = form.between("radius", 22, 26), form.between("top", 42, 50)
    body, cx = form.material, 53.0
    handle = BAKELITE if electric else form.pick("handle", (EBONY, BEECH, BRASS))
    if form.chance("goose neck", 0.4):
        spout = smooth(
            [(cx - radius * 0.8, 72), (cx - radius * 1.2, 66), (cx - radius * 1.24, 54), (cx - radius * 1.55, top - 1)],
            steps=14,
        )
        canvas.horn(spout, np.linspace(3.6, 1.7, len(spout)), body)
    else:
        canvas.cushion(
            polygon(
                (cx - radius * 0.72, 74),
                (cx - radius * 0.8, 56),
                (cx - radius * 1.5, top),
                (cx - radius * 1.64, top + 2.5),
            ),
            body,
            roundness=5,
        )
    canvas.turned(
        cx,
        [
            (top, radius * 0.5),
            (top + 3, radius * 0.66),
            (top + 12, radius * 0.92),
            (top + 22, radius),
            (FLOOR - 7, radius * 1.02),
            (FLOOR - 2, radius),
            (FLOOR, radius * 0.94),
        ],
        body,
    )
    if form.chance("seam", 0.5):
        canvas.band(cx, FLOOR - 8, FLOOR - 7.2, radius * 1.02, body.darker(0.7))
    canvas.turned(cx, [(top - 5, 1.5), (top - 3, radius * 0.3), (top, radius * 0.5), (top + 1.5, radius * 0.54)], body)
    canvas.turned(cx, [(top - 10, 1.2), (top - 8.6, 2.6), (top - 6.4, 2.2), (top - 5, 1.0)], handle)
    if form.chance("side handle", 0.35):
        grip = smooth(
            [
                (cx + radius * 0.86, top + 8),
                (cx + radius * 1.5, top + 6),
                (cx + radius * 1.56, top + 24),
                (cx + radius * 0.98, top + 28),
            ]
        )
        canvas.cord(grip, 3.4, handle, curved=False)
    else:
        reach, rise = radius * 0.74, form.between("rise", 18, 24)
        canvas.cord(arc(cx, top + 6, reach, rise, 180, 360), 1.5, form.metal, curved=False)
        canvas.cord(arc(cx, top + 6, reach, rise, 222, 318), 3.6, handle, curved=False)
        for side in (-1, 1):
            canvas.ball(cx + side * reach, top + 6, 1.9, 2.2, form.metal)
    if electric:
        canvas.bar(cx + radius * 0.94, FLOOR - 9, cx + radius * 1.24, FLOOR - 9, 3.4, BAKELITE)
        canvas.cord(
            smooth(
                [
                    (cx + radius * 1.24, FLOOR - 9),
                    (cx + radius * 1.5, FLOOR - 6),
                    (cx + radius * 1.5, FLOOR + 3),
                    (cx + radius * 1.1, FLOOR + 5),
                ]
            ),
            1.6,
            CLOTH.in_colour((120, 40, 36)),
        )
        feet(canvas, (cx - radius * 0.6, cx + radius * 0.6), FLOOR + 1, 1.8, 2.4, BAKELITE)
    canvas.letters(cx, FLOOR - 12 + canvas.elevation * radius, form.plate, 2.4, INK, strength=0.45, width=radius)


def draw_iron(canvas: Canvas, form: Form) -> None:
    {"electric": _electric_iron, "flat": _sad_iron, "box": _box_iron}[form.variant](canvas, form)


def _sole(canvas: Canvas, material: Material, y: float, thick: float) -> None:
    canvas.plate(polygon((10, y + thick), (16, y), (86, y), (88, y + thick)), material, bevel=0.5)


def _electric_iron(canvas: Canvas, form: Form) -> None:
    y, body = 78.0, form.material
    canvas.cord(
        smooth([(80, 50), (88, 44), (92, 52), (90, 80), (96, 90)]),
        1.7,
        CLOTH.in_colour(form.pick("flex", ((120, 40, 36), (70, 80, 60), (90, 80, 70)))),
    )
    _sole(canvas, CHROME, y, 5)
    height = form.between("height", 15, 19)
    hood = np.vstack(
        [
            smooth(
                [
                    (15, y),
                    (24, y - height * 0.5),
                    (44, y - height),
                    (66, y - height * 1.04),
                    (80, y - height * 0.8),
                    (85, y),
                ]
            ),
            polygon((15, y)),
        ]
    )
    canvas.cushion(hood, body, roundness=7)
    lift = form.between("lift", 19, 24)
    grip = y - height - lift
    canvas.cord(smooth([(36, y - height + 1), (38, grip + 6), (44, grip + 2)]), 3.6, form.metal)
    canvas.cord(smooth([(74, y - height + 1), (76, grip + 7), (72, grip + 2)]), 3.6, form.metal)
    handle = BAKELITE if form.chance("bakelite handle", 0.6) else EBONY
    canvas.cord(smooth([(39, grip + 4), (48, grip + 1), (66, grip + 0.5), (78, grip + 4)]), 6.2, handle)
    if form.chance("thermostat", 0.5):
        knob(canvas, 55, y - height - 1, 5.2, BAKELITE, pointer=300)
    else:
        canvas.turned(82, [(y - 8, 2.4), (y - 3, 2.6)], BAKELITE)
    name_plate(canvas, 54, y - height * 0.42, 18, 4.2, form.plate, metal=form.metal)


def _sad_iron(canvas: Canvas, form: Form) -> None:
    y = 78.0
    height = form.between("height", 9, 13)
    body = np.vstack(
        [
            polygon((10, y + 4)),
            smooth([(14, y - height * 0.4), (26, y - height), (78, y - height), (86, y - height * 0.6), (87, y + 4)]),
        ]
    )
    canvas.slab(body, 10, form.material, bevel=1.6)
    lift = form.between("lift", 16, 21)
    top = y - height - lift
    for x, lean in ((36, 2), (72, -2)):
        canvas.bar(x, y - height + 1, x + lean, top, 1.9, form.material)
    if form.chance("wooden grip", 0.5):
        canvas.bar(35, top, 75, top, 3.4, BEECH)
        for x in (35, 75):
            canvas.ball(x, top, 1.9, 3.5, form.metal)
    else:
        canvas.cord(smooth([(34, top + 2), (44, top - 2), (64, top - 2), (76, top + 2)]), 4.4, form.material)
    canvas.letters(54, y - height * 0.3, str(form.whole("size", 3, 9)), 7, (16, 16, 16), strength=0.55)
    canvas.letters(54, y + 2.2, form.plate, 2.2, (16, 16, 16), strength=0.55, width=40)


def _box_iron(canvas: Canvas, form: Form) -> None:
    y, height = 80.0, form.between("height", 18, 22)
    _sole(canvas, form.metal, y, 4)
    side = np.vstack(
        [polygon((13, y)), smooth([(17, y - height * 0.6), (28, y - height), (84, y - height)]), polygon((86, y))]
    )
    canvas.slab(side, 12, form.material, bevel=1.0)
    for x in np.linspace(30, 76, form.whole("vents", 4, 7)):
        canvas.hollow(np.vstack([arc(x, y - 5, 2, 3, 180, 360), polygon((x + 2, y - 3), (x - 2, y - 3))]), depth=1.2)
    canvas.line([(18, y - height * 0.66), (85, y - height * 0.66)], 0.6, (10, 8, 6), 0.7)
    canvas.cord(smooth([(22, y - height * 0.8), (18, y - height - 8), (24, y - height - 12)]), 2.6, form.material)
    lift = form.between("lift", 17, 22)
    for x in (38, 72):
        canvas.turned(
            x,
            [(y - height - lift + 2, 1.3), (y - height - lift * 0.5, 2.4), (y - height, 1.6), (y - height + 1.5, 3)],
            form.metal,
        )
    canvas.bar(32, y - height - lift, 78, y - height - lift, 3.6, form.pick("grip", (BEECH, EBONY)))
    canvas.ball(32, y - height - lift, 1.6, 3.4, form.metal)
    canvas.ball(78, y - height - lift, 1.6, 3.4, form.metal)
    screw(canvas, 80, y - height + 3, 1.3, form.metal)
    canvas.letters(52, y - height * 0.48, form.plate, 2.6, (20, 16, 12), strength=0.6, width=34)


def draw_fan(canvas: Canvas, form: Form) -> None:
    """A table fan in its guard, from the front."""
    radius, cy = form.between("radius", 27, 31), 42.0
    foot = form.between("foot", 14, 17)
    canvas.cord(
        smooth([(50 + foot * 0.8, FLOOR - 2), (50 + foot * 1.5, FLOOR + 1), (50 + foot * 2.2, FLOOR + 4)]),
        1.3,
        CLOTH.in_colour((66, 60, 54)),
    )
    canvas.turned(50, [(FLOOR - 10, 4), (FLOOR - 8, foot * 0.6), (FLOOR - 3, foot), (FLOOR, foot)], form.material)
    canvas.turned(50, [(cy + 10, 3.2), (FLOOR - 14, 3.0), (FLOOR - 9, 5)], form.material)
    knob(canvas, 50, FLOOR - 2.6, 2.2)
    canvas.ball(50, cy, 11, 11, form.material)
    blades = form.pick("blades", (3, 4, 4, 5))
    blade = form.metal
    width = form.between("blade", 0.62, 0.86) * 2 * np.pi / blades / 2
    start = form.between("turn", 0, 2 * np.pi / blades)
    for index in range(blades):
        angle = start + index * 2 * np.pi / blades
        fan = np.linspace(-1, 1, 16)
        reach = radius * 0.86 * (1 - 0.22 * np.abs(fan) ** 3)
        tip = np.column_stack([50 + np.cos(angle + fan * width) * reach, cy + np.sin(angle + fan * width) * reach])
        root = polygon(
            (50 + np.cos(angle + 0.5) * 5, cy + np.sin(angle + 0.5) * 5),
            (50 + np.cos(angle - 0.5) * 5, cy + np.sin(angle - 0.5) * 5),
        )
        canvas.plate(
            np.vstack([tip, root]), blade, bevel=1.0, bulge=0.45, facing=(0.25 * np.sin(angle), -0.25 * np.cos(angle))
        )
    canvas.ball(50, cy, 5.6, 5.6, form.material if form.chance("painted hub", 0.5) else blade)
    wire = form.metal
    spokes = form.pick("wires", (8, 12, 16, 24))
    swirl = form.between("swirl", 0, 0.7)
    for index in range(spokes):
        angle = 2 * np.pi * index / spokes
        path = [
            (50 + np.cos(angle + swirl * share) * radius * share, cy + np.sin(angle + swirl * share) * radius * share)
            for share in (0.24, 0.5, 0.75, 1.0)
        ]
        canvas.cord(smooth(path, steps=5), 0.55, wire, curved=False, shadow=0.15)
    for share in (1.0, 0.68, 0.24)[: form.whole("rings", 2, 3)]:
        ring = ellipse(50, cy, radius * share)
        canvas.cord(np.vstack([ring, ring[:1]]), 1.1 if share == 1.0 else 0.6, wire, curved=False, shadow=0.2)
    canvas.plate(ellipse(50, cy, radius * 0.18), form.metal if form.chance("brass badge", 0.5) else BRASS, bevel=0.8)
    canvas.letters(50, cy, form.plate, 1.8, INK, width=radius * 0.3)


def draw_toaster(canvas: Canvas, form: Form) -> None:
    {"open": _open_toaster, "pop-up": _pop_up_toaster}[form.variant](canvas, form)


def _open_toaster(canvas: Canvas, form: Form) -> None:
    """An early electric toaster: bare wires between flaps."""
    half, top = form.between("half", 24, 29), form.between("top", 36, 42)
    canvas.cord(
        smooth([(50 + half, FLOOR - 6), (50 + half + 8, FLOOR - 2), (50 + half + 14, FLOOR + 4)]),
        1.5,
        CLOTH.in_colour((110, 60, 44)),
    )
    canvas.box(50 - half - 3, FLOOR - 8, 50 + half + 3, FLOOR - 3, 20, form.material, radius=1.2, bevel=0.8)
    feet(canvas, (50 - half + 2, 50 + half - 2), FLOOR - 4, 2.2, 4, BAKELITE)
    canvas.box(50 - half, top, 50 + half, FLOOR - 8, 3, Material((206, 196, 176), gloss=0.2), radius=0.6)
    for y in np.linspace(top + 5, FLOOR - 12, form.whole("wires", 7, 11)):
        canvas.bar(
            50 - half + 3,
            y,
            50 + half - 3,
            y,
            0.55,
            COPPER if form.chance("copper wire", 0.4) else GLOWING,
            shadow=0.15,
        )
    for x in np.linspace(50 - half + 3, 50 + half - 3, 5):
        canvas.bar(x, top + 2, x, FLOOR - 9, 0.5, STEEL, shadow=0.15)
    low = (top + FLOOR) / 2
    door = rectangle(50 - half - 1, low, 50 + half + 1, FLOOR - 9, 1)
    bars = form.whole("bars", 3, 6)
    openings = [
        rectangle(
            50 - half + 2 + (2 * half - 4) * index / bars + 1,
            low + 4,
            50 - half + 2 + (2 * half - 4) * (index + 1) / bars - 1,
            FLOOR - 13,
            1.2,
        )
        for index in range(bars)
    ]
    canvas.plate(door, form.metal, bevel=0.7, holes=openings)
    for x in (50 - half - 2, 50 + half + 2):
        canvas.bar(x, top - 2, x, FLOOR - 7, 1.2, form.metal)
    canvas.bar(50 - half - 2, top - 1, 50 + half + 2, top - 1, 1.1, form.metal)
    canvas.ball(50, low + 1.6, 2.6, 1.9, BAKELITE)
    name_plate(canvas, 50, FLOOR - 5.4, 16, 3, form.plate, metal=BRASS)


def _pop_up_toaster(canvas: Canvas, form: Form) -> None:
    """A rounded chrome case with slots above."""
    half, height = form.between("half", 29, 34), form.between("height", 34, 40)
    top = FLOOR - height
    canvas.cord(
        smooth([(50 - half, FLOOR - 5), (50 - half - 7, FLOOR - 2), (50 - half - 10, FLOOR + 5)]),
        1.4,
        CLOTH.in_colour((70, 64, 60)),
    )
    shell = np.vstack(
        [
            smooth(
                [
                    (50 - half, FLOOR - 5),
                    (50 - half, top + 14),
                    (50 - half * 0.84, top + 3),
                    (50 - half * 0.5, top),
                    (50 + half * 0.5, top),
                    (50 + half * 0.84, top + 3),
                    (50 + half, top + 14),
                    (50 + half, FLOOR - 5),
                ]
            )
        ]
    )
    canvas.slab(shell, 18, form.material, bevel=4.5, bulge=0.4)
    depth = canvas.elevation * 18
    for share in (0.3, 0.68):
        y = top - depth * share
        canvas.hollow(
            rectangle(50 - half * 0.5, y - depth * 0.1, 50 + half * 0.5, y + depth * 0.1 + 0.3, 0.3), depth=0.4
        )
    if form.chance("lines", 0.6):
        for index in range(form.whole("line count", 3, 6)):
            y = top + height * 0.4 + index * 3
            canvas.line([(50 - half * 0.8, y), (50 + half * 0.8, y)], 0.55, (40, 42, 46), 0.5)
    elif form.chance("sunburst", 0.6):
        for degrees in np.linspace(200, 340, 9):
            angle = np.radians(degrees)
            canvas.line(
                [
                    (50 + np.cos(angle) * 6, FLOOR - 10 + np.sin(angle) * 6),
                    (50 + np.cos(angle) * 17, FLOOR - 10 + np.sin(angle) * 17),
                ],
                0.6,
                (40, 42, 46),
                0.5,
            )
    else:
        grille_slots(canvas, 50 - half * 0.6, top + height * 0.5, 50 + half * 0.6, top + height * 0.72, 3)
    canvas.box(50 - half - 1, FLOOR - 7, 50 + half + 1, FLOOR - 1, 18, BAKELITE, radius=2, bevel=1.2)
    feet(canvas, (50 - half + 5, 50 + half - 5), FLOOR - 1.4, 2.4, 2.4, BAKELITE)
    for side in (-1, 1):
        canvas.plate(
            rectangle(50 + side * (half + 2.4) - 2.4, top + 13, 50 + side * (half + 2.4) + 2.4, top + 17.5, 1.6),
            BAKELITE,
            bevel=1.0,
        )
    canvas.letters(50, FLOOR - 4, form.plate.title(), 2.4, (220, 210, 186), width=half)
    if form.chance("dial", 0.5):
        knob(canvas, 50 + half * 0.7, FLOOR - 4, 2.2, BAKELITE, pointer=250)
