"""A campaign's results as a lead reads them: the page, and the sections that it leads to."""

import re

from django.test import Client

from annotation.models import Campaign


def section_addresses(page: str, campaign: Campaign) -> list[str]:
    """Addresses of the sections that a page leads to, in order."""
    found = re.findall(rf'href="({re.escape(campaign.get_absolute_url())}results/[^"]+)"', page)
    return list(dict.fromkeys(found))


def all_results(lead: Client, campaign: Campaign) -> str:
    """The page of results and all of its sections, one after the other."""
    page = lead.get(campaign.get_absolute_url()).content.decode()
    sections = [lead.get(address) for address in section_addresses(page, campaign)]
    assert {answer.status_code for answer in sections} == {200}
    return page + "".join(answer.content.decode() for answer in sections)
