"""Cutting a record's text into the pieces that get a vector each: its name, and the sentences of its description.

Sentences are told by spaCy's rule-based `sentencizer` for English, as in the paper. spaCy is imported at
the first call (it loads torch), so only commands and jobs may cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from heritage.models import TextSegment

if TYPE_CHECKING:
    from spacy.language import Language

BATCH = 256


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text and its place: the name at 0, sentences from 1 on, whether there is a name or not."""

    kind: TextSegment.Kind
    position: int
    text: str


@lru_cache(maxsize=1)
def _sentencizer() -> "Language":
    import spacy

    language = spacy.blank("en")
    language.add_pipe("sentencizer")
    return language


def cut_texts(records: Iterable[tuple[str, str]]) -> Iterator[list[Segment]]:
    """The segments of each (name, description), in order.

    White space is folded, empty pieces are dropped, and so is a piece that repeats an earlier one of its
    record: many catalogues say the name again as the description.
    """
    records = list(records)
    described = (description for _, description in records)
    for (name, _), document in zip(records, _sentencizer().pipe(described, batch_size=BATCH), strict=True):
        name = " ".join(name.split())
        sentences = dict.fromkeys(
            sentence for span in document.sents if (sentence := " ".join(span.text.split())) and sentence != name
        )
        segments = [Segment(TextSegment.Kind.NAME, 0, name)] if name else []
        segments += [
            Segment(TextSegment.Kind.SENTENCE, position, text) for position, text in enumerate(sentences, start=1)
        ]
        yield segments
