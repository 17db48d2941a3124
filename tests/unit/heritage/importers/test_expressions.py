"""The language of sources: what it says in the guide is what it does."""

from typing import Any

import pytest

from heritage.errors import UserError
from heritage.importers.expressions import Columns, compile_source
from heritage.importers.source_records import FieldError

ROW: dict[str, Any] = {
    "title": {"en": "Lamp", "de": "Lampe"},
    "empty": "",
    "nothing": "n/a",
    "terms": ["light|brass", "oil"],
    "path": "/a/b/c.jpg/",
    "number": 7.0,
    "names": [{"text": "Kanne", "lang": "de"}, {"text": "Jug", "lang": "en"}],
}


def texts(source: Any, **options: Any) -> list[str]:
    return compile_source(source, None, field="name", **options)(ROW)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("title.en", ["Lamp"]),
        ("number", ["7"]),
        ("nobody.knows", []),
        (["empty", "nothing", "title.de"], ["Lampe"]),
        ({"value": "CC0"}, ["CC0"]),
        ({"join": ["title.en", "empty", "title.de"], "with": " / "}, ["Lamp / Lampe"]),
        ({"sentences": ["title.en", "title.de"]}, ["Lamp. Lampe"]),
        ({"all": ["title.en", "terms"]}, ["Lamp", "light|brass", "oil"]),
        ({"of": "terms", "split": "|"}, ["light", "brass", "oil"]),
        ({"of": "terms", "split": "|", "only_starting": ["b", "o"]}, ["brass", "oil"]),
        ({"of": "terms", "first": True}, ["light|brass"]),
        ({"of": "terms", "reverse": True}, ["oil", "light|brass"]),
        ({"of": "path", "strip": "/"}, ["a/b/c.jpg"]),
        ({"of": "path", "after": "/"}, ["c.jpg"]),
        ({"of": "title.en", "lower": True, "template": "https://m.example/{}"}, ["https://m.example/lamp"]),
        (
            {"of": "path", "template": "https://m.example/?{}", "quote": True},
            ["https://m.example/?%2Fa%2Fb%2Fc.jpg%2F"],
        ),
        ({"of": "title.en", "is": ["LAMP"], "true": "yes"}, ["yes"]),
        ({"of": "title.en", "is": ["Loom"], "true": "yes"}, []),
        ({"each": "names", "text": "text", "language": "lang"}, ["Kanne", "Jug"]),
    ],
)
def test_a_source_says_what_the_guide_promises(source: Any, said: list[str]) -> None:
    assert texts(source) == said


@pytest.mark.parametrize(
    "source",
    [7, {"value": 1, "more": 2}, {"nothing": 1}, {}, "title..en", "[", {"of": "title", "template": "no place"}],
)
def test_a_malformed_source_is_told_in_a_sentence(source: Any) -> None:
    with pytest.raises(UserError, match="The mapping's name"):
        texts(source)


def test_an_object_where_text_is_due_says_what_it_has() -> None:
    with pytest.raises(FieldError, match="it has en, de"):
        texts("title")


def test_columns_are_found_as_people_write_them() -> None:
    columns = Columns(["Inv.-Nr.", "Name (English)"])
    assert columns.find("inv nr") == "Inv.-Nr."
    assert columns.find("name") == "Name (English)"
    assert columns.find("Titel") is None
    assert columns.missing >= {"Titel"}
