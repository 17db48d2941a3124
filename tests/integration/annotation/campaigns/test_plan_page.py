"""The page in which a lead sets a campaign's size."""

import json
import shlex
import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from annotation.campaigns.views import planning
from heritage.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PLAN = {
    "one": "55",
    "other": "40",
    "annotators": "6",
    "pairs_each": "105",
    "strata": "5",
    "overlap": "10",
    "power": "80",
    "annotator_spread": "0.5",
    "pair_spread": "0.7",
}


@pytest.fixture
def lead(client, monkeypatch):
    monkeypatch.setattr(planning, "SIMULATIONS", 200)
    client.force_login(UserFactory(role=Role.LEAD))
    return client


def test_without_a_plan_there_is_only_the_form(lead):
    page = lead.get(reverse("plan-campaign"))
    assert page.status_code == 200
    assert "plan" not in page.context


def test_it_finds_the_sizes_that_the_command_finds(lead):
    page = lead.get(reverse("plan-campaign"), PLAN)
    program, script, name, *arguments = shlex.split(page.context["command"])
    assert (program, script) == ("python", "manage.py")
    out = StringIO()
    call_command(name, *arguments, "--simulations", "200", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert page.context["needed"].pairs_each == found["needed"]["pairs_each"]
    assert page.context["own"].power == found["power"]["power"]
    assert f"{found['needed']['pairs_each']} pairs each" in page.content.decode()


def test_more_annotators_tell_more(lead):
    found = lead.get(reverse("plan-campaign"), PLAN).context
    assert found["twice_as_many"].power > found["own"].power


def test_what_cannot_be_reached_or_generalised_is_said(lead):
    alone = lead.get(reverse("plan-campaign"), PLAN | {"annotators": "1"}).content.decode()
    assert "tell of this person" in alone
    two = lead.get(reverse("plan-campaign"), PLAN | {"annotators": "2"}).content.decode()
    assert "more annotators are needed" in two


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"other": "55"}, "there is no difference to find"),
        ({"pairs_each": "3"}, "at least one pair for each stratum"),
        ({"annotators": "0"}, "greater than or equal to 1"),
        ({"one": "nan"}, "Enter a number"),
        ({"one": "100"}, "less than or equal to 99"),
    ],
)
def test_a_plan_that_makes_no_campaign_is_refused_in_a_sentence(lead, changed, sentence):
    page = lead.get(reverse("plan-campaign"), PLAN | changed)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "plan" not in page.context


def test_annotators_have_no_business_there(client):
    client.force_login(UserFactory())
    assert client.get(reverse("plan-campaign"), PLAN).status_code in (403, 404)


def test_a_plan_takes_seconds_however_large(lead, monkeypatch):
    monkeypatch.setattr(planning, "SIMULATIONS", 2_000)
    largest = PLAN | {
        "one": "55",
        "other": "54",
        "power": "99",
        "annotators": "200",
        "pairs_each": "2000",
        "overlap": "0",
    }
    refused = lead.get(reverse("plan-campaign"), largest | {"strata": "2"})
    assert refused.status_code == 422
    assert "take too long to simulate" in refused.content.decode()
    begun = time.process_time()
    page = lead.get(reverse("plan-campaign"), largest | {"strata": "10", "annotator_spread": "5", "pair_spread": "5"})
    assert page.status_code == 200
    assert time.process_time() - begun < 20
    assert page.context["simulations"] == planning.MOST_SIMULATED_ANSWERS // (2 * 200 * 200)


def test_plans_are_simulated_one_at_a_time(lead):
    with planning._planning:
        busy = lead.get(reverse("plan-campaign"), PLAN)
    assert busy.status_code == 503
    assert "try again in a moment" in busy.content.decode()
    assert lead.get(reverse("plan-campaign"), PLAN).status_code == 200
