"""Links as CSV, SKOS, Web Annotations and QuickStatements. Pure: links in, text out."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SKOS, XSD

from annotation.links.link import Finer, Link, LinkedRecord
from annotation.vocabulary import Label
from heritage.pages.cells import BYTE_ORDER_MARK, protect_cell

from .addresses import RecordAddresses
from .consensus import CLOSENESS
from .mapping import DEFAULT_MAPPING, LEFT_OUT, SHARED_BROADER

HW = Namespace("urn:heritage-weaver:terms:")

# The scheme that the labels are of, and in it each label.
SCHEME = URIRef("urn:heritage-weaver:labels")
_LABELS = Namespace(f"{SCHEME}:")
NOTICE = "Simulated: a program made these labels for demonstration."

# Wikidata: exact match (P2888) takes an address; mapping relation type (P4390) says how close it is.
_WIKIDATA_RELATIONS = {
    Label.SAME_OBJECT.value: "Q39893184",  # close match
    Label.SIMILAR_OBJECT.value: "Q39894604",  # related match
}

CSV_COLUMNS = (
    "a_collection",
    "a",
    "a_name",
    "a_address",
    "b_collection",
    "b",
    "b_name",
    "b_address",
    "label",
    "agreement",
    "answers",
    "annotators",
    "created",
    "campaign",
    "simulated",
    "scheme",
    "signed_off_by",
    "signed_off",
    "sign_off_comment",
    "finer",
    "finer_key",
    "finer_agreement",
    "finer_scheme",
    "similarity_kind",
    "label_agreement",
    "unsure",
)


@dataclass(frozen=True)
class LinkSet:
    """What is written: the links of a campaign and what has to be said of all of them."""

    campaign: str
    simulated: bool
    links: Sequence[Link]
    addresses: RecordAddresses
    items: dict[tuple[str, str], str]  # Wikidata items of records, by collection and record id
    mapping: Mapping[str, str] = field(default_factory=lambda: DEFAULT_MAPPING)  # of labels to what SKOS calls them
    finer: Sequence[Finer] = ()  # all that the annotators could choose from, in their order
    similarity_kind: str = ""  # by which the pairs were drawn; empty where it is not known

    @property
    def notice(self) -> str:
        """What a reader must know of every link here; empty for links that experts made."""
        return NOTICE if self.simulated else ""


def write_links_csv(links: LinkSet) -> str:
    """One row per link. Text that a spreadsheet would run gets an apostrophe in front."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for link in links.links:
        sides = [
            cell
            for record in (link.a, link.b)
            for cell in (record.collection, record.record_id, record.name, links.addresses.of(record))
        ]
        writer.writerow(
            [
                *map(protect_cell, sides),
                link.label,
                round(link.agreement, 4),
                link.answers,
                protect_cell(" ".join(link.annotators)),
                link.created.isoformat(),
                protect_cell(links.campaign),
                int(links.simulated),
                " ".join(CLOSENESS),
                *_sign_off_cells(link),
                *_finer_cells(links, link),
                links.similarity_kind,
                round(link.label_agreement, 4),
                link.unsure,
            ]
        )
    return text.getvalue()


def _sign_off_cells(link: Link) -> tuple[str, str, str]:
    review = link.signed_off
    if review is None:
        return "", "", ""
    return protect_cell(review.reviewer), review.created.isoformat(), protect_cell(review.reason)


def _finer_cells(links: LinkSet, link: Link) -> tuple[str, str, float | str, str]:
    scheme = " ".join(finer.key for finer in links.finer if finer.label == link.label)
    if link.finer is None or link.finer_agreement is None:
        return "", "", "", scheme
    return protect_cell(link.finer.name), link.finer.key, round(link.finer_agreement, 4), scheme


