"""The kinds of objects that the demonstration draws and catalogues."""

from . import communication_kinds, domestic_kinds, power_kinds, precision_kinds
from .kinds import Kind, Variant

KINDS: dict[str, Kind] = {
    kind.name: kind
    for module in (communication_kinds, power_kinds, domestic_kinds, precision_kinds)
    for kind in module.KINDS
}

__all__ = ["KINDS", "Kind", "Variant"]
