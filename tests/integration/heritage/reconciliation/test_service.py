"""A client's requests, as the specification has them, one after the other: from the manifest to new columns.

https://reconciliation-api.github.io/specs/0.2/. The schemas below say in short what its appendix demands.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from heritage.catalogue.words.spelling import keep_words
from heritage.models import Record, Role
from tests.factories import ImageFactory, RecordFactory, UserFactory

pytestmark = pytest.mark.django_db

TEXT = {"type": "string", "minLength": 1}
TYPE = {"type": "object", "properties": {"id": TEXT, "name": TEXT}, "required": ["id", "name"]}
SERVICE = {"type": "object", "required": ["service_url", "service_path"]}
MANIFEST = {
    "type": "object",
    "properties": {
        "versions": {"type": "array", "items": TEXT, "contains": {"const": "0.2"}},
        "defaultTypes": {"type": "array", "items": TYPE, "uniqueItems": True},
        "view": {"type": "object", "properties": {"url": {"pattern": r"\{\{id\}\}"}}, "required": ["url"]},
        "preview": {
            "type": "object",
            "properties": {
                "url": {"pattern": r"\{\{id\}\}"},
                "width": {"type": "integer"},
                "height": {"type": "integer"},
            },
            "required": ["url", "width", "height"],
        },
        "suggest": {
            "type": "object",
            "properties": {"entity": SERVICE, "property": SERVICE, "type": SERVICE},
            "required": ["entity", "property", "type"],
        },
        "extend": {"type": "object", "properties": {"propose_properties": SERVICE}},
        "batchSize": {"type": "integer"},
    },
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
}
CANDIDATE = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "description": TEXT,
        "type": {"type": "array", "items": TYPE},
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "match": {"type": "boolean"},
        "features": {"type": "array", "items": {"type": "object", "required": ["id", "value"]}},
    },
    "required": ["id", "name", "type", "score", "match"],
    "additionalProperties": False,
}
RESULTS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"result": {"type": "array", "items": CANDIDATE}},
        "required": ["result"],
    },
}
EXTENSION = {
    "type": "object",
    "properties": {
        "meta": {"type": "array", "items": TYPE},
        "rows": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"str": TEXT},
                        "required": ["str"],
                        "additionalProperties": False,
                    },
                },
            },
        },
    },
    "required": ["meta", "rows"],
}
SUGGESTIONS = {
    "type": "object",
    "properties": {"result": {"type": "array", "items": {"type": "object", "required": ["id", "name"]}}},
    "required": ["result"],
}


def manifest(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/reconcile/").json()
    return found


def post(client: Client, address: str, form: dict[str, str], **options: Any) -> Any:
    """As a client posts a form."""
    return client.post(address, urlencode(form), content_type="application/x-www-form-urlencoded", **options)


def reconcile(client: Client, **queries: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    answer = post(client, "/reconcile/", {"queries": json.dumps(queries)})
    assert answer.status_code == 200, answer.content
    jsonschema.validate(answer.json(), RESULTS)
    for found in answer.json().values():
        scores = [candidate["score"] for candidate in found["result"]]
        assert scores == sorted(scores, reverse=True)
    return {name: found["result"] for name, found in answer.json().items()}


def names(candidates: list[dict[str, Any]]) -> list[str]:
    return [candidate["name"] for candidate in candidates]


def path_of(address: str) -> str:
    parts = urlsplit(address)
    assert parts.netloc == "testserver"
    return parts.path


def test_the_service_introduces_itself(visitor: Client) -> None:
    found = manifest(visitor)
    jsonschema.validate(found, MANIFEST)
    assert found["defaultTypes"] == [
        {"id": "nms", "name": "National Museums Scotland (simulated)"},
        {"id": "smg", "name": "Science Museum Group"},
    ]
    record = Record.objects.get(record_id="1950-12")
    assert path_of(found["view"]["url"].replace("{{id}}", str(record.pk))) == record.get_absolute_url()
    assert visitor.get("/reconcile", headers={"Origin": "http://127.0.0.1:3333"}).json() == found
    for added in (
        {"_": "1764457200"},
        {"callback": "steal"},
    ):  # what a browser's script adds, JSONP too: nothing comes of it
        assert visitor.get("/reconcile/", added).json() == found


def test_a_batch_is_answered_query_by_query_by_post_and_get(visitor: Client) -> None:
    queries = {
        "q0": {"query": "candlestick telephone"},
        "q1": {"query": "telephones", "limit": 1},
        "q2": {"query": "ox"},
    }
    found = reconcile(visitor, **queries)
    assert names(found["q0"])[0] == "Candlestick telephone"
    assert found["q0"][0]["match"] is True
    assert found["q0"][0]["score"] == 100
    assert found["q0"][0]["description"] == "1950-12 · Science Museum Group · telephone"
    assert len(found["q1"]) == 1
    assert found["q1"][0]["match"] is False
    assert found["q2"] == []
    by_get = visitor.get("/reconcile/", {"queries": json.dumps(queries)}).json()
    assert {name: each["result"] for name, each in by_get.items()} == found
    without_slash = post(visitor, "/reconcile", {"queries": json.dumps(queries)})
    assert without_slash.json() == by_get


def test_a_single_query(visitor: Client) -> None:
    for query in ("Wall telephone", '{"query": "Wall telephone", "type": "smg"}'):
        [first, *_] = visitor.get("/reconcile/", {"query": query}).json()["result"]
        assert (first["name"], first["match"]) == ("Wall telephone", True)


def test_namesakes_are_both_offered_and_neither_taken(visitor: Client) -> None:
    found = reconcile(visitor, both={"query": "Miner's lamp"}, one={"query": "Miner's lamp", "type": "smg"})
    assert [(each["score"], each["match"]) for each in found["both"]] == [(100, False), (100, False)]
    assert [(each["type"][0]["id"], each["match"]) for each in found["one"]] == [("smg", True)]


def test_more_namesakes_than_are_looked_at_are_none_of_them_taken(visitor: Client) -> None:
    smg = Record.objects.get(record_id="L.1").collection
    RecordFactory.create_batch(60, collection=smg, name="Loom")
    [*found] = reconcile(visitor, q={"query": "Loom", "limit": 100})["q"]
    assert len(found) == 50
    assert not any(each["match"] for each in found)


def test_identifiers_are_as_good_as_names(visitor: Client) -> None:
    found = reconcile(
        visitor,
        identifier={"query": "1950-12"},
        accession={"query": "E 7"},
        property={"query": "Telephone", "properties": [{"pid": "accession", "v": "E 7"}]},
        alone={"properties": [{"pid": "identifier", "v": ["nothing", "000-1"]}]},
        terms={"properties": [{"pid": "term", "v": "telephone"}]},
    )
    assert [(names(found[name])[0], found[name][0]["match"]) for name in ("identifier", "accession", "alone")] == [
        ("Candlestick telephone", True),
        ("Wall telephone", True),
        ("Miner's lamp", True),
    ]
    assert names(found["property"])[0] == "Wall telephone"
    assert {feature["id"]: feature["value"] for feature in found["property"][0]["features"]}["accession"] == 100
    assert names(found["terms"])[0] == "Candlestick telephone"


def test_a_slip_is_not_in_the_way(visitor: Client) -> None:
    keep_words(Record.objects.get(record_id="1950-12").collection, since=datetime.min.replace(tzinfo=UTC))
    [found, *_] = reconcile(visitor, q={"query": "Candlestik telephone"})["q"]
    assert (found["name"], found["match"]) == ("Candlestick telephone", False)
    assert 90 < found["score"] < 100


def test_some_of_the_words_are_better_than_none(visitor: Client) -> None:
    found = reconcile(visitor, q={"query": "Candlestick telephone, Ericsson, c. 1920"})["q"]
    assert names(found)[0] == "Candlestick telephone"
    assert not found[0]["match"]
    assert found[0]["score"] > found[1]["score"]


@pytest.mark.parametrize("words", ["or", "or or or", "-telephone", '"', "' & | ! <-> :*", "( )", "%", "\\", "the"])
def test_what_a_search_would_take_for_operators_is_no_error(visitor: Client, words: str) -> None:
    assert isinstance(reconcile(visitor, q={"query": words})["q"], list)
    for address in (reverse("reconcile-entities"), reverse("reconcile-types")):
        assert visitor.get(address, {"prefix": words}).status_code == 200


def test_suggestions(visitor: Client) -> None:
    services = manifest(visitor)["suggest"]

    def suggested(what: str, prefix: str, **parameters: object) -> list[dict[str, Any]]:
        address = path_of(services[what]["service_url"] + services[what]["service_path"])
        answer = visitor.get(address, {"prefix": prefix, **parameters})
        assert answer.status_code == 200
        jsonschema.validate(answer.json(), SUGGESTIONS)
        found: list[dict[str, Any]] = answer.json()["result"]
        return found

    assert names(suggested("entity", "telepho")) == ["Wall telephone", "Candlestick telephone"]
    assert names(suggested("entity", "telepho", cursor=1)) == ["Candlestick telephone"]
    assert names(suggested("entity", "1950-12"))[0] == "Candlestick telephone"
    assert suggested("entity", "candle")[0]["notable"] == [{"id": "smg", "name": "Science Museum Group"}]
    assert suggested("entity", "") == []
    assert names(suggested("property", "acc")) == ["Accession number"]
    assert {each["id"] for each in suggested("property", "")} == {"identifier", "accession", "term", "kind"}
    assert names(suggested("type", "scot")) == ["National Museums Scotland (simulated)"]


def test_new_columns(visitor: Client) -> None:
    proposal = manifest(visitor)["extend"]["propose_properties"]
    address = path_of(proposal["service_url"] + proposal["service_path"])
    proposed = visitor.get(address, {"type": "smg"}).json()
    assert {"term", "manifest", "credit"} <= {each["id"] for each in proposed["properties"]}
    assert proposed["type"] == "smg"
    assert len(visitor.get(address, {"type": "smg", "limit": 2}).json()["properties"]) == 2
    record = Record.objects.get(record_id="1950-12")
    lamp, hidden = Record.objects.get(record_id="L.1"), Record.objects.get(record_id="S.1")
    ids = [str(record.pk), str(lamp.pk), str(hidden.pk), "9" * 30, "x"]
    wanted = {"ids": ids, "properties": [{"id": "term"}, {"id": "description"}, {"id": "picture"}]}
    answer = post(visitor, "/reconcile/", {"extend": json.dumps(wanted)}).json()
    jsonschema.validate(answer, EXTENSION)
    assert [each["name"] for each in answer["meta"]] == ["Term", "Description", "Picture"]
    assert answer["rows"][ids[0]]["term"] == [{"str": "telephone"}, {"str": "communication"}]
    assert answer["rows"][ids[0]]["picture"] == [{"str": f"http://testserver{record.images.get().display_url}"}]
    for nothing in ids[1:]:
        assert answer["rows"][nothing]["description"] == [], "sensitive, withheld, or not there"
    assert visitor.get("/reconcile/", {"extend": json.dumps(wanted)}).json() == answer


def test_a_preview_stands_in_a_frame_of_another_site(visitor: Client) -> None:
    record = Record.objects.get(record_id="1950-12")
    answer = visitor.get(path_of(manifest(visitor)["preview"]["url"].replace("{{id}}", str(record.pk))))
    page = answer.content.decode()
    assert "X-Frame-Options" not in answer
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert "script" not in page
    for text in ("Candlestick telephone", "1950-12", "© The Museum", record.images.get().thumbnail_url):
        assert text in page
    sensitive = Record.objects.get(record_id="L.1")
    covered = ImageFactory(record=sensitive, sensitive=True)
    page = visitor.get(reverse("reconcile-preview", args=[sensitive.pk])).content.decode()
    assert "brass" not in page
    assert covered.content_hash not in page
    for gone in (Record.objects.get(record_id="S.1").pk, 10**15):
        assert visitor.get(reverse("reconcile-preview", args=[gone])).status_code == 404


def test_what_may_not_be_shown_is_no_candidate(visitor: Client) -> None:
    found = reconcile(visitor, name={"query": "Sacred lamp"}, identifier={"query": "S.1"})
    assert "Sacred lamp" not in names(found["name"]) + names(found["identifier"])
    text = visitor.get(reverse("reconcile-entities"), {"prefix": "sacred"}).content.decode()
    assert "Sacred" not in text


def test_a_batch_of_ten_thousand_gets_a_sentence(visitor: Client) -> None:
    for query in ({"query": "x"}, {"query": "x" * 200}):
        queries = json.dumps({f"q{number}": query for number in range(10_000)})
        refused = post(visitor, "/reconcile/", {"queries": queries})
        assert refused.status_code == 413
        assert list(refused.json()) == ["detail"]
        assert re.search(r"send it in parts\.$", refused.json()["detail"])
    assert manifest(visitor)["batchSize"] == 50


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"queries": "{"}, "queries is not JSON"),
        ({"queries": "[]"}, "queries has to be an object"),
        ({"queries": '{"q0": {"query": "x", "type": "nowhere"}}'}, "No collection is called 'nowhere'"),
        ({"queries": '{"q0": {"query": "x", "properties": [{"pid": "colour", "v": 1}]}}'}, "'colour' is not compared"),
        ({"query": '{"query": 7}'}, "query has to be a text"),
        ({"extend": '{"ids": ["1"], "properties": [{"id": "colour"}]}'}, "There is no property 'colour'"),
    ],
)
def test_what_cannot_be_answered_gets_a_sentence(visitor: Client, asked: dict[str, str], said: str) -> None:
    for refused in (post(visitor, "/reconcile/", asked), visitor.get("/reconcile/", asked)):
        assert refused.status_code == 400
        assert list(refused.json()) == ["detail"]
        assert said in refused.json()["detail"]


def test_other_nonsense_gets_a_sentence(visitor: Client) -> None:
    refused = post(visitor, "/reconcile/", {"question": "lamp"})
    assert (refused.status_code, list(refused.json())) == (400, ["detail"])
    for address in (
        reverse("reconcile-entities") + "?prefix=lamp&cursor=x",
        reverse("reconcile-properties") + "?limit=0",
        reverse("reconcile-properties") + "?limit=many",
    ):
        assert list(visitor.get(address).json()) == ["detail"]
    refused = visitor.post("/reconcile/", "{}", content_type="application/json")
    assert (refused.status_code, list(refused.json())) == (415, ["detail"])


def test_who_may_ask(client: Client, visitor: Client, settings: Settings) -> None:
    record = Record.objects.get(record_id="1950-12")
    addresses = ["/reconcile/", reverse("reconcile-entities"), reverse("reconcile-preview", args=[record.pk])]
    for address in addresses:
        answer = visitor.get(address, headers={"Origin": "http://127.0.0.1:3333"})
        assert answer["Access-Control-Allow-Origin"] == "*"
    asked = post(visitor, "/reconcile/", {"query": "lamp"}, headers={"Origin": "http://127.0.0.1:3333"})
    assert asked["Access-Control-Allow-Origin"] == "*"
    visitor.force_login(UserFactory(role=Role.ANNOTATOR))
    assert {visitor.get(address).status_code for address in addresses} == {403}
    settings.PUBLIC_CATALOGUE = settings.CORS_ALLOW_ALL_ORIGINS = False
    visitor.logout()
    assert [visitor.get(address).status_code for address in addresses] == [401, 401, 302]
    visitor.force_login(UserFactory(role=Role.LEAD))
    assert {visitor.get(address).status_code for address in addresses} == {200}
    closed = visitor.get(addresses[2])
    assert "frame-ancestors 'none'" in closed["Content-Security-Policy"]


def test_the_cost_is_of_the_queries_alone(visitor: Client) -> None:
    smg = Record.objects.get(record_id="L.1").collection

    def cost(**queries: dict[str, Any]) -> int:
        with CaptureQueriesContext(connection) as made:
            reconcile(visitor, **queries)
        return len(made)

    few = cost(q0={"query": "telephone set"})
    for number in range(30):
        ImageFactory(record=RecordFactory(collection=smg, name=f"Telephone set {number}"))
    assert cost(q0={"query": "telephone set"}) <= few
    assert few <= 1 + 13  # words, and alternatives: known, in part, misspelt, by language; models
