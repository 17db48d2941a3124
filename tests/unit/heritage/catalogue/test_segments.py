"""Sentences are cut where spaCy's own sentencizer cuts them, however fast that is done."""

import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heritage.catalogue.segments import _final_marks, _sentencizer, cut_texts

WORDS = st.sampled_from(
    [
        *(
            "Telephone",
            "bakelite.",
            "No.",
            "20",
            "c.1932",
            "c.",
            "1932.",
            "(made",
            "London.)",
            "etc.,",
            "U.S.A.",
            "e.g.",
        ),
        *(
            '"Hello!"',
            "“So?”",
            "...",
            "…",
            "?!",
            ":)",
            ":-)",
            "a.m.",
            "3.5",
            "km.",
            "Mr.",
            "J.R.R.",
            "—",
            "-",
            "and/or",
        ),
        *(
            "www.museum.example.",
            "it's",
            "cannot",
            "’",
            "'",
            ")",
            "(",
            "[1].",
            "।",
            "。",
            "你好。再见",
            "؟",
            "£5.",
            "10.000,5",
        ),
        *(
            "T.1932.119",
            "end.Begin",
            "end.)Begin",
            "a.b.c.",
            "«Ça.»",
            "!",
            "¿Qué?",
            "<b>.",
            "&amp;.",
            "o.O",
            "\\n",
            "v.v",
        ),
    ]
)
SPACES = st.sampled_from([" ", " ", " ", " ", "  ", "\n", "\t", "\u00a0", " \n "])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Words of catalogues with the white space that files have."""
    words = draw(st.lists(WORDS | st.text(max_size=6), max_size=25))
    return "".join(word + draw(SPACES) for word in words).strip(draw(st.sampled_from(["", " "])) or None)


def spacy_sentences(text: str) -> list[str]:
    folded = (" ".join(span.text.split()) for span in _sentencizer()(text).sents)
    return list(dict.fromkeys(filter(None, folded)))


def sentences(text: str) -> list[str]:
    [segments] = cut_texts([("", text)])
    return [segment.text for segment in segments]


@given(texts())
@example("Hello. ) World")
@example("Made in London (c. 1932). See p. 3.")
@settings(max_examples=400)
def test_sentences_are_those_of_spacy(text: str) -> None:
    assert sentences(text) == spacy_sentences(text)


@given(st.lists(WORDS | st.text(alphabet=st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)))
@settings(max_examples=400)
def test_folded_texts_too_which_take_the_fast_way(words: list[str]) -> None:
    text = " ".join(" ".join(words).split())
    assert sentences(text) == spacy_sentences(text)


def test_no_mark_that_ends_a_sentence_passes_for_a_letter() -> None:
    assert _final_marks()
    assert not [mark for mark in _final_marks() if any(character.isalnum() for character in mark)]


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("Lamp", "A lamp. Of brass.", [(0, "Lamp"), (1, "A lamp."), (2, "Of brass.")]),
        ("", "Brass.  Brass.", [(1, "Brass.")]),
        ("Lamp", "Lamp", [(0, "Lamp")]),
        (" ", "", []),
    ],
)
def test_names_are_first_and_repetitions_dropped(name: str, description: str, expected: list[tuple[int, str]]) -> None:
    [segments] = cut_texts([(name, description)])
    assert [(segment.position, segment.text) for segment in segments] == expected


def test_cutting_loads_no_torch_and_leaves_it_to_others() -> None:
    program = """
import django, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "heritage.settings"
os.environ["SECRET_KEY"] = "for a test"
django.setup()
from heritage.catalogue.segments import cut_texts
assert len(next(cut_texts([("Lamp", "One. Two.")]))) == 3
assert "torch" not in sys.modules
import torch
assert torch.ones(1)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
