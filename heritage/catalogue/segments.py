"""Cutting a record's text into the pieces that get a vector each: its name, and the sentences of its description.

Sentences are told by spaCy's rule-based `sentencizer` for English, as in the paper. Its rule is followed here word
by word, since what spaCy makes of a word does not depend on its neighbours and most words come again: that is some
ten times faster than spaCy's own loop over all tokens, with the same cuts. spaCy is imported at the first call, so
only commands and jobs may cut.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from heritage.models import TextSegment

if TYPE_CHECKING:
    from spacy.language import Language

REMEMBERED_WORDS = 65_536


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text and its place: the name at 0, sentences from 1 on, whether there is a name or not."""

    kind: TextSegment.Kind
    position: int
    text: str


class _Word(NamedTuple):
    """Where sentences begin in a word, in characters, and whether a sentence has ended at its end.

    `after_end` is the word as it stands where the words before have ended a sentence, `within` where they have not.
    """

    after_end: tuple[tuple[int, ...], bool]
    within: tuple[tuple[int, ...], bool]


@contextmanager
def _hidden_torch() -> Iterator[None]:
    """spaCy loads torch where it finds it: 470 MB and more than a second, of which the tokenizer has no use."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's own way to say that there is none.
    try:
        yield
    finally:
        del sys.modules["torch"]


@lru_cache(maxsize=1)
def _sentencizer() -> "Language":
    with _hidden_torch():
        import spacy

    language = spacy.blank("en")
    language.add_pipe("sentencizer")
    return language


@lru_cache(maxsize=1)
def _final_marks() -> frozenset[str]:
    """The tokens that end a sentence, such as a full stop."""
    return frozenset(_sentencizer().get_pipe("sentencizer").punct_chars)  # type: ignore[attr-defined]


@lru_cache(maxsize=REMEMBERED_WORDS)
def _word(word: str) -> _Word:
    """`word`, which has no white space, as the sentencizer reads its tokens."""
    tokens = _sentencizer().tokenizer(word)

    def read(ended: bool) -> tuple[tuple[int, ...], bool]:
        beginnings = []
        for token in tokens:
            final = token.text in _final_marks()
            if ended and not final and not token.is_punct:
                beginnings.append(token.idx)
                ended = False
            elif final:
                ended = True
        return tuple(beginnings), ended

    return _Word(read(True), read(False))


def _folded_sentences(text: str) -> Iterator[str]:
    """The sentences of `text`, whose words are separated by single blanks."""
    begun = position = 0
    ended = False
    for word in text.split(" "):
        if word.isalnum():  # No mark in it, whatever tokens it is made of.
            beginnings: tuple[int, ...] = (0,) if ended else ()
            ended = False
        else:
            beginnings, ended = _word(word)[0 if ended else 1]
        for beginning in beginnings:
            yield text[begun : position + beginning].rstrip()
            begun = position + beginning
        position += len(word) + 1
    yield text[begun:]


def _sentences(text: str) -> Iterator[str]:
    """The sentences of `text` with white space folded. They may be empty, and may come again."""
    folded = " ".join(text.split())
    if folded == text:
        return _folded_sentences(text)
    # White space that is not a single blank is a token to spaCy, and may begin a sentence.
    return (" ".join(span.text.split()) for span in _sentencizer()(text).sents)


def cut_texts(records: Iterable[tuple[str, str]]) -> Iterator[list[Segment]]:
    """The segments of each (name, description), in order.

    White space is folded, empty pieces are dropped, and so is a piece that repeats an earlier one of its
    record: many catalogues say the name again as the description.
    """
    for name, description in records:
        name = " ".join(name.split())
        sentences = dict.fromkeys(sentence for sentence in _sentences(description) if sentence and sentence != name)
        segments = [Segment(TextSegment.Kind.NAME, 0, name)] if name else []
        segments += [
            Segment(TextSegment.Kind.SENTENCE, position, text) for position, text in enumerate(sentences, start=1)
        ]
        yield segments
