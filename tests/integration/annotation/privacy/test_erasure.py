"""Erasing a person: nothing leads to them any more, and nothing of what was answered is lost."""

import csv
import io
import json
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from annotation.answers.actions import record_annotation, record_skip, write_reflection
from annotation.campaigns.invitations import invite, sign_up
from annotation.exchange.storing import import_annotations
from annotation.models import (
    AnalysisPlan,
    Annotation,
    Assignment,
    Campaign,
    GuidancePair,
    Invitation,
    KeptAnalysis,
    Reflection,
)
from annotation.privacy.actions import erase_person
from annotation.privacy.names import ERASED
from annotation.privacy.queries import person_document
from annotation.results.actions import open_results
from annotation.results.frame import annotation_frame
from annotation.results.report.places import report_folder
from heritage.accounts.tokens import issue_token
from heritage.audit.actions import audit
from heritage.errors import UserError
from heritage.models import ApiToken, AuditAction, AuditEntry, JobRun, Role, User
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db
PASSWORD = "a loom and a lamp"


@pytest.fixture
def ada():
    person = UserFactory(username="ada", first_name="Ada", last_name="Lovelace", email="ada@museum.example")
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def campaign(ada, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    grace = UserFactory(username="grace")
    campaign = campaign_for(ada, grace, pairs_each=3, name="Pilot", overlap=1.0)
    labels = iter(["same_object", "unrelated", "same_category"] * 2)
    for assignment in campaign.assignments.order_by("annotator__username", "position"):
        comment = "As Ada Lovelace said, and ada too." if assignment.position == 1 else "Handles."
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=next(labels), comment=comment)
    write_reflection(campaign=campaign, annotator=ada, text="Signed, Ada.")
    return campaign


