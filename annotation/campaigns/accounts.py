"""Accounts of a campaign's annotators, as far as its lead has a hand in them: a new password, the end of the token, the
second factor that was lost.

Whoever gives somebody a new password can be them. So a lead does it for those who only label, and the lead of single
campaigns for those who label in no other ones.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from annotation.access import led_campaigns
from annotation.models import Assignment, Campaign, CampaignLead
from heritage.accounts.second_factor.factors import with_second_factor
from heritage.errors import UserError
from heritage.models import ApiToken, Role, User


@dataclass(frozen=True)
class AnnotatorAccount:
    """`is_in_hand`: whether the reader may give this person a new password."""

    person: User
    is_in_hand: bool
    has_token: bool
    has_second_factor: bool


def annotator_accounts(lead: User, campaign: Campaign) -> list[AnnotatorAccount]:
    """Of everybody with pairs in the campaign, by user name. Two queries."""
    in_hand = set(_in_hand(lead, campaign).values_list("pk", flat=True))
    tokens = ApiToken.objects.filter(user=OuterRef("pk"))
    people = with_second_factor(_annotators(campaign)).annotate(has_token=Exists(tokens)).order_by("username")
    return [
        AnnotatorAccount(
            person,
            is_in_hand=person.pk in in_hand,
            has_token=person.has_token,  # type: ignore[attr-defined]
            has_second_factor=person.has_second_factor,  # type: ignore[attr-defined]
        )
        for person in people
    ]


def account_in_hand(lead: User, campaign: Campaign, username: str) -> User:
    """Raises UserError where there is none of that name, or where it is not the lead's to change."""
    person = _in_hand(lead, campaign).filter(username=username).first()
    if person is None:
        raise UserError(
            f"The account {username or '(empty)'} is not yours to change: ask a project lead, or an administrator "
            "where it leads something itself."
        )
    return person


def _annotators(campaign: Campaign) -> QuerySet[User]:
    return User.objects.filter(pk__in=campaign.assignments.order_by().values("annotator"))


def _in_hand(lead: User, campaign: Campaign) -> QuerySet[User]:
    leading = CampaignLead.objects.filter(withdrawn=None)
    people = _annotators(campaign).filter(role=Role.ANNOTATOR, is_active=True, is_staff=False, is_superuser=False)
    people = people.exclude(pk=lead.pk).exclude(pk__in=leading.values("person"))
    if lead.is_lead:
        return people
    elsewhere = Assignment.objects.exclude(campaign__in=led_campaigns(lead)).order_by()
    return people.exclude(pk__in=elsewhere.values("annotator"))
