"""Parts that many objects share: terminals, knobs, dials, plates, bells."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, BRASS, EBONY, PAPER, STEEL, Material
from ..drawing.outlines import Outline, arc, ellipse, polygon, rectangle

INK = (28, 24, 22)
GOLD = (204, 170, 98)


def screw(canvas: Canvas, x: float, y: float, radius: float = 0.8, metal: Material = BRASS, turn: float = 30) -> None:
    canvas.ball(x, y, radius, radius, metal, shadow=0.3)
    angle = np.radians(turn)
    dx, dy = np.cos(angle) * radius * 0.8, np.sin(angle) * radius * 0.8
    canvas.line([(x - dx, y - dy), (x + dx, y + dy)], radius * 0.35, INK, 0.8)


def terminal(canvas: Canvas, x: float, y: float, size: float, metal: Material, head: Material | None = None) -> None:
    """A binding post standing on (x, y)."""
    canvas.turned(x, [(y - 1.2 * size, 0.75 * size), (y, 0.85 * size)], metal, curved=False)
    canvas.turned(x, [(y - 2.2 * size, 0.38 * size), (y - 1.2 * size, 0.38 * size)], metal, curved=False)
    canvas.turned(
        x,
        [
            (y - 3.2 * size, 0.4 * size),
            (y - 3.0 * size, 0.8 * size),
            (y - 2.2 * size, 0.85 * size),
            (y - 2.0 * size, 0.4 * size),
        ],
        head or metal,
    )


def knob(
    canvas: Canvas, x: float, y: float, radius: float, material: Material = BAKELITE, *, pointer: float | None = None
) -> None:
    """A control knob seen from the front, with ribs and, where asked, a pointer in degrees."""
    canvas.plate(ellipse(x, y, radius * 1.08), material, bevel=radius * 0.25, shadow=0.55)
    for angle in np.linspace(0, 2 * np.pi, 18, endpoint=False):
        c, s = np.cos(angle), np.sin(angle)
        canvas.line(
            [(x + c * radius * 0.78, y + s * radius * 0.78), (x + c * radius, y + s * radius)],
            radius * 0.07,
            (0, 0, 0),
            0.4,
        )
    canvas.cushion(ellipse(x, y, radius * 0.72), material, roundness=radius * 0.5, shadow=0.25)
    if pointer is not None:
        angle = np.radians(pointer)
        canvas.line(
            [(x, y), (x + np.cos(angle) * radius * 0.66, y + np.sin(angle) * radius * 0.66)],
            radius * 0.12,
            (240, 232, 210),
            0.9,
        )


def scale_marks(
    canvas: Canvas,
    x: float,
    y: float,
    radius: float,
    start: float,
    end: float,
    count: int,
    *,
    length: float = 0.14,
    colour: tuple[int, int, int] = INK,
    major: int = 5,
    width: float = 0.25,
) -> None:
    """Division marks on an arc, every `major`-th longer."""
    for step, degrees in enumerate(np.linspace(start, end, count)):
        angle = np.radians(degrees)
        c, s = np.cos(angle), np.sin(angle)
        inner = radius * (1 - length * (1.0 if step % major == 0 else 0.55))
        canvas.line([(x + c * inner, y + s * inner), (x + c * radius, y + s * radius)], width, colour)


def numerals(
    canvas: Canvas,
    x: float,
    y: float,
    radius: float,
    start: float,
    end: float,
    texts: list[str],
    height: float,
    colour: tuple[int, int, int] = INK,
) -> None:
    for text, degrees in zip(texts, np.linspace(start, end, len(texts)), strict=True):
        angle = np.radians(degrees)
        canvas.letters(x + np.cos(angle) * radius, y + np.sin(angle) * radius, text, height, colour)


def needle(
    canvas: Canvas, x: float, y: float, length: float, degrees: float, colour: tuple[int, int, int] = INK
) -> None:
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    canvas.line([(x - c * length * 0.12, y - s * length * 0.12), (x + c * length, y + s * length)], 0.45, colour)


def name_plate(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    height: float,
    text: str,
    *,
    metal: Material = BRASS,
    ink: tuple[int, int, int] = INK,
) -> None:
    """A maker's plate with two pins."""
    canvas.plate(
        rectangle(x - width / 2, y - height / 2, x + width / 2, y + height / 2, height * 0.2), metal, bevel=0.25
    )
    canvas.letters(x, y, text, height * 0.52, ink, width=width * 0.82)


def bell(canvas: Canvas, x: float, y: float, radius: float, metal: Material) -> None:
    """A gong seen from the front."""
    canvas.ball(x, y, radius, radius, metal, shadow=0.5)
    canvas.ball(x, y - radius * 0.05, radius * 0.2, radius * 0.2, STEEL)


def lens(canvas: Canvas, x: float, y: float, radius: float, ring: Material, *, rings: int = 2) -> None:
    """A photographic or projecting lens from the front: rings, then dark coated glass with a reflection."""
    for step in range(rings):
        share = 1 - 0.16 * step
        canvas.plate(ellipse(x, y, radius * share), ring, bevel=radius * 0.06, shadow=0.5 if step == 0 else 0.2)
    inner = radius * (1 - 0.16 * rings)
    canvas.hollow(ellipse(x, y, inner), depth=inner * 0.5)
    canvas.ball(x, y, inner * 0.8, inner * 0.8, Material((24, 22, 40), gloss=1.0, shine=1.0), shadow=0)
    canvas.paint(ellipse(x - inner * 0.28, y - inner * 0.3, inner * 0.2, inner * 0.13), (235, 240, 255), 0.75)
    canvas.paint(ellipse(x + inner * 0.3, y + inner * 0.34, inner * 0.11), (150, 110, 190), 0.5)


