"""Candidates whose names mean the like of what was asked for. Who has models says how: this package does not."""

from collections.abc import Callable, Sequence

from heritage.models import Collection

# Keys of records by meaning, the nearest first: of one collection or of all, at most so many.
FindByMeaning = Callable[[str, Collection | None, int], Sequence[int]]
_registered: list[FindByMeaning] = []


def register_meaning(find: FindByMeaning) -> None:
    _registered[:] = [find]


def keys_by_meaning(words: str, *, collection: Collection | None, limit: int) -> Sequence[int]:
    """Empty where nobody finds by meaning, or no model is at hand."""
    return _registered[0](words, collection, limit) if _registered else ()
