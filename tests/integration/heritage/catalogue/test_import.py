"""Importing: every row is accounted for, and what is unchanged keeps its database rows, and so its vectors."""

import json
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from heritage.catalogue.actions import create_collection
from heritage.catalogue.importing.actions import import_records
from heritage.errors import UserError
from heritage.importers.shipped import shipped_mapping
from heritage.models import Collection, Image, Record, TextSegment
from heritage.pictures.store import ImageStore

pytestmark = pytest.mark.django_db


def write(tmp_path: Path, *rows: str, header: str = "record_id,name,description,taxonomy,img_path,img_url") -> Path:
    path = tmp_path / "records.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def picture(tmp_path: Path, name: str, colour: str = "red") -> None:
    path = tmp_path / "pictures" / name
    path.parent.mkdir(exist_ok=True)
    PIL.Image.new("RGB", (30, 20), colour).save(path)


def run(path: Path, *arguments: str, collection: str = "smg") -> dict[str, Any]:
    """The command's JSON, whatever its exit code; `error` is the line that it ends with."""
    import io

    out = io.StringIO()
    error = ""
    try:
        call_command("import_records", collection, str(path), "--format=uniform", "--json", *arguments, stdout=out)
    except CommandError as caught:
        error = str(caught)
    return {**(json.loads(out.getvalue()) if out.getvalue() else {}), "error": error}


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    return result["created"], result["updated"], result["unchanged"], result["rejected"]


def row_ids(model: type[Image] | type[TextSegment]) -> dict[str, int]:
    """Primary keys by what the row holds: a row that survives keeps its vectors."""
    field = "source" if model is Image else "text"
    return {getattr(row, field): row.pk for row in model.objects.all()}


def test_a_first_import(tmp_path: Path) -> None:
    picture(tmp_path, "1.png")
    path = write(
        tmp_path,
        "1,Telephone,Black  bakelite. It rings. It rings. Telephone,phone; object,1.png,",
        "1,Telephone,,,,https://museum.example/1b.jpg",
        "2,,Only words.,,,",
        "3,,,,,https://museum.example/3.jpg",
    )
    result = run(path, "--images-root", str(tmp_path / "pictures"), "--name", "Science Museum Group")
    assert result["error"] == ""
    assert counts(result) == (3, 0, 0, 0)
    assert (result["rows"], result["left_out"], result["images_to_fetch"]) == (4, 0, 2)
    assert Collection.objects.get().name == "Science Museum Group"

    record = Record.objects.get(record_id="1")
    assert record.taxonomy == ["phone", "object"]
    assert list(record.segments.values_list("kind", "position", "text")) == [
        ("name", 0, "Telephone"),
        ("sentence", 1, "Black bakelite."),
        ("sentence", 2, "It rings."),
    ]
    here, to_fetch = record.images.all()
    assert (here.source, here.width, here.height, here.position) == ("1.png", 30, 20, 0)
    assert ImageStore.from_settings().path(here.content_hash, "thumbnail").is_file()
    assert (to_fetch.source, to_fetch.content_hash) == ("https://museum.example/1b.jpg", "")
    assert list(Record.objects.get(record_id="2").segments.values_list("position", "text")) == [(1, "Only words.")]


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    picture(tmp_path, "1.png")
    path = write(tmp_path, "1,Telephone,It rings.,phone,1.png,", "2,Lamp,,,,https://museum.example/2.jpg")
    root = ("--images-root", str(tmp_path / "pictures"))
    run(path, *root)
    before = row_ids(Image), row_ids(TextSegment), list(Record.objects.values())
    assert counts(run(path, *root)) == (0, 0, 2, 0)
    assert (row_ids(Image), row_ids(TextSegment), list(Record.objects.values())) == before
    assert Collection.objects.get().name == "smg"


