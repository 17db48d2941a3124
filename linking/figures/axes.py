"""What an axis measures: one model's similarity by one comparison. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Axis:
    comparison: str
    model: str

    @property
    def value(self) -> str:
        """As an address names it."""
        return f"{self.comparison}/{self.model}"

    @property
    def words(self) -> str:
        return f"{self.model}, {self.comparison}"

    def similarity(self, of_pair: Mapping[str, Mapping[str, Any]]) -> float | None:
        """Of a pair's {comparison: {model: similarity}}; None where it cannot be compared so."""
        return of_pair.get(self.comparison, {}).get(self.model)


@dataclass(frozen=True)
class Figure:
    """Two axes, and in words what they are set against each other for."""

    x: Axis
    y: Axis
    words: str = ""


def axes(comparisons: Sequence[str], models: Sequence[str]) -> list[Axis]:
    return [Axis(comparison, model) for comparison in comparisons for model in models]


def asked_axis(name: str, known: Sequence[Axis], otherwise: Axis) -> Axis:
    return next((axis for axis in known if axis.value == name), otherwise)


def usual_figures(comparisons: Sequence[str], models: Sequence[str]) -> list[Figure]:
    """What is looked at first: models against each other by each comparison, then for each model pictures against
    words, as in Figures 2 and 1 of the published method."""
    base, *others = models
    figures = [
        Figure(Axis(comparison, base), Axis(comparison, other), f"{base} and {other}, {comparison}")
        for other in others
        for comparison in comparisons
    ]
    if {"image-image", "text-text"} <= set(comparisons):
        figures += [
            Figure(Axis("image-image", model), Axis("text-text", model), f"{model}, pictures and words")
            for model in models
        ]
    return figures or [Figure(axis, axis, axis.words) for axis in axes(comparisons, models)]
