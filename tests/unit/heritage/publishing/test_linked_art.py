"""Linked Art: the model's patterns, and that another reader finds in them what went in."""

import json
from pathlib import Path
from typing import Any

import pytest

from heritage.importers.guessing import recognised
from heritage.importers.merging import merge_rows
from heritage.importers.record_files import NamedFile, RecordFiles, take_sample
from heritage.importers.shipped import shipped_mapping
from heritage.importers.source_records import SourceRecord
from heritage.publishing.linked_art import linked_art_object
from heritage.publishing.published import SIMULATED
from tests.unit.heritage.publishing.published_records import picture, record


def read_back(document: dict[str, Any], folder: Path) -> SourceRecord:
    """The document as our importer of Linked Art reads it."""
    path = folder / "object.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    mapping = recognised(take_sample([NamedFile.at(path)]))
    assert mapping is not None
    assert mapping.name == "linked-art"
    [item] = merge_rows(RecordFiles([NamedFile.at(path)], shipped_mapping("linked-art")))
    assert isinstance(item, SourceRecord)
    return item


def classes(items: list[dict[str, Any]]) -> list[str]:
    return [item["classified_as"][0]["_label"] for item in items]


def test_a_record_is_read_back_as_it_was(tmp_path: Path) -> None:
    found = read_back(linked_art_object(record()), tmp_path)
    assert found.record_id == record().linked_art
    assert (found.name, found.description) == ("Tischtelefon", "A telephone of black bakelite.")
    assert dict(found.languages) == {"name": "de", "description": "en"}
    assert found.accession == "1932-119/2"
    assert list(found.taxonomy) == ["object", "telephone", "communication"]
    assert found.page == "https://museum.example/objects/7"
    assert found.rights.credit == "Gift of A. Donor"
    assert "Ask before printing." in found.rights.statement
    assert [image.view for image in found.images] == ["back", ""]
    assert [image.service for image in found.images] == ["", "https://iiif.museum.example/iiif/3/7-2"]
    assert found.images[0].rights.credit == "© The Museum"
    assert found.images[0].rights.licence == "http://creativecommons.org/licenses/by/4.0/"


def test_names_numbers_and_texts_are_of_the_thesaurus_kinds() -> None:
    document = linked_art_object(record())
    assert document["@context"] == "https://linked.art/ns/v1/linked-art.json"
    assert document["type"] == "HumanMadeObject"
    assert classes(document["identified_by"]) == ["Primary Name", "Owner-Assigned Number", "Accession Number"]
    assert classes(document["referred_to_by"]) == [
        "Description",
        "Credit Line",
        "Copyright/License Statement",
        "Copyright/License Statement",
    ]
    assert document["classified_as"][1]["id"] == "urn:heritage-weaver:smg:term:telephone"
    assert document["member_of"][0]["type"] == "Set"
    carriers = [page["digitally_carried_by"][0] for page in document["subject_of"]]
    assert [carrier["access_point"][0]["id"] for carrier in carriers] == [
        record().museum_page,
        record().page,
        record().manifest,
    ]
    assert carriers[2]["conforms_to"][0]["id"] == "http://iiif.io/api/presentation/"


def test_a_bare_record_has_no_empty_property() -> None:
    bare = record(name="", description="", taxonomy=[], accession="", kind="", museum_page="", pictures=[])
    document = linked_art_object(bare)
    assert document["_label"] == "T.1932.119"
    assert classes(document["identified_by"]) == ["Owner-Assigned Number"]
    assert "representation" not in document
    assert "classified_as" not in document
    assert all(document.values())


@pytest.mark.parametrize(("tag", "address"), [("de-CH", "aat/300388344"), ("sv", "iso639-1/sv"), ("gsw", None)])
def test_languages_have_addresses_where_there_are_any(tag: str, address: str | None) -> None:
    [name, *_] = linked_art_object(record(name_language=tag))["identified_by"]
    if address is None:
        assert "language" not in name
    else:
        assert name["language"][0]["id"].endswith(address)


def test_what_is_sensitive_is_left_out() -> None:
    text = json.dumps(linked_art_object(record(sensitive=True, pictures=[picture(1, sensitive=True)])))
    assert "black bakelite" not in text
    assert f"{1:064x}" not in text


def test_simulated_records_say_so() -> None:
    assert SIMULATED in json.dumps(linked_art_object(record(simulated=True)))
