"""Which kinds of evaluation there are: what each is asked for, runs, and shows. Pages, job and command serve them all.

Rooms above enter theirs when their app is ready; those of this room are in `models_ml.evaluation.own_kinds`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.management.base import CommandParser

from heritage.pages.tables import Table

from .panels import Panel

Document = dict[str, Any]


class EvaluationSettings(Protocol):
    """What an evaluation is asked for. models: slugs, the first the base; no collections means all."""

    @property
    def kind(self) -> str: ...
    @property
    def models(self) -> tuple[str, ...]: ...
    @property
    def collections(self) -> tuple[str, ...]: ...
    @property
    def sees_pictures(self) -> bool:
        """Whether vectors of pictures take part."""
        ...

    def command(self) -> str:
        """The command line that gives the same figures from the same records and vectors."""
        ...

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class EvaluationKind:
    """A kind of evaluation.

    place: in the order of showing. button, page: what starts it in the browser, and the name of its form's address.
    evaluate: (settings, models=, collections=, progress=) to the figures of the document; imports what it needs.
    restore: settings from what `as_json` wrote. options, read_options: the command's own, and settings from all.
    heading, about: the page's, and what was asked in a few words, of the settings' JSON.
    findings, caveats, notes: sentences; the first finding is the answer. All take the document.
    """

    name: str
    place: int
    button: str
    page: str
    restore: Callable[[dict[str, Any]], EvaluationSettings]
    evaluate: Callable[..., dict[str, Any]]
    options: Callable[[CommandParser], None]
    read_options: Callable[[dict[str, Any]], EvaluationSettings]
    heading: Callable[[dict[str, Any]], str]
    about: Callable[[dict[str, Any]], str]
    findings: Callable[[Document], list[str]]
    caveats: Callable[[Document], list[str]]
    notes: Callable[[Document], list[str]]
    panels: Callable[[Document], list[Panel]]
    tables: Callable[[Document], list[Table]]


_kinds: dict[str, EvaluationKind] = {}


def register_evaluation(kind: EvaluationKind) -> None:
    _kinds[kind.name] = kind


def evaluation_kinds() -> list[EvaluationKind]:
    """All of them, in the order of showing."""
    return sorted(_kinds.values(), key=lambda kind: kind.place)


def evaluation_kind(name: str) -> EvaluationKind:
    """KeyError where there is none of that name."""
    return _kinds[name]


def restored_settings(name: str, values: dict[str, Any]) -> EvaluationSettings:
    """The settings that `as_json` wrote, lists as they come back from JSON made tuples again."""
    restored = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return evaluation_kind(name).restore(restored)
