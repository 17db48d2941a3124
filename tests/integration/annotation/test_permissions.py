"""Each address by GET and POST as each kind of person: what `annotation.permissions` says, and nothing else.

What each request changes is undone before the next one.
"""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from annotation.campaigns.actions import close_campaign
from annotation.models import Campaign, CampaignLead
from annotation.permissions import PEOPLE, PERMISSIONS, addresses, permissions_page
from heritage.models import Role
from tests.factories import UserFactory, campaign_for
from tests.whole_site import labelled_campaign, routes_of

pytestmark = pytest.mark.django_db
# Of so many addresses the walked site may have nothing to show: maps and imports, mail, an institution to log in by.
MOST_EMPTY = 36


@pytest.fixture
def campaign(settings: Settings, tmp_path: Path) -> Campaign:
    """Closed, so that its results lie open to whoever leads it."""
    settings.DATA_DIR, settings.IMAGES_DIR = tmp_path, tmp_path / "images"
    campaign = labelled_campaign(UserFactory(username="annotator"))
    return campaign


@pytest.fixture
def clients(campaign: Campaign) -> Mapping[str, Client]:
    """One for each of PEOPLE."""
    elsewhere, leads, leads_elsewhere = (UserFactory() for _ in range(3))
    other = campaign_for(elsewhere, pairs_each=2, name="Other campaign")
    CampaignLead.objects.create(campaign=campaign, person=leads)
    CampaignLead.objects.create(campaign=other, person=leads_elsewhere)
    accounts = {
        "annotator elsewhere": elsewhere,
        "annotator": campaign.assignments.first().annotator,
        "campaign lead elsewhere": leads_elsewhere,
        "campaign lead": leads,
        "project lead": UserFactory(role=Role.LEAD),
        "administrator": UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True),
    }
    clients = {person: Client(raise_request_exception=False) for person in PEOPLE}
    for person, account in accounts.items():
        clients[person].force_login(account)
    return clients


def asked(client: Client, method: str, address: str) -> HttpResponse:
    """The answer; what came of the request is undone, in the database and in the browser."""
    cookies = client.cookies.output()
    with transaction.atomic():
        answer = client.generic(method, address, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return answer


def is_refused(answer: HttpResponse) -> bool:
    """By a wall that says who may pass, or as if there were nothing."""
    sent_to_log_in = answer.status_code == 302 and answer["Location"].startswith(reverse("login"))
    return sent_to_log_in or answer.status_code in (401, 403, 404)


def test_every_address_has_an_entry_and_every_entry_an_address() -> None:
    assert {name for name, _ in addresses()} == set(PERMISSIONS)


@pytest.mark.parametrize("state", ["open", "closed"])
def test_every_address_is_for_those_whom_the_list_names(
    campaign: Campaign, clients: Mapping[str, Client], state: str
) -> None:
    routes = routes_of(campaign)
    if state == "closed":
        close_campaign(campaign=campaign)
    else:  # of the others it is all one
        routes = [(name, address) for name, address in routes if str(campaign.pk) in address]
    wrong, missing = [], {(name, person) for name, each in PERMISSIONS.items() for person in each.audience.people}
    for name, address in routes:
        permission = PERMISSIONS[name]
        address += "?q=telephone" if name == "api-search" else ""
        for person, client in clients.items():
            for method in ("GET", "POST"):
                if (name, method) == ("logout", "POST"):
                    missing.discard((name, person))  # ends the session that asks; it has tests of its own
                    continue
                answer = asked(client, method, address)
                if person in permission.audience.people and method in permission.methods:
                    is_wrong = answer.status_code in (405, 500)
                    if not is_refused(answer):
                        missing.discard((name, person))
                else:
                    is_wrong = not is_refused(answer) and answer.status_code != 405
                if is_wrong:
                    wrong.append(f"{method} {address} ({name}) as {person}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    # Something came of each address to each of those whom it is for; while people label, results are sealed.
    if state == "closed":
        assert len({name for name, _ in missing}) <= MOST_EMPTY


def test_the_page_is_what_the_command_writes(tmp_path: Path) -> None:
    page = Path(settings.BASE_DIR, "docs", "permissions.md")
    assert page.read_text() == permissions_page(), "stale: run manage.py permissions"
    written = tmp_path / "permissions.md"
    call_command("permissions", "--output", str(written), "--dry-run", stdout=StringIO())
    assert not written.exists()
    call_command("permissions", "--output", str(written), stdout=StringIO())
    assert written.read_text() == page.read_text()
