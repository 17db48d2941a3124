"""Who may see results while people still label. Looking early invites stopping when the figures please, so a lead
opens the results knowingly, and that is written down; see `actions.open_results`."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied

from annotation.models import Campaign, ResultOpening
from heritage.models import User


@dataclass(frozen=True)
class Opening:
    """Somebody looked at so many answers. `by` is a name, or "a command"."""

    by: str
    opened: datetime
    answers: int


def is_sealed(campaign: Campaign, person: User | None) -> bool:
    """While the campaign is open, for everybody who has not opened its results. Labels that a program made confirm
    nothing and are never sealed. A command's looking (`person` None) is written down each time."""
    if campaign.simulated or not campaign.is_open:
        return False
    return person is None or not ResultOpening.objects.filter(campaign=campaign, person=person).exists()


def openings(campaign: Campaign) -> list[Opening]:
    """All of them, the first first."""
    found = campaign.result_openings.select_related("person")
    return [
        Opening(
            by=(each.person.get_full_name() or each.person.username) if each.person else "a command",
            opened=each.opened,
            answers=each.answers,
        )
        for each in found
    ]


def openings_words(found: list[Opening]) -> str:
    """For a report: when the results were seen before labelling ended."""
    if not found:
        return "Nobody opened the results while labelling went on."
    said = "; ".join(f"{each.by} on {each.opened:%-d %B %Y} at {each.answers:,} answers" for each in found)
    return f"The results were opened while labelling went on: {said}."


def require_opened(found: Campaign, user: User) -> None:
    """Raises PermissionDenied unless the results lie open to this lead."""
    if is_sealed(found, user):
        raise PermissionDenied("The results are sealed while people label. Open them on the campaign’s page first.")
