"""Colours of a map stand out from the ground, and any two can be told apart."""

import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from models_ml.maps.palette import COLOURS, OTHER, STEPS
from tests.colours import SEEN_BY, contrast, lab, linear, luminance

TOKENS_CSS = Path(__file__).resolve().parents[4] / "static" / "css" / "site" / "tokens.css"


@pytest.fixture
def ground() -> list[str]:
    """Of the stage that the points lie on, light and dark."""
    return re.findall(r"--stage: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS_CSS.read_text())[0]


@pytest.mark.parametrize("mode", [0, 1])
def test_points_stand_out_from_the_ground(mode: int, ground: list[str]) -> None:
    for pair in (*COLOURS, OTHER):
        assert contrast(pair[mode], ground[mode]) >= 3.0, pair  # WCAG 1.4.11


@pytest.mark.parametrize("who", SEEN_BY)
@pytest.mark.parametrize("mode", [0, 1])
def test_colours_can_be_told_apart_by(who: str, mode: int) -> None:
    seen = [lab(np.clip(SEEN_BY[who] @ linear(pair[mode]), 0, 1)) for pair in (*COLOURS, OTHER)]
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(one - other) >= 9


@pytest.mark.parametrize("mode", [0, 1])
def test_steps_go_from_the_ground_to_what_stands_out_most(mode: int, ground: list[str]) -> None:
    away = [abs(luminance(step[mode]) - luminance(ground[mode])) for step in STEPS]
    assert all(one < other for one, other in pairwise(away))
