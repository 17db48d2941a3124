"""The trained tokenizer, read back by open_clip offline, and cutting texts to length."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

from models_ml.networks.tokenizer import END_ID, PAD_ID, count_tokens, cut_text, save_tokenizer, train_tokenizer
from tests.tiny_model import TEXTS


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> HFTokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(train_tokenizer(TEXTS, vocabulary=300), folder, context_length=12)
    return HFTokenizer(str(folder), context_length=12)


def test_texts_end_with_the_end_token_and_are_padded(tokenizer: HFTokenizer) -> None:
    ids = tokenizer(["a red lamp"])[0].tolist()
    end = ids.index(END_ID)
    assert end > 0
    assert set(ids[end + 1 :]) == {PAD_ID}


def test_a_long_text_keeps_its_end_token(tokenizer: HFTokenizer) -> None:
    ids = tokenizer(["telephone " * 50])[0].tolist()
    assert len(ids) == 12
    assert ids[-1] == END_ID


def test_case_accents_and_underscores_do_not_matter(tokenizer: HFTokenizer) -> None:
    plain, other = tokenizer(["a red telephone", "A  Réd_Telephone"])
    assert plain.tolist() == other.tolist()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_too_strange(tokenizer: HFTokenizer, text: str) -> None:
    ids = tokenizer([text])[0]
    assert ids.shape == (12,)
    assert END_ID in ids


def test_training_twice_gives_the_same(tmp_path: Path) -> None:
    assert train_tokenizer(TEXTS, vocabulary=300).to_str() == train_tokenizer(TEXTS, vocabulary=300).to_str()


def test_cut_pieces_fit_and_lose_nothing(tokenizer: HFTokenizer) -> None:
    text = " ".join(f"word{number} of brass" for number in range(20))
    pieces = cut_text(tokenizer, f"  {text}\n", 12)
    assert " ".join(pieces) == text
    assert len(pieces) > 1
    assert all(count_tokens(tokenizer, piece) <= 12 for piece in pieces)


def test_a_piece_takes_as_many_words_as_fit(tokenizer: HFTokenizer) -> None:
    first, *rest = cut_text(tokenizer, "a red telephone " * 9, 12)
    following = rest[0].split()[0]
    assert count_tokens(tokenizer, f"{first} {following}") > 12


def test_a_word_longer_than_the_limit_stands_alone(tokenizer: HFTokenizer) -> None:
    assert cut_text(tokenizer, "lamp " + "x7" * 40 + " lamp", 12) == ["lamp", "x7" * 40, "lamp"]


def test_empty_texts_have_no_pieces(tokenizer: HFTokenizer) -> None:
    assert cut_text(tokenizer, " \n", 12) == []


def test_open_clips_own_tokenizer_can_be_counted_too() -> None:
    simple = SimpleTokenizer()
    assert count_tokens(simple, "a photo of a cat") == 7
    assert cut_text(simple, "a photo of a cat", 5) == ["a photo of", "a cat"]
