"""What is sent twice is stored once: the one rule for answers, skips, practice, choices and verdicts.

A form carries a key of its own (`submission`). A resend, whether by a double click, a lost reply or the browser's Back,
says the same under the same key or repeats what was said last; anything else is a correction, and is appended.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar


class Submitted(Protocol):
    """A row of a history that is only added to."""

    submission: Any


Stored = TypeVar("Stored", bound=Submitted)


def same_or_key(
    history: Sequence[Stored], submission: uuid.UUID | None, said: Mapping[str, Any]
) -> tuple[Stored | None, uuid.UUID]:
    """Which of the stored rows, oldest first, this one repeats; and the key to store it under else.

    `said` has what a resend repeats, by attribute. The key is that of the form, unless the form was answered
    differently before: then it follows from what is said as well, so that resends of the second answer are known too.
    """
    key = submission or uuid.uuid4()
    by_key = {stored.submission: stored for stored in history}
    if (first := by_key.get(key)) is not None and not _says(first, said):
        key = uuid.uuid5(key, "\n".join(str(value) for value in said.values() if value is not None))
    for stored in (*history[-1:], *history):
        if (stored is history[-1] or stored.submission == key) and _says(stored, said):
            return stored, key
    return None, key


def _says(stored: Submitted, said: Mapping[str, Any]) -> bool:
    return all(getattr(stored, name) == value for name, value in said.items())
