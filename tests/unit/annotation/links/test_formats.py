"""Links as others read them: rdflib parses what is written, and spreadsheets run nothing."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS

from annotation.links.addresses import RecordAddresses, read_addresses
from annotation.links.formats import HW, WRITERS, LinkSet
from annotation.links.link import Finer, Link, LinkedRecord
from heritage.errors import UserError

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
MUSEUM = "https://museum.example/objects/{id}"
LAMP = LinkedRecord("smg", "co 1/2", '=HYPERLINK("x")')
BULB = LinkedRecord("nms", "T.1900.7", "Bulb <b>")


def link(label, a=LAMP, b=BULB):
    return Link(a, b, label, agreement=2 / 3, answers=3, annotators=("ada", "grace"), created=MORNING)


def link_set(*links, simulated=False, items=None, finer=()):
    return LinkSet("Pilot", simulated, links, RecordAddresses({"smg": MUSEUM}), items or {}, finer=finer)


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


@pytest.mark.parametrize(("name", "syntax"), [("skos", "turtle"), ("skos-json-ld", "json-ld")])
def test_names_are_in_the_language_of_their_record(name, syntax):
    german, unnamed = replace(LAMP, name="Glühlampe", language="de-CH"), replace(BULB, name="", language="he")
    graph = Graph().parse(data=WRITERS[name](link_set(link("same_object", german, unnamed))), format=syntax)
    assert list(graph.objects(LAMP_ADDRESS, SKOS.prefLabel)) == [Literal("Glühlampe", lang="de-CH")]
    assert list(graph.objects(BULB_ADDRESS, SKOS.prefLabel)) == [Literal(BULB.record_id)]


def test_csv_begins_with_a_byte_order_mark():
    assert WRITERS["csv"](link_set(link("same_object"))).startswith("\ufeffa_collection,")


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"csv", "quickstatements"}))
def test_simulated_links_say_so(name):
    assert "Simulated" in WRITERS[name](link_set(link("same_object"), simulated=True))
    assert "Simulated" not in WRITERS[name](link_set(link("same_object")))


def test_links_say_by_which_kind_of_similarity_their_pairs_were_drawn():
    links = replace(link_set(link("same_object")), similarity_kind="centred")
    (row,) = csv.DictReader(io.StringIO(WRITERS["csv"](links)))
    assert row["similarity_kind"] == "centred"
    graph = Graph().parse(data=WRITERS["skos"](links), format="turtle")
    assert list(graph.objects(None, HW.similarityKind)) == [Literal("centred")]
    assert "The pair was drawn by centred similarity." in WRITERS["web-annotation"](links)
    unknown = replace(links, similarity_kind="")
    assert "similarity" not in WRITERS["skos"](unknown) + WRITERS["web-annotation"](unknown)


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


SCHEME = (
    Finer("same_object", "same-cast", "=Same cast */ <b>"),
    Finer("same_object", "same-lot", "Same lot"),
    Finer("same_category", "same-maker", "Same maker"),
)


def finer_links(**arguments):
    agreed = replace(link("same_object"), finer=SCHEME[0], finer_agreement=2 / 3)
    return link_set(agreed, link("same_category", b=LAMP), finer=SCHEME, **arguments)


def test_csv_says_the_finer_label_and_what_could_have_been_said():
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](finer_links()))))
    columns = ("finer", "finer_key", "finer_agreement", "finer_scheme")
    assert [[row[column] for column in columns] for row in rows] == [
        ["'=Same cast */ <b>", "same-cast", "0.6667", "same-cast same-lot"],
        ["", "", "", "same-maker"],
    ]
    assert list(rows[0])[-7:-3] == list(columns)


@pytest.mark.parametrize(("name", "syntax"), [("skos", "turtle"), ("skos-json-ld", "json-ld")])
def test_skos_has_finer_labels_as_concepts_of_a_scheme_of_the_campaign(name, syntax):
    graph = Graph().parse(data=WRITERS[name](finer_links()), format=syntax)
    (scheme,) = set(graph.objects(None, SKOS.inScheme)) - {URIRef("urn:heritage-weaver:labels")}
    assert len(set(graph.subjects(SKOS.inScheme, scheme))) == 3
    (cast,) = graph.subjects(SKOS.prefLabel, Literal("=Same cast */ <b>"))
    assert (cast, SKOS.broadMatch, URIRef("urn:heritage-weaver:labels:same_object")) in graph
    (node,) = graph.subjects(DCTERMS.type, cast)
    assert (node, HW.finerAgreement, None) in graph
    assert len(set(graph.subjects(HW.finer))) == 1


def test_web_annotations_and_edits_of_wikidata_say_the_finer_label():
    first, second = json.loads(WRITERS["web-annotation"](finer_links()))["first"]["items"]
    tags = [[body["value"] for body in each["body"] if body.get("purpose") == "tagging"] for each in (first, second)]
    assert tags == [["same_object", "=Same cast */ <b>"], ["same_category"]]
    [note] = [body["value"] for body in first["body"] if body.get("purpose") == "describing"]
    assert note == "Same object; 67 % of 3 answers link, 100 % give this label. =Same cast */ <b>, say 67 % of 2."
    edit = WRITERS["quickstatements"](finer_links(items={("nms", "T.1900.7"): "Q42"}))
    assert edit.endswith("\tQ39893184 /* Same object: =Same cast * / <b> */\n")


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("smg", "is no address of records"),
        ("smg=https://museum.example/objects/", "is no address of records"),
        ("smg=javascript:{id}", "is no address of records"),
        ("smg=https://museum.example/{id}> <x", "which no address can have"),
        *((f"smg=https://m.example/{{id}}{sign}x", "which no address can have") for sign in "|{}\\^`\x7f\u2028\x01"),
        ("smg=https://[::1/{id}", "is no address of records"),
        ("smg=https://[nonsense]/{id}", "is no address of records"),
        ("smg=https://museum.example:port/{id}", "is no address of records"),
        ("smg=https://:80/{id}", "is no address of records"),
        ("va=https://museum.example/{id}", "has no pairs of a collection va"),
    ],
)
def test_addresses_that_are_none_are_refused(option, reason):
    with pytest.raises(UserError, match=reason):
        read_addresses([option], collections=["nms", "smg"])
