"""The main navigation: which links a role gets, and which of them is the page being read.

What a role may open is decided by the views (`heritage.access`); this only spares people links
that would answer 403.
"""

from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from heritage.access import is_admitted_visitor

register = template.Library()


@dataclass(frozen=True)
class Section:
    """A part of the site: its first page, and the names of its pages that lie under another address."""

    label: str
    url_name: str
    also: frozenset[str] = frozenset()


LEAD_SECTIONS = (
    Section("Collections", "collections", also=frozenset({"record"})),
    Section("Search", "search"),
    Section("Models", "models", also=frozenset({"evaluations", "evaluation", "new-zero-shot", "new-search"})),
    Section("Pairs", "samplings"),
    Section(
        "Campaigns", "campaigns", also=frozenset({"preference-studies", "new-preference-study", "preference-study"})
    ),
    Section("Links", "links"),
    Section("Jobs", "jobs"),
)
VISITOR_SECTIONS = (
    Section("Collections", "collections", also=frozenset({"record"})),
    Section("Search", "search"),
    Section(gettext_noop("Log in"), "login"),
)
OF_ONE_CAMPAIGN = ("campaigns", "links")  # what the lead of one campaign gets of these
ANNOTATOR_SECTIONS = (
    Section(
        gettext_noop("Label"),
        "home",
        also=frozenset({"label", "label-pair", "finished", "preference-choice", "my-choices"}),
    ),
    Section(gettext_noop("My answers"), "my-answers"),
    Section(gettext_noop("Guide"), "guide"),
)


@register.inclusion_tag("fragments/navigation.html", takes_context=True)
def navigation(context: template.RequestContext) -> dict[str, Any]:
    """The links of the reader's role; for those without an account what they may reach, which may be nothing.

    Expects `request` in the context. `leads_campaigns` in it says that the reader leads some campaign without being a
    project lead.
    """
    request = context["request"]
    sections: tuple[Section, ...]
    if not request.user.is_authenticated:
        sections = VISITOR_SECTIONS if is_admitted_visitor(request.user) else ()
    else:
        sections = LEAD_SECTIONS if request.user.is_lead else ANNOTATOR_SECTIONS
        if not request.user.is_lead and context.get("leads_campaigns"):
            sections = (*sections, *(section for section in LEAD_SECTIONS if section.url_name in OF_ONE_CAMPAIGN))
    return {"links": [_link(section, request) for section in sections]}


def _link(section: Section, request: HttpRequest) -> dict[str, Any]:
    url = reverse(section.url_name)
    url_name = request.resolver_match.url_name if request.resolver_match else None
    is_under = request.path == url if url == "/" else request.path.startswith(url)
    return {"label": gettext(section.label), "url": url, "is_current": is_under or url_name in section.also}
