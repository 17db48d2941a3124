"""The pages of imports, of removing and of renaming: for leads only, asking first, and doing what they said."""

import csv
import io
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from heritage.catalogue.storing import IncomingRecord, store_batch
from heritage.models import Collection, Import, JobRun, Record, Role, User
from heritage.progress import NoProgress
from heritage.tasks import remove_large_collection, undo_import_of_many
from tests.factories import CandidatePairFactory, CollectionFactory, RecordFactory, UserFactory, campaign_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead_user() -> User:
    return UserFactory(username="kim", role=Role.LEAD)


@pytest.fixture
def lead(client: Client, lead_user: User) -> Client:
    client.force_login(lead_user)
    return client


@pytest.fixture
def smg() -> Collection:
    return CollectionFactory(slug="smg", name="Science Museum Group")


def record(record_id: str, name: str = "Lamp") -> IncomingRecord:
    return IncomingRecord(record_id, name, "Of brass.", (), ())


def import_of(into: Collection, *records: IncomingRecord, **result: Any) -> Import:
    imported = Import.objects.create(collection=into, files=["records.csv"], finished=timezone.now(), result=result)
    store_batch(collection=into, records=records, imported_by=imported)
    return imported


RESULT: dict[str, Any] = {
    "collection": "smg",
    "dry_run": False,
    "rows": 40,
    "left_out": 0,
    "rejected": 2,
    "created": 31,
    "updated": 2,
    "unchanged": 5,
    "images_to_fetch": 3,
    "problems": [
        {"file": "records.csv", "line": 7, "field": "record_id", "reason": "is missing", "record_id": ""},
        {"file": "records.csv", "line": 9, "field": "name", "reason": "=cmd()", "record_id": "-1"},
    ],
    "warnings": [{"kind": "Identifiers that look like dates", "count": 2, "examples": ["03-Apr", "04-May"]}],
}


def pages(imported: Import) -> list[str]:
    slug, one = imported.collection.slug, imported.records.get()
    return [
        reverse("imports", args=[slug]),
        reverse("import", args=[slug, imported.pk]),
        reverse("rows-left", args=[slug, imported.pk]),
        reverse("undo-import", args=[slug, imported.pk]),
        reverse("rename-collection", args=[slug]),
        reverse("remove-collection", args=[slug]),
        reverse("remove-record", args=[one.pk]),
    ]


def test_all_of_them_are_for_leads(client: Client, smg: Collection) -> None:
    imported = import_of(smg, record("1"))
    for url in pages(imported):
        client.logout()
        assert client.get(url).status_code == 302
        client.force_login(UserFactory(role=Role.ANNOTATOR))
        assert client.get(url).status_code == 403
        assert client.post(url, {"name": "Theirs", "slug": "theirs"}).status_code in (403, 405)
        client.force_login(UserFactory(role=Role.LEAD))
        assert client.get(url).status_code == 200
    assert Record.objects.count() == 1
    assert Collection.objects.get() == smg
    assert Import.objects.get().undone is None


