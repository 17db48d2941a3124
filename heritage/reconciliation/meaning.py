"""Candidates whose names mean the like of what was asked for. Who has models says how: this package does not."""

from collections.abc import Callable, Sequence

from django.utils.module_loading import import_string

from heritage.models import Collection

# Keys of records by meaning, the nearest first: of one collection or of all, at most so many.
FindByMeaning = Callable[[str, Collection | None, int], Sequence[int]]
_registered: list[str] = []


def register_meaning(function: str) -> None:
    """function: dotted name of a FindByMeaning, loaded when it is first asked."""
    _registered[:] = [function]


def keys_by_meaning(words: str, *, collection: Collection | None, limit: int) -> Sequence[int]:
    """Empty where nobody finds by meaning, or no model is at hand."""
    find: FindByMeaning | None = import_string(_registered[0]) if _registered else None
    return () if find is None else find(words, collection, limit)
