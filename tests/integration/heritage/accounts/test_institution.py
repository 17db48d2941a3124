"""Logging in by an institution, the whole way to a real server on this machine and back: whom it lets in, as whom, and
what is not believed."""

import html
import logging
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import reverse

from annotation.campaigns.invitations import invite, withdraw_invitation
from heritage.accounts.actions import create_account
from heritage.accounts.passwords import reset_password
from heritage.accounts.second_factor.factors import add_app
from heritage.models import ApiToken, AuditEntry, Role, User
from tests.authenticators import totp
from tests.factories import UserFactory, campaign_for
from tests.institution_server import Institution

pytestmark = pytest.mark.django_db
PASSWORD = "a loom and a lamp"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def institution(settings) -> Iterator[Institution]:
    with Institution().running(settings) as institution:
        yield institution


def words(answer):
    return html.unescape(answer.content.decode())


def to_institution(client, address="log-in-institution", **sent):
    """Where the page goes on to that a press of the button opens."""
    page = client.post(reverse(address), sent, follow=True)
    return re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', words(page))[1]


def from_institution(where):
    """The address on our site to which the institution sends the browser."""
    sent = requests.get(where, allow_redirects=False, timeout=10).headers["Location"]
    assert sent.startswith("http://testserver/login/institution/back/?")
    return sent.removeprefix("http://testserver")


def log_in(client, **sent):
    return client.get(from_institution(to_institution(client, **sent)))


def link(person, institution, **said):
    """As `person` does on their account's page."""
    client = Client()
    client.force_login(person)
    answer = client.get(from_institution(to_institution(client, "own-institution")), follow=True)
    assert "Your account is linked" in words(answer)


def is_logged_in(client):
    return client.get("/account/password/").status_code == 200


def log_of(action):
    return list(AuditEntry.objects.filter(action=action).order_by("pk").values_list("person", "subject"))


def test_a_member_of_the_lead_group_gets_an_account_and_logs_in(client, institution):
    institution.person |= {"groups": ["staff", "curators"], "given_name": "Ada", "family_name": "Byron"}
    assert "Log in with Museum ID" in words(client.get("/login/"))
    assert log_in(client, next="/collections/").url == "/collections/"
    user = User.objects.get()
    assert (user.username, user.role, user.get_full_name(), user.email) == ("ada", Role.LEAD, "Ada Byron", "")
    assert not user.has_usable_password()
    assert client.get("/collections/").status_code == 200
    assert log_of("logged_in") == [("ada", "through Museum ID")]
    assert log_of("linked") == [("ada", "ada: new account")]
    assert log_of("role") == [("", "ada: lead, by group of Museum ID")]
    client.logout()
    assert log_in(client).url == "/"
    assert User.objects.count() == 1


def test_what_is_asked_of_the_institution_cannot_be_reused_or_guessed(client, institution):
    for _ in range(2):
        requests.get(to_institution(client), allow_redirects=False, timeout=10)
    first, second = institution.asked
    assert first["redirect_uri"] == "http://testserver/login/institution/back/"
    assert set(first["scope"].split()) == {"openid", "profile"}
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16
        assert first[name] != second[name]


def test_somebody_without_an_invitation_gets_no_account(client, institution):
    refused = log_in(client)
    assert refused.url == "/login/"
    assert "You have no account here yet" in words(client.get("/login/"))
    assert not User.objects.exists()
    assert not is_logged_in(client)


def test_an_invited_person_joins_through_the_institution(client, institution):
    campaign = campaign_for(UserFactory(), pairs_each=2, overlap=0)
    _, token = invite(campaign=campaign)
    address = reverse("invitation", args=[token])
    page = words(client.get(address))
    assert "Log in with Museum ID" in page
    assert log_in(client, next=address).url == address
    user = User.objects.get(username="ada")
    assert user.role == Role.ANNOTATOR
    assert "Join as ada" in words(client.get(address))
    assert client.post(address).status_code in (302, 409)
    assert client.get("/collections/").status_code == 403, "blind as any annotator"


@pytest.mark.parametrize("gone", ["withdrawn", "never opened", "of another"])
def test_an_invitation_counts_where_it_was_opened_and_good(client, institution, gone):
    campaign = campaign_for(UserFactory(), pairs_each=2)
    invitation, token = invite(campaign=campaign)
    address = reverse("invitation", args=[token])
    if gone == "withdrawn":
        withdraw_invitation(invitation=invitation)
    if gone != "never opened":
        client.get(address)
    before = User.objects.count()
    assert log_in(client, next="/" if gone == "of another" else address).url == "/login/"
    assert User.objects.count() == before


