"""What those without an account reach: nothing but the way in, and the catalogue where PUBLIC_CATALOGUE opens it."""

from collections.abc import Mapping

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from annotation.models import Campaign
from heritage.models import Collection, Record, Role
from heritage.throttling import too_often
from tests.addresses import addresses_in
from tests.factories import ImageFactory, UserFactory
from tests.whole_site import labelled_campaign, routes_of

pytestmark = pytest.mark.django_db

# What is open to anybody, whatever the settings.
THE_WAY_IN = {"login", "words", "invitation", "api-schema", "healthz", "readyz"}
# What PUBLIC_CATALOGUE opens, beside the first page, which leads to the collections.
CATALOGUE = {"collections", "collection", "record", "search", "image", "image-tiles", "image-tile"}
CATALOGUE |= {"api-collections", "api-records", "api-record", "api-search"}
CATALOGUE |= {"record-manifest", "record-linked-art", "pair-manifest"}
CATALOGUE |= {"reconcile", "reconcile-bare", "reconcile-entities", "reconcile-suggest-properties", "reconcile-types"}
CATALOGUE |= {"reconcile-properties", "reconcile-preview"}


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path) -> None:
    settings.DATA_DIR, settings.IMAGES_DIR = tmp_path, tmp_path / "images"


@pytest.fixture
def campaign(data_dir: None) -> Campaign:
    return labelled_campaign(UserFactory(username="annotator"))


@pytest.fixture
def routes(campaign: Campaign) -> list[tuple[str, str]]:
    return routes_of(campaign)


def statuses(client: Client, routes: list[tuple[str, str]]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {}
    for name, address in routes:
        address += "?q=telephone" if name == "api-search" else ""
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(address, headers=headers)
            found.setdefault(name, set()).add(answer.status_code)
            assert answer.status_code < 500, address
            if answer.streaming:
                assert name in CATALOGUE, address
            elif name != "invitation":  # whose campaign's name the invited are told
                assert "secret" not in answer.content.decode().casefold(), address
    return found


def test_a_visitor_reaches_nothing_but_the_way_in(client: Client, routes: list[tuple[str, str]]) -> None:
    found = statuses(client, routes)
    assert {name for name, codes in found.items() if 200 in codes} == THE_WAY_IN
    assert found["home"] == {302}


def test_a_public_catalogue_opens_the_catalogue_and_no_more(
    client: Client, routes: list[tuple[str, str]], settings: Settings
) -> None:
    settings.PUBLIC_CATALOGUE = True
    found = statuses(client, routes)
    assert {name for name, codes in found.items() if 200 in codes} == THE_WAY_IN | CATALOGUE
    assert client.get("/").url == reverse("collections")
    for _, address in routes:
        assert client.post(address).status_code != 200 or address == reverse("login"), address


def test_a_public_catalogue_stays_closed_to_accounts_that_label(
    client: Client, routes: list[tuple[str, str]], settings: Settings
) -> None:
    settings.PUBLIC_CATALOGUE = True
    client.force_login(UserFactory())
    found = {name: {client.get(address).status_code} for name, address in routes if name in CATALOGUE}
    pictures = {"image", "image-tiles", "image-tile"}
    assert {name: found[name] for name in CATALOGUE - pictures} == {name: {403} for name in CATALOGUE - pictures}
    assert client.get("/").status_code == 200


@pytest.fixture
def visitor(client: Client, settings: Settings) -> Client:
    settings.PUBLIC_CATALOGUE = True
    return client


def test_pages_lead_a_visitor_only_where_it_may_go(visitor: Client, campaign: Campaign) -> None:
    waiting, visited = {"/"}, set()
    while waiting:
        address = waiting.pop()
        visited.add(address)
        answer = visitor.get(address)
        if address.startswith("/images/"):
            continue  # most pictures of these tests have no file
        if answer.status_code == 302:
            waiting |= {answer.url} - visited
            continue
        assert answer.status_code == 200, address
        found = {found.split("#")[0] for found in addresses_in(answer, address)}
        waiting |= {each for each in found if not each.startswith("/static/")} - visited
    record = campaign.assignments.first().pair.a
    assert {reverse("search"), reverse("login"), record.get_absolute_url()} <= visited


def test_what_may_not_be_shown_is_shown_to_no_visitor(visitor: Client, campaign: Campaign) -> None:
    record = campaign.assignments.first().pair.a
    picture = record.images.get()
    Record.objects.filter(pk=record.pk).update(withheld=True)
    assert visitor.get(record.get_absolute_url()).status_code == 404
    assert visitor.get(picture.display_url).status_code == 404
    Record.objects.filter(pk=record.pk).update(withheld=False)
    assert visitor.get(picture.display_url).status_code == 200
    picture.delete()
    assert visitor.get(picture.display_url).status_code == 404, "no record shows it any more"


def test_a_visitor_who_searches_leaves_no_session_behind(visitor: Client, campaign: Campaign) -> None:
    record = campaign.assignments.first().pair.a
    for address in (reverse("search") + f"?q={record.name}", f"{record.get_absolute_url()}?list"):
        assert record.name in visitor.get(address).content.decode()
    assert not Session.objects.exists()
    assert "sessionid" not in visitor.cookies


def test_visitors_who_search_without_pause_are_told_to_wait(visitor: Client, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "visitors"}}
    cache.clear()
    for _ in range(59):
        too_often("search of 127.0.0.1", at_most=60, seconds=3600)
    codes = [visitor.get(reverse("search"), headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(2)]
    assert codes == [200, 429], "whoever connects is counted, whatever it says of itself"
    assert "Try again in a minute" in visitor.get(reverse("search")).content.decode()
    assert visitor.get(reverse("collections")).status_code == 200
    visitor.force_login(UserFactory(role=Role.LEAD))
    assert visitor.get(reverse("search")).status_code == 200


def test_a_visitor_reads_neither_paths_nor_what_went_wrong(visitor: Client) -> None:
    picture = ImageFactory(content_hash="", source="/srv/secret/1.jpg", problem="secret problem")
    assert "secret" not in visitor.get(picture.record.get_absolute_url()).content.decode()
    visitor.force_login(UserFactory(role=Role.LEAD))
    assert "secret problem" in visitor.get(picture.record.get_absolute_url()).content.decode()


def test_an_empty_site_has_a_first_page_for_visitors(visitor: Client) -> None:
    page = visitor.get("/", follow=True).content.decode()
    assert "No collections yet" in page
    assert reverse("new-collection") not in page
    collection = Collection.objects.create(slug="bare", name="Bare Museum")
    assert "Its museum has not brought any in" in visitor.get(collection.get_absolute_url()).content.decode()
