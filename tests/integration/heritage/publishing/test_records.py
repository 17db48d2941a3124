"""The catalogue for programs: who gets it, what is given out and what never, filters, pages, cost."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from heritage.accounts.tokens import issue_token
from heritage.models import Collection, Record, Role
from heritage.publishing.requests import CatalogueThrottle
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def smg() -> Collection:
    return CollectionFactory(slug="smg", name="Science Museum Group", language="en")


@pytest.fixture
def lamp(smg: Collection) -> Record:
    """With two pictures that may be shown, and one that is not here."""
    record = RecordFactory(
        collection=smg,
        record_id="L.1",
        name="Miner's lamp",
        page="javascript:alert(1)",
        licence="CC BY 4.0",
        taxonomy=["lamp"],
    )
    ImageFactory(record=record, position=0, width=3000, height=1500, licence="CC0", credit="© The Museum")
    ImageFactory(record=record, position=1, width=300, height=200, sensitive=True)
    ImageFactory(record=record, position=2, content_hash="", source="/srv/secret.jpg")
    return record


@pytest.fixture
def visitor(client: Client, settings: Settings) -> Client:
    settings.PUBLIC_CATALOGUE = settings.CORS_ALLOW_ALL_ORIGINS = True
    return client


def addresses(record: Record) -> list[str]:
    other = RecordFactory(collection=record.collection)
    return [
        reverse("api-collections"),
        reverse("api-records"),
        reverse("api-record", args=[record.pk]),
        reverse("api-search") + "?q=lamp",
        reverse("record-manifest", args=[record.pk]),
        reverse("record-linked-art", args=[record.pk]),
        reverse("pair-manifest", args=[record.pk, other.pk]),
    ]


def test_leads_read_it_annotators_and_visitors_do_not(client: Client, lamp: Record) -> None:
    lead, annotator = UserFactory(role=Role.LEAD), UserFactory(role=Role.ANNOTATOR)
    by_token = APIClient()
    by_token.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(lead).token}")
    for address in addresses(lamp):
        client.logout()
        refused = client.get(address)
        assert (refused.status_code, list(refused.json())) == (401, ["detail"])
        client.force_login(annotator)
        assert client.get(address).status_code == 403
        client.force_login(lead)
        assert client.get(address).status_code == 200
        assert by_token.get(address).status_code == 200


def test_a_public_catalogue_is_read_by_programs_and_pages_of_anybody(visitor: Client, lamp: Record) -> None:
    picture = lamp.images.get(position=0)
    for address in addresses(lamp):
        answer = visitor.get(address, headers={"Origin": "https://viewer.example"})
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cache-Control"] == "public, no-cache"
        again = visitor.get(address, headers={"If-None-Match": answer["ETag"], "Origin": "https://viewer.example"})
        assert (again.status_code, again["Access-Control-Allow-Origin"]) == (304, "*")
        visitor.force_login(UserFactory(role=Role.ANNOTATOR))
        assert visitor.get(address).status_code == 403, "an account that labels is kept out, even so"
        visitor.logout()
    asked = {"Origin": "https://viewer.example", "Access-Control-Request-Method": "GET"}
    assert visitor.options(picture.display_url, headers=asked)["Access-Control-Allow-Origin"] == "*"
    for closed in (reverse("home"), reverse("collections"), reverse("api-campaigns"), reverse("login")):
        assert "Access-Control-Allow-Origin" not in visitor.get(closed, headers=asked)


def test_no_other_site_reads_a_closed_catalogue(client: Client, lamp: Record) -> None:
    client.force_login(UserFactory(role=Role.LEAD))
    for address in addresses(lamp):
        answer = client.get(address, headers={"Origin": "https://viewer.example"})
        assert "Access-Control-Allow-Origin" not in answer
        assert answer["Cache-Control"] == "private, no-cache"


def test_a_record_is_given_with_its_pictures_and_rights(visitor: Client, lamp: Record) -> None:
    found = visitor.get(reverse("api-record", args=[lamp.pk])).json()
    assert (found["collection"], found["record_id"], found["name"]) == ("smg", "L.1", "Miner's lamp")
    assert found["museum_page"] == "", "no address of the web"
    assert found["rights"] == {"licence": "CC BY 4.0", "credit": "", "statement": ""}
    assert [picture["sensitive"] for picture in found["pictures"]] == [False, True]
    assert found["pictures"][0]["rights"]["credit"] == "© The Museum"
    assert found["pictures"][0]["image"] == f"http://testserver{lamp.images.get(position=0).display_url}"
    assert found["manifest"] == f"http://testserver/records/{lamp.pk}/manifest.json"
    assert "secret" not in json.dumps(found)


def test_what_may_not_be_shown_is_given_to_nobody(visitor: Client, smg: Collection) -> None:
    hidden = ImageFactory(record__collection=smg, record__name="Sacred lamp", record__withheld=True).record
    shown = RecordFactory(collection=smg, name="Lamp")
    withheld = ImageFactory(record=shown, withheld=True)
    for client in (visitor, Client()):
        if client is not visitor:
            client.force_login(UserFactory(role=Role.LEAD))
        for address in addresses(shown):
            text = client.get(address).content.decode()
            assert "Sacred" not in text
            assert withheld.content_hash not in text
        for name in ("api-record", "record-manifest", "record-linked-art"):
            assert client.get(reverse(name, args=[hidden.pk])).status_code == 404
        for pair in ([hidden.pk, shown.pk], [shown.pk, hidden.pk], [shown.pk, 10**15]):
            refused = client.get(reverse("pair-manifest", args=pair))
            assert refused.status_code == 404
            assert "museum does not want it shown" in refused.json()["detail"]
        [collection] = client.get(reverse("api-collections")).json()
        assert collection["pictures"] == 0
        assert collection["records"] == Record.objects.filter(withheld=False).count()


def listed(client: Client, **parameters: object) -> list[str]:
    answer = client.get(reverse("api-records"), parameters)
    assert answer.status_code == 200, answer.content
    return [record["name"] for record in answer.json()["results"]]


def test_filters(visitor: Client, lamp: Record) -> None:
    loom = RecordFactory(name="Loom", description="Of wood.", licence="https://creativecommons.org/licenses/by/4.0/")
    assert listed(visitor) == ["Miner's lamp", "Loom"]
    assert listed(visitor, collection="smg") == ["Miner's lamp"]
    assert listed(visitor, q="wood") == ["Loom"]
    assert listed(visitor, q="L.1") == ["Miner's lamp"]
    assert listed(visitor, picture="with") == ["Miner's lamp"]
    assert listed(visitor, picture="without") == ["Loom"]
    assert listed(visitor, licence="cc by 4.0") == ["Miner's lamp", "Loom"]
    assert listed(visitor, licence="CC0 1.0") == []
    assert listed(visitor, licence="cc0") == ["Miner's lamp"]
    assert listed(visitor, licence="") == ["Miner's lamp", "Loom"]
    Record.objects.filter(pk=loom.pk).update(updated=datetime(2020, 1, 1, tzinfo=UTC))
    assert listed(visitor, modified_since="2020-01-02") == ["Miner's lamp"]
    assert listed(visitor, modified_since="2019-12-31T23:59:59Z") == ["Miner's lamp", "Loom"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"collection": "nowhere"}, "No collection is called 'nowhere'. There are: smg."),
        ({"picture": "both"}, "picture: "),
        ({"modified_since": "yesterday"}, "modified_since: "),
        ({"q": "x" * 500}, "q: "),
    ],
)
def test_a_wrong_parameter_is_one_sentence(
    visitor: Client, lamp: Record, parameters: dict[str, str], said: str
) -> None:
    refused = visitor.get(reverse("api-records"), parameters)
    assert refused.status_code == 400
    assert list(refused.json()) == ["detail"]
    assert refused.json()["detail"].startswith(said)


def test_other_wrong_addresses_are_one_sentence(visitor: Client, lamp: Record) -> None:
    for address in (
        reverse("api-search"),
        reverse("api-search") + "?q=lamp&collection=x",
        reverse("api-search") + "?q=lamp&page=99",
        reverse("api-records") + "?cursor=nonsense",
        reverse("api-record", args=[10**15]),
    ):
        refused = visitor.get(address)
        assert refused.status_code in (400, 404), address
        assert isinstance(refused.json()["detail"], str)
    assert visitor.post(reverse("api-records")).status_code in (403, 405)


def test_all_pages_together_are_all_records_once(visitor: Client, smg: Collection) -> None:
    made = [RecordFactory(collection=smg).record_id for _ in range(7)]
    address, seen, sizes = reverse("api-records") + "?page_size=3", [], []
    while address:
        page = visitor.get(address).json()
        seen += [record["record_id"] for record in page["results"]]
        sizes.append(len(page["results"]))
        address = page["next"]
    assert seen == made
    assert sizes == [3, 3, 1]


def test_a_page_is_of_two_hundred_at_most(visitor: Client, smg: Collection) -> None:
    RecordFactory.create_batch(203, collection=smg)
    assert len(listed(visitor, page_size=10_000)) == 200


def test_search_gives_the_best_first_and_counts(visitor: Client, lamp: Record) -> None:
    RecordFactory(collection=lamp.collection, name="Chest", description="Stood beside a lamp.")
    RecordFactory(name="Lamp of another museum")
    found = visitor.get(reverse("api-search"), {"q": "lamps", "collection": "smg"}).json()
    assert [record["name"] for record in found["results"]] == ["Miner's lamp", "Chest"]
    assert found["count"] == 2
    assert visitor.get(reverse("api-search"), {"q": "lamps"}).json()["count"] == 3


def test_the_cost_does_not_grow(
    visitor: Client, lamp: Record, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        ImageFactory.create_batch(2, record=RecordFactory(name="Lamp"))
        CollectionFactory()
    for address, limit in zip(addresses(lamp), [1, 2, 2, 7, 2, 2, 2], strict=True):
        with django_assert_max_num_queries(limit):
            visitor.get(address)


def test_documents_have_the_media_types_of_their_standards(visitor: Client, lamp: Record) -> None:
    manifest = visitor.get(reverse("record-manifest", args=[lamp.pk]))
    assert manifest["Content-Type"] == ('application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"')
    assert len(manifest.json()["items"]) == 1, "the sensitive picture is left out"
    as_json = visitor.get(reverse("record-manifest", args=[lamp.pk]), headers={"Accept": "application/json"})
    assert as_json["Content-Type"] == "application/json"
    linked_art = visitor.get(
        reverse("record-linked-art", args=[lamp.pk]),
        headers={"Accept": 'application/ld+json;profile="https://linked.art/ns/v1/linked-art.json"'},
    )
    assert linked_art["Content-Type"].startswith("application/ld+json")
    assert linked_art.json()["id"] == f"http://testserver/records/{lamp.pk}/linked-art.json"
    pair = visitor.get(addresses(lamp)[-1]).json()
    assert len(pair["items"]) == 2


def test_too_many_requests_are_told_to_wait(visitor: Client, lamp: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CatalogueThrottle, "rate", "2/min")
    address = reverse("api-collections")
    codes = [visitor.get(address, headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code for number in range(3)]
    assert codes == [200, 200, 429], "whoever connects is counted, whatever it says of itself"
