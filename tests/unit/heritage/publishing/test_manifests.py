"""IIIF manifests: what the specification asks of them, and that another reader finds in them what went in."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.importers.iiif import items_of_manifest
from heritage.importers.source_records import SourceRecord
from heritage.publishing.manifests import pair_manifest, record_manifest
from heritage.publishing.published import SIMULATED, PublishedRights
from tests.unit.heritage.publishing.published_records import SITE, picture, record

PAIR = f"{SITE}/records/7/beside/8/manifest.json"


def read_back(document: dict[str, Any]) -> SourceRecord:
    """The manifest as our importer of museums' manifests reads it."""
    [item] = items_of_manifest(document, file="manifest.json", prefer=["en"])
    assert isinstance(item, SourceRecord)
    return item


def resources(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from resources(each)
    elif isinstance(value, list):
        for each in value:
            yield from resources(each)


def check_rules(document: dict[str, Any]) -> None:
    """What Presentation 3.0 demands of the resources that are used here."""
    assert document["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert document["type"] == "Manifest"
    assert document["items"], "a manifest has at least one canvas"
    made = [each["id"] for each in resources(document["items"]) if "items" in each or each.get("type") == "Annotation"]
    assert len(made) == len(set(made))
    for each in resources(document):
        for address in (each[name] for name in ("id", "@id") if name in each):
            assert address.startswith(("https://", "http://"))
        assert all(value not in ([], {}, "", None) or name == "items" for name, value in each.items())
        if "label" in each and "value" in each:  # an entry of metadata
            assert all(isinstance(text, str) for texts in each["value"].values() for text in texts)
        for name in ("label", "summary"):
            if name in each:
                assert all(isinstance(texts, list) and texts for texts in each[name].values())
        if "rights" in each:
            assert each["rights"].startswith(("http://creativecommons.org/", "http://rightsstatements.org/vocab/"))
        if each.get("type") == "Canvas":
            assert "#" not in each["id"]
            assert each["width"] > 0
            assert each["height"] > 0
            assert all(page["type"] == "AnnotationPage" for page in each["items"])
        if each.get("type") == "Annotation":
            assert each["motivation"] == "painting"
        if each.get("format") == "text/html":
            assert each["type"] == "Text"


def test_a_record_is_read_back_as_it_was() -> None:
    document = record_manifest(record())
    check_rules(document)
    found = read_back(document)
    assert found.name == "Tischtelefon"
    assert found.description.startswith("A telephone of black bakelite. Identifier: T.1932.119. Accession number: ")
    assert dict(found.languages) == {"name": "de", "description": "en"}
    assert found.page == "https://museum.example/objects/7"
    assert found.rights.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert [image.view for image in found.images] == ["back", "Picture 2"]
    assert [image.service for image in found.images] == ["", "https://iiif.museum.example/iiif/3/7-2"]


def test_what_has_to_be_said_is_said_once() -> None:
    document = record_manifest(record())
    assert document["requiredStatement"] == {
        "label": {"en": ["Attribution"]},
        "value": {"none": ["Gift of A. Donor", "Ask before printing.", "© The Museum"]},
    }
    assert document["rights"] == "http://creativecommons.org/licenses/by/4.0/"
    words = record_manifest(record(rights=PublishedRights(licence="Ask us"), pictures=[]))
    assert "rights" not in words
    assert words["requiredStatement"]["value"] == {"none": ["Licence: Ask us"]}


def test_pictures_of_other_licences_have_theirs_on_their_canvases() -> None:
    other = PublishedRights(licence="https://rightsstatements.org/vocab/InC/1.0/")
    document = record_manifest(record(pictures=[picture(1), picture(2, rights=other)]))
    check_rules(document)
    assert "rights" not in document
    assert [canvas["rights"] for canvas in document["items"]] == [
        "http://creativecommons.org/licenses/by/4.0/",
        "http://rightsstatements.org/vocab/InC/1.0/",
    ]


def test_what_is_sensitive_is_left_out_and_said_to_be() -> None:
    document = record_manifest(record(sensitive=True, pictures=[picture(1, sensitive=True), picture(2)]))
    check_rules(document)
    text = str(document)
    assert "black bakelite" not in text
    assert f"{1:064x}" not in text
    assert len(document["items"]) == 1
    assert "Sensitive pictures that are left out" in text
    assert "Left out: its museum marks it as sensitive." in text


def test_without_a_picture_there_is_an_empty_canvas() -> None:
    document = record_manifest(record(pictures=[], name="", description=""))
    check_rules(document)
    assert document["label"] == {"none": ["T.1932.119"]}
    [canvas] = document["items"]
    assert canvas["items"][0]["items"] == []
    assert "thumbnail" not in document


def test_canvases_have_the_size_of_the_file_and_pictures_their_own() -> None:
    [canvas, _] = record_manifest(record())["items"]
    body = canvas["items"][0]["items"][0]["body"]
    assert (canvas["width"], canvas["height"]) == (4000, 3000)
    assert (body["width"], body["height"], body["format"]) == (1200, 900, "image/webp")
    assert (canvas["thumbnail"][0]["width"], canvas["thumbnail"][0]["height"]) == (480, 360)
    [small] = record_manifest(record(pictures=[picture(width=30, height=20)]))["items"]
    assert small["items"][0]["items"][0]["body"]["width"] == 30


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("https://iiif.museum.example/iiif/3/7", {"id", "type", "profile"}),
        ("https://iiif.museum.example/iiif/2/7", {"@id", "@type", "profile"}),
        ("https://iiif.museum.example/7", {"@id", "@type", "profile"}),
    ],
)
def test_a_service_is_named_as_its_version_does(address: str, service: set[str]) -> None:
    document = record_manifest(record(pictures=[picture(service=address)]))
    [found] = document["items"][0]["items"][0]["items"][0]["body"]["service"]
    assert set(found) == service
    assert address in found.values()


