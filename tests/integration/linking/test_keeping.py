"""Samplings get another name, and go where nothing depends on them."""

import pytest
from django.urls import reverse

from heritage.errors import UserError
from linking.keeping import delete_sampling, dependents, rename_sampling
from linking.models import CandidatePair, Sampling
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def sampling():
    return sampling_with_pairs(per_stratum=2)


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


def send(client, sampling, **data):
    return client.post(reverse("sampling-settings", args=[sampling.pk]), data)


def test_a_lead_renames_a_sampling(lead, sampling):
    assert send(lead, sampling, change="name", name="  Valves ").status_code == 302
    sampling.refresh_from_db()
    assert sampling.name == "Valves"
    assert send(lead, sampling, change="name", name="Valves").status_code == 302
    assert "Valves" in lead.get(reverse("samplings")).content.decode()


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Other"])
def test_a_name_that_cannot_be_is_said_and_what_was_typed_kept(lead, sampling, name):
    Sampling.objects.create(name="Other", recipe={"models": []})
    before = sampling.name
    response = send(lead, sampling, change="name", name=name)
    assert response.status_code == 422
    assert 'id="id_name_error"' in response.content.decode()
    assert f'value="{name}"' in response.content.decode() or not name.strip()
    sampling.refresh_from_db()
    assert sampling.name == before


def test_it_goes_with_its_pairs_once_its_name_is_typed(lead, sampling):
    page = lead.get(reverse("sampling-settings", args=[sampling.pk])).content.decode()
    assert f"Its {sampling.pairs.count()} pairs" in page
    wrong = send(lead, sampling, change="delete", name="<other>")
    assert wrong.status_code == 422
    assert f"Type the sampling’s name, {sampling.name}, to delete it." in wrong.content.decode()
    assert 'value="&lt;other&gt;"' in wrong.content.decode()
    assert send(lead, sampling, change="delete", name=sampling.name).url == reverse("samplings")
    assert not Sampling.objects.exists()
    assert not CandidatePair.objects.exists()


def test_what_depends_on_it_is_named_and_there_is_no_button(lead):
    campaign = campaign_for(UserFactory(), pairs_each=2, name="Pilot")
    sampling = campaign.sampling
    assert dependents(sampling) == [campaign]
    page = lead.get(reverse("sampling-settings", args=[sampling.pk])).content.decode()
    assert "its pairs are asked about in" in page
    assert campaign.get_absolute_url() in page
    assert 'value="delete"' not in page
    with pytest.raises(UserError, match="Pilot"):
        delete_sampling(sampling=sampling)
    assert send(lead, sampling, change="delete", name=sampling.name).status_code == 422
    assert Sampling.objects.exists()


def test_surveys_are_not_samplings(lead, sampling):
    Sampling.with_surveys.filter(pk=sampling.pk).update(is_survey=True)
    assert lead.get(reverse("sampling-settings", args=[sampling.pk])).status_code == 404
    with pytest.raises(Sampling.DoesNotExist):
        rename_sampling(sampling=sampling, name="x")