def test_only_what_changed_gets_new_rows(tmp_path: Path) -> None:
    picture(tmp_path, "1.png")
    picture(tmp_path, "2.png")
    root = ("--images-root", str(tmp_path / "pictures"))
    run(write(tmp_path, "1,Telephone,One. Two. Three.,phone,1.png,", "1,,,,2.png,", "2,Lamp,,,,"), *root)
    images, segments = row_ids(Image), row_ids(TextSegment)

    picture(tmp_path, "2.png", "blue")
    result = run(write(tmp_path, "1,Telephone,Three. New. One.,phone,2.png,", "1,,,,1.png,", "2,Lamp,,,,"), *root)
    assert counts(result) == (0, 1, 1, 0)
    assert row_ids(Image)["1.png"] == images["1.png"]
    assert row_ids(Image)["2.png"] != images["2.png"]
    assert list(Image.objects.values_list("source", "position")) == [("2.png", 0), ("1.png", 1)]
    now = row_ids(TextSegment)
    assert set(now) == {"Telephone", "Three.", "New.", "One.", "Lamp"}
    assert all(now[text] == segments[text] for text in ("Telephone", "Three.", "One.", "Lamp"))
    assert list(TextSegment.objects.filter(record__record_id="1").values_list("text", flat=True)) == [
        "Telephone", "Three.", "New.", "One."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "updated"),
    [
        ("1,Telephone,It rings.,phone; object,,https://museum.example/1.jpg", 1),
        ("1,Telephone,It rings.,phone,,https://museum.example/2.jpg", 1),
        ("1,Telephone,It rings.,phone,,", 1),
        ("1,Telephone,It rings.,phone,,https://museum.example/1.jpg", 0),
    ],
)
def test_what_counts_as_an_update(tmp_path: Path, row: str, updated: int) -> None:
    run(write(tmp_path, "1,Telephone,It rings.,phone,,https://museum.example/1.jpg"))
    assert counts(run(write(tmp_path, row))) == (0, updated, 1 - updated, 0)


def test_a_fetched_picture_stays_and_a_local_one_fills_in(tmp_path: Path) -> None:
    path = write(tmp_path, "1,Telephone,,,1.png,https://museum.example/1.jpg")
    run(path)
    image = Image.objects.get()
    assert image.content_hash == ""
    picture(tmp_path, "1.png")
    root = ("--images-root", str(tmp_path / "pictures"))
    assert counts(run(path, *root)) == (0, 1, 0, 0)
    filled = Image.objects.get()
    assert (filled.pk, filled.is_here, filled.source) == (image.pk, True, "https://museum.example/1.jpg")
    assert counts(run(path)) == (0, 0, 1, 0)
    assert Image.objects.get().is_here


def test_bad_rows_are_reported_and_the_others_go_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture(tmp_path, "good.png")
    (tmp_path / "pictures" / "cut.png").write_bytes((tmp_path / "pictures" / "good.png").read_bytes()[:60])
    path = write(
        tmp_path,
        "1,Telephone,,,good.png,",
        ",No identifier,,,,",
        "3,Missing picture,,,absent.png,",
        "4,Damaged picture,,,cut.png,",
        "5,Way out,,,../records.csv,",
        "6,Two pictures,,,absent.png,",
        "6,Two pictures,,,good.png,",
        "7,No folder needed,,,absent.png,https://museum.example/7.jpg",
    )
    result = run(path, "--images-root", str(tmp_path / "pictures"))
    assert counts(result) == (3, 0, 0, 5)
    assert result["rows"] == 8
    assert [(problem["line"], problem["field"]) for problem in result["problems"]] == [
        (3, "record_id"), (4, "img_path"), (5, "img_path"), (6, "img_path"), (7, "img_path")
    ]  # fmt: skip
    assert set(Record.objects.values_list("record_id", flat=True)) == {"1", "6", "7"}
    assert list(Image.objects.filter(record__record_id="6").values_list("source", flat=True)) == ["good.png"]
    assert result["error"].startswith("5 of 8 rows could not be used")
    assert f"{path}:3: record_id: is missing" in result["error"]
    assert "\n" not in result["error"]
    assert len(capsys.readouterr().err.splitlines()) >= 5


def test_a_rejected_row_leaves_what_was_there(tmp_path: Path) -> None:
    root = ("--images-root", str(tmp_path / "pictures"))
    for name in ("1.png", "2.png"):
        picture(tmp_path, name)
    path = write(tmp_path, "1,Telephone,,,1.png,", "1,,,,2.png,", "2,Lamp,,,2.png,")
    run(path, *root)
    before = row_ids(Image)
    (tmp_path / "pictures" / "2.png").unlink()
    assert counts(run(path, *root)) == (0, 0, 1, 2)
    assert row_ids(Image) == before
    assert Record.objects.filter(record_id="2").exists()


def test_a_path_without_a_folder_is_a_problem(tmp_path: Path) -> None:
    result = run(write(tmp_path, "1,Telephone,,,1.png,"))
    assert counts(result) == (0, 0, 0, 1)
    assert "--images-root" in result["problems"][0]["reason"]
    assert not Collection.objects.exists()


