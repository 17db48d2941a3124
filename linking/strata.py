"""Patterns of similar and not similar over several models: naming them, and finding each pair's.

A pattern is written with one digit for each model, in the order of the recipe: with base, ft-best and ft-last,
`011` are the pairs that both fine-tuned models find similar and base does not. As a number, the first model
is the highest bit. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from heritage.errors import UserError
from linking.similarity import PairSimilarity, Tile
from linking.thresholds import float32_at_least

MOST_MODELS = 16


def default_patterns(models: int) -> tuple[str, ...]:
    """METHOD's strata for any number of models, of which the first is the base.

    All agree; only base; all but base; each other model alone. For three: 111 100 011 010 001.
    """
    alone = ["".join("1" if place == model else "0" for place in range(models)) for model in range(models)]
    others = "0" + "1" * (models - 1)
    return tuple(dict.fromkeys(pattern for pattern in ("1" * models, alone[0], others, *alone[1:]) if "1" in pattern))


def check_patterns(patterns: Sequence[str], models: int) -> None:
    """Raise UserError unless these are different patterns over so many models."""
    for pattern in patterns:
        if len(pattern) != models or set(pattern) - {"0", "1"}:
            raise UserError(
                f"The pattern {pattern!r} should have one 0 or 1 for each of the {models} models, "
                f"such as {' '.join(default_patterns(models))}."
            )
    if len(set(patterns)) < len(patterns):
        raise UserError("A pattern is named twice; name each once.")


def pattern_code(pattern: str) -> int:
    return int(pattern, 2)


def pattern_text(code: int, models: int) -> str:
    return format(code, f"0{models}b")


def pattern_flags(pattern: str, models: Sequence[str]) -> dict[str, int]:
    """The pattern by model: what is stored and printed."""
    return {model: int(digit) for model, digit in zip(models, pattern, strict=True)}


@dataclass(frozen=True)
class Codes:
    """Pattern codes of the pairs of one tile: (rows * columns,) unsigned integers."""

    tile: Tile
    codes: np.ndarray


def pattern_codes(models: Sequence[PairSimilarity], thresholds: Sequence[float]) -> Iterator[Codes]:
    """Each pair's pattern over some models whose groups are the same, tile by tile.

    Raises ValueError if the groups differ: the models have vectors of different images or texts.
    """
    for other in models[1:]:
        if not (models[0].a.same_shape_as(other.a) and models[0].b.same_shape_as(other.b)):
            raise ValueError("the models have vectors of different images or texts")
    dtype = np.min_scalar_type(2 ** len(models) - 1)
    for tiles in zip(*(pairs.tiles() for pairs in models), strict=True):
        codes = np.zeros(tiles[0].values.size, dtype)
        for place, (pairs, tile, threshold) in enumerate(zip(models, tiles, thresholds, strict=True)):
            codes[similar_cells(pairs, tile, threshold)] |= dtype.type(1 << (len(models) - 1 - place))
        yield Codes(tiles[0], codes)


def similar_cells(pairs: PairSimilarity, tile: Tile, threshold: float) -> np.ndarray:
    """Places in a tile, in `values.ravel()`, of the pairs whose exact similarity is at or above the threshold."""
    flat = tile.values.ravel()
    cells = np.flatnonzero(flat >= float32_at_least(threshold - pairs.margin))
    near = flat[cells] <= np.float64(threshold + pairs.margin)
    if not near.any():
        return cells
    similar = ~near
    similar[near] = pairs.exact(*tile.cells(cells[near])) >= np.float64(threshold)
    return cells[similar]