def test_an_account_is_never_found_by_its_name_or_e_mail(client, institution):
    local = create_account(username="ada", role=Role.ADMIN, password=PASSWORD).user
    local.email = "ada@museum.example"
    local.save()
    institution.person |= {"email": "ada@museum.example", "email_verified": True, "groups": "curators"}
    log_in(client)
    other = User.objects.exclude(pk=local.pk).get()
    assert (other.username, other.role) == ("ada-2", Role.LEAD)
    assert not SocialAccount.objects.filter(user=local).exists()


def test_who_is_logged_in_links_their_account_and_ends_the_link(client, institution):
    ada = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    link(ada, institution)
    assert institution.asked[0]["prompt"] == "login"
    assert log_of("linked") == [("ada", "ada")]
    assert log_in(client).url == "/"
    assert User.objects.count() == 1
    page = words(client.get("/account/password/"))
    assert "you log in with Museum ID" in page
    client.post(reverse("own-institution"), {"end": "1"})
    assert log_of("unlinked") == [("ada", "ada")]
    client.logout()
    assert log_in(client).url == "/login/"


def test_a_link_is_made_by_who_has_confirmed_that_it_is_they(client, institution):
    client.force_login(create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user)
    session = client.session
    session["confirmed"] = 0
    session.save()
    assert client.post(reverse("own-institution")).url.startswith(reverse("confirm-account"))
    assert not institution.asked


def test_one_person_there_is_one_account_here(client, institution):
    ada, grace = (
        create_account(username=name, role=Role.ANNOTATOR, password=PASSWORD).user for name in ("ada", "grace")
    )
    link(ada, institution)
    client.force_login(grace)
    answer = client.get(from_institution(to_institution(client, "own-institution")), follow=True)
    assert "Another account here is linked" in words(answer)
    client.force_login(ada)
    institution.person["sub"] = "4712"
    answer = client.get(from_institution(to_institution(client, "own-institution")), follow=True)
    assert "linked with another one: end that first" in words(answer)
    assert list(SocialAccount.objects.values_list("user__username", "uid")) == [("ada", "4711")]


def test_who_has_no_password_keeps_the_link(client, institution):
    institution.person["groups"] = ["curators"]
    log_in(client)
    answer = client.post(reverse("own-institution"), {"end": "1"}, follow=True)
    assert "the link stays" in words(answer)
    assert SocialAccount.objects.count() == 1


def test_the_second_factor_is_asked_for_after_the_institution_too(client, institution):
    ada = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    link(ada, institution)
    add_app(user=ada, secret=SECRET)
    assert log_in(client, next="/account/second-factor/").url == reverse("log-in-second-factor")
    assert not is_logged_in(client)
    answer = client.post(reverse("log-in-second-factor"), {"code": totp(SECRET)})
    assert answer.url == "/account/second-factor/"
    assert log_of("logged_in")[-1] == ("ada", "through Museum ID with a second factor")


def test_the_lead_group_gives_and_takes_what_nobody_here_gave(client, institution):
    ada = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    link(ada, institution)

    def role_after(**said):
        institution.person = {"sub": "4711"} | said
        client.logout()
        log_in(client)
        ada.refresh_from_db()
        return ada.role

    assert role_after() == Role.ANNOTATOR
    assert role_after(groups=["curators"]) == Role.LEAD
    assert role_after(groups=["curators", "others"]) == Role.LEAD
    assert role_after(groups=["others"]) == Role.ANNOTATOR
    create_account(username="ada", role=Role.LEAD)
    assert role_after(groups=["curators"]) == Role.LEAD
    assert role_after() == Role.LEAD, "a person here made them one"
    create_account(username="ada", role=Role.ADMIN)
    assert role_after(groups=["curators"]) == role_after() == Role.ADMIN


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("roles", {"roles": "curators"}),
        ("realm.roles", {"realm": {"roles": ["curators"]}}),
        ("a.b", {"a.b": ["curators"]}),
    ],
)
def test_groups_are_read_where_the_institution_says_them(client, institution, settings, claim, said):
    settings.OIDC_GROUPS_CLAIM = claim
    institution.person |= said
    assert log_in(client).url == "/"
    assert User.objects.get().role == Role.LEAD


@pytest.mark.parametrize("groups", [None, [], {}, 3, [["curators"]], "curators and others", {"curators": True}])
def test_nothing_else_makes_somebody_a_lead(client, institution, groups):
    institution.person["groups"] = groups
    assert log_in(client).url == "/login/"
    assert not User.objects.exists()


