"""Files as museums really send them: every row comes out, as a record or as a problem with its place."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.errors import UserError
from heritage.importers.cleaning import plain_text
from heritage.importers.merging import merge_rows
from heritage.importers.record_files import NamedFile, RecordFiles
from heritage.importers.shipped import shipped_mapping, shipped_mappings
from heritage.importers.source_records import Notice, RowProblem, SourceItem, SourceRecord


def write(tmp_path: Path, content: str | bytes, name: str = "records.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def everything(format: str, *paths: Path) -> list[SourceItem]:
    """What an import sees: rows of all files, merged."""
    return list(merge_rows(RecordFiles([NamedFile.at(path) for path in paths], shipped_mapping(format))))


def read(format: str, *paths: Path) -> list[SourceRecord | RowProblem]:
    """The records and problems of it."""
    return [item for item in everything(format, *paths) if isinstance(item, SourceRecord | RowProblem)]


def notices(format: str, *paths: Path) -> dict[str, list[str]]:
    """The examples of what else it tells, by kind."""
    told: dict[str, list[str]] = {}
    for item in everything(format, *paths):
        if isinstance(item, Notice):
            told.setdefault(item.kind, []).append(item.example)
    return told


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
        (b"2,La\x00mp,,", 3, "name", "NUL"),
        (b"2," + b"x" * 100_001 + b",,", 3, "name", "shorten"),
        (b"i" * 201 + b",Lamp,,", 3, "record_id", "201 characters"),
        (b"2,Lamp,ftp://museum.example/1.jpg,", 3, "img_url", "https://"),
        (b"2,Lamp,//[/1.jpg,", 3, "img_url", "https://"),
        (b"2,Lamp,https://museum.example/" + b"x" * 2000 + b",", 3, "img_url", "shorter"),
        (b"2,Lamp,1,2,3", 3, "", "5 fields where the header has 4"),
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
        (b"title,name\n1,Lamp\n", "no column record_id; it has: title, name"),
        (b"record_id,name,name\n", "twice"),
        (b"PK\x03\x04rest of a workbook", "damaged or cut off zip"),
        (b"\xd0\xcf\x11\xe0rest of a workbook", "no spreadsheet that can be read"),
        (b"<<<", "not well-formed"),
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
        '{"record_id": "8", "name": {"en": "Loom"}}',
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
    assert [(problem.line, problem.field) for problem in problems] == [(3, "_source"), (4, "_id")]


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
    with pytest.raises(UserError, match=", ".join(shipped_mappings())):
        shipped_mapping("marc21")


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


def test_one_bad_byte_in_a_file_of_utf_8_costs_its_row_alone(tmp_path: Path) -> None:
    lines = [b"record_id,name", *(f"{number},Müller Öfen".encode() for number in range(9)), b"9,Caf\xe9"]
    items = read("uniform", write(tmp_path, b"\n".join(lines)))
    assert len(items) == 10
    assert "encoding" in only_problem(items).reason


def test_a_row_may_end_early_but_not_late(tmp_path: Path) -> None:
    path = write(tmp_path, "record_id,name,description,img_url\n1,Kettle,Copper,https://m.example/1.jpg\n2,Pot,Iron\n")
    _, pot = read("uniform", path)
    assert isinstance(pot, SourceRecord)
    assert (pot.name, pot.description, pot.images) == ("Pot", "Iron", ())
    assert notices("uniform", path)["rows that end before the last column"] == [f"{path}:3"]


def test_what_stands_above_or_again_between_the_rows_is_not_a_record(tmp_path: Path) -> None:
    path = write(tmp_path, "Export of 1 May\n\nrecord_id;name\n1;Lamp\nRecord_ID;Name\n2;Loom\n")
    assert [item.record_id for item in read("uniform", path)] == ["1", "2"]
    told = notices("uniform", path)
    assert told["lines above the header"] == [str(path)]
    assert told["repeated headers"] == [f"{path}:5"]


def test_a_line_break_in_a_header_is_a_blank(tmp_path: Path) -> None:
    path = write(tmp_path, 'record_id,"name\n(English)",description\n1,Kettle,Copper\n')
    (record,) = read("uniform", path)
    assert isinstance(record, SourceRecord)
    assert (record.name, record.line) == ("Kettle", 3)


@pytest.mark.parametrize("between", ["|", "; ", " ", ",", "\n"])
def test_several_addresses_in_a_cell_are_several_pictures(tmp_path: Path, between: str) -> None:
    cell = between.join(f"https://m.example/{number}.jpg?a=1,2" for number in (1, 2))
    (record,) = read("uniform", write(tmp_path, f'record_id,img_url\n1,"{cell}"\n'))
    assert isinstance(record, SourceRecord)
    assert [image.url for image in record.images] == [f"https://m.example/{number}.jpg?a=1,2" for number in (1, 2)]


def test_words_for_nothing_are_nothing_and_are_told(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "record_id,name,description,taxonomy,img_url\n"
        "1,nan,NULL,N/A; lamp,\n"
        "2,#N/A,None,[],https://m.example/get?value=nan\n"
        "null,Lamp,,,\n",
    )
    first, second, problem = read("uniform", path)
    assert isinstance(first, SourceRecord)
    assert isinstance(second, SourceRecord)
    assert isinstance(problem, RowProblem)
    assert (first.name, first.description, first.taxonomy) == ("", "", ("lamp",))
    assert (second.name, second.description, second.taxonomy, second.images) == ("", "", (), ())
    assert (problem.line, problem.field) == (4, "record_id")
    assert f"name “nan” ({path}:2)" in notices("uniform", path)["words for nothing"]


@pytest.mark.parametrize("identifier", ["01/07/1995", "1.7.1995", "Jan-95", "1-Mar", "1.23E+11", "1995-07-01"])
def test_identifiers_that_a_spreadsheet_made_dates_are_told(tmp_path: Path, identifier: str) -> None:
    path = write(tmp_path, f"record_id,name\n64-1993-1,Drawing\n{identifier},Drawing\n")
    (told,) = notices("uniform", path)["identifiers that look like dates made by a spreadsheet"]
    assert told.startswith(identifier)


def test_characters_that_nobody_sees_do_not_make_two_records_of_one(tmp_path: Path) -> None:
    path = write(tmp_path, "record_id,img_url\nT.1,https://m.example/1.jpg\n\u200bT.1\u00a0,https://m.example/2.jpg\n")
    (record,) = read("uniform", path)
    assert isinstance(record, SourceRecord)
    assert (record.record_id, len(record.images)) == ("T.1", 2)
    assert "identifiers with characters that nobody sees" in notices("uniform", path)


def test_pictures_stand_in_the_order_that_the_source_gives(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "record_id,img_url,img_order,img_primary,img_view,img_licence\n"
        "1,https://m.example/c.jpg,,,,\n"
        "1,https://m.example/b.jpg,2,0,back,\n"
        "1,https://m.example/a.jpg,3,TRUE,front,CC0\n",
    )
    (record,) = read("uniform", path)
    assert isinstance(record, SourceRecord)
    assert [image.url[-5] for image in record.images] == ["a", "b", "c"]
    assert (record.images[0].view, record.images[0].rights.licence) == ("front", "CC0")


def test_columns_that_nothing_reads_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "record_id,name,weight,\n1,Lamp,2 kg,\n")
    assert notices("uniform", path) == {"columns that were not read": ["weight"]}


@pytest.mark.parametrize(
    ("name", "content", "identifiers"),
    [
        ("array.json", '[{"record_id": "1"}, {"record_id": "2"}]', ["1", "2"]),
        ("pretty.json", '{\n  "record_id": "1",\n  "name": "Kettle"\n}\n', ["1"]),
        ("one-line.json", '{"record_id": "1"}', ["1"]),
        ("answer.json", '{"info": {"pages": 1}, "records": [{"record_id": "1"}, {"record_id": "2"}]}', ["1", "2"]),
        ("deep.json", '{"response": {"docs": [{"record_id": "1"}]}}', ["1"]),
        ("lines.jsonl", '{"record_id": "1"}\n\n{"record_id": "2"}\n', ["1", "2"]),
    ],
)
def test_json_in_every_shape(tmp_path: Path, name: str, content: str, identifiers: list[str]) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = write(tmp_path, content.encode(encoding), name)
        assert [item.record_id for item in read("uniform", path)] == identifiers


def test_lists_in_json_are_several_pictures_and_one_text(tmp_path: Path) -> None:
    row = {
        "record_id": "1",
        "name": ["Kettle", "Pot"],
        "img_url": ["https://m.example/1.jpg", "https://m.example/2.jpg"],
    }
    (record,) = read("uniform", write(tmp_path, json.dumps(row), "list.jsonl"))
    assert isinstance(record, SourceRecord)
    assert (record.name, len(record.images)) == ("Kettle; Pot", 2)


def test_json_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    path = write(tmp_path, '[{"record_id": "1"}, {"record_id": "2"}, {"record', "array.json")
    first, second, problem = read("uniform", path)
    assert (first.record_id, second.record_id) == ("1", "2")
    assert isinstance(problem, RowProblem)
    assert "not JSON from here" in problem.reason


@pytest.mark.parametrize("depth", [100, 10_000, 200_000])
def test_json_nested_without_end_is_refused_in_words(tmp_path: Path, depth: int) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    lines = f'{{"record_id": "1", "x": {nested}}}\n{{"record_id": "2"}}\n'
    problem, record = read("uniform", write(tmp_path, lines, "deep.jsonl"))
    assert isinstance(problem, RowProblem)
    assert record.record_id == "2"
    array = write(tmp_path, f'[{{"record_id": "0"}}, {{"record_id": "1", "x": {nested}}}]', "deep.json")
    assert isinstance(read("uniform", array)[1], RowProblem)
