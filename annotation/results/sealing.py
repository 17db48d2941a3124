"""Who may see results while people still label. Looking early invites stopping when the figures please, so a lead
opens the results knowingly, and that is written down; see `actions.open_results`. A look while the campaign is closed
needs no opening, and counts as well once the campaign is reopened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from annotation.models import Annotation, Campaign, CampaignChange, ResultOpening
from annotation.visibility import has_open_hand
from annotation.vocabulary import CampaignState
from heritage.models import User


@dataclass(frozen=True)
class Opening:
    """Somebody looked at so many answers. `by` is a name, or "a command"."""

    by: str
    opened: datetime
    answers: int


def is_sealed(campaign: Campaign, person: User | None) -> bool:
    """For a lead who labels there, until they have stopped. While the campaign is open, for everybody who has not
    opened its results. Labels that a program made confirm nothing and are sealed for nobody else. A command's looking
    (`person` None) is written down each time."""
    if person is not None and has_open_hand(person, campaign):
        return True
    if campaign.simulated or not campaign.is_open:
        return False
    return person is None or not has_looked(campaign, person)


def has_looked(campaign: Campaign, person: User | None) -> bool:
    """Whether a look of that person, or of a command, is written down."""
    return ResultOpening.objects.filter(campaign=campaign, person=person).exists()


def openings(campaign: Campaign) -> list[Opening]:
    """Looks before labelling ended, the first first: those while it was open, and those while it was closed that were
    followed by answers."""
    found = list(campaign.result_openings.select_related("person"))
    if not found:
        return []
    changes = list(campaign.changes.all())
    answers = Annotation.objects.filter(assignment__campaign=campaign)
    newest = answers.order_by("-created").values_list("created", flat=True).first()
    return [
        Opening(
            by=each.person.shown_name if each.person else "a command",
            opened=each.opened,
            answers=each.answers,
        )
        for each in found
        if _was_open(changes, each.opened) or (newest is not None and newest > each.opened)
    ]


def openings_words(found: Sequence[Opening], *, imported: bool) -> str:
    """For a report: when the results were seen before labelling ended. Of answers that were `imported` it is not known
    who saw them before."""
    said = "; ".join(f"{each.by} on {each.opened:%-d %B %Y} at {each.answers:,} answers" for each in found)
    words = f"The results were opened before labelling ended: {said}." if found else ""
    if imported:
        return f"{words} Who saw answers before they were imported is not known here.".strip()
    return words or "Nobody opened the results before labelling ended."


def _was_open(changes: Sequence[CampaignChange], moment: datetime) -> bool:
    """Whether the campaign took answers then, by its history; without one, as of old campaigns, it is taken to."""
    before = [change for change in changes if change.created <= moment]
    if not before:
        return True
    return before[-1].state == CampaignState.OPEN and not (before[-1].deadline and before[-1].deadline <= moment)
