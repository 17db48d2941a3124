"""No link on any page leads to 403 or 404, whoever follows it: annotator, lead of one campaign, lead, administrator."""

import pytest
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign
from annotation.campaigns.leads import grant_lead
from annotation.models import Campaign
from heritage.models import Role
from tests.addresses import addresses_in
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db
LEFT_OUT = ("/static/", "/admin/", "/images/", "/api/")


def dead_ends(client, start: str) -> dict[str, tuple[int, str]]:
    """Status and page of every link that leads nowhere. Addresses that differ in their page number alone count once."""
    waiting, seen, dead = {start: ""}, set(), {}
    while waiting:
        url, on = waiting.popitem()
        seen.add(url)
        response = client.get(url)
        if response.status_code in (403, 404, 500):
            dead[url] = (response.status_code, on)
        if response.status_code in (301, 302) and response.url.startswith("/"):
            found = {response.url}
        else:
            found = {address.split("#")[0] for address in addresses_in(response, url)}
        for address in found - seen:
            if not address.startswith(LEFT_OUT) and address.count("=") < 3:
                waiting.setdefault(address, url)
    return dead


def answered(campaign: Campaign) -> None:
    for assignment in campaign.assignments.all():
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="similar_object")


# What a page offers to be posted to only; a GET of it answers 405 and is none of these.
@pytest.mark.parametrize("role", ["annotator", "campaign lead", "labelling lead", "lead", "admin"])
def test_no_link_leads_to_a_refusal(client, role):
    annotator = UserFactory(username="ada")
    sealed = campaign_for(annotator, name="Sealed")
    answered(sealed)
    ended = campaign_for(annotator, name="Ended")
    answered(ended)
    close_campaign(campaign=ended)
    kind = {"lead": Role.LEAD, "labelling lead": Role.LEAD, "admin": Role.ADMIN}.get(role, Role.ANNOTATOR)
    reader = annotator if role == "annotator" else UserFactory(username="reader", role=kind, is_staff=role == "admin")
    if role == "campaign lead":
        for campaign in (sealed, ended):
            grant_lead(campaign=campaign, username=reader.username)
    if role == "labelling lead":
        answered(campaign_for(reader, name="Own"))
    client.force_login(reader)
    assert not dead_ends(client, reverse("home"))
