"""Mappings that people keep: which names they may have, and the real table of two museums through one of them."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from heritage.catalogue.importing.mappings import corrected, guessed, named_mapping, parse_change, save_mapping
from heritage.catalogue.importing.preview import preview
from heritage.errors import UserError
from heritage.importers.mapping import Mapping
from heritage.importers.record_files import NamedFile, take_sample
from heritage.models import Record, SavedMapping

pytestmark = pytest.mark.django_db

OURS = Mapping.from_document({"fields": {"record_id": "Nr", "name": "Was"}, "table": True})


def test_a_kept_mapping_goes_before_the_guess_where_all_its_columns_are_there(tmp_path: Path) -> None:
    save_mapping(name="ours", mapping=OURS)
    path = tmp_path / "a.csv"
    path.write_text("Nr,Was,More\n1,Lamp,x\n")
    assert guessed(take_sample([NamedFile.at(path)])).mapping.name == "ours"
    path.write_text("Nr,Wer\n1,Lamp\n")
    assert guessed(take_sample([NamedFile.at(path)])).mapping.name == "guessed"


def test_rows_that_cannot_be_read_are_told_before_the_import(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Nr,Was\n1,Lamp\n2,one,too many\n")
    seen = preview(take_sample([NamedFile.at(path)]), OURS)
    assert (seen.looked_at, seen.records) == (2, 1)
    assert "has 3 fields where the header has 2" in seen.problems[0].reason


def test_a_mapping_kept_again_replaces_the_earlier_one() -> None:
    save_mapping(name="ours", mapping=OURS)
    save_mapping(name="ours", mapping=corrected(OURS, [("name", "Titel")]))
    assert SavedMapping.objects.count() == 1
    assert named_mapping("ours").fields["name"] == "Titel"


@pytest.mark.parametrize("name", ["uniform", "two words", "", "a/b", "x" * 200])
def test_names_that_cannot_be_found_again_are_refused(name: str) -> None:
    with pytest.raises(UserError):
        save_mapping(name=name, mapping=OURS)


def test_an_empty_source_takes_a_field_out() -> None:
    assert "name" not in corrected(OURS, [parse_change("name=")]).fields
    with pytest.raises(UserError, match="identifier"):
        corrected(OURS, [parse_change("record_id=")])


def test_the_real_records_go_in_by_a_mapping_in_a_file(tmp_path: Path, settings: Settings, shared_data: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    table = shared_data / "data" / "museum_records.csv"
    document = {
        "fields": {
            "record_id": "record_id",
            "name": "name",
            "description": "description",
            "taxonomy": {"of": "taxonomy", "split": ";"},
        },
        "pictures": [{"url": "img_url"}],
        "table": True,
    }
    mapping = tmp_path / "ours.json"
    mapping.write_text(json.dumps(document))
    call_command("import_records", "both", str(table), "--mapping", str(mapping), "--save-mapping", "ours")
    assert Record.objects.count() == 4675 + 507
    assert named_mapping("ours").fields == document["fields"]