def test_what_is_sent_without_the_pages_own_token_is_refused(lead_user: User, smg: Collection) -> None:
    imported = import_of(smg, record("1"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead_user)
    for url in pages(imported)[3:]:
        assert client.post(url, {"name": "Theirs", "slug": "theirs"}).status_code == 403
        assert "csrfmiddlewaretoken" in client.get(url).content.decode()
    assert Record.objects.count() == 1


def test_an_import_of_another_collection_is_not_shown(lead: Client, smg: Collection) -> None:
    imported = import_of(smg, record("1"))
    CollectionFactory(slug="nms")
    assert lead.get(reverse("import", args=["nms", imported.pk])).status_code == 404


def test_the_list_leads_to_each_import(lead: Client, smg: Collection) -> None:
    assert "No imports are known" in lead.get(reverse("imports", args=["smg"])).content.decode()
    imported = import_of(smg, record("1"), **RESULT)
    page = lead.get(reverse("imports", args=["smg"])).content.decode()
    assert f'href="{imported.get_absolute_url()}"' in page
    assert "records.csv" in page
    assert reverse("imports", args=["smg"]) in lead.get(smg.get_absolute_url()).content.decode()


def test_an_imports_page_says_what_happened_and_what_comes_next(lead: Client, smg: Collection) -> None:
    page = lead.get(import_of(smg, record("1"), **RESULT).get_absolute_url()).content.decode()
    assert "31 records created, 2 updated, 5 as they were. 2 of 40 rows did not go in." in page
    assert "records.csv, line 7" in page
    assert "03-Apr; 04-May" in page
    assert "Fetch 3 pictures" in page
    assert "has not ended" not in page


def test_an_import_that_was_stopped_says_so(lead: Client, smg: Collection) -> None:
    imported = Import.objects.create(collection=smg)
    page = lead.get(imported.get_absolute_url()).content.decode()
    assert "has not ended" in page
    assert "0 records created" in page


def test_rows_that_did_not_go_in_as_a_file(lead: Client, smg: Collection) -> None:
    imported = import_of(smg, record("1"), **RESULT)
    answer = lead.get(reverse("rows-left", args=["smg", imported.pk]))
    assert answer["Content-Type"].startswith("text/csv")
    assert f"smg-import-{imported.pk}-rows-left.csv" in answer["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))) == [
        ["file", "line", "field", "record_id", "reason"],
        ["records.csv", "7", "record_id", "", "is missing"],
        ["records.csv", "9", "name", "'-1", "'=cmd()"],
    ]


def test_undoing_asks_first_and_tells_afterwards(lead: Client, smg: Collection) -> None:
    import_of(smg, record("1"))
    second = import_of(smg, record("1", "Bell"), record("2"), record("3"), **RESULT)
    CandidatePairFactory(a=Record.objects.get(record_id="3"))
    url = reverse("undo-import", args=["smg", second.pk])
    page = lead.get(url).content.decode()
    assert "1 record would be removed and 1 put back" in page
    assert "Records that would stay: 1" in page
    assert Record.objects.filter(collection=smg).count() == 3
    answer = lead.post(url, follow=True)
    assert "by kim: 1 record removed, 1 put back as they were. 1 stayed" in answer.content.decode()
    assert sorted(Record.objects.filter(collection=smg).values_list("name", flat=True)) == ["Lamp", "Lamp"]
    assert "undone already" in lead.post(url, follow=True).content.decode()


def test_undoing_the_only_import_leads_to_the_collections(lead: Client, smg: Collection) -> None:
    imported = import_of(smg, record("1"))
    url = reverse("undo-import", args=["smg", imported.pk])
    assert "The collection, empty then, would go too." in lead.get(url).content.decode()
    answer = lead.post(url, follow=True)
    assert answer.redirect_chain == [(reverse("collections"), 302)]
    assert not Collection.objects.exists()


def test_much_is_left_to_a_job(lead: Client, smg: Collection) -> None:
    imported = import_of(smg, record("1"), record("2"))
    other = CollectionFactory(slug="nms")
    RecordFactory.create_batch(2, collection=other)
    with patch("heritage.catalogue.views.removal.MOST_AT_ONCE", 1):
        lead.post(reverse("undo-import", args=["smg", imported.pk]))
        lead.post(reverse("remove-collection", args=["nms"]))
    undoing, removing = JobRun.objects.order_by("pk")
    assert (undoing.kind, removing.kind) == ("undo-import", "remove-collection")
    assert Record.objects.count() == 4
    # As the worker calls them.
    assert remove_large_collection(NoProgress(), **removing.arguments) == reverse("collections")
    assert undo_import_of_many(NoProgress(), **undoing.arguments) == reverse("collections")
    assert not Record.objects.exists()


def test_a_record_is_removed_after_a_question(lead: Client, smg: Collection) -> None:
    one = RecordFactory(collection=smg, record_id="1974-395")
    url = reverse("remove-record", args=[one.pk])
    assert url in lead.get(one.get_absolute_url()).content.decode()
    assert "Removed for good: 1 record." in lead.get(url).content.decode()
    answer = lead.post(url, follow=True)
    assert "Record 1974-395 is removed." in answer.content.decode()
    assert not Record.objects.exists()


def test_a_record_of_a_campaign_stays_and_its_labelling_page_too(lead: Client) -> None:
    annotator = UserFactory(role=Role.ANNOTATOR)
    campaign = campaign_for(annotator)
    assignment = campaign.assignments.first()
    assert assignment is not None
    one = assignment.pair.a
    url = reverse("remove-record", args=[one.pk])
    page = lead.get(url).content.decode()
    assert "It cannot be removed yet" in page
    assert campaign.sampling.get_absolute_url() in page
    assert "depend on it" in lead.post(url, follow=True).content.decode()
    assert (
        "cannot be removed"
        in lead.post(reverse("remove-collection", args=[one.collection.slug]), follow=True).content.decode()
    )
    assert Record.objects.filter(pk=one.pk).exists()
    theirs = Client()
    theirs.force_login(annotator)
    labelling = theirs.get(assignment.get_absolute_url()).content.decode()
    assert reverse("remove-record", args=[one.pk]) not in labelling
    assert one.name in labelling


def test_a_collection_is_renamed(lead: Client, smg: Collection) -> None:
    url = reverse("rename-collection", args=["smg"])
    CollectionFactory(slug="nms")
    refused = lead.post(url, {"name": "Science", "slug": "nms"})
    assert refused.status_code == 422
    assert "There is a collection “nms” already" in refused.content.decode()
    answer = lead.post(url, {"name": "Science", "slug": "science"}, follow=True)
    assert answer.redirect_chain == [(reverse("collection", args=["science"]), 302)]
    assert Collection.objects.get(slug="science").name == "Science"
