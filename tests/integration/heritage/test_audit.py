"""The audit log: what is in it, for whom, for how long, and that nothing of it is ever changed."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign
from heritage.audit.actions import audit
from heritage.models import AuditAction, AuditEntry, Collection, Role
from heritage.sets.actions import keep_set
from tests.factories import (
    RecordFactory,
    SamplingFactory,
    UserFactory,
    campaign_for,
    preference_study,
    sampling_with_pairs,
)

pytestmark = pytest.mark.django_db
PASSWORD = "a loom and a lamp"


@pytest.fixture
def lead(client):
    person = UserFactory(username="lead", role=Role.LEAD)
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person)
    AuditEntry.objects.all().delete()
    return person


@pytest.fixture
def campaign():
    ada = UserFactory(username="ada")
    campaign = campaign_for(ada, pairs_each=2, name="Pilot")
    for assignment in campaign.assignments.all():
        record_annotation(assignment=assignment, annotator=ada, label="same_object")
    return campaign


def written() -> list[tuple[str, str, str]]:
    """Action, person and subject, the first first."""
    return list(AuditEntry.objects.order_by("pk").values_list("action", "person", "subject"))


def test_log_ins_and_failures_are_written_down_and_no_password(lead):
    browser = Client()
    browser.post("/login/", {"username": "lead", "password": "wrong secret"}, REMOTE_ADDR="192.0.2.7")
    browser.post("/login/", {"username": "my secret password", "password": "x"})
    browser.post("/login/", {"username": "lead", "password": PASSWORD})
    assert written() == [
        ("log_in_failed", "", "lead"),
        ("log_in_failed", "", "an unknown name"),
        ("logged_in", "lead", ""),
    ]
    assert AuditEntry.objects.order_by("pk").first().address == "192.0.2.7"
    assert "secret" not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_who_looks_breaks_a_seal_and_exports_is_written_down(client, lead, campaign):
    page, export = campaign.get_absolute_url(), reverse("export-annotations", args=[campaign.pk])
    client.get(page)
    client.get(export)
    assert written() == [], "sealed"
    client.post(reverse("campaign-open", args=[campaign.pk]))
    for _ in range(3):
        client.get(page)
    client.get(export)
    assert written() == [("opened", "lead", "Pilot"), ("looked", "lead", "Pilot"), ("exported", "lead", export)]


def test_roles_passwords_tokens_and_deletions_are_written_down(client, lead, campaign):
    client.post(reverse("campaign-leads", args=[campaign.pk]), {"username": "ada"})
    client.post(reverse("campaign-leads", args=[campaign.pk]), {"username": "ada", "withdraw": "1"})
    answer = client.post(reverse("campaign-accounts", args=[campaign.pk]), {"username": "ada"})
    password = answer.context["new_password"]
    answer = client.post(reverse("own-token"), {"password": PASSWORD})
    token = answer.context["issued"].token
    client.post(reverse("own-token"), {"end": "1"})
    empty = Collection.objects.create(slug="mill", name="Mill")
    client.post(reverse("remove-collection", args=[empty.slug]))
    assert [(action, subject) for action, _, subject in written()] == [
        ("role", "ada: lead of Pilot"),
        ("role", "ada: no more lead of Pilot"),
        ("password", "ada"),
        ("token_made", "lead"),
        ("token_ended", "lead"),
        ("deleted", "collection mill"),
    ]
    kept = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert password not in kept
    assert token not in kept


def test_commands_are_written_down(lead, campaign):
    call_command("export_annotations", "Pilot", stdout=StringIO())
    call_command("create_account", "grace", "--role", "lead", "--token", stdout=StringIO())
    call_command("create_account", "grace", "--role", "lead", "--dry-run", stdout=StringIO())
    assert written() == [
        ("exported", "", "export_annotations Pilot"),
        ("role", "", "grace: lead"),
        ("password", "", "grace"),
        ("token_made", "", "grace"),
    ]


def test_nothing_in_it_is_changed_and_the_old_goes(settings, lead):
    settings.AUDIT_DAYS = 30
    audit(AuditAction.ROLE, person=lead, subject="ada: lead")
    entry = AuditEntry.objects.get()
    with pytest.raises(TypeError, match="stays as it is"):
        entry.save()
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        AuditEntry.objects.update(person="somebody else")
    lead_key = lead.pk
    lead.delete()
    assert AuditEntry.objects.get().person_key == lead_key
    for days in (29, 31):
        AuditEntry.objects.create(created=timezone.now() - timedelta(days=days), action="looked", subject=str(days))
    UserFactory(username="grace")
    browser = Client()
    browser.login(username="grace", password="no")
    browser.force_login(UserFactory(username="mary"))
    assert "31" not in [subject for *_, subject in written()]
    assert "29" in [subject for *_, subject in written()]


def test_whatever_a_lead_deletes_is_written_down(client, lead):
    sampling, survey = SamplingFactory(name="Drawn"), SamplingFactory(name="Seen", is_survey=True)
    study = preference_study(name="Search")
    kept = keep_set(name="Lamps", keys=[RecordFactory().pk], origin="", user=None)
    draft = create_campaign(name="Mills", sampling=sampling_with_pairs(), annotators=[], pairs_each=None, draft=True)
    for address, sent, subject in (
        (reverse("sampling-settings", args=[sampling.pk]), {"change": "delete", "name": "Drawn"}, "sampling Drawn"),
        (reverse("discard-survey", args=[survey.pk]), {}, f"survey {survey.pk}"),
        (reverse("preference-study-settings", args=[study.pk]), {"change": "delete", "name": "Search"}, "study Search"),
        (reverse("remove-record-set", args=[kept.slug]), {}, f"set {kept.slug}"),
        (reverse("delete-campaign", args=[draft.pk]), {"name": "Mills"}, "campaign Mills"),
    ):
        assert client.post(address, sent).status_code == 302
        assert written()[-1] == (AuditAction.DELETED, "lead", subject)
    assert len(written()) == 5


def test_the_log_is_for_administrators_as_a_page_and_as_csv(client, lead):
    audit(AuditAction.EXPORTED, person=lead, subject="=HYPERLINK(1)")
    audit(AuditAction.DELETED, person=lead, subject="collection mill")
    for address in (reverse("audit-log"), reverse("audit-log-csv")):
        assert client.get(address).status_code == 403
    admin = UserFactory(username="admin", role=Role.ADMIN, is_staff=True, is_superuser=True)
    client.force_login(admin)
    assert reverse("audit-log") in client.get("/").text
    page = client.get(reverse("audit-log"), {"action": "deleted", "person": "LEAD"}).text
    assert "collection mill" in page
    assert "HYPERLINK" not in page
    assert client.get(reverse("audit-log"), {"action": "no such"}).status_code == 422
    saved = client.get(reverse("audit-log-csv"), {"person": "lead"}).content.decode("utf-8-sig")
    rows = list(csv.DictReader(saved.splitlines()))
    assert [(row["action"], row["subject"]) for row in rows] == [
        ("deleted", "collection mill"),
        ("exported", "'=HYPERLINK(1)"),
    ]
