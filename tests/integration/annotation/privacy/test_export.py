"""What a person is told of themselves: all that they said, nothing that would lift their blindness, no secret."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse

from annotation.answers.actions import record_annotation, record_skip, write_reflection
from annotation.models import Annotation, PreferenceAnswer, PreferenceChoice
from annotation.privacy.queries import TOLD, person_document, relations_of_people
from heritage.accounts.consent import record_consent
from heritage.accounts.tokens import issue_token
from heritage.audit.actions import audit
from heritage.models import AuditAction, AuditEntry, JobRun, Role
from tests.factories import UserFactory, campaign_for, preference_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada", first_name="Ada", last_name="Lovelace", email="ada@museum.example")


@pytest.fixture
def campaign(ada):
    campaign = campaign_for(ada, pairs_each=4, name="Pilot")
    first, second, *_ = campaign.assignments.order_by("position")
    record_annotation(assignment=first, annotator=ada, label="unrelated", comment="no", seconds=3.5)
    record_annotation(assignment=first, annotator=ada, label="same_object", comment="yes", unsure=True)
    record_skip(assignment=second, annotator=ada, reason="other", comment="too dark")
    write_reflection(campaign=campaign, annotator=ada, text="I looked at the handles.")
    return campaign


def test_all_that_a_person_said_is_in_it(ada, campaign):
    study = preference_study(ada)
    choice = PreferenceChoice.objects.filter(study=study, annotator=ada).first()
    PreferenceAnswer.objects.create(choice=choice, row=1, comment="clearer", created=campaign.created)
    audit(AuditAction.LOGGED_IN, person=ada)
    record_consent(person=ada, sha256="0" * 64)
    found = person_document(ada)
    assert found["account"]["user_name"] == "ada"
    assert found["account"]["email"] == "ada@museum.example"
    assert [(each["label"], each["comment"], each["unsure"], each["seconds"]) for each in found["answers"]] == [
        ("unrelated", "no", False, 3.5),
        ("same_object", "yes", True, None),
    ]
    pair = campaign.assignments.get(position=1).pair
    assert found["answers"][0]["records"] == [pair.a.name, pair.b.name]
    assert [(each["pair"], each["reason"], each["comment"]) for each in found["skips"]] == [(2, "other", "too dark")]
    assert [each["text"] for each in found["reflections"]] == ["I looked at the handles."]
    assert [each["comment"] for each in found["preferences"]] == ["clearer"]
    assert [each["campaign"] for each in found["memberships"]] == ["Pilot"]
    assert found["memberships"][0]["pairs"] == 4
    assert [each["action"] for each in found["audit"]] == ["logged_in"]
    assert found["consent"] == {"given": ada.consented, "sha256": "0" * 64, "text": None}


def test_nothing_in_it_lifts_blindness_or_opens_anything(ada, campaign):
    other = UserFactory(username="grace")
    campaign_for(other, pairs_each=2, name="Another campaign")
    preference_study(ada, models=("secret-model", "secret-other"))
    token = issue_token(ada).token
    JobRun.objects.create(kind="embed", title="Embed secret-model", started_by=ada)
    ada.set_password("a loom and a lamp")
    ada.save()
    text = json.dumps(person_document(ada), cls=DjangoJSONEncoder)
    pair = campaign.assignments.get(position=1).pair
    for hidden in (
        "model",
        "similarity",
        "stratum",
        "grace",
        "Another campaign",
        token,
        ada.password,
        pair.a.record_id,
    ):
        assert hidden not in text, hidden
    assert "heritage.jobrun.started_by" in text


def test_every_table_that_refers_to_people_is_told_or_told_of(ada, campaign):
    for relation in relations_of_people():
        assert relation.related_model in TOLD or relation.related_model._meta.get_field(relation.field.name)
    JobRun.objects.create(kind="embed", title="x", started_by=ada)
    assert set(person_document(ada)["started"]["heritage.jobrun.started_by"][0]) == {
        "id",
        "kind",
        "created",
        "started",
        "finished",
    }


def test_a_record_that_its_museum_withholds_has_no_name_here(ada, campaign):
    record = campaign.assignments.get(position=1).pair.a
    record.withheld = True
    record.save()
    assert person_document(ada)["answers"][0]["records"][0] == ""


def test_the_account_page_offers_it_and_the_download_is_written_down(client, ada, campaign):
    client.force_login(ada)
    assert reverse("own-data") in client.get(reverse("own-password")).content.decode()
    answer = client.get(reverse("own-data"))
    assert answer["Content-Disposition"] == 'attachment; filename="data-ada.json"'
    assert len(json.loads(answer.content)["answers"]) == 2
    assert AuditEntry.objects.filter(action=AuditAction.EXPORTED, person="ada", subject=reverse("own-data")).exists()


@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.LEAD, 403), (Role.ADMIN, 200)])
def test_others_are_told_only_where_they_administer(client, ada, role, status):
    client.force_login(UserFactory(role=role, is_superuser=role == Role.ADMIN, is_staff=role == Role.ADMIN))
    for name in ("person", "person-data"):
        assert client.get(reverse(name, args=[ada.pk])).status_code == status


def test_the_command_writes_a_private_file_once(ada, campaign, tmp_path):
    out, path = StringIO(), tmp_path / "ada.json"
    call_command("person", "ada", "--export", str(path), "--dry-run", stdout=out)
    assert not path.exists()
    call_command("person", "ada", "--export", str(path), stdout=out)
    assert path.stat().st_mode & 0o077 == 0
    assert len(json.loads(path.read_text())["answers"]) == Annotation.objects.count() == 2
    with pytest.raises(CommandError, match="is there already"):
        call_command("person", "ada", "--export", str(path))
    with pytest.raises(CommandError, match="no account named nobody"):
        call_command("person", "nobody")
    out = StringIO()
    call_command("person", "ada", "--json", stdout=out)
    assert json.loads(out.getvalue())["kept"]["answers"] == 2
