"""The ways to compare two records, METHOD's and pooled ones: which vectors, and how their cosines become one number."""

from dataclasses import dataclass
from typing import Literal

from heritage.errors import UserError

Modality = Literal["image", "text"]
Compared = Literal["image", "text", "record"]  # a record's images, its texts, or both as one vector
Aggregate = Literal["max", "mean"]

MODALITIES_OF: dict[Compared, tuple[Modality, ...]] = {
    "image": ("image",),
    "text": ("text",),
    "record": ("image", "text"),
}


@dataclass(frozen=True)
class Comparison:
    """Which vectors are compared: those of `a` of the first record with those of `b` of the second."""

    name: str
    a: Compared
    b: Compared
    aggregate: Aggregate
    description: str

    @property
    def parts(self) -> tuple["Comparison", ...]:
        return (self,)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Those whose vectors it takes."""
        return tuple(dict.fromkeys((*MODALITIES_OF[self.a], *MODALITIES_OF[self.b])))


@dataclass(frozen=True)
class Combination:
    """Pairs that are similar by each of some comparisons; its thresholds and similarities are theirs."""

    name: str
    parts: tuple[Comparison, ...]
    description: str


@dataclass(frozen=True)
class Fusion:
    """The sum of some comparisons (`linking.sampling.variants.fusing`): it has thresholds and similarities itself."""

    of: tuple[Comparison, ...]
    name: str = "fused"

    @property
    def parts(self) -> tuple["Fusion", ...]:
        return (self,)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        return tuple(dict.fromkeys(modality for part in self.of for modality in part.modalities))


COMPARISONS: dict[str, Comparison] = {
    comparison.name: comparison
    for comparison in (
        Comparison("image-image", "image", "image", "max", "the two most alike images"),
        Comparison("text-text", "text", "text", "mean", "names and sentences, on average"),
        Comparison("text-image", "text", "image", "max", "the best match of a text of A with an image of B"),
        Comparison("image-text", "image", "text", "max", "the best match of an image of A with a text of B"),
        Comparison("record-record", "record", "record", "mean", "each record’s images and texts pooled to one vector"),
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
METHOD_COMPARISONS = ("image-image", "text-text", "text-image", "image-text")
DEFAULT_COMPARISONS = ("image-image", "text-text", "text-image")


def get_comparison(name: str) -> Comparison | Combination:
    """The comparison of that name. Raises UserError that lists the known ones."""
    if name not in ALL_COMPARISONS:
        raise UserError(f"No comparison is called {name!r}; choose from {', '.join(ALL_COMPARISONS)}.")
    return ALL_COMPARISONS[name]
