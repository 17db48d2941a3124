"""How links are learnt from. Pure."""

import math
from dataclasses import dataclass

from heritage.errors import UserError


@dataclass(frozen=True)
class LinkConfig:
    """How links are learnt from.

    weight: of the pairs' loss beside the captions'. epochs: over the captions, after those of the recipe.
    """

    weight: float = 1.0
    epochs: int = 5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise UserError("The weight of links must be above 0, for example 1.")
        if self.epochs < 1:
            raise UserError("The number of epochs with links must be at least 1.")
