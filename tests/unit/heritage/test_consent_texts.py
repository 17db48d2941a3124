"""The text of consent, from the environment or from files beside each other."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from heritage.consent_texts import consent_texts


def test_nobody_is_asked_without_one() -> None:
    assert consent_texts(" \n", "") == {}


def test_a_text_is_for_all_languages() -> None:
    assert consent_texts(" We keep your answers. ", "") == {"": "We keep your answers."}


def test_files_beside_it_are_for_theirs(tmp_path: Path) -> None:
    for name in ("consent.txt", "consent.de.txt", "consent.fr.txt", "other.de.txt", "consent.md"):
        (tmp_path / name).write_text(f"{name}\n")
    assert consent_texts("", str(tmp_path / "consent.txt")) == {
        "": "consent.txt",
        "de": "consent.de.txt",
        "fr": "consent.fr.txt",
    }


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_what_cannot_be_read_is_said_at_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "consent.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=r"consent\.txt"):
        consent_texts("", str(path))


def test_two_of_them_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="keep one"):
        consent_texts("text", str(tmp_path / "consent.txt"))