def test_without_a_lead_group_nobody_becomes_one(client, institution, settings):
    settings.OIDC_LEAD_GROUP = ""
    institution.person["groups"] = ["", "curators"]
    assert log_in(client).url == "/login/"


UNBELIEVABLE = [
    {"claims": {"nonce": "another"}},
    {"claims": {"nonce": None}},
    {"claims": {"aud": "another site"}},
    {"claims": {"iss": "http://127.0.0.1:9"}},
    {"claims": {"exp": 1_000_000_000}},
    {"claims": {"exp": None}},
    {"claims": {"azp": "another site"}},
    {"claims": {"sub": None}},
    {"claims": {"sub": "4" * 192}, "userinfo": {"sub": "4" * 192}},
    {"userinfo": {"sub": "4712"}},
    {"signs_with": "another key"},
    {"signs_with": "none"},
    {"signs_with": "a secret"},
    {"discovery": {"issuer": "https://elsewhere.example"}},
    {"discovery": {"jwks_uri": None}},
]


@pytest.mark.parametrize("said", UNBELIEVABLE, ids=str)
def test_what_cannot_be_believed_lets_nobody_in(client, institution, said, caplog):
    caplog.set_level(logging.WARNING, "heritage.accounts")
    institution.person["groups"] = ["curators"]
    assert log_in(client).url == "/"
    client.logout()
    for name, value in said.items():
        setattr(institution, name, value)
    if "discovery" in said:
        assert client.post(reverse("log-in-institution")).url == "/login/"
    else:
        assert log_in(client).url == "/login/"
    assert "Logging in through Museum ID did not work" in words(client.get("/login/"))
    assert not is_logged_in(client)
    assert User.objects.count() == 1
    assert log_of("log_in_failed") == [("", "through Museum ID")]
    assert "No log-in through the institution" in caplog.text


def test_an_answer_is_good_once_and_in_the_browser_that_asked(client, institution):
    institution.person["groups"] = ["curators"]
    back = from_institution(to_institution(client))
    assert Client().get(back).url == "/login/"
    assert client.get(back).url == "/"
    client.logout()
    assert client.get(back).url == "/login/"
    begun = to_institution(client)
    elsewhere = Client()
    theirs = parse_qs(urlsplit(from_institution(to_institution(elsewhere))).query)["code"][0]
    state = parse_qs(urlsplit(begun).query)["state"][0]
    mixed = client.get(reverse("back-from-institution"), {"code": theirs, "state": state})
    assert mixed.url == "/login/", "another's code is of no use without what they keep"
    assert not is_logged_in(client)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied&state=x", "?state=%00"]
)
def test_who_comes_back_from_nowhere_is_sent_to_the_log_in(client, institution, query):
    answer = client.get(reverse("back-from-institution") + query)
    assert answer.status_code == 400 if "%00" in query else answer.url == "/login/"


def test_who_says_no_there_is_told_here(client, institution):
    institution.refuses = "access_denied"
    assert log_in(client).url == "/login/"
    assert "Logging in through Museum ID did not work" in words(client.get("/login/"))


def test_an_institution_that_does_not_answer_is_said_so(client, institution, settings):
    settings.OIDC_SERVER_URL = "http://127.0.0.1:9"
    assert client.post(reverse("log-in-institution")).url == "/login/"
    client.force_login(create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user)
    assert client.post(reverse("own-institution")).url == reverse("own-password")


def test_a_closed_account_stays_closed(client, institution):
    ada = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    link(ada, institution)
    User.objects.update(is_active=False)
    assert log_in(client).url == "/login/"
    assert "This account is closed" in words(client.get("/login/"))
    assert not is_logged_in(client)


def test_the_same_number_at_another_institution_is_somebody_else(client, institution, settings):
    institution.person["groups"] = ["curators"]
    log_in(client)
    client.logout()
    second = Institution(person={"sub": "4711", "preferred_username": "ada", "groups": ["curators"]})
    with second.running(settings):
        settings.OIDC_SERVER_URL = second.address + "/"
        second.discovery = {"issuer": second.address + "/"}
        second.claims = {"iss": second.address + "/"}
        assert log_in(client).url == "/"
    assert set(User.objects.values_list("username", flat=True)) == {"ada", "ada-2"}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Ada.Byron@museum.example", "Ada.Byron"),
        ("ада byron", "person"),
        ("", "person"),
        ("<b>a'b</b>", "babb"),
        (7, "7"),
    ],
)
def test_user_names_are_as_ours_may_be(client, institution, said, name):
    institution.person |= {"groups": ["curators"], "preferred_username": said}
    log_in(client)
    user = User.objects.get()
    user.full_clean(exclude=["password"])
    assert user.username == name