def test_a_text_between_angle_brackets_is_no_html() -> None:
    document = record_manifest(record(description="<img src=x onerror=alert(1)>", accession="<b>"))
    assert document["summary"]["en"] == ["<span>&lt;img src=x onerror=alert(1)&gt;</span>"]
    assert "'<b>'" not in str(document["metadata"])


def test_simulated_records_say_so() -> None:
    document = record_manifest(record(simulated=True))
    assert SIMULATED in document["requiredStatement"]["value"]["none"]
    assert document["provider"][0]["label"] == {"none": ["Museum of Telephones (simulated)"]}
    assert SIMULATED in str(pair_manifest((record(simulated=True), record(8)), address=PAIR))


def test_a_pair_is_two_canvases_of_the_first_pictures() -> None:
    other = record(8, name="Candlestick telephone", name_language="en", pictures=[picture(9, view="front")])
    document = pair_manifest(
        (record(), other), address=PAIR, metadata=[("Label", "Similar object")], summary="Said by experts."
    )
    check_rules(document)
    assert document["id"] == PAIR
    assert [canvas["label"] for canvas in document["items"]] == [
        {"de": ["Tischtelefon"]},
        {"en": ["Candlestick telephone"]},
    ]
    assert [each["items"][0]["items"][0]["body"]["id"][-9:-8] for each in document["items"]] == ["1", "9"]
    assert document["metadata"][0] == {"label": {"en": ["Label"]}, "value": {"en": ["Similar object"]}}
    assert document["summary"] == {"en": ["Said by experts."]}
    assert len(document["provider"]) == 1
    assert len(document["seeAlso"]) == 2
    assert len(document["homepage"]) == 3, "they share the museum's page"


def test_a_pair_without_pictures_has_two_canvases_all_the_same() -> None:
    document = pair_manifest((record(pictures=[]), record(8, pictures=[picture(sensitive=True)])), address=PAIR)
    check_rules(document)
    assert len(document["items"]) == 2
    assert f"{1:064x}" not in str(document)


texts = st.text(max_size=30)
rights = st.builds(
    PublishedRights,
    licence=st.sampled_from(["", "CC BY 4.0", "cc by", "Ask us", "https://rightsstatements.org/vocab/InC-OW-EU/1.0/"]),
    credit=texts,
    statement=texts,
)


@given(
    st.builds(
        lambda chosen, **fields: record(pictures=chosen, **fields),
        st.lists(
            st.builds(
                picture,
                st.integers(1, 99),
                width=st.integers(1, 99_999),
                height=st.integers(1, 99_999),
                view=texts,
                service=st.sampled_from(["", "https://iiif.museum.example/2/x"]),
                sensitive=st.booleans(),
                rights=rights,
            ),
            max_size=3,
        ),
        name=texts,
        name_language=st.sampled_from(["", "de", "pt-BR"]),
        description=texts,
        taxonomy=st.lists(texts.filter(bool), max_size=2),
        accession=texts,
        kind=texts,
        sensitive=st.booleans(),
        simulated=st.booleans(),
        rights=rights,
    )
)
def test_whatever_museums_write_the_rules_hold(made) -> None:
    check_rules(record_manifest(made))
    check_rules(pair_manifest((made, replace(record(8), name="Other")), address=PAIR))
