"""Files made to do harm, and damaged ones: memory stays bounded, good records go in, and the rest is told in words."""

import bz2
import gzip
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heritage.errors import UserError
from heritage.importers.guessing import first_records, guess_mapping
from heritage.importers.record_files import NamedFile, RecordFiles, take_sample
from tests.unit.heritage.importers.attacks import MEGABYTE, everything, measured, xlsx, zipped

BOUND = 200  # MB, where what is read would be a gigabyte
GOOD = "record_id,name\n1,Lamp\n"


def written(path: Path, chunks: Iterable[bytes]) -> Path:
    opened = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix, open)
    with opened(path, "wb") as file:  # type: ignore[operator]
        for chunk in chunks:
            file.write(chunk)
    return path


def table_with(chunk: bytes, times: int) -> Iterable[bytes]:
    yield b"record_id,name\n1,First\n2,"
    for _ in range(times):
        yield chunk
    yield b"\n3,Third\n"


def test_a_gzip_bomb_is_refused_before_memory_is_spent(tmp_path: Path) -> None:
    ids, reasons, memory = measured(written(tmp_path / "bomb.csv.gz", table_with(MEGABYTE, 1024)))
    assert not ids
    assert "swells to more than 300 times its size" in reasons
    assert memory < BOUND


def test_a_bomb_in_a_zip_costs_nothing_but_itself(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", a__csv=GOOD)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open("bomb.csv", "w", force_zip64=True) as file:
            for chunk in table_with(MEGABYTE, 400):
                file.write(chunk)
        archive.writestr("z.csv", "record_id,name\n9,Loom\n")
    ids, reasons, memory = measured(path)
    assert {"1", "9"} <= {*ids}
    assert "swells" in reasons
    assert memory < BOUND


@pytest.mark.parametrize("chunk", [MEGABYTE, b"a,b" * (1 << 18)])
def test_a_line_without_end_is_one_bad_row(tmp_path: Path, chunk: bytes) -> None:
    ids, reasons, memory = measured(written(tmp_path / "a.csv", table_with(chunk, 300)))
    assert ids == ["1", "3"]
    assert "more than 1,000,000 characters" in reasons
    assert memory < BOUND


def test_a_quoted_field_of_300_mb_is_one_bad_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [b'record_id,name\n1,First\n2,"', *[MEGABYTE] * 300, b'"\n3,Third\n'])
    ids, reasons, memory = measured(path)
    assert ids == ["1", "3"]
    assert ":3: holds a field of more than 1,000,000 characters" in reasons
    assert memory < BOUND


def test_a_json_text_without_end_ends_the_reading_in_words(tmp_path: Path) -> None:
    beginning = b'[{"record_id": "1"}, {"record_id": "2", "name": "'
    ids, reasons, memory = measured(written(tmp_path / "a.json", [beginning, *[MEGABYTE] * 60, b'"}]']))
    assert ids == ["1"]
    assert "a text of more than 16 MB" in reasons
    assert memory < BOUND


