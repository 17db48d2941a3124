"""REQUIRE_SECOND_FACTOR: leads and administrators add a second factor before they see anything else."""

import pytest
from django.test import Client
from django.urls import reverse

from heritage.accounts.second_factor.factors import add_app
from heritage.accounts.tokens import issue_token
from heritage.models import AuditEntry, Role
from tests.authenticators import totp
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAGES = ("/", "/collections/", "/jobs/", "/account/token/", "/admin/", "/api/records/")


@pytest.fixture
def required(settings):
    settings.REQUIRE_SECOND_FACTOR = "leads"


def statuses(client):
    return [client.get(address).status_code for address in PAGES]


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN])
def test_a_lead_without_one_sees_nothing_before_it_is_added(client, required, role):
    person = UserFactory(role=role, is_staff=role == Role.ADMIN, is_superuser=role == Role.ADMIN)
    client.force_login(person)
    for address in PAGES[:-1]:
        assert client.get(address).url == reverse("own-second-factor"), address
    refused = client.get(PAGES[-1])
    assert (refused.status_code, refused.json()["detail"][:25]) == (403, "Add a second factor first")
    assert client.post(reverse("own-token"), {"password": "x"}).url == reverse("own-second-factor")
    assert "Add a second factor first" in client.get(reverse("own-second-factor")).text
    assert client.get(reverse("own-app")).status_code == 200
    added = client.post(reverse("own-app"), {"code": totp(client.session["mfa.totp.secret"])})
    assert "Your recovery codes" in added.text
    assert client.get("/collections/").status_code == 200


def test_one_that_is_removed_has_to_be_added_again(client, required):
    lead = UserFactory(role=Role.LEAD)
    add_app(user=lead, secret=SECRET)
    client.force_login(lead)
    assert client.get("/collections/").status_code == 200
    client.post(reverse("remove-own-factor"), {"factor": lead.authenticator_set.get(type="totp").pk})
    assert client.get("/collections/").url == reverse("own-second-factor")


def test_annotators_and_visitors_are_asked_for_none(client, required):
    assert client.get("/login/").status_code == 200
    client.force_login(UserFactory())
    assert client.get("/").status_code == 200


def test_by_default_nobody_is(client):
    client.force_login(UserFactory(role=Role.LEAD))
    assert client.get("/collections/").status_code == 200


def test_a_token_goes_on_working(required):
    lead = UserFactory(role=Role.LEAD)
    program = Client(headers={"Authorization": f"Token {issue_token(lead).token}"})
    assert program.get("/api/records/").status_code == 200


def test_a_password_that_somebody_else_chose_is_changed_first(client, required):
    lead = UserFactory(role=Role.LEAD, must_change_password=True)
    client.force_login(lead)
    assert client.get("/collections/").url == reverse("own-password")
    assert client.get(reverse("own-password")).status_code == 200
    lead.must_change_password = False
    lead.save()
    assert client.get("/collections/").url == reverse("own-second-factor")


def test_an_administrator_removes_those_that_were_lost(client):
    admin = UserFactory(username="adm", role=Role.ADMIN, is_staff=True, is_superuser=True)
    ada, grace = UserFactory(username="ada", role=Role.LEAD), UserFactory(username="grace")
    add_app(user=ada, secret=SECRET)
    add_app(user=admin, secret=SECRET)
    elsewhere = Client()
    elsewhere.force_login(ada)
    client.force_login(admin)
    asked = {"action": "remove_second_factors", "_selected_action": [ada.pk, grace.pk, admin.pk]}
    assert (
        "Second factors removed: 1." in client.post(reverse("admin:heritage_user_changelist"), asked, follow=True).text
    )
    assert elsewhere.get("/account/password/").status_code == 302
    written = AuditEntry.objects.filter(action="factor_removed").values_list("person", "subject")
    assert list(written) == [("adm", "ada")]
