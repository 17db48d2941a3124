"""Names are taken out as words, in any capitals, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.privacy.names import ERASED, names_pattern, without_names


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("as ada said", f"as {ERASED} said"),
        ("ADA LOVELACE, 1843", f"{ERASED}, 1843"),
        ("mail a.l@museum.example.", f"mail {ERASED}."),
        ("Canada, adagio, ada2 and ada_b", "Canada, adagio, ada2 and ada_b"),
        ("", ""),
    ],
)
def test_words_and_nothing_else(text: str, left: str) -> None:
    pattern = names_pattern(["ada", "Ada Lovelace", "a.l@museum.example", ""])
    assert pattern is not None
    assert without_names(text, pattern) == left


def test_whatever_json_holds() -> None:
    pattern = names_pattern(["ada"])
    assert pattern is not None
    said = {"ada": ["by ada", {"n": 1, "by": "ada"}], "none": None}
    assert without_names(said, pattern) == {"ada": [f"by {ERASED}", {"n": 1, "by": ERASED}], "none": None}


def test_nobody_has_no_pattern() -> None:
    assert names_pattern(["", " "]) is None


@given(name=st.text(min_size=1).filter(str.strip), text=st.text())
def test_any_name_is_plain_text_and_gone_where_it_stands_alone(name: str, text: str) -> None:
    pattern = names_pattern([name])
    assert pattern is not None
    assert without_names(f"({name.strip()})", pattern) == f"({ERASED})"
    assert pattern.search(without_names(text, pattern).replace(ERASED, "")) is None or pattern.search(ERASED)
