"""The mappings that ship, a JSON file each in `mappings/`; those of IIIF and OAI-PMH have readers of their own."""

import json
from functools import cache
from pathlib import Path

from heritage.errors import UserError

from .mapping import Mapping

_FOLDER = Path(__file__).parent / "mappings"


@cache
def shipped_mappings() -> dict[str, Mapping]:
    """All of them by name, the project's own first."""
    names = sorted((path.stem for path in _FOLDER.glob("*.json")), key=lambda name: (name != "uniform", name))
    return {name: _read(name) for name in names}


def _read(name: str) -> Mapping:
    document = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Mapping.from_document(document, name=name)


def shipped_mapping(name: str) -> Mapping:
    """Raises UserError listing the names there are."""
    try:
        return shipped_mappings()[name]
    except KeyError:
        known = ", ".join(shipped_mappings())
        raise UserError(f"There is no format “{name}”; choose one of {known}.") from None
