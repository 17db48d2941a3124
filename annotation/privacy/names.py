"""Taking somebody's names out of texts. Pure: texts and JSON in, the same without the names out."""

import re
from collections.abc import Iterable
from typing import Any

ERASED = "a person who was erased"


def names_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of the names as words of their own, in whatever capital letters; None where there is no name."""
    wanted = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
    if not wanted:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})(?!\w)", re.IGNORECASE)


def without_names(value: Any, pattern: re.Pattern[str]) -> Any:
    """`value`, a text or what JSON holds, with ERASED in place of each name; keys stay."""
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, list):
        return [without_names(each, pattern) for each in value]
    if isinstance(value, dict):
        return {key: without_names(each, pattern) for key, each in value.items()}
    return value
