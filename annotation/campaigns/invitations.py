"""Invitations: a link that lets whoever has it join a campaign, with a new account or with one's own.

A link's token has 256 random bits and is stored as a hash, so that nobody who reads the database can join by it.
An invitation's row is locked while somebody joins: no place is given twice.
"""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from annotation.access import led_campaigns
from annotation.models import Assignment, Campaign, Invitation, InvitationUse
from heritage.accounts.consent import record_consent
from heritage.errors import UserError
from heritage.models import Role, User
from heritage.models.accounts import check_script

from .membership import join_campaign

TOKEN_BYTES = 32
MOST_PLACES = 1_000
MOST_DAYS = 365
LONGEST_NOTE = 200


class UnknownInvitationError(UserError):
    """No invitation has this token."""


class InvitationGoneError(UserError):
    """The invitation was used up, has expired or was withdrawn, or its campaign is over."""


class NoPairsLeftError(UserError):
    """All pairs of the campaign have been dealt."""


def invite(
    *, campaign: Campaign, places: int = 1, days: int = 14, note: str = "", created_by: User | None = None
) -> tuple[Invitation, str]:
    """A new invitation and its token, which can be read only here. Raises UserError."""
    if not 1 <= places <= MOST_PLACES:
        raise UserError(f"An invitation is for 1 to {MOST_PLACES} people, not for {places}.")
    if not 1 <= days <= MOST_DAYS:
        raise UserError(f"An invitation lasts 1 to {MOST_DAYS} days, not {days}.")
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise UserError(f"The note may have at most {LONGEST_NOTE} characters, without NUL: shorten it.")
    if campaign.is_over:
        raise UserError("This campaign takes no more answers: reopen it, or extend its deadline, before you invite.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        campaign=campaign,
        token_hash=hashed(token),
        places=places,
        expires=timezone.now() + timedelta(days=days),
        note=note.strip(),
        created_by=created_by,
    )
    return invitation, token


def withdraw_invitation(*, invitation: Invitation) -> None:
    """Nobody joins by it any more. Who has joined stays."""
    Invitation.objects.filter(pk=invitation.pk, withdrawn=None).update(withdrawn=timezone.now())


def with_uses(invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """With `used`, the people who joined by each, and `is_usable`."""
    usable = Q(withdrawn=None, expires__gt=timezone.now(), used__lt=F("places"))
    return invitations.annotate(used=Count("uses")).annotate(is_usable=usable)  # type: ignore[no-any-return]


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_invitation(token: str) -> Invitation:
    """The invitation with this token, usable or not. Raises UnknownInvitationError."""
    found = Invitation.objects.select_related("campaign").filter(token_hash=hashed(token)).first()
    if found is None:
        raise UnknownInvitationError("There is no such invitation: open the link exactly as it was sent to you.")
    return found


def check_usable(invitation: Invitation) -> None:
    """Raises InvitationGoneError, with the reason."""
    ask = "Ask whoever sent it to you for a new one."
    if invitation.withdrawn:
        raise InvitationGoneError(f"This invitation was withdrawn. {ask}")
    if invitation.expires <= timezone.now():
        raise InvitationGoneError(f"This invitation has expired. {ask}")
    if invitation.campaign.is_over:
        raise InvitationGoneError("The campaign that this invitation is for has ended. Thank you for coming.")
    if invitation.uses.count() >= invitation.places:
        raise InvitationGoneError(f"This invitation has been used. {ask} If it was you, log in.")


@transaction.atomic
def accept_invitation(*, invitation: Invitation, person: User, consent: str = "") -> int:
    """Make somebody with an account an annotator of the campaign. Returns how many pairs they have there.

    `consent`: the hash of the text to which they agree with it.

    Who labels there already takes no place. Raises InvitationGoneError, NoPairsLeftError, and UserError for a lead
    of the campaign, who would not be blind.
    """
    invitation = _locked(invitation)
    hand = Assignment.objects.filter(campaign=invitation.campaign, annotator=person)
    if not hand.exists():
        check_usable(invitation)
        _join(invitation, person)
        if consent:
            record_consent(person=person, sha256=consent)
    return hand.count()


@transaction.atomic
def sign_up(*, invitation: Invitation, username: str, password: str, consent: str = "") -> User:
    """Make an account for the invited person, and make them an annotator of the campaign. `consent`: as in
    `accept_invitation`.

    The same name and password again give the same account: a double click, or a reply that was lost.

    The password is judged first and the name last, so that nothing is learnt of other people's names but by
    giving up a place of the invitation for each name that is free. Raises InvitationGoneError, NoPairsLeftError and
    UserError.
    """
    invitation = _locked(invitation)
    same = invitation.uses.select_related("person").filter(person__username=username).first()
    if same and same.person.check_password(password):
        return same.person
    check_usable(invitation)
    person = User(username=User.normalize_username(username), role=Role.ANNOTATOR)
    try:
        person.clean_fields(exclude=["password"])
        check_script(person.username)
        validate_password(password, person)
    except ValidationError as error:
        raise UserError(" ".join(error.messages)) from error
    refused = UserError("This user name cannot be used here: choose another, or log in if you have an account.")
    if User.objects.filter(username__iexact=person.username).exists():
        raise refused
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:  # somebody was faster since the check
        raise refused from error
    _join(invitation, person)
    if consent:
        record_consent(person=person, sha256=consent)
    return person


def _locked(invitation: Invitation) -> Invitation:
    locked = Invitation.objects.select_for_update(of=("self",)).select_related("campaign")
    return locked.get(pk=invitation.pk)


def _join(invitation: Invitation, person: User) -> None:
    campaign = invitation.campaign
    if not person.is_lead and led_campaigns(person).filter(sampling=campaign.sampling_id).exists():
        raise UserError("You lead a campaign on the same pairs and would not be blind: let others label them.")
    if not join_campaign(campaign=campaign, annotator=person):
        raise NoPairsLeftError("All pairs of this campaign have been given out: tell whoever invited you.")
    InvitationUse.objects.create(invitation=invitation, person=person)
