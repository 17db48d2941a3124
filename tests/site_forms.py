"""The forms of the site, found as people find them by following links, and in pages of addresses that are given."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import lxml.html
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse

from tests.addresses import addresses_in

LEFT_OUT = ("/static/", "/admin/", "/images/", "/api/", "/reconcile")


@dataclass(frozen=True)
class Form:
    """A form of a page: its address, what it sends as it stands, and which of it people type or choose.

    `typed`: names of all that is neither hidden nor the button; `texts`: of them those for any words; `files`: those
    that take files. `filled`: names and values as the page fills them in; `offered`: those that may be chosen.
    """

    page: str
    method: str
    action: str
    values: tuple[tuple[str, str], ...]
    typed: tuple[str, ...]
    texts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    filled: tuple[tuple[str, str], ...] = ()
    offered: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Of the address that it is sent to."""
        return resolve(self.action.split("?")[0]).url_name or ""

    @property
    def kind(self) -> tuple[Any, ...]:
        buttons = [pair for pair in self.values if pair[0] in ("change", "verdict", "state", "survey", "draw")]
        return (self.name, self.method, *sorted(set(self.typed)), *buttons)


def forms_of(page: str, content: str) -> Iterator[Form]:
    """One for each button of each form."""
    for element in lxml.html.fromstring(content).forms:
        action = urljoin(page, element.action or page).split("#")[0]
        if not action.startswith("/"):
            continue
        buttons = element.xpath('.//button[@name][not(@type="button")]') or [None]
        named = [each for each in element.inputs if each.name and each.tag != "button"]
        hidden = [each for each in named if each.get("type") == "hidden"]
        shown = [each for each in named if each not in hidden]
        choices = [(each.name, option) for each in named if each.tag == "select" for option in each.value_options]
        choices += [(each.name, each.get("value")) for each in shown if each.get("type") in ("radio", "checkbox")]
        for button in buttons:
            values = [(each.name, each.get("value") or "") for each in hidden if each.name != "csrfmiddlewaretoken"]
            values += [] if button is None else [(button.get("name"), button.get("value") or "")]
            yield Form(
                page=page,
                method=(element.get("method") or "get").lower(),
                action=action,
                values=tuple(values),
                typed=tuple(dict.fromkeys(each.name for each in shown)),
                texts=tuple(
                    each.name
                    for each in shown
                    if each.tag == "textarea" or (each.tag == "input" and each.get("type", "text") == "text")
                ),
                files=tuple(each.name for each in shown if each.get("type") == "file"),
                filled=tuple((name, value) for name, value in element.form_values() if name != "csrfmiddlewaretoken"),
                offered=tuple((name, value or "on") for name, value in choices),
            )


def forms_in(response: HttpResponse, url: str) -> Iterator[Form]:
    if "html" in response.headers.get("Content-Type", "") and not response.streaming and response.content.strip():
        yield from forms_of(url, response.content.decode())


def site_forms(client: Client, others: Iterable[str] = ()) -> dict[tuple[Any, ...], Form]:
    """Of every page that links lead to, and of the `others`, each kind of form once."""
    waiting, seen, found = {reverse("home"), *others}, set[str](), dict[tuple[Any, ...], Form]()
    while waiting:
        url = waiting.pop()
        seen.add(url)
        response = client.get(url)
        addresses = {response.url} if response.status_code in (301, 302) else addresses_in(response, url)
        for form in forms_in(response, url):
            found.setdefault(form.kind, form)
        for address in {address.split("#")[0] for address in addresses} - seen:
            # Sorted and filtered pages have the forms of the plain ones.
            if address.startswith("/") and not address.startswith(LEFT_OUT) and address.count("=") < 2:
                waiting.add(address)
    return found