def test_a_json_row_of_millions_of_values_is_one_bad_row(tmp_path: Path) -> None:
    many = [b"[]," * (1 << 18)] * 5
    path = written(tmp_path / "a.json", [b'[{"record_id": "1"}, {"name": [', *many, b'1]}, {"record_id": "3"}]'])
    ids, reasons, memory = measured(path)
    assert ids == ["1", "3"]
    assert "more than 1,000,000 values" in reasons
    assert memory < BOUND


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_compressed_file_that_is_cut_off_gives_what_came_before(tmp_path: Path, pack: object) -> None:
    table = GOOD + "".join(f"{number},{hash(str(number))}\n" for number in range(2, 90_000))
    packed = pack(table.encode())  # type: ignore[operator]
    path = tmp_path / "a.csv.gz"
    path.write_bytes(packed[: len(packed) * 3 // 4])
    found = everything(path)
    assert found.ids[:3] == ["1", "2", "3"]
    assert "damaged or cut off" in found.reasons[-1]
    path.write_bytes(packed[:12])
    with pytest.raises(UserError, match=r"cut off|empty"):
        everything(path)


@pytest.mark.parametrize("name", ["a.json.gz", "a.jsonl.gz", "a.xml.gz", "one.json.gz"])
def test_a_document_that_is_cut_off_says_so(tmp_path: Path, name: str) -> None:
    content = {
        "a.json.gz": '[{"record_id": "1"}, {"record_id": "2"}' + " " * 70_000,
        "a.jsonl.gz": '{"record_id": "1"}\n{"record_id": "2"}\n' + " " * 70_000,
        "a.xml.gz": "<records>" + "<record><record_id>1</record_id></record>" * 900,
        "one.json.gz": '{"record_id": "1", "name": "' + "x" * 70_000,
    }[name]
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.encode())[:-12])
    try:
        reasons = everything(path).reasons
    except UserError as error:
        reasons = [str(error)]
    assert any(said in reason for reason in reasons for said in ("cut off", "not well-formed", "not JSON"))


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_a_zip_or_workbook_that_is_cut_off_is_refused_in_words(tmp_path: Path, keep: float) -> None:
    for path in (zipped(tmp_path / "a.zip", a__csv=GOOD * 99), xlsx(tmp_path / "a.xlsx", "<row/>")):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * keep)])
        with pytest.raises(UserError, match="damaged or cut off zip"):
            everything(path)


def test_what_an_archive_may_not_hold_is_told_and_the_rest_goes_in(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", good__csv=GOOD, inner__zip=b"PK\x03\x04")
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../../outside.csv", "record_id,name\n2,Outside\n")
        archive.writestr("/etc/absolute.csv", "record_id,name\n3,Absolute\n")
        archive.writestr("line\nbreak\x01.csv", "record_id,name\n4,Control\n")
        archive.writestr("long" * 4000 + ".csv", "record_id,name\n5,Long\n")
        archive.writestr("picture.jpg", b"")
    found = everything(path)
    # Names are only shown: nothing is written anywhere.
    assert found.ids == ["1", "2", "3", "4", "5"]
    assert sorted(reason.split(": ")[1].split(";")[0] for reason in found.reasons) == [
        "is a link, which is not followed",
        "is an archive inside an archive",
    ]
    assert found.notices["files that hold no records"] == [".jpg"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.zip"]


def test_a_protected_member_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", good__csv=GOOD, secret__csv=GOOD)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)
    found = everything(path)
    assert found.ids == ["1"]
    assert "protected by a password" in found.reasons[0]


def test_a_link_that_leads_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("record_id,name\n2,Secret\n")
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "good.csv").write_text(GOOD)
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "up").symlink_to(tmp_path)
    (folder / "circle").symlink_to(folder)
    found = everything(folder)
    assert found.ids == ["1"]
    assert ["leads out of the folder" in reason for reason in found.reasons] == [True]


PARTS = [
    b"record_id",
    b"name",
    b",",
    b";",
    b"\n",
    b"\r",
    b'"',
    b"1",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"<a",
    b">",
    b"</a>",
]
PARTS += [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"<!DOCTYPE a [",
    b"&a;",
    b"\\ud800",
]
fragments = st.lists(st.sampled_from(PARTS) | st.binary(max_size=6), max_size=30).map(b"".join)


@settings(max_examples=300)
@given(content=fragments, pack=st.sampled_from([bytes, gzip.compress, bz2.compress]))
@example(content=b'{"record_id": "1", "\\ud800": 1, "\xd0\x85": 2}', pack=bytes)
@example(content=b"<r><row a='1'/><row a='2'/></r>", pack=gzip.compress)
def test_whatever_the_bytes_are_items_come_out_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, pack: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.csv"
    path.write_bytes(pack(content))  # type: ignore[operator]
    files = [NamedFile.at(path)]
    with suppress(UserError):
        sample = take_sample(files)
        mapping = guess_mapping(sample).mapping
        if "record_id" in mapping.fields:
            first_records(sample, mapping)
            list(RecordFiles(files, mapping).items())
        everything(path)
