"""Figures of pairs that models judged which saw neither record. A room above knows how links are measured: it enters
here how."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models_ml.training.links.judged import JudgedPairs

Figures = dict[str, Any]

_judges: list[Callable[["JudgedPairs"], Figures]] = []


def register_judge(judge: Callable[["JudgedPairs"], Figures]) -> None:
    """In place of one that was entered before."""
    _judges[:] = [judge]


def judge_pairs(judged: "JudgedPairs") -> Figures:
    """{comparison: {label set: figures before, after and of their difference}}; empty where nobody measures links."""
    return _judges[0](judged) if _judges else {}
