"""Every kind of object draws, whole and inside the sheet, from every angle that the museums photograph from."""

import numpy as np
import pytest

from heritage.demonstration.drawing.canvas import Canvas
from heritage.demonstration.drawing.materials import BAKELITE, BRASS, MATERIAL_NAMES, Light
from heritage.demonstration.drawing.outlines import rectangle
from heritage.demonstration.objects import KINDS
from heritage.demonstration.objects.form import COLOURS, Form

VARIANTS = [(kind.name, variant.name) for kind in KINDS.values() for variant in kind.variants]


def form_of(kind: str, variant: str, seed: int) -> Form:
    build = KINDS[kind].variant(variant)
    colour = build.colours[seed % len(build.colours)] if build.colours else ""
    body, fittings = build.bodies[seed % len(build.bodies)], build.fittings[seed % len(build.fittings)]
    return Form(seed=seed * 7919, variant=variant, body=body, fittings=fittings, colour=colour, plate="HARROW & PELL")


def test_there_are_kinds_enough_in_every_category() -> None:
    assert len(KINDS) >= 16
    categories = [kind.category for kind in KINDS.values()]
    assert all(categories.count(category) >= 2 for category in categories)


@pytest.mark.parametrize(("kind", "variant"), VARIANTS)
def test_every_variant_draws_inside_the_sheet(kind: str, variant: str) -> None:
    for seed, (elevation, yaw) in enumerate([(0.1, 0.0), (0.3, 0.32), (0.34, -0.32), (0.2, 0.15)]):
        canvas = Canvas(pixels=128, elevation=elevation, yaw=yaw, light=Light(side=-1 if seed % 2 else 1), seed=seed)
        KINDS[kind].draw(canvas, form_of(kind, variant, seed))
        canvas.wear(0.8)
        cover = np.asarray(canvas.alpha)
        assert 0.02 < (cover > 128).mean() < 0.8
        edges = np.concatenate([cover[0], cover[-1], cover[:, 0], cover[:, -1]])
        assert edges.max() == 0, "something is cut off at the edge of the sheet"


def test_colours_are_premultiplied() -> None:
    canvas = Canvas(pixels=128)
    KINDS["light bulb"].draw(canvas, form_of("light bulb", "tungsten", 1))
    colours, cover = np.asarray(canvas.rgb).astype(int), np.asarray(canvas.alpha).astype(int)
    assert (colours[cover == 0] == 0).all()
    assert (colours.max(axis=2) <= cover + 2).all()


def test_words_of_the_catalogue_name_materials_and_colours() -> None:
    for kind in KINDS.values():
        for variant in kind.variants:
            assert {*variant.bodies, *variant.fittings} <= set(MATERIAL_NAMES)
            assert set(variant.colours) <= set(COLOURS)
            assert variant.inverted
            assert variant.plain
            assert len(variant.parts) >= 2
            assert variant.years[0] < variant.years[1]


def test_a_trait_is_the_same_wherever_it_is_asked_for() -> None:
    form = form_of("battery", "box", 3)
    assert form.whole("terminals", 3, 6) == form.whole("terminals", 3, 6)
    assert 3 <= form.whole("terminals", 3, 6) <= 6
    assert len({Form(seed, "box", "oak", "brass").whole("terminals", 3, 6) for seed in range(60)}) == 4


def test_light_comes_from_its_side() -> None:
    def brightness(side: float) -> tuple[float, float]:
        canvas = Canvas(pixels=96, light=Light(side=side))
        canvas.ball(50, 50, 40, 40, BAKELITE.in_colour((150, 150, 150)))
        grey = np.asarray(canvas.rgb.convert("L"))
        return float(grey[:, :48].mean()), float(grey[:, 48:].mean())

    left, right = brightness(-1.0)
    assert left > right
    left, right = brightness(1.0)
    assert right > left


def test_depth_shows_from_above_and_from_the_side() -> None:
    def covered(elevation: float, yaw: float) -> float:
        canvas = Canvas(pixels=96, elevation=elevation, yaw=yaw)
        canvas.box(30, 40, 70, 80, 20, BRASS)
        return float((np.asarray(canvas.alpha) > 128).mean())

    frontal = covered(0.0, 0.0)
    assert covered(0.3, 0.0) > frontal
    assert covered(0.3, 0.3) > covered(0.3, 0.0)


def test_a_window_shows_its_section_enlarged() -> None:
    whole, part = Canvas(pixels=200), Canvas(pixels=200, window=(25, 25, 75, 75))
    for canvas in (whole, part):
        canvas.plate(rectangle(40, 40, 60, 60), BRASS)
    assert np.asarray(part.alpha).mean() == pytest.approx(4 * np.asarray(whole.alpha).mean(), rel=0.05)
    outside = Canvas(pixels=100, window=(0, 0, 20, 20))
    outside.plate(rectangle(40, 40, 60, 60), BRASS)
    assert outside.alpha.getbbox() is None


def test_a_sheet_has_a_sensible_size() -> None:
    with pytest.raises(ValueError, match="pixels wide"):
        Canvas(pixels=100_000)
