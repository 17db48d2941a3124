"""The ways to compare two records, as METHOD names: which vectors, and how their cosines become one number."""

from dataclasses import dataclass
from typing import Literal

from heritage.errors import UserError

Modality = Literal["image", "text"]
Aggregate = Literal["max", "mean"]


@dataclass(frozen=True)
class Comparison:
    """What is compared: vectors of modality `a` of the first record with those of modality `b` of the second."""

    name: str
    a: Modality
    b: Modality
    aggregate: Aggregate
    description: str

    @property
    def parts(self) -> tuple["Comparison", ...]:
        return (self,)


@dataclass(frozen=True)
class Combination:
    """Pairs that are similar by each of some comparisons; its thresholds and similarities are theirs."""

    name: str
    parts: tuple[Comparison, ...]
    description: str


COMPARISONS: dict[str, Comparison] = {
    comparison.name: comparison
    for comparison in (
        Comparison("image-image", "image", "image", "max", "the two most alike images"),
        Comparison("text-text", "text", "text", "mean", "names and sentences, on average"),
        Comparison("text-image", "text", "image", "max", "the best match of a text of A with an image of B"),
        Comparison("image-text", "image", "text", "max", "the best match of an image of A with a text of B"),
    )
}
COMBINATIONS: dict[str, Combination] = {
    "image+text": Combination(
        "image+text",
        (COMPARISONS["image-image"], COMPARISONS["text-text"]),
        "similar by images and by texts, both",
    )
}
ALL_COMPARISONS: dict[str, Comparison | Combination] = {**COMPARISONS, **COMBINATIONS}
DEFAULT_COMPARISONS = ("image-image", "text-text", "text-image")


def get_comparison(name: str) -> Comparison | Combination:
    """The comparison of that name. Raises UserError that lists the known ones."""
    if name not in ALL_COMPARISONS:
        raise UserError(f"No comparison is called {name!r}; choose from {', '.join(ALL_COMPARISONS)}.")
    return ALL_COMPARISONS[name]
