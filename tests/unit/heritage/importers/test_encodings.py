"""Which encoding a file is in, and what becomes of bytes that are not."""

from pathlib import Path

import pytest

from heritage.errors import UserError
from heritage.importers.encodings import encoding_of
from heritage.importers.record_files import Hints
from tests.unit.heritage.importers.attacks import everything

GERMAN = "record_id;name\n1;Größe – „Öl“\n2;Büchse\n"
POLISH = "record_id;name\n1;Telefon ścienny, zażółcony\n2;Świecznik łączności\n"
CZECH = "record_id;name\n1;Černý nástěnný přístroj\n2;Světlá žárovka, příruční\n"
RUSSIAN = "record_id;name\n1;Чёрный настенный телефон\n2;Латунная лампа для чтения\n"
JAPANESE = "record_id,name\n1,昭和時代に使われた黒い電話機です。\n2,真鍮製のランプです。\n"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
        (CZECH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "cp932"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_table_in_any_usual_encoding_is_read(tmp_path: Path, text: str, codec: str, line_end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.replace("\n", line_end).encode(codec))
    names = [line.split(";" if ";" in text else ",")[1] for line in text.splitlines()[1:]]
    assert [record.name for record in everything(path).records] == names


@pytest.mark.parametrize(
    "text",
    [
        "Sìos an rathad mòr, dùthaich",  # Gaelic
        "Perché è così, più in là",
        "Ærø, blåbær og smørrebrød",
        "¿Qué año? ¡Señor! 30 m², 2¾ in, nº 1",
        "Œuvre d'été à l'œil, 1¹ et 2³",
    ],
)
def test_western_languages_are_not_taken_for_central_european_ones(text: str) -> None:
    assert encoding_of(text.encode("cp1252")).codec == "cp1252"


def test_what_a_person_says_goes_before_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("record_id,name\n1,Ořech\n".encode("cp1250"))
    (record,) = everything(path, hints=Hints(encoding="windows-1250")).records
    assert record.name == "Ořech"


@pytest.mark.parametrize("encoding", ["klingon", "base64", "undefined", "utf-8\0", "rot13", "x" * 500])
def test_an_encoding_that_there_is_not_is_said_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("record_id,name\n1,Lamp\n")
    with pytest.raises(UserError, match="No encoding is called"):
        everything(path, hints=Hints(encoding=encoding))


def test_rows_of_another_encoding_than_the_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [
        b"record_id,name,weight",
        *(f"{n},Größe Öl".encode() for n in range(20)),
        "20,Größe".encode("cp1252"),
    ]
    path.write_bytes(b"\n".join(lines))
    found = everything(path)
    assert len(found.ids) == 20
    assert ":22: name: holds bytes that are not in the file's encoding" in found.reasons[0]


def test_a_byte_order_mark_inside_is_not_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Export\n\ufeffrecord_id,name\n1,Lamp\n", encoding="utf-8-sig")
    assert everything(path).ids == ["1"]
