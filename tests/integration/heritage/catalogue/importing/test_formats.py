"""`import_records` with every container and format: what is guessed, corrected and kept; what comes of bad files."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from heritage.models import Collection, Import, Record, SavedMapping
from tests.unit.heritage.importers.attacks import cell, xlsx, zipped

pytestmark = pytest.mark.django_db

GERMAN = "Inv.-Nr.;Titel;Beschreibung;Schlagwörter;Notiz\nT.1;Kanne;Für Öl – groß;Gefäß|Küche;alt\nT.2;Krug;;;\n"


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.IMAGES_DIR = tmp_path / "images"


def run(*arguments: str, collection: str = "mill") -> dict[str, Any]:
    """The command's JSON, whatever its exit code; `error` is the line that it ends with."""
    out, error = io.StringIO(), ""
    try:
        call_command("import_records", collection, *arguments, "--json", stdout=out, stderr=io.StringIO())
    except CommandError as caught:
        error = str(caught)
    return {**(json.loads(out.getvalue()) if out.getvalue() else {}), "error": error}


def write(tmp_path: Path, content: str | bytes, name: str = "export.csv") -> str:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def kinds(result: dict[str, Any]) -> dict[str, int]:
    return {warning["kind"]: warning["count"] for warning in result["warnings"]}


def test_a_guess_says_all_that_was_guessed_and_stores_nothing(tmp_path: Path) -> None:
    found = run(write(tmp_path, GERMAN.encode("cp1252")), "--guess")
    assert (found["container"], found["encoding"], found["delimiter"]) == ("delimited", "cp1252", ";")
    assert found["columns"] == ["Inv.-Nr.", "Titel", "Beschreibung", "Schlagwörter", "Notiz"]
    assert found["mapping"]["fields"]["taxonomy"] == {"of": "Schlagwörter", "split": "|"}
    (record,) = found["records"][0]["items"]
    assert (record["record_id"], record["name"], record["taxonomy"]) == ("T.1", "Kanne", ["Gefäß", "Küche"])
    assert any("Windows-1252" in reason for reason in found["reasons"])
    assert not Collection.objects.exists()


def test_what_was_guessed_goes_in_with_its_warnings(tmp_path: Path) -> None:
    result = run(write(tmp_path, GERMAN.encode("cp1252")))
    assert (result["created"], result["rejected"], result["error"]) == (2, 0, "")
    assert Record.objects.get(record_id="T.1").description == "Für Öl – groß"
    told = {warning["kind"]: warning for warning in result["warnings"]}
    assert told["columns that were not read"] == {
        "kind": "columns that were not read",
        "count": 1,
        "examples": ["Notiz"],
    }
    assert (told["records without a picture"]["count"], told["records without a description"]["count"]) == (2, 1)


def test_a_corrected_guess_is_kept_and_found_again(tmp_path: Path) -> None:
    path = write(tmp_path, "Nr,Was,Worte\nA,Lamp,x; y\nB,Loom,z\n")
    options = ("--map", "record_id=Nr", "--map", "name=Was", "--map", 'taxonomy={"of": "Worte", "split": ";"}')
    result = run(path, *options, "--save-mapping", "ours")
    assert (result["created"], SavedMapping.objects.get().name) == (2, "ours")
    assert Record.objects.get(record_id="A").taxonomy == ["x", "y"]
    assert run(path)["unchanged"] == 2
    assert run(path, "--mapping", "ours")["unchanged"] == 2
    exported = write(tmp_path, json.dumps(SavedMapping.objects.get().document), "ours.json")
    assert run(path, "--mapping", exported)["unchanged"] == 2
    assert Import.objects.filter(mapping__fields__name="Was").count() == 4


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--map", "record_id"), "maps nothing"),
        (("--map", "colour=Was"), "Records have no field “colour”"),
        (("--map", "name={"), "is not JSON"),
        (("--format", "klingon"), "There is no mapping “klingon”"),
        (("--format", "uniform", "--mapping", "uniform"), "not both"),
        (("--encoding", "klingon"), "No encoding is called klingon"),
        (("--delimiter", "::"), "cannot be separated by"),
        (("--format", "met"), "Object ID"),
        (("--save-mapping", "uniform"), "the name of a mapping that ships"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    result = run(write(tmp_path, "Nr,Was\nA1,Lamp\nB2,Loom\n"), *options)
    assert says in result["error"]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (lambda folder: write(folder, "record_id,name\n1,Ořech\n".encode("cp1250")), ("--encoding", "windows-1250")),
        (lambda folder: write(folder, "record_id:name\n1:Ořech\n"), ("--delimiter", ":")),
        (lambda folder: write(folder, '{"a": {"b": [{"record_id": "1", "name": "Ořech"}]}}'), ("--rows", "a.b")),
        (lambda folder: write(folder, '{"record_id": "1", "name": "Ořech"}'), ("--format", "uniform")),
        (lambda folder: str(zipped(folder / "a.zip", a__csv="record_id,name\n1,Ořech\n")), ()),
        (
            lambda folder: str(
                xlsx(
                    folder / "a.xlsx",
                    f'<row r="1">{cell("A1", "no")}</row>',
                    f'<row r="1">{cell("A1", "record_id")}{cell("B1", "name")}</row>'
                    f'<row r="2">{cell("A2", "1")}{cell("B2", "Ořech")}</row>',
                )
            ),
            ("--sheet", "S2"),
        ),
        (
            lambda folder: write(folder, "<all><thing><id>1</id><n>Ořech</n></thing></all>", "a.xml"),
            ("--rows", "thing", "--map", "record_id=id[].text", "--map", "name=n[].text"),
        ),
    ],
)
def test_every_container_goes_in(tmp_path: Path, make: Callable[[Path], str], options: tuple[str, ...]) -> None:
    result = run(make(tmp_path), *options)
    assert result["error"] == ""
    assert Record.objects.get().name == "Ořech"