def exported(campaign, path):
    call_command("export_annotations", campaign.name, "--output", str(path), "--history")
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def everything_stored():
    """All rows of all tables, as text."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')  # noqa: S608 - its own tables
            said += [f"{table}: {row}" for (row,) in cursor.fetchall()]
    return said


def test_nothing_in_the_database_leads_to_the_person(ada, campaign, settings):
    settings.AXES_ENABLED = True
    browser = Client()
    browser.post("/login/", {"username": "ada", "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    browser.post("/login/", {"username": "ada", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    issue_token(ada)
    admin = UserFactory(username="root", role=Role.ADMIN)
    audit(AuditAction.ROLE, person=admin, subject="ada: lead")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=admin, content_type=kind, object_id=str(ada.pk), object_repr="ada", action_flag=CHANGE)
    JobRun.objects.create(
        kind="undo-import", title="Import minutes-of-ada.csv", arguments={"username": "ada"}, started_by=ada
    )
    Session.objects.create(session_key="x" * 32, session_data=_session_of(ada), expire_date=campaign.created)
    known = {"name": "Ada Lovelace", "email": "ada@museum.example"}
    SocialAccount.objects.create(user=ada, provider="institution", uid="ada@museum.example", extra_data=known)
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={"secret": "of ada"})
    assert "of ada" not in json.dumps(person_document(ada), cls=DjangoJSONEncoder)
    number = ada.pk
    erasure = erase_person(person=ada)
    assert erasure.answers == 3
    rows = everything_stored()
    for name in ("ada", "lovelace", "192.0.2.7", "museum.example"):
        left = [row for row in rows if name in row.casefold() and "ada too" not in row]
        assert not left, left
    assert not User.objects.filter(pk=number).exists()
    assert not ApiToken.objects.exists()
    assert not Session.objects.exists()
    assert not AuditEntry.objects.filter(person_key=number).exists()
    assert browser.get(reverse("own-password")).status_code == 302


def _session_of(person):
    from django.contrib.sessions.backends.db import SessionStore

    return SessionStore().encode({"_auth_user_id": str(person.pk)})


def test_answers_stay_whole_under_a_pseudonym_that_nobody_logs_in_to(ada, campaign, tmp_path):
    before = exported(campaign, tmp_path / "before.csv")
    frame = annotation_frame(campaign).frame
    erase_person(person=ada)
    after = exported(campaign, tmp_path / "after.csv")
    [pseudonym] = User.objects.filter(assignments__campaign=campaign).exclude(username="grace").distinct()
    assert pseudonym.username.startswith("erased-")
    assert not pseudonym.is_active
    assert not pseudonym.has_usable_password()
    assert pseudonym.get_full_name() == pseudonym.email == ""

    def as_rows(rows, username):
        kept = [{name: value for name, value in row.items() if name != "comment"} for row in rows]
        return sorted(
            json.dumps(row | {"annotator": username if row["annotator"] != "grace" else "grace"}) for row in kept
        )

    assert as_rows(before, "x") == as_rows(after, "x")
    assert f"As {ERASED} said, and {ERASED} too." in {row["comment"] for row in after}
    assert Reflection.objects.get().text == f"Signed, {ERASED}."
    # Of what others wrote the full name goes; a user name may be any word.
    [theirs] = Annotation.objects.filter(assignment__annotator__username="grace", assignment__position=1)
    assert theirs.comment == f"As {ERASED} said, and ada too."
    columns = [name for name in frame.columns if name != "annotator"]
    again = annotation_frame(campaign).frame
    assert sorted(map(repr, frame[columns].values.tolist())) == sorted(map(repr, again[columns].values.tolist()))


def test_an_export_made_afterwards_is_read_elsewhere_as_it_was(ada, campaign, tmp_path):
    erase_person(person=ada)
    exported(campaign, tmp_path / "after.csv")
    result = import_annotations(name="Copy", path=tmp_path / "after.csv")
    assert result.stored == Annotation.objects.filter(assignment__campaign=campaign).count() == 6
    exported(Campaign.objects.get(name="Copy"), tmp_path / "copy.csv")


def test_figures_that_name_annotators_are_made_anew(ada, campaign, django_capture_on_commit_callbacks):
    KeptAnalysis.objects.create(campaign=campaign, version="1", document={"annotators": ["ada"]})
    folder = report_folder(campaign)
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("opened by Ada Lovelace")
    cache.set("quick", "ada")
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person=ada)
    assert not KeptAnalysis.objects.exists()
    assert not folder.exists()
    assert cache.get("quick") is None


def test_history_that_others_account_for_stays(ada, campaign):
    ada.role = Role.LEAD
    ada.save()
    open_results(campaign=campaign, person=UserFactory(role=Role.LEAD, username="lead"))
    audit(AuditAction.EXPORTED, person=ada, subject="/campaigns/x/labels.csv")
    entries = AuditEntry.objects.count()
    erase_person(person=ada)
    assert campaign.result_openings.count() == 1
    entry = AuditEntry.objects.get(action=AuditAction.EXPORTED)
    assert AuditEntry.objects.count() == entries
    assert (entry.person, entry.person_key, entry.address) == (ERASED, None, "")
    assert entry.subject == "/campaigns/x/labels.csv"
    # And the database refuses changes again, to everybody.
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        AuditEntry.objects.update(subject="nothing")


def test_the_note_on_a_link_for_one_person_goes(campaign):
    invitation, _ = invite(campaign=campaign, note="the curator of clocks")
    shared, _ = invite(campaign=campaign, note="the workshop", places=5)
    campaign.sampling.pairs.update(inclusion_probability=1.0)
    Assignment.objects.filter(annotator__username="grace", annotations=None).delete()
    person = UserFactory(username="new")
    from annotation.models import InvitationUse

    InvitationUse.objects.create(invitation=invitation, person=person)
    InvitationUse.objects.create(invitation=shared, person=person)
    erase_person(person=person)
    assert set(Invitation.objects.values_list("note", flat=True)) == {"", "the workshop"}
    assert InvitationUse.objects.count() == 2


def test_what_leads_wrote_names_nobody_any_more(ada, campaign):
    pair = campaign.assignments.first().pair
    note = "Ask Ada Lovelace."
    guidance = GuidancePair.objects.create(
        campaign=campaign, kind="example", a=pair.a, b=pair.b, label="same_object", note=note
    )
    plan, _ = AnalysisPlan.objects.update_or_create(
        campaign=campaign, defaults={"document": {"intentions": note, "pairs": 3}}
    )
    erase_person(person=ada)
    guidance.refresh_from_db()
    plan.refresh_from_db()
    assert guidance.note == f"Ask {ERASED}."
    assert plan.document == {"intentions": f"Ask {ERASED}.", "pairs": 3}


def test_the_last_administrator_stays(ada):
    admin = UserFactory(username="root", role=Role.ADMIN)
    UserFactory(username="former", role=Role.ADMIN, is_active=False)
    with pytest.raises(UserError, match="last administrator"):
        erase_person(person=admin)
    UserFactory(username="second", role=Role.ADMIN)
    erase_person(person=admin)
    assert not User.objects.filter(username="root").exists()


def test_a_dry_run_changes_nothing(ada, campaign):
    before = everything_stored()
    assert erase_person(person=ada, dry_run=True).answers == 3
    assert everything_stored() == before


def test_the_command_asks_and_says_no_pseudonym(ada, campaign, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="add --yes"):
        call_command("person", "ada", "--erase")
    monkeypatch.setattr("annotation.management.commands.person.sys.stdin", _Terminal())
    monkeypatch.setattr("builtins.input", lambda *_: "adam")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("person", "ada", "--erase")
    assert User.objects.filter(username="ada").exists()
    call_command("person", "ada", "--erase", "--yes")
    assert not User.objects.filter(username="ada").exists()
    said = capsys.readouterr().out
    assert "ada was erased. 3 answers stay" in said
    assert "erased-" not in said
    assert AuditEntry.objects.get(action=AuditAction.ERASED).subject == ""


class _Terminal:
    def isatty(self):
        return True


def test_an_administrator_erases_by_typing_the_name(client, ada, campaign):
    admin = UserFactory(username="root", role=Role.ADMIN, is_staff=True, is_superuser=True)
    UserFactory(username="second", role=Role.ADMIN)
    client.force_login(admin)
    address = reverse("person", args=[ada.pk])
    page = client.post(address, {"name": "adam"})
    assert page.status_code == 422
    assert 'value="adam"' in page.content.decode()
    assert address in client.get(reverse("admin:heritage_user_change", args=[ada.pk])).content.decode()
    answer = client.post(address, {"name": "ada"}, follow=True)
    assert "Erased ada. 3 answers stay" in answer.content.decode()
    assert not User.objects.filter(username="ada").exists()
    own = reverse("person", args=[admin.pk])
    assert client.post(own, {"name": "root"}).status_code == 422
    assert User.objects.filter(username="root").exists()


def test_an_answer_on_its_way_is_refused_in_a_sentence(ada, campaign):
    assignment = Assignment.objects.filter(annotator=ada).first()
    erase_person(person=ada)
    with pytest.raises(UserError):
        record_skip(assignment=assignment, annotator=ada, reason="cannot_tell")


def test_who_signs_up_again_by_the_same_name_is_somebody_new(ada, campaign):
    erase_person(person=ada)
    more = campaign_for(UserFactory(), pairs_each=2, name="Next")
    more.sampling.pairs.first()
    from tests.factories import CandidatePairFactory

    CandidatePairFactory.create_batch(4, stratum=more.sampling.strata.first())
    invitation, _ = invite(campaign=more)
    person = sign_up(invitation=invitation, username="ada", password=PASSWORD)
    assert not Annotation.objects.filter(assignment__annotator=person).exists()


def test_no_report_of_another_campaign_goes(ada, campaign, django_capture_on_commit_callbacks):
    other = campaign_for(UserFactory(), pairs_each=2, name="Other")
    kept = Path(report_folder(other))
    kept.mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person=ada)
    assert kept.exists()
