"""All that decides a sampling, apart from the records and their vectors; stored with it, so that it can be repeated."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from shlex import quote
from typing import Any

from heritage.errors import UserError
from linking.sampling.comparisons import COMPARISONS, DEFAULT_COMPARISONS, Fusion, get_comparison
from linking.sampling.sample import Design, PercentileOver
from linking.sampling.strata import CONTROLS, MOST_MODELS, read_patterns
from linking.sampling.variants.kinds import KINDS, PLAIN, SimilarityKind, read_kind

DEFAULT_PERCENTILE = 99.0
DEFAULT_PER_STRATUM = 7  # the authors' quota: 7 from each of 15 strata, 105 pairs for an annotator
DEFAULT_NEAREST = 200


@dataclass(frozen=True)
class SamplingRecipe:
    """What to compare, where to put the thresholds, and how many pairs to draw from which strata.

    collections, models: slugs; the first model is the base, and `a` of a pair is of the earlier collection.
    similarity: how similar two records are, a name of `linking.sampling.variants.kinds`; with `fused` the comparisons
    become one.
    patterns: strata to draw from (`linking.sampling.strata`), or names of several; METHOD's where none are named.
    cross: "A:B" for each two collections that are compared; all where there are none.
    controls: besides the patterns, of each comparison as many pairs at random from all pairs that it compares
    (`random`), and from those that at least one model finds similar (`similar`).
    keywords: where there are any, only pairs count of which one record is among the `nearest` records to one
    of these texts, by the first model. terms: likewise, of which one record has one of these taxonomy terms; among:
    likewise, of which one record is in one of these sets of records, by their slugs. With several of the three, one
    record has to fulfil them all.
    allow_fewer: draw what there is from a stratum that is smaller than its quota, rather than refuse.
    allow_missing: pass over images and texts that have no vector yet, rather than refuse.

    Raises UserError if it makes no sense; whether collections and models exist is for `linking.actions`.
    """

    collections: tuple[str, ...]
    models: tuple[str, ...]
    comparisons: tuple[str, ...] = DEFAULT_COMPARISONS
    similarity: str = PLAIN.name
    percentile: float = DEFAULT_PERCENTILE
    percentile_over: PercentileOver = "records"
    patterns: tuple[str, ...] = ()
    per_stratum: int = DEFAULT_PER_STRATUM
    cross: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    nearest: int = DEFAULT_NEAREST
    allow_fewer: bool = False
    allow_missing: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        _check_distinct("collection", self.collections)
        if len(self.collections) < 2:
            raise UserError("Pairs are of two collections; name at least two.")
        _check_distinct("model", self.models)
        if not self.models:
            raise UserError("Name at least one model to compare with.")
        if len(self.models) > MOST_MODELS:
            raise UserError(f"At most {MOST_MODELS} models can be compared at once.")
        _check_distinct("comparison", self.comparisons)
        if not self.comparisons:
            raise UserError("Name at least one comparison.")
        for name in self.comparisons:
            get_comparison(name)
        object.__setattr__(self, "similarity", read_kind([self.similarity]))
        self._check_similarity()
        if not (isfinite(self.percentile) and 0 < self.percentile < 100):
            raise UserError(f"The percentile must be above 0 and below 100, such as 99; {self.percentile:g} is not.")
        if self.percentile_over not in ("records", "vectors"):
            raise UserError(f"A percentile is over records or vectors, not {self.percentile_over!r}.")
        object.__setattr__(self, "patterns", read_patterns(self.patterns, len(self.models)))
        object.__setattr__(self, "cross", self._read_cross())
        _check_distinct("control", self.controls)
        for control in self.controls:
            if control not in CONTROLS:
                raise UserError(f"No control is called {control!r}; choose from {', '.join(CONTROLS)}.")
        if self.per_stratum < 1:
            raise UserError("Draw at least 1 pair from each stratum.")
        _check_distinct("set of records", self.among)
        if self.nearest < 1:
            raise UserError("The number of records nearest to the keywords must be at least 1.")
        if any(not keyword.strip() for keyword in self.keywords):
            raise UserError("A keyword is empty; leave it out or write what to look for.")
        if any(not term.strip() for term in self.terms):
            raise UserError("A taxonomy term is empty; leave it out or write it as the museum does.")

    @property
    def kind(self) -> SimilarityKind:
        return KINDS[self.similarity]

    @property
    def drawn_by(self) -> tuple[str, ...]:
        """The names of the comparisons that have strata: those of the recipe, or the one that they are fused to."""
        return self.kind.drawn_by(self.comparisons)

    def design(self) -> Design:
        comparisons = tuple(get_comparison(name) for name in self.comparisons)
        return Design(
            models=self.models,
            comparisons=(self._fusion(),) if self.kind.fused else comparisons,
            kind=self.kind,
            percentile=self.percentile,
            percentile_over=self.percentile_over,
            patterns=self.patterns,
            per_stratum=self.per_stratum,
            controls=self.controls,
            seed=self.seed,
        )

    def _fusion(self) -> Fusion:
        return Fusion(tuple(COMPARISONS[name] for name in self.comparisons))

    def _check_similarity(self) -> None:
        combined = [name for name in self.comparisons if name not in COMPARISONS]
        if self.kind.fused and combined:
            raise UserError(
                f"{combined[0]} has no similarity of its own that could be fused; name its comparisons instead "
                f"({' '.join(part.name for part in get_comparison(combined[0]).parts)})."
            )
        if (self.kind.fused or self.kind.csls) and self.percentile_over == "vectors":
            raise UserError(
                f"The similarity {self.similarity} is of records only; take the percentile over records "
                "(--percentile-over records)."
            )

    def crossed(self) -> tuple[tuple[int, int], ...]:
        """The places of collections that are compared with each other, the earlier first."""
        return tuple((self.collections.index(a), self.collections.index(b)) for a, b in map(_two, self.cross))

    def _read_cross(self) -> tuple[str, ...]:
        found = []
        for word in self.cross:
            two = _two(word)
            if len(two) != 2 or not set(two) <= set(self.collections):
                raise UserError(
                    f"{word!r} names no two of the collections; write such as "
                    f"{self.collections[0]}:{self.collections[1]}."
                )
            if two[0] == two[1]:
                raise UserError(f"A collection cannot be compared with itself: {word}.")
            found.append(":".join(sorted(two, key=self.collections.index)))
        _check_distinct("comparison of collections", found)
        idle = set(self.collections) - {slug for word in found for slug in _two(word)}
        if found and idle:
            raise UserError(f"{', '.join(sorted(idle))} would be compared with nothing; leave it out or cross it.")
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "SamplingRecipe":
        fields: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        return cls(**fields)

    def command(self, name: str) -> str:
        """The command line that draws the same pairs from the same records and vectors."""
        parts = [
            f"python manage.py sample_pairs {quote(name)}",
            "--collections " + " ".join(self.collections),
            "--models " + " ".join(self.models),
            "--comparisons " + " ".join(self.comparisons),
            *([] if self.kind == PLAIN else [f"--similarity {self.similarity}"]),
            f"--percentile {self.percentile!r}".removesuffix(".0"),
            f"--percentile-over {self.percentile_over}",
            "--patterns " + " ".join(self.patterns),
            f"--per-stratum {self.per_stratum}",
        ]
        if self.cross:
            parts.append("--cross " + " ".join(self.cross))
        if self.controls:
            parts.append("--controls " + " ".join(self.controls))
        if self.terms:
            parts.append("--terms " + " ".join(map(quote, self.terms)))
        if self.among:
            parts.append("--among " + " ".join(self.among))
        if self.keywords:
            parts += ["--keywords " + " ".join(map(quote, self.keywords)), f"--nearest {self.nearest}"]
        if self.allow_fewer:
            parts.append("--allow-fewer")
        if self.allow_missing:
            parts.append("--allow-missing")
        return " ".join([*parts, f"--seed {self.seed}"])


def _two(word: str) -> list[str]:
    return word.split(":")


def _check_distinct(what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"A collection cannot be compared with itself: {name} is named twice."
                if what == "collection"
                else f"The {what} {name} is named twice; name each once."
            )