def test_names_that_cannot_be_stored_do_not_stop_an_import(tmp_path: Path) -> None:
    table = "record_id,name,we\0ight\n1,Größe Öl,x\n2,,\n".encode() + b"3,gr\xf6\xdfe,\n"
    path = zipped(tmp_path / "a.zip")
    import zipfile

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("control\x01.csv", table)
        archive.writestr("bad.json", '[{"record_id": "4", "name": {"\\ud800": "\\u0000"}}]')
        archive.writestr("link.zip", b"PK")
    result = run(str(path), "--format", "uniform")
    assert (result["created"], result["rejected"]) == (2, 3)
    assert Import.objects.get().result["rejected"] == 3


def test_bad_files_in_a_folder_cost_only_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    write(folder, "record_id,name\n1,Lamp\n", "1.csv")
    write(folder, b"\xd0\xcf\x11\xe0 no workbook", "2.xls")
    write(folder, "", "3.csv")
    write(folder, "colour\nred\n", "4.csv")
    write(folder, '[{"record_id": "2"}, {', "5.json")
    write(folder, b"picture", "6.jpg")
    write(folder, "", "0.csv")  # What comes first tells nothing of the others.
    result = run(str(folder))
    assert (result["created"], result["rejected"]) == (2, 5)
    assert kinds(result)["files that hold no records"] == 1
    assert [Path(problem["file"]).name for problem in result["problems"]] == [
        "0.csv",
        "2.xls",
        "3.csv",
        "4.csv",
        "5.json",
    ]


class _Museum(BaseHTTPRequestHandler):
    """A manifest, a repository of two pages, and nothing else."""

    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        if self.path.startswith("/manifest"):
            body = json.dumps(
                {
                    "@context": "http://iiif.io/api/presentation/3/context.json",
                    "id": f"{base}/manifest",
                    "type": "Manifest",
                    "label": {"en": ["Wall telephone"]},
                    "items": [],
                }
            )
        else:
            page = "2" if "resumptionToken" in self.path else "1"
            token = "<resumptionToken>next</resumptionToken>" if page == "1" else "<resumptionToken/>"
            body = (
                '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header><identifier>'
                f'oai:m:{page}</identifier></header><metadata><dc xmlns="http://purl.org/dc/elements/1.1/">'
                f"<title>Lamp {page}</title></dc></metadata></record>{token}</ListRecords></OAI-PMH>"
            )
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def museum(settings: Settings) -> Iterator[str]:
    settings.FETCH_ALLOW_LOOPBACK = True
    settings.FETCH_PAUSE_SECONDS = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), _Museum) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_manifest_is_imported_by_its_address(museum: str) -> None:
    result = run(f"{museum}/manifest", "--format", "iiif")
    assert (result["created"], result["error"]) == (1, "")
    assert Record.objects.get().name == "Wall telephone"


def test_a_repository_is_harvested_page_by_page(museum: str) -> None:
    result = run(f"{museum}/oai", "--oai-prefix", "oai_dc")
    assert (result["created"], result["error"]) == (2, "")
    assert set(Record.objects.values_list("name", flat=True)) == {"Lamp 1", "Lamp 2"}


def test_local_networks_are_not_asked(museum: str, settings: Settings) -> None:
    settings.FETCH_ALLOW_LOOPBACK = False
    assert "private or local network" in run(f"{museum}/oai")["error"]


def smg_record(number: int, **source: Any) -> str:
    return json.dumps({"_id": f"co{number}", "_source": {"name": [{"value": "Lamp"}]} | source})


@pytest.mark.parametrize(
    "said",
    [
        {"description": [{"value": f"brass{n} " * 15_000} for n in range(40)]},
        {"name": [{"value": f"{n}".zfill(3) * 33_333} for n in range(100)]},
        # Each as long as a text may be, and more in all than is searched.
        {"name": [{"value": "ä " * 40_000}], "description": [{"value": "ö " * 40_000}]},
        {"terms": [{"hierarchy": [{"sort": n, "name": [{"value": f"{n}" * 90_000}]} for n in range(4)]}]},
        {"identifier": [{"type": "accession number", "value": "".join(chr(0x4E00 + n) for n in range(4_000))}]},
    ],
    ids=["descriptions", "names", "both", "terms", "accession"],
)
def test_a_record_of_too_long_texts_is_refused_and_the_others_go_in(tmp_path: Path, said: dict[str, Any]) -> None:
    rows = [smg_record(number) for number in range(3)]
    rows.insert(1, smg_record(99, **said))
    result = run(write(tmp_path, "\n".join(rows), "dump.jsonl"), "--format", "smg-dump")
    assert (result["created"], result["rejected"]) == (3, 1)
    assert "the limit is" in str(result["problems"]) or "is longer than" in str(result["problems"])
    assert Record.objects.count() == 3


def test_the_longest_texts_that_may_be_go_in_whatever_they_hold(tmp_path: Path) -> None:
    words = [chr(0x10000 + number) for number in range(49_000)]  # all different, of one letter and four bytes each
    row = smg_record(1, name=[{"value": "L"}], description=[{"value": " ".join(words)}])
    assert run(write(tmp_path, row, "dump.jsonl"), "--format", "smg-dump")["created"] == 1
