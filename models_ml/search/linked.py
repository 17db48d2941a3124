"""Which records experts linked. Who knows of links says so, by the name of a function: this package does not."""

from collections.abc import Callable, Sequence

from django.utils.module_loading import import_string

# Of some records, or of all, the keys of those that a person may know to be linked; None where they may know of none.
LinkedRecords = Callable[[object, Sequence[int] | None], set[int] | None]
_registered: list[str] = []


def register_linked_records(function: str) -> None:
    """function: dotted name of a LinkedRecords, loaded when it is first asked."""
    _registered[:] = [function]


def linked_among(user: object, records: Sequence[int] | None) -> set[int] | None:
    """What the registered function says; None where there is none."""
    find: LinkedRecords | None = import_string(_registered[0]) if _registered else None
    return None if find is None else find(user, records)
