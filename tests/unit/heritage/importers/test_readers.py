"""Tables, spreadsheets, JSON and XML with what is odd, and what is evil, in them."""

import json
import socketserver
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest

from heritage.errors import UserError
from heritage.importers.containers import Part
from heritage.importers.readers.xml_documents import row_element
from heritage.importers.record_files import Hints
from tests.unit.heritage.importers.attacks import cell, everything, measured, xlsx


def write(tmp_path: Path, content: str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8", errors="surrogateescape", newline="")
    return path


# Tables


def test_a_column_that_stands_twice_matters_only_where_it_is_read(tmp_path: Path) -> None:
    found = everything(write(tmp_path, "record_id,name,Note,note\n1,Lamp,a,b\n"))
    assert [record.name for record in found.records] == ["Lamp"]
    assert found.notices["columns named twice"] == ["Note", "note"]
    with pytest.raises(UserError, match="has the column name twice"):
        everything(write(tmp_path, "record_id,name,name\n1,Lamp,Loom\n"))


def test_headers_alone_are_no_records_and_no_error(tmp_path: Path) -> None:
    found = everything(write(tmp_path, "record_id,name\n"))
    assert (found.ids, found.reasons) == ([], [])


def test_more_columns_than_anybody_can_map_are_refused(tmp_path: Path) -> None:
    header = ",".join(["record_id", *(f"column {number}" for number in range(100_000))])
    with pytest.raises(UserError, match="has 100,001 columns, the limit is 5,000"):
        everything(write(tmp_path, f"{header}\n1\n"))


def test_names_of_columns_that_cannot_be_stored_are_mended(tmp_path: Path) -> None:
    found = everything(write(tmp_path, "record_id,name,we\x00ight,gr\udcf6sse\n1,Größe Öl Öl Öl,2,3\n"))
    assert found.ids == ["1"]
    assert found.notices["columns that were not read"] == ["we\ufffdight", "gr\ufffdsse"]


@pytest.mark.parametrize("delimiter", ["tab", "\\t", "\t"])
def test_a_tab_is_written_in_words(tmp_path: Path, delimiter: str) -> None:
    assert everything(write(tmp_path, "record_id\tname\n1\tLamp\n"), hints=Hints(delimiter=delimiter)).ids == ["1"]


@pytest.mark.parametrize("delimiter", ["::", '"', "\n"])
def test_what_cannot_separate_is_said_so(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(UserError, match="cannot be separated by"):
        everything(write(tmp_path, "record_id,name\n"), hints=Hints(delimiter=delimiter))


# Spreadsheets


def row(number: int, *texts: str) -> str:
    return (
        f'<row r="{number}">' + "".join(cell(f"{'ABCDEF'[n]}{number}", text) for n, text in enumerate(texts)) + "</row>"
    )


def test_an_empty_first_sheet_and_titles_above_are_passed_over(tmp_path: Path) -> None:
    table = row(2, "Our export") + row(4, "record_id", "name", "year") + row(5, "1", "Lamp", "x")
    numbers = '<row r="6"><c r="A6"><v>2</v></c><c r="B6" t="b"><v>1</v></c><c r="C6"><f>1+1</f><v>1910.5</v></c></row>'
    path = xlsx(tmp_path / "a.xlsx", "", table + row(8, "record_id", "name", "year") + numbers, row(1, "other"))
    found = everything(path)
    assert sorted(found.ids) == ["1", "2"]
    assert found.records[0].line == 5
    assert found.notices["sheets that were not read"] == ["S1, S3"]
    assert "lines above the header" in found.notices
    assert everything(path, hints=Hints(sheet="S2")).ids == found.ids
    with pytest.raises(UserError, match="no sheet Other; there are: S1, S2, S3"):
        everything(path, hints=Hints(sheet="Other"))


def test_an_open_document_spreadsheet_is_read(tmp_path: Path) -> None:
    names = ["office:1.0", "table:1.0", "text:1.0"]
    spaces = " ".join(f'xmlns:{name.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for name in names)
    cells = ["record_id", "name"], ["1", "Lamp"]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in each
        )
        + '<table:table-cell table:number-columns-repeated="1022"/></table:table-row>'
        for each in cells
    )
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="S1">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    assert [(record.record_id, record.name) for record in everything(path).records] == [("1", "Lamp")]


def test_cells_as_far_apart_as_can_be_cost_no_memory(tmp_path: Path) -> None:
    far = '<row r="1048576">' + cell("XFD1048576", "x") + "</row>"
    ids, reasons, memory = measured(xlsx(tmp_path / "a.xlsx", row(1, "record_id", "name") + far))
    assert not ids
    assert "has cells very far apart; save its sheet as CSV" in reasons
    assert memory < 100


def test_a_workbook_that_swells_costs_no_memory_here(tmp_path: Path) -> None:
    many = ("<row>" + "<c><v>1</v></c>" * 500 + "</row>") * 4000
    _, _, memory = measured(xlsx(tmp_path / "a.xlsx", row(1, "record_id", "name") + many))
    assert memory < 100


# JSON


def test_surrogates_and_endless_numbers_in_json_are_bad_rows(tmp_path: Path) -> None:
    lines = [
        '{"record_id": "1", "name": "\\ud83d"}',
        '{"record_id": "2", "name": ' + "9" * 5000 + "}",
        '{"record_id": "3", "name": {"\\ud83d": 1}}',
        '{"record_id": "4", "name": "Lamp", "\\ud83d\\u0000": 1e999}',
    ]
    found = everything(write(tmp_path, "\n".join(lines), "a.jsonl"))
    assert found.ids == ["4"]
    assert len(found.reasons) == 3


# XML


@pytest.fixture
def asked() -> Iterator[tuple[int, list[str]]]:
    """A local server, and the addresses that it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], paths
        server.shutdown()


def test_external_entities_are_neither_read_nor_asked_for(tmp_path: Path, asked: tuple[int, list[str]]) -> None:
    port, paths = asked
    (tmp_path / "secret").write_text("SECRET")
    content = (
        f'<!DOCTYPE records SYSTEM "http://127.0.0.1:{port}/a.dtd" ['
        f'<!ENTITY file SYSTEM "file://{tmp_path}/secret"><!ENTITY web SYSTEM "http://127.0.0.1:{port}/b">'
        f'<!ENTITY % parameter SYSTEM "http://127.0.0.1:{port}/c"> %parameter;]>'
        "<records><record><record_id>1</record_id><name>a&file;b&web;c</name></record></records>"
    )
    found = everything(write(tmp_path, content, "a.xml"), mapping="uniform")
    assert "SECRET" not in repr(found)
    assert paths == []


@pytest.mark.parametrize("use", ["<x>&j;</x>", '<x y="&j;"/>'])
def test_entities_within_entities_are_refused(tmp_path: Path, use: str) -> None:
    names = "abcdefghij"
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
    content = f'<!DOCTYPE r [<!ENTITY a "lollollollol">{entities}]><r><row><id>1</id></row><row>{use}</row></r>'
    _, reasons, memory = measured(write(tmp_path, content, "a.xml"))
    assert reasons
    assert memory < 100


def test_xml_nested_without_end_is_refused_in_words(tmp_path: Path) -> None:
    found = everything(write(tmp_path, "<r>" + "<a>" * 10_000 + "</a>" * 10_000 + "</r>", "a.xml"))
    assert "Excessive depth" in found.reasons[0]


def test_rows_in_wrappers_are_forgotten_as_they_are_read(tmp_path: Path) -> None:
    one = "<record><header><identifier>oai:x</identifier></header><metadata><lido><x>w</x></lido></metadata></record>"
    _, _, memory = measured(write(tmp_path, "<ListRecords>" + one * 60_000 + "</ListRecords>", "a.xml"))
    assert memory < 15


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("<all><thing><a>1</a></thing><thing><a>2</a></thing></all>", "thing"),
        ("<all><made>today</made><made>here</made><list><thing a='1'/><thing a='2'/></list></all>", "thing"),
        ("<all><thing><a>1</a><b>2</b></thing></all>", "thing"),
        ("<all><lido/><other><a/></other><other><a/></other></all>", "lido"),
        ("<thing/>", "thing"),
    ],
)
def test_the_element_that_is_a_row_is_found(tmp_path: Path, content: str, name: str) -> None:
    path = write(tmp_path, content, "a.xml")
    assert row_element(Part("a.xml", lambda: path.open("rb"))) == name


def test_a_row_that_is_the_whole_document_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "<all><list>" + "<a/>" * 300_000 + "</list></all>", "a.xml")
    found = everything(path, hints=Hints(rows="list"))
    assert "more than 200,000 elements" in found.reasons[0]


def test_an_object_of_json_is_shown_by_its_first_keys(tmp_path: Path) -> None:
    found = everything(write(tmp_path, json.dumps({"record_id": "1", "name": {"en": "Lamp"}}), "a.json"))
    assert "it has en" in found.reasons[0]