def skos_graph(links: LinkSet) -> Graph:
    """What `links.mapping` makes of each label, between the two records or by a broader concept that both share.

    Each link is also a PROV entity that says who found it, when, how many agreed, with which label of which scheme,
    which finer label below it they agree on, and who signed it off.
    """
    graph = Graph()
    graph.bind("hw", HW)
    graph.bind("prov", PROV)
    _add_scheme(graph)
    _add_finer_scheme(graph, links)
    for link in links.links:
        a, b = (URIRef(links.addresses.of(record)) for record in (link.a, link.b))
        for node, record in ((a, link.a), (b, link.b)):
            graph.add((node, RDF.type, SKOS.Concept))
            graph.add((node, SKOS.prefLabel, _pref_label(record)))
            graph.add((node, SKOS.notation, Literal(record.record_id)))
        node = URIRef(_link_address(links, link))
        name = links.mapping[link.label]
        if name not in (SHARED_BROADER, LEFT_OUT):
            graph.add((a, SKOS[name], b))
        elif name == SHARED_BROADER:
            category = URIRef(f"{node}:category")
            graph.add((category, RDF.type, SKOS.Concept))
            graph.add((category, SKOS.prefLabel, Literal(_category(link))))
            graph.add((a, SKOS.broadMatch, category))
            graph.add((b, SKOS.broadMatch, category))
        graph.add((node, RDF.type, PROV.Entity))
        graph.add((node, HW.a, a))
        graph.add((node, HW.b, b))
        graph.add((node, HW.label, Literal(link.label)))
        graph.add((node, DCTERMS.type, _LABELS[link.label]))
        if link.finer:
            graph.add((node, HW.finer, Literal(link.finer.key)))
            graph.add((node, DCTERMS.type, URIRef(_finer_address(links, link.finer))))
            share = Literal(round(link.finer_agreement or 0, 4), datatype=XSD.decimal)
            graph.add((node, HW.finerAgreement, share))
        graph.add((node, HW.agreement, Literal(round(link.agreement, 4), datatype=XSD.decimal)))
        graph.add((node, HW.answers, Literal(link.answers)))
        graph.add((node, DCTERMS.created, Literal(link.created.isoformat(), datatype=XSD.dateTime)))
        graph.add((node, DCTERMS.source, Literal(links.campaign)))
        for annotator in link.annotators:
            graph.add((node, DCTERMS.creator, Literal(annotator)))
        if link.signed_off:
            graph.add((node, HW.signedOffBy, Literal(link.signed_off.reviewer)))
            when = Literal(link.signed_off.created.isoformat(), datatype=XSD.dateTime)
            graph.add((node, DCTERMS.dateAccepted, when))
            if link.signed_off.reason:
                graph.add((node, SKOS.note, Literal(link.signed_off.reason)))
        if links.similarity_kind:
            graph.add((node, HW.similarityKind, Literal(links.similarity_kind)))
        if links.notice:
            graph.add((node, RDFS.comment, Literal(links.notice)))
    return graph


def _pref_label(record: LinkedRecord) -> Literal:
    """In its language where that is known; an identifier is in none."""
    return Literal(record.name, lang=record.language or None) if record.name else Literal(record.record_id)


def _add_scheme(graph: Graph) -> None:
    """The labels that experts chose from, so that a reader knows what else they could have said."""
    graph.add((SCHEME, RDF.type, SKOS.ConceptScheme))
    graph.add((SCHEME, SKOS.prefLabel, Literal("How two records relate, as experts judge them")))
    for label in CLOSENESS:
        graph.add((_LABELS[label], RDF.type, SKOS.Concept))
        graph.add((_LABELS[label], SKOS.inScheme, SCHEME))
        graph.add((_LABELS[label], SKOS.topConceptOf, SCHEME))
        graph.add((_LABELS[label], SKOS.prefLabel, Literal(str(Label(label).label))))


def _add_finer_scheme(graph: Graph, links: LinkSet) -> None:
    """The campaign's finer labels, each below the label that it is under; nothing where it has none."""
    if not links.finer:
        return
    scheme = URIRef(_finer_scheme_address(links))
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, SKOS.prefLabel, Literal(f"Finer labels of {links.campaign}")))
    for finer in links.finer:
        node = URIRef(_finer_address(links, finer))
        graph.add((node, RDF.type, SKOS.Concept))
        graph.add((node, SKOS.inScheme, scheme))
        graph.add((node, SKOS.topConceptOf, scheme))
        graph.add((node, SKOS.broadMatch, _LABELS[finer.label]))
        graph.add((node, SKOS.prefLabel, Literal(finer.name)))
        graph.add((node, SKOS.notation, Literal(finer.key)))


def label_address(label: str) -> str:
    """A label as a concept of SCHEME."""
    return str(_LABELS[label])


def write_turtle(links: LinkSet) -> str:
    return skos_graph(links).serialize(format="turtle")


def write_json_ld(links: LinkSet) -> str:
    return skos_graph(links).serialize(format="json-ld", indent=2) + "\n"


