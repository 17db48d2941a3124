"""What a kind of object is: its variants, what they are made of, and the words two museums have for them."""

from collections.abc import Callable
from dataclasses import dataclass

from ..drawing.canvas import Canvas
from .form import Form

PAINTS = ("black", "dark green", "maroon", "grey", "cream")
CABINET_WOODS = ("mahogany", "oak", "walnut")


@dataclass(frozen=True)
class Variant:
    """One build of a kind.

    `inverted` are names as keepers write them, `plain` as people say them; both mean the same. `bodies` and
    `fittings` are words of `MATERIAL_NAMES`. `colours` are those the body came in, where it was coloured.
    `years` are the first and last of making; `size` is height and width in millimetres. `parts` are what a
    cataloguer would point out. `lies` is true for what is photographed from above or hung on a wall.
    """

    name: str
    inverted: tuple[str, ...]
    plain: tuple[str, ...]
    bodies: tuple[str, ...]
    fittings: tuple[str, ...]
    years: tuple[int, int]
    size: tuple[int, int]
    parts: tuple[str, ...]
    colours: tuple[str, ...] = ()
    lies: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of object. `terms` are museum A's, from narrow to broad; `heading` is museum B's.

    `in_a` and `in_b` weigh how often each museum collects it. `uses` finish "Used ..." in B's histories.
    """

    name: str
    category: str
    draw: Callable[[Canvas, Form], None]
    variants: tuple[Variant, ...]
    terms: tuple[str, ...]
    heading: str
    uses: tuple[str, ...]
    in_a: float = 1.0
    in_b: float = 1.0

    def variant(self, name: str) -> Variant:
        return next(variant for variant in self.variants if variant.name == name)
