"""Loudspeakers."""

import numpy as np

from ..drawing.canvas import Canvas
from ..drawing.materials import BAKELITE, CLOTH, Material
from ..drawing.outlines import arc, ellipse, mirrored, polygon, rectangle, smooth
from .form import Form
from .parts import knob, name_plate

FLOOR = 86.0


def draw_loudspeaker(canvas: Canvas, form: Form) -> None:
    {"horn": _horn_speaker, "cabinet": _cabinet_speaker, "cone": _cone_speaker}[form.variant](canvas, form)


def _horn_speaker(canvas: Canvas, form: Form) -> None:
    """A swan-neck horn on a round foot."""
    foot, flare = form.between("foot", 13, 16), form.between("flare", 17, 22)
    cx, cy = 44.0, 26.0
    canvas.turned(60, [(FLOOR - 9, 5), (FLOOR - 7, foot * 0.75), (FLOOR - 3, foot), (FLOOR, foot)], BAKELITE)
    canvas.turned(60, [(FLOOR - 12, 4), (FLOOR - 8, 5.5)], form.metal)
    canvas.ball(60, FLOOR - 3, 1.3, 1.3, form.metal)
    neck = smooth([(60, FLOOR - 10), (62, 62), (69, 46), (66, 32), (cx + 9, cy + 1)], steps=14)
    canvas.horn(neck, 2.4 + 7.5 * np.linspace(0, 1, len(neck)) ** 1.7, form.material)
    canvas.turned(60, [(FLOOR - 14, 3.4), (FLOOR - 11, 3.8)], form.metal, curved=False)
    petals = form.chance("petals", 0.4)
    tilt = form.between("tilt", 0.78, 0.92)
    outline = ellipse(cx, cy, flare * tilt, flare)
    if petals:
        angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        ripple = 1 + 0.03 * np.abs(np.sin(angle * 5))
        outline = np.column_stack([cx + flare * tilt * ripple * np.cos(angle), cy + flare * ripple * np.sin(angle)])
    canvas.plate(outline, form.material, bevel=flare * 0.55, sunk=True, bulge=0.25)
    if petals:
        for degrees in range(0, 360, 36):
            angle = np.radians(degrees)
            canvas.line(
                [
                    (cx + np.cos(angle) * flare * 0.25, cy + np.sin(angle) * flare * 0.3),
                    (cx + np.cos(angle) * flare * tilt, cy + np.sin(angle) * flare),
                ],
                0.4,
                (0, 0, 0),
                0.3,
            )
    canvas.glow(cx + 1, cy, flare * 0.95, (0, 0, 0), 0.8)
    canvas.hollow(ellipse(cx + 1.5, cy, flare * 0.26, flare * 0.32), depth=4)
    canvas.cushion(
        outline,
        form.metal if form.chance("metal rim", 0.3) else form.material.darker(0.8),
        roundness=0.7,
        holes=[(outline - (cx, cy)) * 0.94 + (cx, cy)],
        shadow=0.15,
    )


def _cabinet_speaker(canvas: Canvas, form: Form) -> None:
    """A wooden cabinet with fretwork over cloth."""
    half, height = form.between("half", 22, 28), form.between("height", 50, 60)
    top = FLOOR - height
    pointed = form.chance("pointed", 0.4)
    shape = (
        mirrored(polygon((50, top - 6), (50 + half, top + 6), (50 + half, FLOOR - 3)), 50)
        if pointed
        else rectangle(50 - half, top, 50 + half, FLOOR - 3, form.between("radius", 1, 9))
    )
    canvas.slab(shape, 14, form.material, bevel=1.5)
    canvas.box(50 - half - 2, FLOOR - 4, 50 + half + 2, FLOOR, 16, form.material.darker(0.8))
    cy, radius = top + height * 0.48, half * 0.76
    canvas.plate(
        ellipse(50, cy, radius),
        CLOTH.in_colour(form.pick("cloth", ((158, 128, 84), (110, 40, 36), (64, 80, 60)))),
        bevel=0.8,
        sunk=True,
        shadow=0,
    )
    motif = form.pick("motif", ("sunrise", "bars", "tree"))
    if motif == "sunrise":
        for degrees in (200, 225, 250, 270, 290, 315, 340):
            angle = np.radians(degrees)
            canvas.bar(
                50,
                cy + radius * 0.5,
                50 + np.cos(angle) * radius * 0.98,
                cy + np.sin(angle) * radius * 0.98,
                1.1,
                form.material,
            )
        canvas.plate(
            mirrored(
                np.vstack(
                    [
                        arc(50, cy + radius * 0.55, radius * 0.42, radius * 0.42, -90, 0),
                        polygon((50 + radius * 0.8, cy + radius * 0.6)),
                    ]
                ),
                50,
            ),
            form.material,
            bevel=0.5,
        )
    elif motif == "bars":
        for x in np.linspace(-0.7, 0.7, 5):
            reach = np.sqrt(1 - x * x) * radius
            canvas.bar(50 + x * radius, cy - reach, 50 + x * radius, cy + reach, 1.0, form.material)
    else:
        canvas.cord([(50, cy + radius), (48, cy), (50, cy - radius * 0.4)], 2.4, form.material)
        for x, y, size in ((-0.36, -0.3, 0.34), (0.34, -0.42, 0.36), (0.0, -0.66, 0.26), (0.36, 0.12, 0.22)):
            canvas.plate(
                ellipse(50 + x * radius, cy + y * radius, size * radius, size * radius * 0.7), form.material, bevel=0.5
            )
    canvas.cushion(ellipse(50, cy, radius * 1.06), form.material, roundness=1.0, holes=[ellipse(50, cy, radius * 0.97)])
    name_plate(canvas, 50, FLOOR - 7.5, 14, 3, form.plate, metal=form.metal)


def _cone_speaker(canvas: Canvas, form: Form) -> None:
    """A bare paper cone on a stand, its drive in the middle."""
    radius = form.between("radius", 27, 32)
    cy = 42.0
    canvas.box(34, FLOOR - 5, 66, FLOOR, 16, form.material, radius=1.5)
    canvas.turned(50, [(cy + radius - 3, 2), (FLOOR - 9, 2.2), (FLOOR - 5, 5)], form.metal)
    canvas.plate(
        ellipse(50, cy, radius),
        Material((216, 188, 140), gloss=0.15, shine=0.1, grain="cast", grain_strength=0.25),
        bevel=radius * 0.7,
        sunk=True,
        bulge=0.3,
    )
    for degrees in np.linspace(0, 360, form.pick("folds", (8, 12, 16)), endpoint=False):
        angle = np.radians(degrees)
        canvas.line(
            [
                (50 + np.cos(angle) * 6, cy + np.sin(angle) * 6),
                (50 + np.cos(angle) * radius, cy + np.sin(angle) * radius),
            ],
            0.3,
            (90, 62, 30),
            0.35,
        )
    for share in (0.55, 0.8):
        ring = ellipse(50, cy, radius * share)
        canvas.line(np.vstack([ring, ring[:1]]), 0.35, (90, 62, 30), 0.35)
    canvas.cushion(
        ellipse(50, cy, radius),
        form.metal if form.chance("metal rim", 0.5) else form.material,
        roundness=1.0,
        holes=[ellipse(50, cy, radius * 0.94)],
    )
    canvas.bar(50 - radius * 0.94, cy, 50 + radius * 0.94, cy, 0.9, form.metal)
    canvas.plate(ellipse(50, cy, 5.5), form.metal, bevel=1.2)
    knob(canvas, 50, cy, 2.6)
