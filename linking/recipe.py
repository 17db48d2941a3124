"""All that decides a sampling, apart from the records and their vectors; stored with it, so that it can be repeated."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from shlex import quote
from typing import Any

from heritage.errors import UserError
from linking.comparisons import DEFAULT_COMPARISONS, get_comparison
from linking.sampling import Design, PercentileOver
from linking.strata import MOST_MODELS, check_patterns, default_patterns

DEFAULT_PERCENTILE = 99.0
DEFAULT_PER_STRATUM = 7  # the authors' quota: 7 from each of 15 strata, 105 pairs for an annotator
DEFAULT_NEAREST = 200


@dataclass(frozen=True)
class SamplingRecipe:
    """What to compare, where to put the thresholds, and how many pairs to draw from which strata.

    collections, models: slugs; the first model is the base, and `a` of a pair is of the earlier collection.
    patterns: strata to draw from (`linking.strata`); METHOD's where none are named.
    keywords: where there are any, only pairs count of which one record is among the `nearest` records to one
    of these texts, by the first model.
    allow_fewer: draw what there is from a stratum that is smaller than its quota, rather than refuse.
    allow_missing: pass over images and texts that have no vector yet, rather than refuse.

    Raises UserError if it makes no sense; whether collections and models exist is for `linking.actions`.
    """

    collections: tuple[str, ...]
    models: tuple[str, ...]
    comparisons: tuple[str, ...] = DEFAULT_COMPARISONS
    percentile: float = DEFAULT_PERCENTILE
    percentile_over: PercentileOver = "records"
    patterns: tuple[str, ...] = ()
    per_stratum: int = DEFAULT_PER_STRATUM
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
        if not (isfinite(self.percentile) and 0 < self.percentile < 100):
            raise UserError(f"The percentile must be above 0 and below 100, such as 99; {self.percentile:g} is not.")
        if self.percentile_over not in ("records", "vectors"):
            raise UserError(f"A percentile is over records or vectors, not {self.percentile_over!r}.")
        if not self.patterns:
            object.__setattr__(self, "patterns", default_patterns(len(self.models)))
        check_patterns(self.patterns, len(self.models))
        if self.per_stratum < 1:
            raise UserError("Draw at least 1 pair from each stratum.")
        if self.nearest < 1:
            raise UserError("The number of records nearest to the keywords must be at least 1.")
        if any(not keyword.strip() for keyword in self.keywords):
            raise UserError("A keyword is empty; leave it out or write what to look for.")

    def design(self) -> Design:
        return Design(
            models=self.models,
            comparisons=tuple(get_comparison(name) for name in self.comparisons),
            percentile=self.percentile,
            percentile_over=self.percentile_over,
            patterns=self.patterns,
            per_stratum=self.per_stratum,
            seed=self.seed,
        )

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
            f"--percentile {self.percentile!r}".removesuffix(".0"),
            f"--percentile-over {self.percentile_over}",
            "--patterns " + " ".join(self.patterns),
            f"--per-stratum {self.per_stratum}",
        ]
        if self.keywords:
            parts += ["--keywords " + " ".join(map(quote, self.keywords)), f"--nearest {self.nearest}"]
        if self.allow_fewer:
            parts.append("--allow-fewer")
        if self.allow_missing:
            parts.append("--allow-missing")
        return " ".join([*parts, f"--seed {self.seed}"])


def _check_distinct(what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UserError(
                f"A collection cannot be compared with itself: {name} is named twice."
                if what == "collection"
                else f"The {what} {name} is named twice; name each once."
            )
