"""Granting and withdrawing the lead of one campaign."""

from django.db import transaction
from django.utils import timezone

from annotation.answers import queries
from annotation.models import Assignment, Campaign, CampaignLead
from heritage.errors import UserError
from heritage.models import User


@transaction.atomic
def grant_lead(*, campaign: Campaign, username: str, granted_by: User | None = None) -> CampaignLead:
    """Let somebody lead one campaign. Who leads it already stays so.

    Raises UserError for an unknown account, and for somebody who still labels pairs of the campaign's sampling:
    a lead sees where pairs come from.
    """
    person = User.objects.select_for_update().filter(username=username.strip(), is_active=True).first()
    if person is None:
        raise UserError(f"There is no active account named {username.strip() or '(empty)'}: check the user name.")
    if person.is_lead:
        raise UserError(f"{person.username} leads all campaigns already.")
    hand = Assignment.objects.filter(annotator=person, campaign__sampling=campaign.sampling_id)
    if any(not each.is_over for each in Campaign.objects.filter(pk__in=queries.unanswered(hand).values("campaign"))):
        raise UserError(
            f"{person.username} still labels pairs of this sampling and would not be blind any more: "
            "let them finish, or give their remaining pairs to somebody else."
        )
    return CampaignLead.objects.get_or_create(
        campaign=campaign, person=person, withdrawn=None, defaults={"granted_by": granted_by}
    )[0]


def withdraw_lead(*, campaign: Campaign, username: str) -> None:
    """From the next page on they see nothing of the campaign. Withdrawing twice changes nothing."""
    CampaignLead.objects.filter(campaign=campaign, person__username=username, withdrawn=None).update(
        withdrawn=timezone.now()
    )
