"""Which of a model's maps: by what of its records, and with house style or without. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Basis = Literal["record", "image", "text"]
Style = Literal["without", "with"]


@dataclass(frozen=True)
class MapKind:
    by: Basis = "record"
    style: Style = "without"

    @property
    def centred(self) -> bool:
        return self.style == "without"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def map_kind(asked: Mapping[str, str]) -> MapKind:
    """From an address; what is not known of it is passed over."""
    by, style = asked.get("by"), asked.get("style")
    return MapKind(
        by=by if by in get_args(Basis) else MapKind.by,  # type: ignore[arg-type]
        style=style if style in get_args(Style) else MapKind.style,  # type: ignore[arg-type]
    )
