"""Links as others read them: rdflib parses what is written, and spreadsheets run nothing."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS

from annotation.links.addresses import RecordAddresses, read_addresses
from annotation.links.consensus import Link, LinkedRecord
from annotation.links.formats import WRITERS, LinkSet
from heritage.errors import UserError

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
MUSEUM = "https://museum.example/objects/{id}"
LAMP = LinkedRecord("smg", "co 1/2", '=HYPERLINK("x")')
BULB = LinkedRecord("nms", "T.1900.7", "Bulb <b>")


def link(label, a=LAMP, b=BULB):
    return Link(a, b, label, agreement=2 / 3, answers=3, annotators=("ada", "grace"), created=MORNING)


def link_set(*links, simulated=False, items=None):
    return LinkSet("Pilot", simulated, links, RecordAddresses({"smg": MUSEUM}), items or {})


LAMP_ADDRESS = URIRef("https://museum.example/objects/co%201%2F2")
BULB_ADDRESS = URIRef("urn:heritage-weaver:nms:T.1900.7")


@pytest.mark.parametrize(("name", "syntax"), [("skos", "turtle"), ("skos-json-ld", "json-ld")])
def test_skos_parses_and_says_how_close(name, syntax):
    def graph(label):
        return Graph().parse(data=WRITERS[name](link_set(link(label))), format=syntax)

    assert (LAMP_ADDRESS, SKOS.closeMatch, BULB_ADDRESS) in graph("same_object")
    similar = graph("similar_object")
    assert (LAMP_ADDRESS, SKOS.relatedMatch, BULB_ADDRESS) in similar
    assert (None, SKOS.closeMatch, None) not in similar
    category = graph("same_category")
    (shared,) = category.objects(LAMP_ADDRESS, SKOS.broadMatch)
    assert (BULB_ADDRESS, SKOS.broadMatch, shared) in category
    for each in (similar, category):
        assert (None, OWL.sameAs, None) not in each
        assert set(each.objects(None, DCTERMS.creator)) == {Literal("ada"), Literal("grace")}


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"csv", "quickstatements"}))
def test_simulated_links_say_so(name):
    assert "Simulated" in WRITERS[name](link_set(link("same_object"), simulated=True))
    assert "Simulated" not in WRITERS[name](link_set(link("same_object")))


def test_csv_keeps_formulas_asleep():
    (row,) = csv.DictReader(io.StringIO(WRITERS["csv"](link_set(link("same_object"), simulated=True))))
    assert row["a_name"] == '\'=HYPERLINK("x")'
    assert (row["a"], row["label"], row["agreement"], row["simulated"]) == ("co 1/2", "same_object", "0.6667", "1")
    assert row["a_address"] == str(LAMP_ADDRESS)


def test_web_annotations_link_a_target_to_a_body():
    document = json.loads(WRITERS["web-annotation"](link_set(link("same_object"), link("same_category", b=LAMP))))
    assert document["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert document["total"] == 2
    first, second = document["first"]["items"]
    assert first["id"] != second["id"]
    assert (first["type"], first["motivation"], first["target"]) == ("Annotation", "linking", str(LAMP_ADDRESS))
    assert first["body"][0]["id"] == str(BULB_ADDRESS)
    assert [person["nickname"] for person in first["creator"]] == ["ada", "grace"]


def test_quickstatements_only_where_an_item_meets_an_address():
    items = {("nms", "T.1900.7"): "Q42", ("smg", "co 1/2"): "Q7"}
    text = WRITERS["quickstatements"](link_set(link("same_object"), link("same_category"), items=items))
    assert text == f'Q42\tP2888\t"{LAMP_ADDRESS}"\tP4390\tQ39893184\n'
    assert WRITERS["quickstatements"](link_set(link("same_object"), items=items, simulated=True)) == ""


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("smg", "is no address of records"),
        ("smg=https://museum.example/objects/", "is no address of records"),
        ("smg=javascript:{id}", "is no address of records"),
        ("smg=https://museum.example/{id}> <x", "which no address can have"),
        ("va=https://museum.example/{id}", "has no pairs of a collection va"),
    ],
)
def test_addresses_that_are_none_are_refused(option, reason):
    with pytest.raises(UserError, match=reason):
        read_addresses([option], collections=["nms", "smg"])
