"""The form of one model line: every trait follows from its seed, so that drawing and cataloguing agree.

A trait is asked for by name wherever it is needed ("terminals", "dial"), and answers the same each time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ..drawing.materials import MATERIAL_NAMES, Colour, Material

T = TypeVar("T")

COLOURS: dict[str, Colour] = {
    "black": (14, 13, 14),
    "ivory": (226, 212, 176),
    "brown": (88, 48, 28),
    "mottled brown": (104, 62, 36),
    "red": (150, 34, 30),
    "maroon": (96, 28, 32),
    "dark green": (34, 66, 50),
    "pale green": (164, 190, 166),
    "grey": (128, 132, 134),
    "two-tone grey": (150, 154, 156),
    "pale blue": (158, 184, 200),
    "blue": (46, 78, 120),
    "white": (238, 236, 228),
    "cream": (234, 222, 190),
    "orange": (206, 104, 40),
}


@dataclass(frozen=True)
class Form:
    """`body` and `fittings` are words of `MATERIAL_NAMES`; `colour` one of `COLOURS`, or empty for the
    material's own. `plate` is the lettering on the object's plate."""

    seed: int
    variant: str
    body: str
    fittings: str
    colour: str = ""
    plate: str = ""

    def in_colour(self, colour: str) -> "Form":
        return replace(self, colour=colour)

    @property
    def material(self) -> Material:
        """What the body is made of, in this specimen's colour."""
        material = MATERIAL_NAMES[self.body]
        return material.in_colour(COLOURS[self.colour]) if self.colour else material

    @property
    def metal(self) -> Material:
        """What knobs, terminals and hinges are made of."""
        return MATERIAL_NAMES[self.fittings]

    def _share(self, trait: str) -> float:
        digest = hashlib.blake2b(f"{self.seed}:{trait}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64

    def between(self, trait: str, low: float, high: float) -> float:
        return low + (high - low) * self._share(trait)

    def whole(self, trait: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + int(self._share(trait) * (high - low + 1))

    def pick(self, trait: str, options: Sequence[T]) -> T:
        return options[int(self._share(trait) * len(options))]

    def chance(self, trait: str, probability: float) -> bool:
        return self._share(trait) < probability
