"""The variants of similarity by name, alone and together. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from heritage.errors import UserError
from linking.sampling.comparisons import Fusion

VARIANTS = ("plain", "centred", "csls", "fused")


@dataclass(frozen=True)
class SimilarityKind:
    """name: the variants joined by +. description: what it does, for those who choose."""

    name: str
    description: str

    @property
    def centred(self) -> bool:
        """Whether each collection's mean vector is subtracted first (`linking.sampling.variants.centring`)."""
        return "centred" in self.name.split("+")

    @property
    def csls(self) -> bool:
        """Whether hubs are held down (`linking.sampling.variants.hubness`)."""
        return "csls" in self.name.split("+")

    @property
    def fused(self) -> bool:
        """Whether the comparisons are added up to one (`linking.sampling.variants.fusing`)."""
        return "fused" in self.name.split("+")

    def drawn_by(self, comparisons: Iterable[str]) -> tuple[str, ...]:
        """The names of the comparisons that have strata: those given, or the one that they are fused to."""
        return (Fusion.name,) if self.fused else tuple(comparisons)


KINDS: dict[str, SimilarityKind] = {
    kind.name: kind
    for kind in (
        SimilarityKind("plain", "Cosines of the models’ vectors, as published."),
        SimilarityKind("centred", "What all records of a collection share, its house style, is subtracted first."),
        SimilarityKind("csls", "Records that are near to everything count less, those that are near to little more."),
        SimilarityKind("fused", "All chosen comparisons are put on one scale and added up to a single one."),
        SimilarityKind(
            "centred+csls", "House style is subtracted, then records that are near to everything count less."
        ),
        SimilarityKind("centred+fused", "House style is subtracted, then all chosen comparisons are added up to one."),
    )
}
PLAIN = KINDS["plain"]
# What a new sampling begins with: on each of three pairs of collections with known links its first pairs hold more
# links than those of the plain comparisons do on average (docs/linking.md). What is published stays PLAIN.
RECOMMENDED = KINDS["centred+fused"]


def read_kind(words: Iterable[str]) -> str:
    """The name of the kind that some variants make together, written apart, with commas or with +.

    Raises UserError for an unknown variant, and for variants that do not go together.
    """
    wanted = [word for words_ in words for word in words_.replace(",", " ").replace("+", " ").split()]
    for word in wanted:
        if word not in VARIANTS:
            raise UserError(f"No similarity is called {word!r}; choose from {', '.join(KINDS)}.")
    if not wanted:
        raise UserError(f"Name a similarity: {', '.join(KINDS)}.")
    name = "+".join(variant for variant in VARIANTS if variant in wanted)
    if name not in KINDS:
        both = " and ".join(dict.fromkeys(wanted))
        raise UserError(f"The similarities {both} do not go together; choose from {', '.join(KINDS)}.")
    return name
