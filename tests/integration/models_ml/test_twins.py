"""Two models of one set of weights are said to be so wherever they meet."""

import pytest
from django.urls import reverse

from annotation.results.report.content import report_facts
from models_ml.models import EmbeddingModel
from models_ml.twins import twins, twins_in_words
from tests.factories import UserFactory, campaign_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sealed")]

SAID = "demo-best and demo-last are the same: the last epoch was the best."


def register(slug, fingerprint="", source="hf-hub:someone/something"):
    return EmbeddingModel.objects.create(slug=slug, source=source, fingerprint=fingerprint, dimension=8)


@pytest.fixture
def same():
    return [register(slug, fingerprint="a" * 64, source=f"local-dir:{slug}") for slug in ("demo-last", "demo-best")]


def test_the_same_weights_or_else_the_same_source(same):
    register("base", fingerprint="b" * 64)
    assert twins() == [("demo-best", "demo-last")]
    assert twins_in_words() == [SAID]
    assert twins(["base", "demo-last"]) == []
    register("hub")
    register("hub-again")
    assert twins_in_words(["hub", "hub-again", "base"]) == [
        "hub and hub-again are the same weights under 2 names: they cannot differ."
    ]


@pytest.mark.parametrize(
    "name", ["models", "new-sampling", "new-zero-shot", "new-search", "plan-campaign", "new-preference-study"]
)
def test_pages_on_which_models_are_chosen_say_it(client, same, name):
    client.force_login(UserFactory(role="lead"))
    assert SAID in client.get(reverse(name)).content.decode()


def test_a_sampling_its_campaign_and_the_report_say_it(client, same):
    client.force_login(UserFactory(role="lead"))
    campaign = campaign_for(UserFactory())
    one, other = sorted(campaign.sampling.model_slugs)[:2]
    for slug in (one, other):
        register(slug, fingerprint="c" * 64)
    said = f"{one} and {other} are the same"
    [in_report] = report_facts(campaign)["twins"]
    assert in_report.startswith(said)
    assert said in client.get(campaign.sampling.get_absolute_url()).content.decode()
    client.post(reverse("campaign-open", args=[campaign.pk]))
    assert said in client.get(campaign.get_absolute_url()).content.decode()
