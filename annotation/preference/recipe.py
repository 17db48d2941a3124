"""What a lead asks of a preference study: models, collections, queries, slices, experts. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from heritage.errors import UserError

DEFAULT_QUERIES = 24
DEFAULT_SLICES = ("1-4", "5-9", "25-29")
MOST_MODELS = 9  # each row has a key
LONGEST_SLICE = 10  # more pictures in a row are too small to judge
LONGEST_QUERY = 200
LARGEST_SEED = 2**63 - 1
_SLICE = re.compile(r"(\d{1,6})(?:[-–](\d{1,6}))?")


@dataclass(frozen=True, order=True)
class Slice:
    """The results from rank `first` to rank `last`, counted from 1."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True)
class StudyRecipe:
    """All that makes a study; models, collections and annotators by slug and username.

    Without collections all are searched; without a seed one is drawn that nobody can guess.
    """

    name: str
    models: tuple[str, ...]
    collections: tuple[str, ...]
    queries: tuple[str, ...]
    slices: tuple[str, ...]
    annotators: tuple[str, ...]
    instructions: str = ""
    seed: int | None = None


def parse_slices(texts: Sequence[str]) -> tuple[Slice, ...]:
    """Slices such as "1-4" in the order of their ranks. Raises UserError for what is none, or where two overlap."""
    slices = []
    for text in texts:
        found = _SLICE.fullmatch(text.strip())
        if not found:
            raise UserError(f"{text!r} is no slice of the ranking: write the first and last rank, such as 1-4.")
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last:
            raise UserError(f"The slice {text.strip()} has no results: ranks count from 1 and go upwards.")
        if last - first >= LONGEST_SLICE:
            raise UserError(f"The slice {text.strip()} is too long for a row: at most {LONGEST_SLICE} results fit.")
        slices.append(Slice(first, last))
    if not slices:
        raise UserError("Name at least one slice of the ranking, such as 1-4.")
    slices.sort()
    for earlier, later in pairwise(slices):
        if later.first <= earlier.last:
            raise UserError(f"The slices {earlier} and {later} overlap: give each rank to one slice only.")
    return tuple(slices)


def check_queries(queries: Sequence[str]) -> tuple[str, ...]:
    """The queries with single spaces. Raises UserError for one that is empty, too long or there twice."""
    if not queries:
        raise UserError("Write at least one query.")
    cleaned: list[str] = []
    line_of: dict[str, int] = {}
    for line, query in enumerate(queries, start=1):
        text = " ".join(query.split())
        if not text:
            raise UserError(f"Query {line} is empty: write one or remove the line.")
        if len(text) > LONGEST_QUERY or "\0" in text:
            raise UserError(f"Query {line} is not usable: write at most {LONGEST_QUERY} plain characters.")
        if text.casefold() in line_of:
            raise UserError(f"Queries {line_of[text.casefold()]} and {line} are both {text!r}: remove one.")
        line_of[text.casefold()] = line
        cleaned.append(text)
    return tuple(cleaned)


def query_lines(text: str) -> list[str]:
    """A text's lines, one query each, without empty lines at its end."""
    return text.rstrip().splitlines()
