"""Every address that the site answers, with the values that its parameters can have in a test; and those that a page
names."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
REGULAR_PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)")


def every_route(
    *, of_name: Mapping[str, Sequence[str]], of_kind: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Name and address of each route but those of Django's admin, with every combination of values.

    A parameter takes its values from `of_name`, or else from what `of_kind` has for its converter.
    """

    def walk(patterns: Sequence[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str]]:
        for entry in patterns:
            route = prefix + REGULAR_PARAMETER.sub(r"<\1>", str(entry.pattern)).strip("^$").replace("\\.", ".")
            if route.startswith("admin/"):
                continue
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, route)
                continue
            values = [of_name.get(name) or of_kind.get(kind) for kind, name in PARAMETER.findall(route)]
            assert all(values), f"teach this test which values the parameters of /{route} can have"
            for choice in itertools.product(*(value or () for value in values)):
                chosen = iter(choice)
                yield entry.name or "", "/" + PARAMETER.sub(lambda _: next(chosen), route)  # noqa: B023

    yield from walk(get_resolver().url_patterns, "")


class _Addresses(HTMLParser):
    """Every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if (
                name in ("href", "action", "hx-get", "hx-post", "src", "data-url")
                and value
                and value.startswith(("/", "?"))
            ):
                self.found.add(value)


def addresses_in(response: HttpResponse, url: str) -> set[str]:
    """Addresses of this site that an answer leads to."""
    if response.streaming:
        return set()
    parser = _Addresses()
    kind = response.headers.get("Content-Type", "")
    if "html" in kind:
        parser.feed(response.content.decode())
    elif "json" in kind and isinstance(reply := response.json(), dict):
        parser.found |= {address for address in [reply.get("go")] if address}
        for markup in [*reply.get("pairs", []), *reply.get("choices", [])]:
            parser.feed(markup)
    return {url.split("?")[0] + address if address.startswith("?") else address for address in parser.found}
