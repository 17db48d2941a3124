"""Vectors of the page's pictures beside those of the museums' files are said, with what to do."""

import pytest

from models_ml.vectors.mixture import mixture


@pytest.mark.parametrize("seen", [{}, {"siglip": (0, 9), "ft": (0, 9)}, {"siglip": (9, 9), "ft": (9, 9)}])
def test_nothing_is_said_where_all_are_of_one_kind(seen: dict[str, tuple[int, int]]) -> None:
    assert mixture(seen) == ""


@pytest.mark.parametrize(
    ("seen", "counts", "commands"),
    [
        ({"siglip": (1200, 1256)}, "(1,200 of 1,256 of siglip)", "run embed siglip --renew first"),
        ({"siglip": (9, 9), "ft": (0, 9)}, "(9 of 9 of siglip)", "run embed siglip --renew first"),
        ({"a": (1, 9), "b": (2, 9)}, "(1 of 9 of a, 2 of 9 of b)", "run embed a --renew and embed b --renew first"),
    ],
)
def test_both_kinds_in_one_comparison(seen: dict[str, tuple[int, int]], counts: str, commands: str) -> None:
    assert counts in mixture(seen)
    assert commands in mixture(seen)
