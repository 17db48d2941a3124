"""The bar that all pages of a campaign have: the way to the others, and what its lead can do with it next."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from annotation.models import Campaign
from annotation.results.sealing import is_sealed
from annotation.visibility import has_open_hand

register = template.Library()

# Name, words, and address; those of results are sealed while people label.
TABS = (
    ("result", "Result", "campaign"),
    ("progress", "Progress", "campaign-progress"),
    ("remarks", "Remarks", "campaign-remarks"),
    ("people", "People", "campaign-people"),
    ("guidance", "Guidance", "campaign-guidance"),
    ("labels", "Labels", "campaign-labels"),
    ("report", "Report", "campaign-report"),
    ("suggestions", "Suggestions", "campaign-suggestions"),
    ("links", "Links", "links"),
    ("settings", "Settings", "campaign-settings"),
)
OF_RESULTS = frozenset({"report", "suggestions", "links"})


@dataclass(frozen=True)
class Tab:
    """One page of a campaign. `kept` says why the reader does not get it now; empty where they do."""

    words: str
    url: str
    is_current: bool
    kept: str = ""


@register.inclusion_tag("annotation/campaigns/_bar.html", takes_context=True)
def campaign_tabs(context: dict[str, Any], campaign: Campaign, current: str) -> dict[str, Any]:
    """The bar on the page `current`, one of TABS. A page that would answer 403 or 404 is named and not linked."""
    user = context["request"].user
    own = "kept from you while you label" if has_open_hand(user, campaign) else ""
    sealed = own or ("sealed while people label" if is_sealed(campaign, user) else "")
    tabs = []
    for name, words, url_name in TABS:
        is_links = name == "links"
        url = f"{reverse('links')}?campaign={campaign.pk}" if is_links else reverse(url_name, args=[campaign.pk])
        kept = sealed if name in OF_RESULTS else own if name == "remarks" else ""
        tabs.append(Tab(words, url, name == current, kept))
    kept_pages: dict[str, list[str]] = {}
    for tab in tabs:
        if tab.kept:
            kept_pages.setdefault(tab.kept, []).append(tab.words)
    return {
        "campaign": campaign,
        "tabs": tabs,
        "kept_pages": kept_pages,
        "csrf_token": context.get("csrf_token"),
        "request": context["request"],
    }
