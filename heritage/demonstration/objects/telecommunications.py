"""Telephones, telegraph keys and microphones."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, BRASS, CLOTH, EBONY, MAHOGANY, NICKEL, RUBBER, STEEL, Material
from ..drawing.outlines import arc, coil, ellipse, mirrored, polygon, rectangle, smooth
from .form import Form
from .parts import INK, bell, handset, knob, name_plate, rotary_dial, screw, terminal

FLOOR = 86.0


def draw_telephone(canvas: Canvas, form: Form) -> None:
    {
        "table": _table_telephone,
        "desk": _desk_telephone,
        "candlestick": _candlestick,
        "wall": _wall_telephone,
    }[form.variant](canvas, form)


def _table_telephone(canvas: Canvas, form: Form) -> None:
    """A pyramid of moulded plastic with its handset across the top."""
    width, height = form.between("width", 50, 60), form.between("height", 32, 40)
    shoulder = form.between("shoulder", 0.5, 0.66)
    top, body = FLOOR - height, form.material
    canvas.cord(_hanging(50 - width * 0.42, FLOOR - 3, 14), 1.5, CLOTH.in_colour((92, 66, 48)))
    base = rectangle(50 - width / 2 - 2, FLOOR - 4, 50 + width / 2 + 2, FLOOR, 1.6)
    canvas.slab(base, 12, body, bevel=0.8)
    side = [
        (shoulder * width / 2, top),
        (shoulder * width / 2 + 2, top + 4),
        (width / 2 - 3, FLOOR - 8),
        (width / 2, FLOOR - 3),
    ]
    shape = mirrored(np.asarray(smooth([(50 + x, y) for x, y in side])), 50)
    canvas.slab(shape, 8, body, bevel=2.2, bulge=0.25)
    if form.chance("drawer", 0.4):
        canvas.plate(rectangle(50 - width * 0.22, FLOOR - 7.6, 50 + width * 0.22, FLOOR - 3.6, 0.6), body, bevel=0.5)
        canvas.plate(rectangle(47.5, FLOOR - 6.2, 52.5, FLOOR - 4.8, 0.6), form.metal, bevel=0.3)
    rotary_dial(canvas, 50, top + height * 0.49, form.between("dial", 9.5, 11.5), form.metal, squash=0.94)
    for x in (50 - shoulder * width * 0.42, 50 + shoulder * width * 0.42):
        canvas.plate(
            polygon(
                (x - 3, top + 2),
                (x - 4.5, top - 7),
                (x - 1.5, top - 7),
                (x, top - 2.5),
                (x + 1.5, top - 7),
                (x + 4.5, top - 7),
                (x + 3, top + 2),
            ),
            body,
            bevel=0.7,
        )
    handset(canvas, 50, top - 9.6, width * form.between("handset", 1.08, 1.22), body, thickness=4.0)


def _desk_telephone(canvas: Canvas, form: Form) -> None:
    """A low case of the nineteen-sixties, its dial set into the sloping front, with a coiled cord."""
    width, height = form.between("width", 54, 62), form.between("height", 26, 31)
    top, body = FLOOR - height, form.material
    canvas.cord(coil(24, FLOOR - 16, 18, FLOOR - 2, 2.0, 9), 0.9, body)
    flare = form.between("flare", 0.7, 0.85)
    shape = mirrored(
        smooth(
            [
                (50 + width * 0.5 * flare, top),
                (50 + width * 0.47, top + height * 0.45),
                (50 + width * 0.5, FLOOR - 3),
                (50 + width * 0.49, FLOOR),
            ]
        ),
        50,
    )
    canvas.slab(shape, 14, body, bevel=3.0, bulge=0.35)
    canvas.plate(rectangle(50 - width * 0.3, top + 3, 50 + width * 0.3, FLOOR - 3.5, 8), body.darker(1.08), bevel=1.2)
    if form.chance("buttons", 0.3):
        for row in range(4):
            for column in range(3):
                x, y = 43 + column * 7, top + 7.4 + row * 4.5
                canvas.plate(
                    rectangle(x - 2.4, y - 1.7, x + 2.4, y + 1.7, 0.7), Material((232, 230, 222), gloss=0.6), bevel=0.5
                )
                canvas.letters(x, y, "123456789*0#"[row * 3 + column], 1.8, INK)
    else:
        rotary_dial(canvas, 50, top + height * 0.52, 10.4, Material((222, 224, 224), gloss=0.9, shine=0.7), squash=0.82)
    handset(canvas, 50, top - 7, width * 1.04, body.darker(0.92), thickness=3.8)


def _candlestick(canvas: Canvas, form: Form) -> None:
    """An upright stem with the mouthpiece on top and the receiver on a hook."""
    metal, foot = form.metal, form.between("foot", 14, 18)
    top = form.between("top", 24, 30)
    canvas.cord(_hanging(50 - foot + 1, FLOOR - 2, 12), 1.4, CLOTH)
    canvas.turned(
        50,
        [(FLOOR - 8, 4), (FLOOR - 6.5, foot * 0.55), (FLOOR - 4, foot * 0.9), (FLOOR - 2, foot), (FLOOR, foot)],
        form.material,
    )
    if form.chance("dial", 0.5):
        rotary_dial(canvas, 50, FLOOR - 3, foot * 0.58, metal, squash=0.5)
    stem = form.between("stem", 2.6, 3.6)
    canvas.turned(
        50,
        [
            (top + 12, stem * 1.1),
            (top + 16, stem),
            (FLOOR - 14, stem * 1.05),
            (FLOOR - 9, stem * 1.7),
            (FLOOR - 7, stem * 2.2),
        ],
        form.material,
    )
    canvas.turned(50, [(top + 9, stem * 1.3), (top + 13, stem * 1.6)], metal, curved=False)
    canvas.bar(53, top + 16, 64, top + 13, 0.9, metal)
    canvas.cord([(63, top + 13), (66, top + 11), (69, top + 12), (70, top + 15)], 1.6, metal)
    # The receiver hangs from the fork.
    canvas.turned(
        70,
        [(top + 9, 2.2), (top + 13, 3.0), (top + 30, 2.6), (top + 33, 4.6), (top + 36, 5.4), (top + 38, 4.8)],
        form.material,
    )
    canvas.turned(70, [(top + 8, 1.1), (top + 9.5, 2.2)], metal)
    canvas.cord(smooth([(70, top + 8), (76, top + 2), (81, top + 26), (74, FLOOR - 12), (62, FLOOR - 2)]), 1.2, CLOTH)
    canvas.ball(50, top + 2, 9.5, 9.5, metal)
    canvas.ball(47, top + 2, 7.8, 9.0, form.material)
    horn = form.between("horn", 7.0, 8.6)
    canvas.plate(ellipse(44.5, top + 2, horn * 0.72, horn), form.material, bevel=1.2)
    canvas.hollow(ellipse(43.8, top + 2, horn * 0.5, horn * 0.72), depth=3, strength=0.9)
    places = [(43.8 + dx, top + 2 + dy) for dx in (-1.6, 0, 1.6) for dy in (-3, -1, 1, 3)]
    canvas.dots(places, 0.42, (120, 112, 100), 0.7)


def _wall_telephone(canvas: Canvas, form: Form) -> None:
    """A wooden case with bells, crank and a receiver at the side."""
    width, wood, metal = form.between("width", 28, 34), form.material, form.metal
    left, right = 50 - width / 2, 50 + width / 2
    canvas.slab(rectangle(left - 4, 10, right + 4, 92, 2.5), 3, wood.darker(0.85), bevel=0.9)
    canvas.box(left, 18, right, 62, 10, wood, bevel=1.0)
    for side in (-1, 1):
        bell(canvas, 50 + side * width * 0.22, 24, width * 0.17, metal)
    canvas.bar(50, 22, 50, 27, 0.5, STEEL)
    canvas.ball(50, 28, 1.1, 1.1, BRASS)
    canvas.plate(ellipse(50, 44, 6.4), metal, bevel=0.8)
    canvas.turned(50, [(39, 3.2), (44, 4.0)], BAKELITE, shadow=0.2)
    canvas.plate(ellipse(50, 45, 5.2, 5.6), BAKELITE, bevel=1.4)
    canvas.hollow(ellipse(50, 45, 3.6, 4.0), depth=2.5)
    canvas.slab(polygon((left - 1, 69), (right + 1, 69), (right + 3, 73), (left - 3, 73)), 6, wood, bevel=0.5)
    canvas.box(left + 1, 73, right - 1, 88, 8, wood.darker(0.95), bevel=0.8)
    name_plate(canvas, 50, 80, width * 0.5, 4.5, form.plate, metal=metal)
    canvas.bar(left, 33, left - 8, 31, 0.9, metal)
    canvas.cord([(left - 8, 31), (left - 11, 30), (left - 12, 33)], 1.4, metal)
    x = left - 10
    canvas.turned(x, [(32, 1.6), (35, 2.6), (48, 2.4), (51, 4.0), (54, 4.8), (56, 4.2)], BAKELITE)
    canvas.cord(
        smooth([(x, 32), (x - 6, 46), (x - 2, 78), (left - 1, 74), (left + 4, 66)]), 1.2, CLOTH.in_colour((84, 96, 64))
    )
    canvas.bar(right + 1, 36, right + 8, 36, 1.0, metal)
    canvas.bar(right + 8, 36, right + 8, 45, 0.9, metal)
    canvas.ball(right + 8, 46.5, 1.7, 2.4, EBONY)


def _hanging(x: float, y: float, reach: float) -> np.ndarray:
    """A flex that leaves to the left and lies on the table."""
    return smooth(
        [
            (x, y),
            (x - reach * 0.5, y + 1.0),
            (x - reach * 0.9, y + 4.0),
            (x - reach * 0.4, y + 6.5),
            (x + reach * 0.5, y + 6.0),
        ]
    )


def draw_telegraph_key(canvas: Canvas, form: Form) -> None:
    """A lever on a base, from the side."""
    wood, metal = form.material, form.metal
    length = form.between("length", 68, 78)
    left, right = 50 - length / 2, 50 + length / 2
    y = 72.0
    canvas.box(left, y, right, y + form.between("thickness", 6, 9), 24, wood, radius=0.8, bevel=0.9)
    if form.chance("plinth", 0.5):
        canvas.box(
            left + 4,
            y - 3,
            right - 4,
            y,
            16,
            metal if form.chance("metal plinth", 0.4) else wood.darker(0.9),
            bevel=0.5,
        )
        y -= 3
    for x in (left + 8, right - 6, right - 13)[: form.whole("terminals", 2, 3)]:
        terminal(canvas, x, y - 1, 2.0, metal)
    pivot = form.between("pivot", 50, 58)
    height = form.between("height", 12, 17)
    lever = y - height
    canvas.bar(left + 22, lever + 1, left + 22, y - 2, 1.3, metal)
    canvas.turned(left + 22, [(y - 4, 1.8), (y - 1, 2.4)], metal)
    knob_x = left + 14
    canvas.turned(
        right - 18,
        [(lever - 4, 1.6), (lever - 2, 1.9), (lever - 1.5, 0.9), (y - 3, 0.9), (y - 2, 2.0), (y, 2.2)],
        metal,
    )
    canvas.cord(coil(pivot + 9, lever + 1, pivot + 9, y - 2, 1.5, 6), 0.5, STEEL)
    canvas.bar(knob_x - 2, lever + form.between("slope", 1, 3), right - 14, lever, 1.5, metal)
    canvas.ball(right - 13, lever, 2.0, 2.0, metal)
    canvas.slab(
        polygon((pivot - 3, y), (pivot - 2.2, lever - 4), (pivot + 2.2, lever - 4), (pivot + 3, y)), 4, metal, bevel=0.6
    )
    screw(canvas, pivot, lever, 1.4, STEEL)
    canvas.turned(knob_x, [(lever - 2, 0.9), (lever + 3, 0.9)], metal)
    cap = form.between("knob", 4.5, 6.5)
    canvas.turned(
        knob_x,
        [
            (lever - 7, cap * 0.5),
            (lever - 6, cap * 0.95),
            (lever - 4.6, cap),
            (lever - 3, cap * 0.5),
            (lever - 1.4, cap * 0.4),
        ],
        EBONY if form.chance("ebony", 0.6) else BAKELITE,
    )
    if form.chance("knob disc", 0.35):
        canvas.turned(knob_x, [(lever - 1.8, cap * 1.1), (lever - 0.8, cap * 1.15)], BAKELITE, curved=False)
    name_plate(canvas, 50, 75.8, 18, 3.2, form.plate, metal=metal)


def draw_microphone(canvas: Canvas, form: Form) -> None:
    {"carbon": _ring_microphone, "ribbon": _ribbon_microphone, "hand": _hand_microphone}[form.variant](canvas, form)


def _stand(canvas: Canvas, form: Form, top: float) -> None:
    foot = form.between("foot", 13, 17)
    canvas.turned(50, [(FLOOR - 6, 3), (FLOOR - 5, foot * 0.7), (FLOOR - 2, foot), (FLOOR, foot)], form.material)
    canvas.turned(50, [(top, 1.5), (FLOOR - 10, 1.7), (FLOOR - 5, 3.2)], form.metal)
    canvas.turned(50, [(top - 1, 2.4), (top + 2, 2.6)], form.metal, curved=False)


def _ring_microphone(canvas: Canvas, form: Form) -> None:
    """A capsule hung on springs in a ring."""
    radius, metal = form.between("ring", 18, 22), form.metal
    cy = 36.0
    _stand(canvas, form, cy + radius)
    canvas.cushion(ellipse(50, cy, radius), metal, roundness=1.7, holes=[ellipse(50, cy, radius - 3)])
    capsule = radius * form.between("capsule", 0.5, 0.6)
    springs = form.pick("springs", (4, 6, 8))
    for index in range(springs):
        angle = 2 * np.pi * (index + 0.5) / springs
        c, s = np.cos(angle), np.sin(angle)
        canvas.cord(
            coil(50 + c * capsule, cy + s * capsule, 50 + c * (radius - 2), cy + s * (radius - 2), 0.9, 6), 0.45, STEEL
        )
    canvas.plate(ellipse(50, cy, capsule), metal, bevel=1.4)
    canvas.plate(ellipse(50, cy, capsule * 0.74), Material((70, 66, 62), gloss=0.3), bevel=0.5, sunk=True)
    rows = form.whole("rows", 2, 4)
    canvas.dots(
        [
            (50 + np.cos(angle) * capsule * 0.62 * ring / rows, cy + np.sin(angle) * capsule * 0.62 * ring / rows)
            for ring in range(1, rows + 1)
            for angle in np.linspace(0, 2 * np.pi, 6 * ring, endpoint=False)
        ],
        capsule * 0.075,
    )
    canvas.letters(50, cy + capsule * 0.86, form.plate, capsule * 0.13, INK, width=capsule)


def _ribbon_microphone(canvas: Canvas, form: Form) -> None:
    """A pill-shaped head with a slotted grille."""
    width, height, metal = form.between("width", 9, 12), form.between("height", 18, 23), form.metal
    cy = 34.0
    _stand(canvas, form, cy + height)
    canvas.cord(arc(50, cy + 6, width + 4.5, height - 1, 0, 180), 1.8, metal, curved=False)
    head = rectangle(50 - width, cy - height, 50 + width, cy + height * 0.8, width)
    canvas.cushion(head, metal, roundness=width * 0.8)
    slots = form.whole("slots", 7, 12)
    for index in range(slots):
        y = cy - height * 0.78 + index * height * 1.3 / slots
        reach = width * 0.8
        canvas.hollow(rectangle(50 - reach, y, 50 + reach, y + height * 0.055, 0.4), depth=0.6)
    canvas.plate(rectangle(50 - width, cy - 1.6, 50 + width, cy + 2.6, 0.4), form.material, bevel=0.6)
    canvas.letters(50, cy + 0.5, form.plate, 2.0, (226, 214, 180), width=width * 1.7)


def _hand_microphone(canvas: Canvas, form: Form) -> None:
    """A round head on a handle, with its flex."""
    radius, body = form.between("radius", 14, 18), form.material
    canvas.cord(smooth([(50, 82), (48, 90), (60, 94), (74, 90), (84, 94)]), 1.6, RUBBER)
    canvas.turned(50, [(46, 4.5), (52, 4.0), (76, 3.6), (84, 4.2), (86, 2.4)], body)
    canvas.plate(ellipse(50, 32, radius), body, bevel=2.4)
    canvas.plate(
        ellipse(50, 32, radius * 0.8), NICKEL if form.chance("bright", 0.5) else form.metal, bevel=0.6, bulge=0.4
    )
    for index in range(form.whole("bars", 5, 8)):
        x = 50 + (index + 0.5 - form.whole("bars", 5, 8) / 2) * radius * 0.22
        reach = np.sqrt(max(0.0, (radius * 0.68) ** 2 - (x - 50) ** 2))
        canvas.hollow(rectangle(x - radius * 0.06, 32 - reach, x + radius * 0.06, 32 + reach, 0.4), depth=0.7)
    knob(canvas, 50, 58, 2.4, MAHOGANY if form.chance("wooden button", 0.2) else BAKELITE)
