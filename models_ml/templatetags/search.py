"""Addresses of searches that differ a little from the one that is shown."""

from collections.abc import Mapping
from typing import Any

from django import template

from models_ml.search.request import SearchRequest

register = template.Library()
_SEVERAL = ("collections", "terms", "licences", "more", "less")


@register.simple_tag
def search_query(asked: SearchRequest, **changes: Any) -> str:
    """The query of `asked` with some fields changed; an empty text stands for none of several."""
    return asked.query(**{name: () if name in _SEVERAL and value == "" else value for name, value in changes.items()})


@register.simple_tag
def search_with(asked: SearchRequest, name: str, record: int) -> str:
    """With a record among those that more or less is wanted of, and not among the others any more."""
    other = {"more": "less", "less": "more"}[name]
    keys = tuple(dict.fromkeys((*getattr(asked, name), record)))
    return asked.query(**{name: keys, other: tuple(key for key in getattr(asked, other) if key != record)})


@register.simple_tag
def search_without(asked: SearchRequest, name: str, record: int) -> str:
    return asked.query(**{name: tuple(key for key in getattr(asked, name) if key != record)})


@register.filter
def at(mapping: Mapping[Any, Any], key: Any) -> Any:
    return mapping.get(key)
