"""Erasing a person: the account goes, with all that says who it was; what they answered stays, of nobody known."""

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.db.models import PROTECT, Model, Q, QuerySet

from annotation.models import (
    AnalysisPlan,
    Annotation,
    Assignment,
    Campaign,
    GoldPair,
    GuidancePair,
    Invitation,
    InvitationUse,
    KeptAnalysis,
    LinkReview,
    PreferenceAnswer,
    PreferenceStudy,
    Reflection,
    Skip,
)
from annotation.privacy.names import ERASED, names_pattern, without_names
from annotation.privacy.queries import relations_of_people
from annotation.results.report.places import remove_report
from heritage.audit.actions import forget_person
from heritage.errors import UserError
from heritage.models import Import, JobRun, Role, User

# When a pseudonym's account is said to have been made: the true moment would tell whose it is.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# What the person wrote, and how each table leads to them.
OWN_TEXTS: tuple[tuple[type[Model], str, str], ...] = (
    (Annotation, "assignment__annotator", "comment"),
    (Skip, "assignment__annotator", "comment"),
    (Reflection, "annotator", "text"),
    (PreferenceAnswer, "choice__annotator", "comment"),
    (LinkReview, "reviewer", "reason"),
)
# Where a user name stands because a program or a lead put it there.
MENTIONS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (JobRun, ("title", "arguments", "reason", "outcome")),
    (Import, ("files", "result")),
    (Invitation, ("note",)),
)
# What people wrote, of whom others may have written. A user name may be a word, such as curator; a full name is none.
FREE_TEXTS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    *((model, (field,)) for model, _, field in OWN_TEXTS),
    (Campaign, ("instructions", "intentions")),
    (PreferenceStudy, ("instructions",)),
    (GoldPair, ("note",)),
    (GuidancePair, ("note",)),
    (AnalysisPlan, ("document",)),
)


@dataclass(frozen=True)
class Erasure:
    """What stays of a person, without names: `answers` with those corrected since, skips and preferences among them;
    `texts` in which a name of theirs was taken out."""

    answers: int
    texts: int


@transaction.atomic
def erase_person(*, person: User, dry_run: bool = False) -> Erasure:
    """Remove the account with sessions, tokens and addresses; keep the answers under a pseudonym that nobody is told.

    The pseudonym is an account of its own, that nobody can log in to: a number that some log or backup knows leads
    nowhere. Raises UserError for the last administrator. With `dry_run` nothing is changed.
    """
    administrators = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))
    person = User.objects.select_for_update().get(pk=person.pk)
    if administrators == [person]:
        raise UserError(f"{person.username} is the last administrator: make another one first.")
    texts = _take_names_out(person)
    pseudonym = _pseudonym()
    _hand_on_answers(person, pseudonym)
    _end_all_sessions(person)
    for table in (AccessAttempt, AccessFailureLog, AccessLog):
        table.objects.filter(username__iexact=person.username).delete()
    LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)).delete()
    texts += forget_person(person, called=ERASED, without=_without(_all_names(person)))
    person.delete()
    erasure = Erasure(answers=sum(each.count() for each in _answers_of(pseudonym)), texts=texts)
    if dry_run:
        transaction.set_rollback(True)
        return erasure
    campaigns = list(Assignment.objects.filter(annotator=pseudonym).order_by().values_list("campaign", flat=True))
    transaction.on_commit(lambda: _forget_figures(set(campaigns)))
    return erasure


def _answers_of(person: User) -> list[Any]:
    return [
        Annotation.objects.filter(assignment__annotator=person),
        Skip.objects.filter(assignment__annotator=person),
        PreferenceAnswer.objects.filter(choice__annotator=person),
    ]


def _hand_on_answers(person: User, pseudonym: User) -> None:
    """Whatever must not go with an account is the pseudonym's."""
    # Whom a link was meant for is in its note.
    alone = InvitationUse.objects.filter(person=person, invitation__places=1)
    Invitation.objects.filter(pk__in=alone.values("invitation")).update(note="")
    for relation in relations_of_people():
        if relation.on_delete is PROTECT:  # type: ignore[attr-defined]
            rows = relation.related_model._base_manager.filter(**{relation.field.name: person})  # type: ignore[union-attr]
            rows.update(**{relation.field.name: pseudonym})
    KeptAnalysis.objects.filter(campaign__assignments__annotator=pseudonym).delete()  # they name annotators


def _pseudonym() -> User:
    pseudonym = User(username=f"erased-{secrets.token_hex(5)}", is_active=False, date_joined=LONG_AGO)
    pseudonym.set_unusable_password()
    pseudonym.save()
    return pseudonym


def _all_names(person: User) -> list[str]:
    return [person.username, *_full_names(person)]


def _full_names(person: User) -> list[str]:
    """Those that mean nobody and nothing else; a user name may be a word."""
    full = person.get_full_name()
    whole = bool(person.first_name and person.last_name)
    return [full, f"{person.last_name}, {person.first_name}", person.email] if whole else [person.email]


def _without(names: Iterable[str]) -> Callable[[Any], Any]:
    pattern = names_pattern(names)
    return lambda value: value if pattern is None else without_names(value, pattern)


def _take_names_out(person: User) -> int:
    """Returns out of how many rows."""
    every, full = _all_names(person), _full_names(person)
    changed = 0
    for model, owner, field in OWN_TEXTS:
        changed += _clean_texts(model._base_manager.filter(**{owner: person}), (field,), every)
    for model, fields in MENTIONS:
        changed += _clean_texts(model._base_manager.all(), fields, every)
    for model, fields in FREE_TEXTS:
        changed += _clean_texts(model._base_manager.all(), fields, full)
    return changed


def _clean_texts(rows: QuerySet[Any], fields: Sequence[str], names: Sequence[str]) -> int:
    found = Q()
    for name in filter(None, names):
        for field in fields:
            found |= Q(**{f"{field}__icontains": name})
    if not found:
        return 0
    cleaned, changed = _without(names), 0
    for row in rows.filter(found).only("pk", *fields).iterator(chunk_size=2_000):
        new = {field: cleaned(getattr(row, field)) for field in fields}
        if new != {field: getattr(row, field) for field in fields}:
            for field, value in new.items():
                longest = rows.model._meta.get_field(field).max_length
                new[field] = value[:longest] if longest else value
            rows.model._base_manager.filter(pk=row.pk).update(**new)
            changed += 1
    return changed


def _end_all_sessions(person: User) -> None:
    """Those that are not noted as well: whose a session is stands in its data alone."""
    for session in Session.objects.iterator(chunk_size=2_000):
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()


def _forget_figures(campaigns: Iterable[uuid.UUID]) -> None:
    """Reports, and what the cache has of results, may name annotators: both are made anew."""
    cache.clear()
    for campaign in campaigns:
        remove_report(campaign)
