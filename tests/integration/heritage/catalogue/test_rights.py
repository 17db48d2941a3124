"""What leads see of rights in the catalogue: what may not be shown, what has to be said, and in which language."""

import pytest
from django.test import Client
from django.urls import reverse

from heritage.catalogue.queries import collections_with_counts
from heritage.models import Collection, Record
from tests.factories import CollectionFactory, ImageFactory, RecordFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def smg() -> Collection:
    return CollectionFactory(slug="smg", language="de")


def seen(lead: Client, address: str, **parameters: str) -> str:
    return lead.get(address, parameters).content.decode()


def test_a_withheld_record_is_in_no_list_and_no_search(lead: Client, smg: Collection) -> None:
    shown = ImageFactory(record=RecordFactory(collection=smg, name="Dialled lamp")).record
    hidden = ImageFactory(record=RecordFactory(collection=smg, name="Sacred lamp", withheld=True, record_id="S.1"))
    for content in (
        seen(lead, reverse("collection", args=["smg"])),
        seen(lead, reverse("search"), q="lamp"),
        seen(lead, reverse("search"), q="lamp OR S.1"),
        seen(lead, reverse("collections")),
    ):
        assert hidden.record.name not in content
        assert hidden.content_hash not in content
    assert shown.name in seen(lead, reverse("search"), q="lamp")
    assert "Nothing found" in seen(lead, reverse("search"), q="S.1")


def test_its_own_page_says_why_nothing_is_shown(lead: Client, smg: Collection) -> None:
    record = RecordFactory(collection=smg, name="Sacred lamp", description="Of the elders.", withheld=True)
    image = ImageFactory(record=record)
    content = seen(lead, record.get_absolute_url())
    assert "does not want this record shown" in content
    for secret in (record.name, record.description, image.content_hash):
        assert secret not in content


def test_neither_withheld_nor_sensitive_pictures_are_covers(smg: Collection) -> None:
    plain = ImageFactory(record__collection=smg, position=0)
    ImageFactory(record__collection=smg, position=0, sensitive=True)
    ImageFactory(record__collection=smg, position=0, withheld=True)
    ImageFactory(record__collection=smg, record__withheld=True, position=0)
    [collection] = collections_with_counts()
    assert collection.covers == [plain.content_hash]  # type: ignore[attr-defined]


def test_a_record_stands_by_its_next_picture_where_the_first_is_withheld(lead: Client, smg: Collection) -> None:
    record = RecordFactory(collection=smg)
    first, second = (ImageFactory(record=record, position=place, withheld=not place) for place in (0, 1))
    content = seen(lead, reverse("collection", args=["smg"]))
    assert second.thumbnail_url in content
    assert first.content_hash not in content


def test_a_record_s_page_has_its_second_identifier_kind_and_address(lead: Client, smg: Collection) -> None:
    record = RecordFactory(
        collection=smg,
        accession="1950-12/<2>",
        kind="archive",
        page="https://museum.example/objects/1",
        licence="CC BY 4.0",
    )
    content = seen(lead, record.get_absolute_url())
    for text in (
        "<dd>1950-12/&lt;2&gt;</dd>",
        '<dd dir="auto">archive</dd>',
        '<a href="https://museum.example/objects/1" rel="noreferrer">At the museum',
        "<p>Licence: CC BY 4.0</p>",
    ):
        assert text in content
    Record.objects.update(page="javascript:alert(1)")
    assert "javascript:" not in seen(lead, record.get_absolute_url())


def test_names_and_descriptions_have_their_languages(lead: Client, smg: Collection) -> None:
    record = RecordFactory(
        collection=smg, name="هاتف قديم.", description="Ein altes Telefon.", languages={"name": "ar"}
    )
    content = seen(lead, record.get_absolute_url())
    assert '<h1 lang="ar" dir="auto">هاتف قديم.</h1>' in content
    assert '<p class="record-text" lang="de" dir="auto">' in content
    for listed in (seen(lead, reverse("collection", args=["smg"])), seen(lead, reverse("search"), q="Telefon")):
        assert 'lang="ar" dir="auto">هاتف قديم.<' in listed
        assert 'lang="de" dir="auto">Ein altes' in listed


def test_languages_cost_no_query_for_each_record(lead: Client, smg: Collection, django_assert_num_queries) -> None:
    RecordFactory.create_batch(3, collection=smg)
    lead.get(reverse("search"), {"q": "telephone"})
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        lead.get(reverse("search"), {"q": "telephone"})
    RecordFactory.create_batch(20, collection=smg)
    with django_assert_num_queries(len(few)):
        lead.get(reverse("search"), {"q": "telephone"})
