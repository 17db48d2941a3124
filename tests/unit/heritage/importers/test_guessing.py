"""What a file's columns are taken to mean, in the languages and shapes that they come in."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.importers.column_words import WORDS
from heritage.importers.guessing import Guess, guess_mapping
from heritage.importers.record_files import NamedFile, take_sample


def guessed(tmp_path: Path, content: str, *, name: str = "a.csv", encoding: str = "utf-8") -> Guess:
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    return guess_mapping(take_sample([NamedFile.at(path)]))


def fields(tmp_path: Path, content: str, **options: str) -> dict[str, Any]:
    mapping = guessed(tmp_path, content, **options).mapping
    return mapping.fields | {"pictures": list(mapping.pictures)}


@pytest.mark.parametrize(
    ("header", "row", "encoding"),
    [
        ("Inv.-Nr.;Objektbezeichnung;Beschreibung;Schlagwörter;Bilddatei", "Kanne;Für Öl;Gefäß", "cp1252"),
        ("N° d'inventaire;Titre;Description;Mots-clés;Fichier image", "Téléphone;Été noir;télécom", "cp1252"),
        ("Número de inventario;Denominación;Descripción;Palabras clave;Imagen", "Lámpara;De latón;luz", "cp1252"),
        ("Objectnummer;Titel;Beschrijving;Trefwoorden;Afbeelding", "Telefoon;Zwart toestel;één", "cp1252"),
        ("N. inventario;Titolo;Descrizione;Soggetto;Immagine", "Lampada;È d'ottone, più;luce", "cp1252"),
        ("Numer inwentarzowy;Nazwa;Opis;Słowa kluczowe;Zdjęcie", "Świecznik;Zażółcony, żelazny;światło", "cp1250"),
        ("Inventární číslo;Název;Popis;Klíčová slova;Obrázek", "Přístroj;Černý nástěnný;světlo", "cp1250"),
        ("Инвентарный номер;Название;Описание;Ключевые слова;Изображение", "Телефон;Чёрный аппарат;связь", "cp1251"),
        ("資料番号;資料名;解説;分類;画像", "黒電話;昭和時代に使われた電話機です。;通信", "cp932"),
        ("Inventarienummer;Benämning;Beskrivning;Nyckelord;Bildfil", "Lampa;Mässing, låg;ljus", "cp1252"),
    ],
)
def test_columns_are_known_in_the_languages_of_museums(tmp_path: Path, header: str, row: str, encoding: str) -> None:
    table = f"{header}\nT.1;{row};1.jpg\nT.2;{row};2.jpg\n"
    record_id, name, description, terms, pictures = header.split(";")
    assert fields(tmp_path, table, encoding=encoding) == {
        "record_id": record_id,
        "name": name,
        "description": description,
        "taxonomy": terms,
        "pictures": [{"file": pictures}],
    }


def test_without_an_identifier_the_guess_says_so(tmp_path: Path) -> None:
    guess = guessed(tmp_path, "Colour,Weight\nred,1\nred,1\n")
    assert "record_id" not in guess.mapping.fields
    assert "No column looks like an identifier" in guess.reasons[0]


def test_what_is_different_in_every_row_may_be_the_identifier(tmp_path: Path) -> None:
    assert fields(tmp_path, "Colour,Sig.\nred,A/1\nred,A/2\n")["record_id"] == "Sig."


def test_a_column_of_numbers_is_no_name(tmp_path: Path) -> None:
    assert "name" not in fields(tmp_path, "id,label,year\n1,1910,1910\n2,1920,1920\n")


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("https://m.example/{}.jpg", "url"),
        ("folder/{}.TIF", "file"),
        ("C:\\scans\\{}.jpeg", "file"),
        ("https://m.example/iiif/{}/info.json", "service"),
        ("https://m.example/view?id={}", "url"),
        ("https://m.example/{0}.jpg|https://m.example/{0}b.jpg", "url"),
    ],
)
def test_pictures_are_told_by_what_stands_in_their_column(tmp_path: Path, cell: str, kind: str) -> None:
    table = "id,name,picture\n" + "".join(f"{n},Lamp,{cell.format(n)}\n" for n in (1, 2))
    assert fields(tmp_path, table)["pictures"] == [{kind: "picture"}]


@pytest.mark.parametrize("separator", ["|", ";", ">", "\n"])
def test_terms_are_cut_where_they_are_separated(tmp_path: Path, separator: str) -> None:
    table = "id,name,keywords\n" + "".join(f'{n},Lamp,"light {separator} brass"\n' for n in (1, 2))
    assert fields(tmp_path, table)["taxonomy"] == {"of": "keywords", "split": separator}


def test_a_name_that_two_columns_share_is_taken_for_nothing(tmp_path: Path) -> None:
    found = fields(tmp_path, "id,name,keywords,keywords\n1,Lamp,a,b\n2,Loom,a,b\n")
    assert "taxonomy" not in found


def test_json_of_unknown_shape_is_read_by_its_keys(tmp_path: Path) -> None:
    rows = [
        {"sig": f"A{n}", "texts": {"title": {"value": "Lamp"}}, "photos": [{"link": f"https://m.example/{n}.jpg"}]}
        for n in (1, 2)
    ]
    assert fields(tmp_path, json.dumps({"items": rows}), name="a.json") == {
        "record_id": "sig",
        "name": "texts.title.value",
        "pictures": [{"url": "photos[].link"}],
    }


def test_xml_of_unknown_shape_is_read_by_its_elements(tmp_path: Path) -> None:
    content = "".join(
        f'<thing nr="{n}"><titel>Kanne</titel><beschreibung>Für Öl</beschreibung></thing>' for n in (1, 2)
    )
    found = fields(tmp_path, f"<alle><stand>heute</stand><dinge>{content}</dinge></alle>", name="a.xml")
    assert (found["record_id"], found["name"], found["description"]) == ('"@nr"', "titel[].text", "beschreibung[].text")


@given(keys=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True))
def test_whatever_keys_are_called_their_paths_can_be_followed_and_kept(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "keys.jsonl"
    path.write_text("".join(json.dumps(dict.fromkeys(keys, f"value {n}")) + "\n" for n in range(3)))
    mapping = guess_mapping(take_sample([NamedFile.at(path)])).mapping
    mapping.bind(None)
    assert "\\u0000" not in json.dumps(mapping.as_document()).replace("\\\\u0000", "")
    json.dumps(mapping.as_document(), ensure_ascii=False).encode()


def test_no_word_means_two_of_name_and_description() -> None:
    assert not set(WORDS["name"]) & set(WORDS["description"])