def write_web_annotations(links: LinkSet) -> str:
    """A W3C Annotation Collection; each annotation links its target, record a, to its body, record b."""
    document = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": f"urn:heritage-weaver:links:{_digest(links.campaign)}",
        "type": "AnnotationCollection",
        "label": " ".join(filter(None, (links.campaign, links.notice))),
        "total": len(links.links),
        "first": {
            "id": f"urn:heritage-weaver:links:{_digest(links.campaign)}:page",
            "type": "AnnotationPage",
            "startIndex": 0,
            "items": [_web_annotation(links, link) for link in links.links],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _web_annotation(links: LinkSet, link: Link) -> dict[str, object]:
    drawn = f"The pair was drawn by {links.similarity_kind} similarity." if links.similarity_kind else ""
    note = (
        f"{Label(link.label).label}; {round(100 * link.agreement)} % of {link.answers} answers link, "
        f"{round(100 * link.label_agreement)} % give this label. "
        f"{_finer_words(link)} {drawn} {links.notice}"
    )
    return {
        "id": _link_address(links, link),
        "type": "Annotation",
        "motivation": "linking",
        "created": link.created.isoformat(),
        "creator": [{"type": "Person", "nickname": annotator} for annotator in link.annotators],
        "target": links.addresses.of(link.a),
        "body": [
            {"id": links.addresses.of(link.b)},
            {"type": "TextualBody", "purpose": "tagging", "value": link.label},
            {"type": "SpecificResource", "purpose": "classifying", "source": label_address(link.label)},
            *_finer_body(links, link),
            {"type": "TextualBody", "purpose": "describing", "value": " ".join(note.split())},
            *_sign_off_body(link),
        ],
    }


def _finer_words(link: Link) -> str:
    if link.finer is None or link.finer_agreement is None:
        return ""
    return f"{link.finer.name}, say {round(100 * link.finer_agreement)} % of {len(link.annotators)}."


def _finer_body(links: LinkSet, link: Link) -> list[dict[str, object]]:
    if link.finer is None:
        return []
    return [
        {"type": "TextualBody", "purpose": "tagging", "value": link.finer.name},
        {"type": "SpecificResource", "purpose": "classifying", "source": _finer_address(links, link.finer)},
    ]


def _sign_off_body(link: Link) -> list[dict[str, object]]:
    if link.signed_off is None:
        return []
    return [
        {
            "type": "TextualBody",
            "purpose": "assessing",
            "value": ": ".join(filter(None, ("Signed off", link.signed_off.reason))),
            "created": link.signed_off.created.isoformat(),
            "creator": {"type": "Person", "nickname": link.signed_off.reviewer},
        }
    ]


def write_quickstatements(links: LinkSet) -> str:
    """Statements for Wikidata's QuickStatements (version 1): of every linked record that has an item there.

    A link of one category is none between two things, and simulated links are kept out of Wikidata, which has no
    property for a finer label: that is in the comment of the edit.
    """
    if links.simulated:
        return ""
    lines = []
    for link in links.links:
        relation = _WIKIDATA_RELATIONS.get(link.label)
        for one, other in ((link.a, link.b), (link.b, link.a)):
            item = links.items.get((one.collection, one.record_id))
            if relation and item and (address := links.addresses.of(other)).startswith("http"):
                lines.append("\t".join((item, "P2888", f'"{address}"', "P4390", relation)) + _edit_comment(link))
    return "".join(f"{line}\n" for line in lines)


def _edit_comment(link: Link) -> str:
    """Nothing in a name can end the comment before its end."""
    return f" /* {Label(link.label).label}: {link.finer.name.replace('*/', '* /')} */" if link.finer else ""


WRITERS: dict[str, Callable[[LinkSet], str]] = {
    "csv": write_links_csv,
    "skos": write_turtle,
    "skos-json-ld": write_json_ld,
    "web-annotation": write_web_annotations,
    "quickstatements": write_quickstatements,
}

# Of each format: what its file is, and how its name ends.
FILE_KINDS = {
    "csv": ("text/csv; charset=utf-8", "csv"),
    "skos": ("text/turtle; charset=utf-8", "ttl"),
    "skos-json-ld": ("application/ld+json", "jsonld"),
    "web-annotation": ('application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"', "jsonld"),
    "quickstatements": ("text/plain; charset=utf-8", "txt"),
}


def _category(link: Link) -> str:
    return f"Category of {_name(link.a)} and {_name(link.b)}"


def _name(record: LinkedRecord) -> str:
    return record.name or record.record_id


def _link_address(links: LinkSet, link: Link) -> str:
    """The same link has the same name in every export."""
    return f"urn:heritage-weaver:link:{_digest(links.campaign, *_key(link.a), *_key(link.b))}"


def _finer_scheme_address(links: LinkSet) -> str:
    return f"urn:heritage-weaver:finer-labels:{_digest(links.campaign)}"


def _finer_address(links: LinkSet, finer: Finer) -> str:
    return f"{_finer_scheme_address(links)}:{finer.key}"


def _key(record: LinkedRecord) -> tuple[str, str]:
    return record.collection, record.record_id


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