def test_a_dry_run_counts_and_stores_nothing(tmp_path: Path, images_dir: Path) -> None:
    picture(tmp_path, "1.png")
    path = write(tmp_path, "1,Telephone,,,1.png,", ",Lamp,,,,")
    result = run(path, "--images-root", str(tmp_path / "pictures"), "--dry-run")
    assert counts(result) == (1, 0, 0, 1)
    assert not Collection.objects.exists()
    assert not Record.objects.exists()
    assert not images_dir.exists()


def test_records_can_be_chosen_by_identifier(tmp_path: Path) -> None:
    path = write(tmp_path, "co1,One,,,,", "co2,Two,,,,", "T.1,Three,,,,", "co2,Contradiction,,,,", ",Nameless,,,,")
    first = run(path, "--only-ids", "^co")
    assert (counts(first), first["left_out"]) == ((2, 0, 0, 2), 1)
    second = run(path, "--skip-ids", "^co", collection="nms")
    assert (counts(second), second["left_out"]) == ((1, 0, 0, 1), 3)
    for result in (first, second):
        assert result["rows"] == 5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"files": [Path("/absent.csv")]}, "no file /absent.csv"),
        ({"images_root": Path("/absent")}, "no folder /absent"),
        ({"only_ids": "("}, "--only-ids"),
        ({"collection": "Science Museum"}, "short name"),
        ({"collection": "new"}, "choose another"),
        ({"collection": ""}, "short name"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(tmp_path: Path, arguments: dict[str, Any], says: str) -> None:
    usual: dict[str, Any] = {"collection": "smg", "files": [write(tmp_path, "1,Telephone,,,,")]}
    usual["mapping"] = shipped_mapping("uniform")
    with pytest.raises(UserError, match=says):
        import_records(**(usual | arguments))
    assert not Collection.objects.exists()


def test_one_unreadable_file_stops_all(tmp_path: Path) -> None:
    good = write(tmp_path, "1,Telephone,,,,")
    bad = tmp_path / "bad.csv"
    bad.write_text("identifier\n1\n")
    with pytest.raises(UserError, match="no column record_id"):
        import_records(collection="smg", files=[good, bad], mapping=shipped_mapping("uniform"))
    assert not Record.objects.exists()


def test_a_batch_costs_a_fixed_number_of_queries(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [
        f"{number},Lamp {number},Sentence {number}. Another.,,,https://museum.example/{number}.jpg"
        for number in range(300)
    ]
    path = write(tmp_path, *rows)
    # Two of them make the import that is kept, and finish it; one keeps the words.
    with django_assert_max_num_queries(17):
        import_records(collection="smg", files=[path], mapping=shipped_mapping("uniform"))
    with django_assert_max_num_queries(12):
        assert import_records(collection="smg", files=[path], mapping=shipped_mapping("uniform")).unchanged == 300


def test_a_collection_is_made_once() -> None:
    assert create_collection(slug="demo", simulated=True).name == "demo"
    with pytest.raises(UserError, match="already"):
        create_collection(slug="demo")


def test_a_language_is_kept_until_another_is_given(tmp_path: Path) -> None:
    path = write(tmp_path, "1,Telefon,,,,")
    run(path, "--language", "de")
    run(path)
    assert Collection.objects.get().language == "de"
    run(path, "--language", "de-CH")
    assert Collection.objects.get().language == "de-CH"
    assert "language “German”" in run(path, "--language", "German")["error"]


@pytest.mark.shared_data
def test_the_real_records_of_two_museums(shared_data: Path) -> None:
    """All 5,414 rows: 4,675 of the Science Museum Group, 739 of 507 records of National Museums Scotland."""
    path = shared_data / "data" / "museum_records.csv"
    smg = run(path, "--only-ids", "^co")
    nms = run(path, "--skip-ids", "^co", collection="nms")
    assert (smg["error"], nms["error"]) == ("", "")
    assert (counts(smg), smg["left_out"]) == ((4675, 0, 0, 0), 739)
    assert (counts(nms), nms["left_out"], nms["images_to_fetch"]) == ((507, 0, 0, 0), 4675, 739)
    assert smg["rows"] == nms["rows"] == 5414
    assert counts(run(path, "--only-ids", "^co")) == (0, 0, 4675, 0)
