"""Everything that is kept about a person, as one document: for themselves, and for whoever answers their request.

It says what they did and when, and nothing that annotators are kept from: no model, no score, no museum's number of a
record, no answer of somebody else. Passwords, tokens and second factors are said to be there, not said.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.utils import timezone

from annotation.models import (
    Annotation,
    Assignment,
    CampaignLead,
    InvitationUse,
    LabellingEnd,
    LinkReview,
    PracticeAnswer,
    PreferenceAnswer,
    PreferenceChoice,
    Reflection,
    ResultOpening,
    Skip,
)
from heritage.accounts.consent import agreed_text
from heritage.models import AccountSession, ApiToken, AuditEntry, User

Document = dict[str, Any]
# Told in sections of their own.
TOLD: tuple[type[Model], ...] = (
    AccountSession,
    ApiToken,
    Assignment,
    CampaignLead,
    InvitationUse,
    LabellingEnd,
    LinkReview,
    PracticeAnswer,
    PreferenceChoice,
    Reflection,
    ResultOpening,
)
# In names of columns: what opens something is told to nobody.
SECRET = ("token", "secret", "password", "hash", "key", "data", "code", "seed")


def person_document(person: User) -> Document:
    """All of it, of values that JSON has, and datetimes."""
    return {
        "made": timezone.now(),
        "account": _account(person),
        "consent": _consent(person),
        "sessions": _rows(AccountSession.objects.filter(user=person), "began", "last_seen", "address", "browser"),
        "token": _rows(ApiToken.objects.filter(user=person), "created", "expires"),
        "memberships": [_membership(person, campaign) for campaign in _campaigns(person)],
        "leads": _rows(CampaignLead.objects.filter(person=person), "campaign__name", "created", "withdrawn"),
        "invitations": _rows(InvitationUse.objects.filter(person=person), "invitation__campaign__name", "created"),
        "answers": [_answer(each) for each in _answers(person)],
        "skips": [_skip(each) for each in _skips(person)],
        "practice": _rows(
            PracticeAnswer.objects.filter(annotator=person), "practice__campaign__name", "label", "created"
        ),
        "reflections": _rows(Reflection.objects.filter(annotator=person), "campaign__name", "text", "created"),
        "preferences": _rows(
            PreferenceAnswer.objects.filter(choice__annotator=person),
            *("choice__study__name", "choice__query__text", "choice__position", "row", "comment", "seconds", "created"),
        ),
        "reviews": _rows(
            LinkReview.objects.filter(reviewer=person), "campaign__name", "label", "verdict", "reason", "created"
        ),
        "results_opened": _rows(ResultOpening.objects.filter(person=person), "campaign__name", "opened"),
        "audit": _rows(
            AuditEntry.objects.filter(person_key=person.pk), "created", "action", "person", "subject", "address"
        ),
        "started": dict(_others(person)),
    }


def counts_of(document: Document) -> dict[str, int]:
    """How many of each section there are, for people who look before they act."""
    lists = {name: len(rows) for name, rows in document.items() if isinstance(rows, list)}
    return lists | {"started": sum(map(len, document["started"].values()))}


def _account(person: User) -> Document:
    return {
        "number": person.pk,
        "user_name": person.username,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "role": person.role,
        "is_active": person.is_active,
        "made": person.date_joined,
        "last_login": person.last_login,
    }


def _consent(person: User) -> Document | None:
    if person.consented is None:
        return None
    # The text itself where it is still the one that is shown; else its hash tells which it was.
    return {"given": person.consented, "sha256": person.consent_hash, "text": agreed_text(person.consent_hash)}


def _campaigns(person: User) -> dict[Any, str]:
    found = Assignment.objects.filter(annotator=person).order_by("campaign__created")
    return dict(found.values_list("campaign", "campaign__name").distinct())


def _membership(person: User, campaign: Any) -> Document:
    mine = Assignment.objects.filter(annotator=person, campaign=campaign).select_related("campaign")
    ended = LabellingEnd.objects.filter(annotator=person, campaign=campaign).values_list("created", flat=True).first()
    [first] = mine[:1]
    return {"campaign": first.campaign.name, "pairs": mine.count(), "stopped_labelling": ended}


def _of_pair(assignment: Assignment) -> Document:
    pair = assignment.pair
    shown = [record.name if record is not None and not record.withheld else "" for record in (pair.a, pair.b)]
    return {"campaign": assignment.campaign.name, "pair": assignment.position, "records": shown}


def _answers(person: User) -> QuerySet[Annotation]:
    dealt = ("assignment__campaign", "assignment__pair__a", "assignment__pair__b", "finer")
    return Annotation.objects.filter(assignment__annotator=person).select_related(*dealt)


def _answer(said: Annotation) -> Document:
    return _of_pair(said.assignment) | {
        "label": said.label,
        "finer_label": said.finer.name if said.finer else "",
        "comment": said.comment,
        "unsure": said.unsure,
        "faulty": said.faulty,
        "seconds": said.seconds,
        "active_seconds": said.active_seconds,
        "created": said.created,
    }


def _skips(person: User) -> QuerySet[Skip]:
    dealt = ("assignment__campaign", "assignment__pair__a", "assignment__pair__b")
    return Skip.objects.filter(assignment__annotator=person).select_related(*dealt)


def _skip(said: Skip) -> Document:
    return _of_pair(said.assignment) | {
        "reason": said.reason,
        "comment": said.comment,
        "faulty": said.faulty,
        "created": said.created,
    }


def _rows(found: QuerySet[Any], *fields: str) -> list[Document]:
    """Of each the fields, by the last two parts of their names: `practice__campaign__name` as `campaign_name`."""
    keys = ["_".join(field.split("__")[-2:]) for field in fields]
    return [dict(zip(keys, row, strict=True)) for row in found.order_by("pk").values_list(*fields)]


def relations_of_people() -> Iterator[ForeignObjectRel]:
    """Every table that refers to an account, of whatever app."""
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and isinstance(relation.field, ForeignKey):
            yield relation


def _others(person: User) -> Iterator[tuple[str, list[Document]]]:
    """What else refers to the person, by table and column: campaigns and samplings that they made, jobs that they
    started."""
    for relation in relations_of_people():
        model: type[Model] = relation.related_model  # type: ignore[assignment]
        if model in TOLD:
            continue
        columns = [field.attname for field in model._meta.concrete_fields if _may_be_told(field)]
        rows = model._default_manager.filter(**{relation.field.name: person}).order_by("pk").values(*columns)
        if found := list(rows):
            yield f"{model._meta.label_lower}.{relation.field.name}", found


def _may_be_told(field: "Field[Any, Any]") -> bool:
    """Which row it is and when: not what the work says, since its name may be that of a model."""
    if any(word in field.name for word in SECRET):
        return False
    return field.primary_key or field.name in ("kind", "type", "email", "uid") or "Date" in type(field).__name__
