"""Studies get another name and other instructions, and go where nobody has chosen."""

import pytest
from django.urls import reverse

from annotation.models.preference import PreferenceStudy
from annotation.preference.actions import record_answer
from tests.factories import UserFactory, preference_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


@pytest.fixture
def study():
    return preference_study(UserFactory(username="ada"), name="Lamps")


def send(client, study, **data):
    return client.post(reverse("preference-study-settings", args=[study.pk]), data)


def test_a_lead_changes_what_experts_read(lead, study):
    assert send(lead, study, change="texts", name=" Old lamps ", instructions="Think of a class.").status_code == 302
    study.refresh_from_db()
    assert (study.name, study.instructions) == ("Old lamps", "Think of a class.")
    assert reverse("preference-study-settings", args=[study.pk]) in lead.get(study.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "required"), ("x" * 201, "at most 200"), ("Other", "named Other already"), ("Why model-one", "model-one")],
)
def test_what_is_wrong_is_said_and_what_was_typed_kept(lead, study, name, said):
    preference_study(UserFactory(), name="Other")
    response = send(lead, study, change="texts", name=name, instructions="<kept>")
    assert response.status_code == 422
    assert said in response.content.decode()
    assert "&lt;kept&gt;</textarea>" in response.content.decode()
    study.refresh_from_db()
    assert (study.name, study.instructions) == ("Lamps", "")


def test_it_goes_with_its_choices_once_its_name_is_typed(lead, study):
    page = lead.get(reverse("preference-study-settings", args=[study.pk])).content.decode()
    assert f"{study.choices.count()} choices to make and" in page
    assert send(lead, study, change="delete", name="lamps").status_code == 422
    assert PreferenceStudy.objects.exists()
    assert send(lead, study, change="delete", name="Lamps").url == reverse("preference-studies")
    assert not PreferenceStudy.objects.exists()


def test_answers_keep_it_and_there_is_no_button(lead, study):
    choice = study.choices.first()
    record_answer(choice=choice, annotator=choice.annotator, row=1)
    page = lead.get(reverse("preference-study-settings", args=[study.pk])).content.decode()
    assert "It has 1 answer, which is kept." in page
    assert 'value="delete"' not in page
    assert send(lead, study, change="delete", name="Lamps").status_code == 422
    assert PreferenceStudy.objects.exists()


def test_experts_are_kept_out(client, study):
    client.force_login(study.choices.first().annotator)
    assert client.get(reverse("preference-study-settings", args=[study.pk])).status_code == 403
