"""How links are learnt from. Pure."""

import math
from dataclasses import dataclass

from heritage.errors import UserError

FEWEST_FOLDS, MOST_FOLDS = 2, 10


@dataclass(frozen=True)
class LinkConfig:
    """How links are learnt from.

    weight: of the pairs' loss beside the captions'. epochs: over the captions, after those of the recipe. folds: of the
    records, by which each pair is also judged by a model that learnt from neither of its records; 0: not so.
    """

    weight: float = 1.0
    epochs: int = 5
    folds: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise UserError("The weight of links must be above 0, for example 1.")
        if self.epochs < 1:
            raise UserError("The number of epochs with links must be at least 1.")
        if self.folds != 0 and not FEWEST_FOLDS <= self.folds <= MOST_FOLDS:
            raise UserError(f"Links are judged by {FEWEST_FOLDS} to {MOST_FOLDS} folds of records, or by none: 0.")
