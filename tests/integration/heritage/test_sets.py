"""Sets of records: kept from a map, a cluster or a search, and then searched, paired and learnt from."""

from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from heritage.errors import UserError
from heritage.models import Record, RecordSet, Role
from heritage.sets.actions import MOST_RECORDS, keep_set
from heritage.sets.queries import records_of
from linking.models import CandidatePair
from models_ml.finetuning.actions import read_training_records
from tests.factories import CollectionFactory, RecordFactory, UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.LEAD))
    return client


@pytest.fixture
def records() -> list[Record]:
    return [RecordFactory(collection=CollectionFactory(slug=slug)) for slug in ("smg", "nms", "vam")]


def keep(client: Client, name: str, keys: str, origin: str = "Map of base"):
    return client.post(reverse("keep-record-set"), {"name": name, "keys": keys, "origin": origin})


def kept(name: str, *records: Record) -> RecordSet:
    return keep_set(name=name, keys=[record.pk for record in records], origin="", user=None)


def test_records_are_kept_under_a_name_and_shown(lead: Client, records: list[Record]) -> None:
    response = keep(lead, " Kettles  and teapots ", f"{records[2].pk},{records[0].pk},{records[0].pk},999999")
    made = RecordSet.objects.get()
    assert response.url == made.get_absolute_url() == "/sets/kettles-and-teapots/"
    assert (made.name, made.records) == ("Kettles and teapots", sorted([records[0].pk, records[2].pk]))
    page = unescape(lead.get(response.url).content.decode())
    assert "2 records" in page
    assert "Map of base" in page
    assert f"/records/{records[0].pk}/" in page
    assert f"/records/{records[1].pk}/" not in page
    assert "Kettles and teapots" in lead.get(reverse("record-sets")).content.decode()


def test_what_is_withheld_or_gone_is_counted_and_not_shown(lead: Client, records: list[Record]) -> None:
    made = kept("Three", *records)
    Record.objects.filter(pk=records[0].pk).update(withheld=True)
    records[1].delete()
    page = " ".join(lead.get(made.get_absolute_url()).content.decode().split())
    assert "1 record, and 2 that are withheld or gone" in page
    assert [record.pk for record in records_of(made)] == [records[2].pk]


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("", "1", "Give the set a name."),
        ("x" * 201, "1", "at most 200 characters"),
        ("Lamps", "", "No records were chosen."),
        ("Lamps", "1;DROP TABLE", "choose the records again"),
        ("Lamps", "9" * 30, "choose the records again"),
        ("Lamps", "999999", "None of these records is there any more"),
        ("taken", "{first}", "There is a set “taken” already"),
    ],
)
def test_what_cannot_be_kept_is_asked_for_again(
    lead: Client, records: list[Record], name: str, keys: str, message: str
) -> None:
    kept("Taken", records[0])
    keys = keys.format(first=records[0].pk)
    response = keep(lead, name, keys)
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert message in page
    assert RecordSet.objects.count() == 1
    if name == "taken":
        assert f'name="keys" value="{keys}"' in page


def test_a_set_has_an_end(records: list[Record]) -> None:
    with pytest.raises(UserError, match="choose fewer"):
        keep_set(name="All", keys=range(MOST_RECORDS + 1), origin="", user=None)


def test_names_that_give_one_short_name_get_two(records: list[Record]) -> None:
    assert [kept(name, records[0]).slug for name in ("Lamps!", "Lamps?", "電灯")] == ["lamps", "lamps-2", "set"]


def test_annotators_and_visitors_see_none(client: Client, records: list[Record], settings) -> None:
    made = kept("Lamps", records[0])
    settings.PUBLIC_CATALOGUE = True
    assert client.get(made.get_absolute_url()).status_code == 302
    assert "There is no such set" in unescape(
        client.get(reverse("search"), {"q": "a", "among": "lamps"}).content.decode()
    )
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    for address in (made.get_absolute_url(), reverse("record-sets")):
        assert client.get(address).status_code == 403
    assert keep(client, "Mine", str(records[0].pk)).status_code == 403
    assert RecordSet.objects.count() == 1


def test_removing_asks_first_and_leaves_the_records(lead: Client, records: list[Record]) -> None:
    made = kept("Lamps", *records)
    address = reverse("remove-record-set", args=[made.slug])
    assert lead.get(address).status_code == 200
    assert RecordSet.objects.exists()
    assert lead.post(address).url == reverse("record-sets")
    assert not RecordSet.objects.exists()
    assert Record.objects.count() == 3


def test_a_search_keeps_to_the_set(lead: Client, records: list[Record]) -> None:
    Record.objects.update(name="Oil lamp")
    kept("Lamps", records[1])
    page = unescape(lead.get(reverse("search"), {"q": "lamp", "among": "lamps"}).content.decode())
    assert f"/records/{records[1].pk}/" in page
    assert f"/records/{records[0].pk}/" not in page
    assert "Among the set" in page
    assert f'name="keys" value="{records[1].pk}"' in page


def test_pairs_are_drawn_with_records_of_the_set() -> None:
    collections_with_vectors({"smg": 24, "nms": 15}, ["base", "ft"])
    some = list(Record.objects.filter(collection__slug="smg")[:6])
    kept("Six", *some)
    options = ["--collections", "smg", "nms", "--models", "base", "ft", "--percentile", "60", "--allow-fewer"]
    call_command("sample_pairs", "six", *options, "--per-stratum", "50", "--among", "six", "--json")
    drawn = set(CandidatePair.objects.values_list("a_id", flat=True))
    assert drawn
    assert drawn <= {record.pk for record in some}
    with pytest.raises(CommandError, match="There is no set of records 'none': choose from six"):
        call_command("sample_pairs", "none", *options, "--among", "none")


def test_a_sampling_begins_with_the_collections_of_the_set(lead: Client) -> None:
    collections_with_vectors({"aaa": 3, "nms": 5, "smg": 8}, ["base"])
    kept("Some", *Record.objects.filter(collection__slug__in=["nms", "smg"]))
    page = lead.get(reverse("new-sampling"), {"among": "some"})
    initial = page.context["form"].initial
    assert (initial["first_collection"], initial["other_collections"], initial["among"]) == ("smg", ["nms"], ["some"])


def test_training_takes_the_records_of_the_set_alone(records: list[Record]) -> None:
    kept("Two", *records[:2])
    collections = [record.collection for record in records[1:]]
    assert [record.record_id for record in read_training_records(collections, ["two"])] == [records[1].record_id]
    assert len(read_training_records(collections)) == 2
    with pytest.raises(UserError, match="There is no set"):
        read_training_records(collections, ["none"])
