"""Experts' answers as truth. Campaigns are a room above: it enters here how their answers are read."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError


@dataclass(frozen=True, eq=False)
class AnsweredPairs:
    """What a campaign's answers say. a, b: (k,) primary keys of records, in no order; closeness: (k,) as
    `linking.evaluation.known_pairs` counts it; weights: (k,) of how many pairs each stands for.

    unweighted: why weights are 1, empty where they are known. collections: slugs of what was sampled.
    """

    name: str
    simulated: bool
    collections: tuple[str, ...]
    answers: int
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    closeness: NDArray[np.int64]
    weights: NDArray[np.float64]
    unweighted: str = ""


@dataclass(frozen=True)
class AnswerSource:
    """read: a campaign's answers by its name; raises UserError where there is none of that name.
    names: of the campaigns whose answers may be looked at without further ado."""

    read: Callable[[str], AnsweredPairs]
    names: Callable[[], list[str]]


_sources: list[AnswerSource] = []


def register_answers(source: AnswerSource) -> None:
    """In place of one that was entered before."""
    _sources[:] = [source]


def answered_pairs(campaign: str) -> AnsweredPairs:
    """The answers of a campaign. Raises UserError where there are no such campaigns."""
    if not _sources:
        raise UserError("This installation has no campaigns: give --truth FILE instead.")
    return _sources[0].read(campaign)


def campaign_names() -> list[str]:
    return _sources[0].names() if _sources else []
