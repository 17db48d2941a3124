"""The models' pages offer to make anew what was made of the pages' pictures, and only where there is any."""

import pytest
from django.test import Client
from django.urls import reverse

from heritage.models import JobRun, Role
from models_ml.models import ImageVector
from tests.factories import UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db

OFFER = "Also make old vectors anew"


@pytest.fixture(autouse=True)
def models():
    return collections_with_vectors({"left": 6}, ["one", "two"])


@pytest.fixture
def lead_client() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.LEAD))
    return client


def test_nothing_is_offered_where_nothing_is_old(lead_client: Client) -> None:
    for url in (reverse("models"), reverse("model", args=["one"])):
        page = lead_client.get(url).content.decode()
        assert OFFER not in page
        assert "of page pictures" not in page


def test_old_vectors_are_counted_and_made_anew_if_asked_for(lead_client: Client, models) -> None:
    ImageVector.objects.filter(model=models[0]).update(of_page=True)
    count = f"{models[0].image_vectors.count()} of page pictures"
    for url in (reverse("models"), reverse("model", args=["one"])):
        page = lead_client.get(url).content.decode()
        assert OFFER in page
        assert page.count(count) == 1
    assert count not in lead_client.get(reverse("model", args=["two"])).content.decode()
    for data, renew in (({}, False), ({"renew": "on"}, True)):
        lead_client.post(reverse("start-embed"), {"model": "one", **data})
        assert JobRun.objects.latest("pk").arguments["renew"] is renew
