"""Accounts of people who log in by their institution: which one is whose, who gets a new one, and who becomes lead."""

import logging
import re
import time
from datetime import timedelta
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.signals import social_account_added
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from heritage.accounts.institution.oidc import institution_app, institution_key
from heritage.audit.actions import audit
from heritage.models import AuditAction, Role, User
from heritage.models.accounts import check_script

logger = logging.getLogger(__name__)
BY_GROUP = "lead_by_group"  # of a link: the institution made this person a lead, and may take it back
INVITED = "invited"  # in the session: the address of an invitation that was opened, and when
SECONDS_INVITED = 3600
LONGEST_USERNAME = 100


def link_of(user: User) -> SocialAccount | None:
    """By which `user` logs in at the institution of the settings."""
    return SocialAccount.objects.filter(user=user, provider=institution_key()).first()


def unlink(user: User) -> bool:
    """Whether `user` was linked to the institution."""
    ended, _each = SocialAccount.objects.filter(user=user, provider=institution_key()).delete()
    return bool(ended)


def let_sign_up(request: HttpRequest, invitation: str) -> None:
    """Whoever opened the invitation at this address gets an account by their institution, if they go there from it."""
    request.session[INVITED] = {"address": invitation, "at": time.time()}


def is_in_lead_group(claims: dict[str, Any]) -> bool:
    """Whether the institution counts the person among OIDC_LEAD_GROUP; a dot in OIDC_GROUPS_CLAIM looks inside."""
    said: Any = claims.get(settings.OIDC_GROUPS_CLAIM)
    if said is None:
        said = claims
        for part in settings.OIDC_GROUPS_CLAIM.split("."):
            said = said.get(part) if isinstance(said, dict) else None
    groups = [said] if isinstance(said, str) else said
    return bool(settings.OIDC_LEAD_GROUP) and isinstance(groups, list) and settings.OIDC_LEAD_GROUP in groups


def free_username(wanted: str) -> str:
    """A name that nobody has, as near to `wanted` as ours may be: an address before its @, letters of one script."""
    name = re.sub(r"[^\w.+-]", "", User.normalize_username(wanted.partition("@")[0]))[:LONGEST_USERNAME]
    try:
        check_script(name)
    except ValidationError:
        name = ""
    name = name or "person"
    taken = {
        each.casefold() for each in User.objects.filter(username__istartswith=name).values_list("username", flat=True)
    }
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name}-{number}"
    return found


class InstitutionAdapter(DefaultSocialAccountAdapter):
    """What django-allauth asks about accounts of an institution.

    One person there is one account here, by the number that the institution gives them. No account is found by name
    or e-mail: what an institution says of these is no proof that an account here is theirs.
    """

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        app = institution_app()
        is_meant = app is not None and provider in (None, app.provider, app.provider_id)
        return [app] if app is not None and is_meant and client_id in (None, app.client_id) else []

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        sociallogin.email_addresses, user.email = [], ""
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Somebody has shown at the institution who they are; if they are known here, `sociallogin.user` is stored."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            self._refuse_other_links(request, sociallogin)
        elif sociallogin.is_existing:
            follow_lead_group(sociallogin.account, sociallogin.claims, request)
            sociallogin.user.refresh_from_db()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Those of the lead group, and who came from an invitation. Others learn how to get in."""
        invited = request.session.get(INVITED) or {}
        is_invited = time.time() - invited.get("at", 0) < SECONDS_INVITED and sociallogin.state.get(
            "next"
        ) == invited.get("address")
        if is_invited or is_in_lead_group(sociallogin.claims):
            return True
        said = gettext(
            "You have no account here yet. Open the invitation that you were sent and log in from there; if you have "
            "an account with a password, log in with it and link it on your account’s page."
        )
        raise ImmediateHttpResponse(_to_log_in(request, said))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new account, without a password."""
        user: User = sociallogin.user
        user.set_unusable_password()
        user.username = free_username(str(sociallogin.claims.get("preferred_username", "")))
        try:
            with transaction.atomic():
                sociallogin.save(request)
        except IntegrityError as error:  # the same person twice at once, or a name taken since
            raise ImmediateHttpResponse(_to_log_in(request, gettext("That did not work: try again."))) from error
        audit(AuditAction.LINKED, person=user, subject=f"{user.username}: new account", request=request)
        follow_lead_group(sociallogin.account, sociallogin.claims, request)
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        note_refusal(request, exception or error)
        raise ImmediateHttpResponse(_to_log_in(request, not_logged_in()))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("own-password")

    def _refuse_other_links(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        said = ""
        if sociallogin.is_existing and sociallogin.user != request.user:
            said = gettext("Another account here is linked with this one already.")
        elif request.user.is_authenticated and link_of(request.user) and not sociallogin.is_existing:
            said = gettext("Your account is linked with another one: end that first.")
        if said:
            messages.error(request, said)
            raise ImmediateHttpResponse(redirect("own-password"))


def follow_lead_group(link: SocialAccount, claims: dict[str, Any], request: HttpRequest) -> None:
    """Make a member of the lead group a lead, and an annotator again once they are none. Who was made a lead here, by a
    person, stays one; so do administrators."""
    is_member, person = is_in_lead_group(claims), User.objects.get(pk=link.user_id)
    by_group = bool(link.extra_data.get(BY_GROUP))
    role = person.role
    if is_member and role == Role.ANNOTATOR:
        role, by_group = Role.LEAD, True
    elif not is_member and by_group:
        role, by_group = (Role.ANNOTATOR if role == Role.LEAD else role), False
    if by_group != bool(link.extra_data.get(BY_GROUP)):
        link.extra_data = {BY_GROUP: True} if by_group else {}
        link.save(update_fields=["extra_data"])
    if role != person.role:
        User.objects.filter(pk=person.pk).update(role=role)
        said = f"{person.username}: {role}, by group of {settings.OIDC_NAME}"
        audit(AuditAction.ROLE, person=None, subject=said, request=request)


def note_refusal(request: HttpRequest, reason: object) -> None:
    """For whoever runs the site: in the log why, in the audit log that. Visitors can have it written once a minute."""
    logger.warning("No log-in through the institution: %.300r", reason)
    said = f"through {settings.OIDC_NAME}"
    audit(AuditAction.LOG_IN_FAILED, person=None, subject=said, request=request, once_in=timedelta(minutes=1))


def not_logged_in() -> str:
    return gettext("Logging in through %(name)s did not work: try again, or tell whoever runs this site.") % {
        "name": settings.OIDC_NAME
    }


@receiver(social_account_added)
def note_link(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    audit(AuditAction.LINKED, person=sociallogin.user, subject=sociallogin.user.username, request=request)
    messages.success(request, gettext("Your account is linked: you can log in either way now."))


def _to_log_in(request: HttpRequest, said: str) -> HttpResponse:
    """Back to where they came from, with what went wrong."""
    messages.error(request, said)
    return redirect("own-password" if request.user.is_authenticated else "login")