# --- Where passwords are for administrators ------------------------------------------------------


def by_password(client, name):
    return client.post("/login/", {"username": name, "password": PASSWORD})


def test_without_passwords_the_institution_is_the_only_way_in_but_for_administrators(client, institution, settings):
    for name, role in (("ada", Role.ANNOTATOR), ("grace", Role.LEAD), ("adm", Role.ADMIN)):
        create_account(username=name, role=role, password=PASSWORD)
    settings.PASSWORD_LOGIN = False
    assert by_password(client, "ada").status_code == by_password(client, "grace").status_code == 200
    assert not is_logged_in(client)
    assert by_password(client, "adm").url == "/"
    page = words(Client().get("/login/"))
    assert ("<summary>Administrators</summary>" in page, "a password lost" in page) == (True, False)
    settings.PASSWORD_LOGIN = True
    assert by_password(Client(), "ada").url == "/"


def test_without_passwords_an_invitation_makes_none(client, institution, settings):
    settings.PASSWORD_LOGIN = False
    _, token = invite(campaign=campaign_for(UserFactory(), pairs_each=2))
    address = reverse("invitation", args=[token])
    assert 'name="password"' not in words(client.get(address))
    sent = {"username": "mallory", "password": PASSWORD, "again": PASSWORD}
    assert client.post(address, sent).status_code == 422
    assert not User.objects.filter(username="mallory").exists()


def test_without_passwords_leads_give_none(client, institution, settings):
    settings.PASSWORD_LOGIN = False
    ada = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    campaign = campaign_for(ada, pairs_each=2)
    client.force_login(UserFactory(role=Role.LEAD))
    people = reverse("campaign-people", args=[campaign.pk])
    assert "New password" not in words(client.get(people))
    answer = client.post(reverse("campaign-accounts", args=[campaign.pk]), {"username": "ada"}, follow=True)
    assert "Passwords let in administrators alone" in words(answer)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_who_has_no_password_makes_a_token_after_logging_in_anew(client, institution):
    institution.person["groups"] = ["curators"]
    log_in(client)
    page = words(client.get("/account/password/"))
    assert ('name="old_password"' in page, 'id="id_token_password"' in page) == (False, False)
    assert "It is shown this once" in words(client.post(reverse("own-token")))
    session = client.session
    session["confirmed"] = 0
    session.save()
    ApiToken.objects.all().delete()
    asked = client.post(reverse("own-token"), follow=True)
    assert "Log in with Museum ID" in words(asked)
    assert not ApiToken.objects.exists()
    assert log_in(client, next="/account/password/").url == "/account/password/"
    assert institution.asked[-1]["prompt"] == "login"
    client.post(reverse("own-token"))
    assert ApiToken.objects.count() == 1


def test_who_came_by_the_institution_is_not_asked_to_change_a_password(client, institution):
    ada = create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user
    link(ada, institution)
    password = reset_password(ada)
    assert log_in(client).url == "/"
    assert client.get("/").status_code == 200
    other = Client()
    other.post("/login/", {"username": "ada", "password": password})
    assert other.get("/").url == reverse("own-password")


def test_without_an_institution_there_is_nothing_of_it(client):
    assert client.post(reverse("log-in-institution")).status_code == 404
    assert client.get(reverse("back-from-institution")).status_code == 404
    assert "institution" not in words(client.get("/login/"))
    client.force_login(UserFactory())
    assert client.post(reverse("own-institution")).status_code == 404
    assert "institution" not in words(client.get("/account/password/"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"PASSWORD_LOGIN": False}, "E001"),
        ({"OIDC_SERVER_URL": "http://login.museum.example", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}, "E002"),
        ({"OIDC_SERVER_URL": "https://login.museum.example", "OIDC_CLIENT_ID": "a"}, "E003"),
    ],
)
def test_settings_that_would_leave_people_outside_are_refused(settings, changes, error):
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=f"heritage.{error}"):
        call_command("check")


def test_settings_that_are_whole_are_taken(institution, settings):
    settings.PASSWORD_LOGIN = False
    call_command("check")
    settings.OIDC_SERVER_URL = "https://login.museum.example/realms/staff/"
    call_command("check")
