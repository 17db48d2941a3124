"""Web Annotations against their JSON-LD context: every field is a term of it, and says what it should in RDF.

The context at http://www.w3.org/ns/anno.jsonld cannot be fetched by a test; here is what it makes of the terms
that are used, as its specification lists them (https://www.w3.org/TR/annotation-vocab/#json-ld-context). A term that
is not listed would be dropped by a reader without a word.
"""

import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, XSD

from annotation.exchange.web_annotations import CONTEXT, write_answer_annotations
from annotation.links.addresses import RecordAddresses
from annotation.links.formats import WRITERS, label_address
from annotation.links.link import Review
from tests.unit.annotation.links.test_formats import BULB_ADDRESS, LAMP_ADDRESS, MORNING, link, link_set

OA = Namespace("http://www.w3.org/ns/oa#")
AS = Namespace("http://www.w3.org/ns/activitystreams#")
TERMS = {
    "oa": str(OA),
    "as": str(AS),
    "dcterms": str(DCTERMS),
    "foaf": str(FOAF),
    "rdf": str(RDF),
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": str(XSD),
    "id": "@id",
    "type": "@type",
    **{name: f"oa:{name}" for name in ("Annotation", "TextualBody", "SpecificResource")},
    **{name: f"oa:{name}" for name in ("assessing", "classifying", "commenting", "describing", "linking", "tagging")},
    "AnnotationCollection": "as:OrderedCollection",
    "AnnotationPage": "as:OrderedCollectionPage",
    "Person": "foaf:Person",
    "body": {"@type": "@id", "@id": "oa:hasBody"},
    "target": {"@type": "@id", "@id": "oa:hasTarget"},
    "source": {"@type": "@id", "@id": "oa:hasSource"},
    "creator": {"@type": "@id", "@id": "dcterms:creator"},
    "motivation": {"@type": "@vocab", "@id": "oa:motivatedBy"},
    "purpose": {"@type": "@vocab", "@id": "oa:hasPurpose"},
    "value": "rdf:value",
    "created": {"@id": "dcterms:created", "@type": "xsd:dateTime"},
    "nickname": "foaf:nick",
    "label": "rdfs:label",
    "first": {"@type": "@id", "@id": "as:first"},
    "items": {"@type": "@id", "@id": "as:items", "@container": "@list"},
    "total": {"@id": "as:totalItems", "@type": "xsd:nonNegativeInteger"},
    "startIndex": {"@id": "as:startIndex", "@type": "xsd:nonNegativeInteger"},
}
NAMED = ("type", "motivation", "purpose")  # what these hold is looked up in the context as well


def answers(**changes):
    row = {
        "a": "1",
        "a_collection": "smg",
        "b": "9",
        "b_collection": "nms",
        "label": "similar_object",
        "finer": "Same maker",
        "annotator": "ada",
        "comment": "Both by <Bell>",
        "unsure": 1,
        "faulty": "ab",
        "created": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "submission": str(uuid.UUID(int=7)),
        "simulated": 0,
    } | changes
    file = io.StringIO()
    addresses = RecordAddresses({"smg": "https://museum.example/{id}"})
    count = write_answer_annotations([row], campaign="Pilot", addresses=addresses, file=file)
    return count, file.getvalue()


def links():
    review = Review("signed_off", "same_object", "Seen both", "mary", MORNING)
    return WRITERS["web-annotation"](link_set(replace(link("same_object"), signed_off=review), link("same_category")))


def terms_of(part):
    """Every key of a document, and every value that names a term."""
    if isinstance(part, list):
        return set().union(*map(terms_of, part))
    if not isinstance(part, dict):
        return set()
    named = {part[key] for key in NAMED if key in part}
    return set(part) | named | set().union(*map(terms_of, part.values()))


def graph_of(text):
    document = json.loads(text)
    assert document["@context"] == CONTEXT
    return Graph().parse(data=json.dumps(document | {"@context": TERMS}), format="json-ld")


@pytest.mark.parametrize("text", [answers()[1], answers(simulated=1, label="", comment="")[1], links()])
def test_every_field_is_a_term_of_the_context(text):
    assert terms_of(json.loads(text)) - set(TERMS) == {"@context"}


def test_an_answer_says_in_rdf_who_judged_which_two_records_how_and_when():
    count, text = answers()
    graph = graph_of(text)
    assert count == 1
    (node,) = graph.subjects(RDF.type, OA.Annotation)
    assert node == URIRef(f"urn:uuid:{uuid.UUID(int=7)}")
    targets = {URIRef("https://museum.example/1"), URIRef("urn:heritage-weaver:nms:9")}
    assert set(graph.objects(node, OA.hasTarget)) == targets
    assert graph.value(node, OA.motivatedBy) == OA.classifying
    assert graph.value(graph.value(node, DCTERMS.creator), FOAF.nick) == Literal("ada")
    assert graph.value(node, DCTERMS.created) == Literal("2026-03-02T09:00:00+00:00", datatype=XSD.dateTime)
    said = {
        (graph.value(body, OA.hasPurpose), graph.value(body, OA.hasSource) or str(graph.value(body, RDF.value)))
        for body in graph.objects(node, OA.hasBody)
    }
    assert said == {
        (OA.classifying, URIRef(label_address("similar_object"))),
        (OA.tagging, "Similar object"),
        (OA.tagging, "Same maker"),
        (OA.tagging, "Unsure"),
        (OA.assessing, "Record a is broken"),
        (OA.assessing, "Record b is broken"),
        (OA.commenting, "Both by <Bell>"),
    }


def test_the_collection_counts_what_it_holds():
    graph = graph_of(links())
    (collection,) = graph.subjects(RDF.type, AS.OrderedCollection)
    assert int(graph.value(collection, AS.totalItems)) == 2
    assert graph.value(graph.value(collection, AS.first), AS.items) is not None


def test_a_link_leads_from_its_target_to_its_body_and_states_its_sign_off():
    graph = graph_of(links())
    signed = list(graph.subjects(OA.hasPurpose, OA.assessing))
    assert [str(graph.value(body, RDF.value)) for body in signed] == ["Signed off: Seen both"]
    (node,) = graph.subjects(OA.hasBody, signed[0])
    assert graph.value(node, OA.hasTarget) == LAMP_ADDRESS
    assert (node, OA.hasBody, BULB_ADDRESS) in graph
    assert graph.value(graph.value(signed[0], DCTERMS.creator), FOAF.nick) == Literal("mary")


def test_answers_to_pairs_without_records_are_left_out():
    count, text = answers(a="", b="")
    assert count == 0
    assert json.loads(text)["first"]["items"] == []


@pytest.mark.parametrize("text", [answers(simulated=1)[1]])
def test_simulated_answers_say_so(text):
    assert "Simulated" in json.loads(text)["label"]
    assert "Simulated" not in answers()[1]
