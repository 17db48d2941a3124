"""Files as museums really send them: every row comes out, as a record or as a problem with its place."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.errors import UserError
from heritage.importers import IMPORTERS, RowProblem, SourceRecord, get_importer
from heritage.importers.merging import merge_rows, survey_rows
from heritage.importers.source_records import plain_text


def write(tmp_path: Path, content: str | bytes, name: str = "records.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(format: str, *paths: Path) -> list[SourceRecord | RowProblem]:
    """What an import sees: rows of all files, merged."""

    def rows() -> list[SourceRecord | RowProblem]:
        return [item for path in paths for item in get_importer(format)(path)]

    return list(merge_rows(rows, survey_rows(rows)))


def only_problem(items: list[SourceRecord | RowProblem]) -> RowProblem:
    (problem,) = (item for item in items if isinstance(item, RowProblem))
    return problem


def test_several_rows_of_one_record_are_its_images(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "record_id,name,description,taxonomy,img_url,img_path\n"
        "T.1,Telephone,Black.,telephony; object,https://museum.example/1.jpg,\n"
        "T.2,Lamp,,,,\n"
        "T.1,Telephone,,,https://museum.example/2.jpg,a/2.jpg\n",
    )
    lamp, telephone = read("uniform", path)
    assert isinstance(telephone, SourceRecord)
    assert (telephone.name, telephone.description) == ("Telephone", "Black.")
    assert telephone.taxonomy == ("telephony", "object")
    assert [image.source for image in telephone.images] == [
        "https://museum.example/1.jpg",
        "https://museum.example/2.jpg",
    ]
    assert (telephone.line, telephone.rows) == (2, 2)
    assert isinstance(lamp, SourceRecord)
    assert lamp.images == ()


def test_rows_of_one_record_may_lie_in_several_files(tmp_path: Path) -> None:
    first = write(tmp_path, "record_id,name,img_path\n1,Lamp,a.jpg\n", "1.csv")
    second = write(tmp_path, "record_id,name,img_path\n1,,b.jpg\n", "2.csv")
    (record,) = read("uniform", first, second)
    assert isinstance(record, SourceRecord)
    assert [image.path for image in record.images] == ["a.jpg", "b.jpg"]
    assert record.name == "Lamp"


def test_a_row_that_contradicts_its_record_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path, "record_id,name,img_path\n1,Lamp,a.jpg\n1,Loom,b.jpg\n1,Lamp,c.jpg\n")
    items = read("uniform", path)
    problem = only_problem(items)
    assert (problem.line, problem.field, problem.record_id) == (3, "name", "1")
    assert f"{path}:2" in problem.reason
    (record,) = (item for item in items if isinstance(item, SourceRecord))
    assert [image.path for image in record.images] == ["a.jpg", "c.jpg"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_as_spreadsheets_save_it(tmp_path: Path, separator: str, mark: bytes, line_end: str) -> None:
    lines = [" Record_ID ", "1", ""], ["name", '"a, b; c"', ""]
    text = line_end.join(separator.join(pair) for pair in zip(*lines, strict=True)) + line_end
    (record,) = read("uniform", write(tmp_path, mark + text.encode()))
    assert isinstance(record, SourceRecord)
    assert (record.record_id, record.name) == ("1", "a, b; c")


@pytest.mark.parametrize(
    ("row", "line", "field", "reason"),
    [
        (b",Lamp,,", 3, "record_id", "is missing"),
        (b"2,Caf\xe9,,", 3, "name", "UTF-8"),
        (b"2,La\x00mp,,", 3, "name", "NUL"),
        (b"2," + b"x" * 100_001 + b",,", 3, "name", "shorten"),
        (b"i" * 201 + b",Lamp,,", 3, "record_id", "201 characters"),
        (b"2,Lamp,ftp://museum.example/1.jpg,", 3, "img_url", "https://"),
        (b"2,Lamp,//[/1.jpg,", 3, "img_url", "https://"),
        (b"2,Lamp,https://museum.example/" + b"x" * 2000 + b",", 3, "img_url", "shorter"),
        (b"2,Lamp,1,2,3", 3, "", "5 fields where the header has 4"),
        (b"2,Lamp", 3, "", "2 fields"),
        (b'2,"a "big" lamp",,', 3, "", "double quote"),
        (b'2,"one\nline more",,\n,Lamp,,', 5, "record_id", "is missing"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_go_in(
    tmp_path: Path, row: bytes, line: int, field: str, reason: str
) -> None:
    path = write(tmp_path, b"record_id,name,img_url,img_path\n1,First,,\n" + row + b"\n\n9,Last,,\n")
    items = read("uniform", path)
    problem = only_problem(items)
    assert (problem.file, problem.line, problem.field) == (str(path), line, field)
    assert reason in problem.reason
    assert {"First", "Last"} <= {item.name for item in items if isinstance(item, SourceRecord)}


def test_an_unclosed_quote_is_reported_where_it_opens(tmp_path: Path) -> None:
    path = write(tmp_path, 'record_id,name\n1,First\n2,"never closed\n3,Third\n')
    problem = only_problem(read("uniform", path))
    assert problem.line == 3
    assert "never closed" in problem.reason


def test_a_field_without_end_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path, 'record_id,name\n1,First\n2,"' + "x" * 1_000_001 + '"\n3,Third\n')
    items = read("uniform", path)
    assert "1,000,000" in only_problem(items).reason
    assert [item.record_id for item in items if isinstance(item, SourceRecord)] == ["1", "3"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"id,name\n1,Lamp\n", "no column record_id"),
        (b"record_id,name,name\n", "twice"),
        ("record_id,name\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04rest of a workbook", "spreadsheet"),
        (b'[{"record_id": "1"}]', "one object per line"),
    ],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UserError, match=says):
        read("uniform", write(tmp_path, content))


def test_uniform_json_lines(tmp_path: Path) -> None:
    lines = [
        '{"record_id": 7, "name": "Lamp", "taxonomy": ["light", "object"], "description": null}',
        "",
        "{not json",
        '["no", "object"]',
        '{"record_id": "8", "name": ["Loom"]}',
        '{"record_id": "9", "name": "\\ud800"}',
        "{" * 100_000,
    ]
    items = read("uniform", write(tmp_path, "\n".join(lines), "records.jsonl"))
    record, *problems = items
    assert isinstance(record, SourceRecord)
    assert (record.record_id, record.taxonomy) == ("7", ("light", "object"))
    assert [(problem.line, problem.field) for problem in problems] == [
        (3, ""),
        (4, ""),
        (5, "name"),
        (6, "name"),
        (7, ""),
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<p>First.</p><p>Second&nbsp;one.</p>", "First. Second one."),
        ("A <i>fine</i> lamp<br/>with <a href='x'>glass</a>", "A fine lamp with glass"),
        ("<script>alert(1)</script>Lamp<!-- hidden -->", "Lamp"),
        ("<object facet>; 3 < 4 > 2", "<object facet>; 3 < 4 > 2"),
        ("Marks &amp; Spencer, R&copyist, 5 &lt; 6", "Marks & Spencer, R&copyist, 5 < 6"),
        ('=HYPERLINK("http://x")', '=HYPERLINK("http://x")'),
        ("  two\n\n lines ", "two lines"),
    ],
)
def test_html_goes_and_all_else_stays(written: str, meant: str) -> None:
    assert plain_text(written) == meant


def test_smg_dump(tmp_path: Path) -> None:
    source = {
        "name": [{"value": "telephone"}, {"value": " handset"}],
        "title": [{"value": "Candlestick telephone"}],
        "description": [{"value": "Made in\n 1910."}, {"value": "Black."}],
        "terms": [
            {"hierarchy": [{"sort": 2, "name": [{"value": "telephony"}]}, {"sort": 1, "name": [{"value": "phone"}]}]}
        ],
        "categories": [{"name": "Telecommunications"}, {"name": "Other"}],
        "multimedia": [
            {"processed": {"medium": {"location": "12/34/Medium_A.JPG"}}},
            {"processed": {}},
            {"processed": {"medium": {"location": "12/34/Medium_A.JPG"}}},
        ],
    }
    lines = [
        {"_id": "co1", "_source": source},
        {"_id": "co2", "_source": {}},
        {"_id": "co3"},
        {"_id": "co4", "_source": {"name": "lamp"}},
        {"_source": {}},
    ]
    path = write(tmp_path, "\n".join(map(json.dumps, lines)), "dump.jsonl")
    full, bare, *problems = read("smg-dump", path)
    assert isinstance(full, SourceRecord)
    assert full.name == "telephone; handset"
    assert full.description == "Candlestick telephone. Made in 1910.; Black."
    assert full.taxonomy == ("phone", "telephony", "Telecommunications")
    assert [image.url for image in full.images] == ["https://coimages.sciencemuseumgroup.org.uk/12/34/medium_a.jpg"]
    assert isinstance(bare, SourceRecord)
    assert (bare.name, bare.description, bare.images) == ("", "", ())
    assert [(problem.line, problem.field) for problem in problems] == [(3, "_source"), (4, "name"), (5, "record_id")]


def test_nms_export(tmp_path: Path) -> None:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(
        [
            "priref",
            "object_number",
            "object_name",
            "description",
            "object_category",
            "administration_name",
            "media.reference",
        ]
    )
    writer.writerow(["1", "T.1", "Telephone", "Black.", "7. TELECOMMUNICATIONS", "Science", "PF1|DOC2| MP3 |PF1"])
    writer.writerow(["2", "", "Lamp", "", "", "", ""])
    record, problem = read("nms", write(tmp_path, table.getvalue()))
    assert isinstance(record, SourceRecord)
    assert record.taxonomy == ("7. TELECOMMUNICATIONS", "Science")
    assert [image.path for image in record.images] == ["PF1.jpg", "MP3.jpg"]
    assert record.images[0].url.endswith("value=PF1")
    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.field) == (3, "object_number")


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=", ".join(IMPORTERS)):
        get_importer("marc21")


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@given(rows=st.lists(st.tuples(texts, texts, st.sampled_from(["", "a.jpg", "b.jpg"])), max_size=12))
def test_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]) -> None:
    """Whatever stands in the fields, each row ends in exactly one record or problem."""
    path = tmp_path_factory.mktemp("rows") / "records.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "name", "img_path"])
        writer.writerows(rows)
    items = read("uniform", path)
    written = sum(any(field.strip() for field in row) for row in rows)
    assert sum(item.rows if isinstance(item, SourceRecord) else 1 for item in items) == written
    identifiers = [item.record_id for item in items if isinstance(item, SourceRecord)]
    assert len(identifiers) == len(set(identifiers))
