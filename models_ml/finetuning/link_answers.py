"""Experts' answers to learn from. Campaigns are a room above: it enters here how their answers are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from heritage.errors import UserError
from models_ml.training.data.links import AnsweredLinks, PairAnswer, pool_answers


@dataclass(frozen=True)
class CampaignAnswers:
    """The answers of a campaign that count, about pairs of records. `simulated`: a program gave them."""

    campaign: str
    simulated: bool
    answers: tuple[PairAnswer, ...]


ReadAnswers = Callable[[str], CampaignAnswers]

_readers: list[ReadAnswers] = []


def register_link_answers(read: ReadAnswers) -> None:
    """`read`: a campaign's answers by its name; raises UserError where there is none of that name. In place of what
    was entered before."""
    _readers[:] = [read]


def pooled_links(campaigns: Sequence[str]) -> AnsweredLinks:
    """The pairs that these campaigns' answers are about, together. Raises UserError where there are no such
    campaigns."""
    if not _readers:
        raise UserError("This installation has no campaigns to learn links from.")
    found = {each.campaign: each for each in (_readers[0](name) for name in dict.fromkeys(campaigns))}
    answers = [answer for each in found.values() for answer in each.answers]
    return AnsweredLinks(
        pairs=pool_answers(answers),
        campaigns=tuple(found),
        answers=len(answers),
        simulated=any(each.simulated for each in found.values()),
    )
