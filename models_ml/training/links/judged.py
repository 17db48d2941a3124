"""Pairs judged by models that learnt from neither of their records, and the table of them in a model's folder. Pure."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models_ml.training.data.links import COLUMNS, LinkPair, pair_cells

NAME = "link-folds.csv"

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """Of k pairs, by comparison, (k,) each, NaN where a record lacks what is compared.

    before: similarities by the model that captions taught; after: log odds of a link by one that learnt from pairs of
    other folds too. models: how many of the latter there were.
    """

    pairs: tuple[LinkPair, ...]
    before: dict[str, Floats]
    after: dict[str, Floats]
    models: int


def write_judged(folder: Path, judged: JudgedPairs) -> None:
    """One row per pair, so that others can work out figures of their own."""
    values = {
        f"{name} {when}": found
        for when, by_name in (("similarity before", judged.before), ("log odds", judged.after))
        for name, found in by_name.items()
    }
    with (folder / NAME).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *values])
        for place, pair in enumerate(judged.pairs):
            cells = ["" if np.isnan(found[place]) else f"{found[place]:.6f}" for found in values.values()]
            writer.writerow([*pair_cells(pair), *cells])