def grille_slots(
    canvas: Canvas, x0: float, y0: float, x1: float, y1: float, count: int, *, upright: bool = False
) -> None:
    for step in range(count):
        share = (step + 0.5) / count
        if upright:
            x, half = x0 + (x1 - x0) * share, (x1 - x0) / count * 0.26
            canvas.hollow(rectangle(x - half, y0, x + half, y1, half), depth=0.8)
        else:
            y, half = y0 + (y1 - y0) * share, (y1 - y0) / count * 0.26
            canvas.hollow(rectangle(x0, y - half, x1, y + half, half), depth=0.8)


def feet(
    canvas: Canvas, xs: tuple[float, ...], y: float, radius: float, height: float, material: Material = EBONY
) -> None:
    for x in xs:
        canvas.turned(
            x, [(y, radius * 0.7), (y + height * 0.5, radius), (y + height, radius * 0.75)], material, shadow=0.2
        )


def printed_label(
    canvas: Canvas,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    lines: list[str],
    *,
    colour: tuple[int, int, int] = (236, 230, 212),
    ink: tuple[int, int, int] = INK,
    border: bool = True,
) -> None:
    """A paper label with a printed border."""
    canvas.plate(rectangle(x0, y0, x1, y1, 0.3), PAPER.in_colour(colour), bevel=0.1, shadow=0.15)
    if border:
        inset = min(x1 - x0, y1 - y0) * 0.06
        frame: Outline = rectangle(x0 + inset, y0 + inset, x1 - inset, y1 - inset)
        canvas.line(np.vstack([frame, frame[:1]]), 0.25, ink, 0.8)
    step = (y1 - y0) / (len(lines) + 0.6)
    for row, text in enumerate(lines):
        canvas.letters((x0 + x1) / 2, y0 + step * (row + 0.8), text, step * 0.52, ink, width=(x1 - x0) * 0.8)


def handset(canvas: Canvas, x: float, y: float, length: float, material: Material, *, thickness: float = 4.2) -> None:
    """A telephone handset lying across, its caps hanging down at both ends."""
    half = length / 2
    for side in (-1, 1):
        cx = x + side * (half - thickness * 0.9)
        canvas.turned(
            cx,
            [
                (y, thickness * 0.7),
                (y + thickness * 0.9, thickness * 1.05),
                (y + thickness * 1.8, thickness * 1.3),
                (y + thickness * 2.1, thickness * 1.25),
            ],
            material,
        )
    spine = np.vstack(
        [
            arc(x, y + thickness * 1.2, half, thickness * 2.6, 180, 360),
            arc(x, y + thickness * 1.9, half - thickness * 2.2, thickness * 1.9, 360, 180),
        ]
    )
    canvas.cushion(spine, material, roundness=thickness * 0.75)


def rotary_dial(canvas: Canvas, x: float, y: float, radius: float, metal: Material, *, squash: float = 1.0) -> None:
    """A telephone dial with ten finger holes; `squash` below 1 leans it back."""
    canvas.plate(
        ellipse(x, y, radius, radius * squash), Material((232, 228, 216), gloss=0.6, shine=0.4), bevel=0.4, shadow=0.4
    )
    for index, degrees in enumerate(np.linspace(60, 330, 10)):
        angle = np.radians(degrees + 20)
        hx, hy = x + np.cos(angle) * radius * 0.72, y + np.sin(angle) * radius * 0.72 * squash
        canvas.letters(hx, hy, "1234567890"[9 - index], radius * 0.17, INK)
    holes = []
    for degrees in np.linspace(60, 330, 10):
        angle = np.radians(degrees + 20)
        holes.append(
            ellipse(
                x + np.cos(angle) * radius * 0.72,
                y + np.sin(angle) * radius * 0.72 * squash,
                radius * 0.145,
                radius * 0.145 * squash,
            )
        )
    canvas.plate(
        ellipse(x, y, radius * 0.96, radius * 0.96 * squash),
        metal,
        bevel=radius * 0.06,
        bulge=0.3,
        holes=holes,
        shadow=0.35,
    )
    canvas.plate(ellipse(x, y, radius * 0.4, radius * 0.4 * squash), PAPER, bevel=0.2, shadow=0.2)
    canvas.letters(x, y, "TEL 207", radius * 0.14, INK)
    stop = np.radians(40)
    canvas.bar(
        x + np.cos(stop) * radius * 0.62,
        y + np.sin(stop) * radius * 0.62 * squash,
        x + np.cos(stop) * radius * 1.02,
        y + np.sin(stop) * radius * 1.02 * squash,
        radius * 0.05,
        STEEL,
    )


def wedge(x0: float, y0: float, x1: float, y1: float, lean: float) -> Outline:
    """A trapezium: its top is narrower by `lean` on each side."""
    return polygon((x0 + lean, y0), (x1 - lean, y0), (x1, y1), (x0, y1))
