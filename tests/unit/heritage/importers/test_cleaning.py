"""Texts as they may be stored: whatever comes in, what goes out can be kept, searched and shown."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.importers.cleaning import (
    checked_path,
    checked_record_id,
    checked_url,
    looks_like_a_date,
    plain_text,
    taxonomy_terms,
)
from heritage.importers.source_records import FieldError
from heritage.texts import printable

anything = st.text(st.characters(exclude_categories=()) | st.sampled_from("<>&;/p \x00\x85\ud800\u200b"), max_size=60)


@given(anything)
def test_whatever_is_told_to_people_can_be_stored(text: str) -> None:
    told = printable(text)
    assert "\x00" not in told
    told.encode()
    assert len(told) == len(text)


@given(anything)
def test_an_identifier_is_one_line_of_visible_text_or_refused(text: str) -> None:
    try:
        record_id = checked_record_id(text, "id")
    except FieldError:
        return
    record_id.encode()
    assert record_id == " ".join(record_id.split()) != ""
    assert checked_record_id(record_id, "id") == record_id


@given(anything)
def test_a_cleaned_text_holds_no_controls(text: str) -> None:
    assert not any(character < " " for character in plain_text(text))


@given(st.lists(anything, max_size=5))
def test_terms_are_said_once_and_never_empty(texts: list[str]) -> None:
    terms = taxonomy_terms(*texts)
    assert all(terms)
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "//m.example/a", "https://", "http://[::1", "ftp://m.example/a"],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FieldError, match="is no web address"):
        checked_url(url, "img_url")


@pytest.mark.parametrize("check", [checked_url, checked_path])
def test_bytes_and_nul_are_refused_in_addresses_and_paths(check: object) -> None:
    for text in ("https://m.example/\x00", "https://m.example/\udcff"):
        with pytest.raises(FieldError):
            check(text, "img")  # type: ignore[operator]


@pytest.mark.parametrize("identifier", ["1995-7", "T.1995-07", "64-1993-1", "12/3", "1.2", "E12", "MAR-1"])
def test_usual_numbers_of_museums_are_not_taken_for_dates(identifier: str) -> None:
    assert not looks_like_a_date(identifier)


@pytest.mark.parametrize("opening", ["<!--", "<script ", "<style>", "<script>", "<a "])
def test_what_is_opened_without_end_is_read_once(opening):
    text = opening * (100_000 // len(opening))
    begun = time.process_time()
    plain_text(text)
    assert time.process_time() - begun < 2


def test_scripts_styles_and_comments_go_and_what_is_never_closed_stays():
    assert plain_text("a<script src='x'>b</SCRIPT >c<!-- d -->e<style>f</style>g") == "a c e g"
    assert plain_text("a <!-- b <style>c</style> d") == "a <!-- b d"
