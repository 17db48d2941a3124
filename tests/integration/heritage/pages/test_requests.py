"""Requests that nothing here could have sent, private pages in caches, and what the log says of either."""

import logging
import uuid
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from heritage.accounts.tokens import issue_token
from heritage.logs.request_lines import RequestLines
from heritage.models import Role
from heritage.serving.body_limits import COOKIE
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
CHARSETS = [
    "base64",
    "utf-16",
    "idna",
    "punycode",
    "zlib",
    "hex",
    "undefined",
    "unicode_escape",
    "rot13",
    "nothing",
]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("form", [FORM, "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("enforce", [True, False], ids=["without token", "past the token"])
def test_a_form_in_another_charset_is_a_bad_request(client, charset, form, enforce):
    client.handler.enforce_csrf_checks = enforce
    client.cookies["csrftoken"] = "a" * 32
    answer = client.generic("POST", "/login/", b"a=b", content_type=f"{form}; charset={charset}")
    assert answer.status_code == 400
    assert "Content-Security-Policy" in answer
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_so_is_one_to_the_api_in_json(client, charset, kind):
    client.force_login(UserFactory(role=Role.LEAD))
    answer = client.generic(
        "POST", f"/api/campaigns/{uuid.uuid4()}/next/", b"{}", content_type=f"{kind}; charset={charset}"
    )
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii"])
def test_charsets_that_are_utf_8_are_read(client, charset):
    answer = client.generic("POST", "/login/", b"username=a&password=b", content_type=f"{FORM}; charset={charset}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body", ["[" * 3000, "[" * 100_000, '{"a":' * 50_000, "[" * 900, '{"label": "same_object", "comment": "\\u0000"}']
)
def test_json_that_nobody_reads_is_a_bad_request(client, body):
    person = UserFactory(role=Role.ANNOTATOR)
    client.force_login(person)
    assignment = campaign_for(person).assignments.first()
    answer = client.post(reverse("api-label", args=[assignment.pk]), body, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert not assignment.annotations.exists()


@pytest.mark.parametrize("address", ["/?page=%00", "/collections/?q=a%00b", "/records/%00/", "/search/?%00=1"])
def test_nul_in_an_address_is_a_bad_request(client, address):
    client.force_login(UserFactory(role=Role.LEAD))
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("data", [{"draw": "1", "collections": "\0"}, {"\0": "1"}])
@pytest.mark.parametrize("multipart", [True, False])
def test_nul_in_a_form_is_a_bad_request(client, data, multipart):
    client.force_login(UserFactory(role=Role.LEAD))
    address = reverse("new-preference-study")
    answer = client.post(address, data) if multipart else client.post(address, urlencode(data), content_type=FORM)
    assert answer.status_code == 400


def test_ids_that_are_none_are_json_for_those_who_ask_the_api(client):
    client.force_login(UserFactory(role=Role.LEAD))
    answer = client.get("/api/campaigns/not-a-number/next/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_the_schema_says_what_those_get_who_are_not_logged_in(client):
    schema = client.get("/api/schema/?format=json").json()
    asking = [each for path in schema["paths"].values() for each in path.values() if each.get("security")]
    assert asking
    assert all("401" in each["responses"] for each in asking if {} not in each["security"])


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.LEAD, Role.ADMIN])
def test_private_pages_are_kept_by_no_cache(client, role):
    client.force_login(UserFactory(role=role))
    for address in ("/", "/collections/", "/jobs/", "/search/", "/api/campaigns/", "/nowhere/"):
        answer = client.get(address)
        assert "no-store" in answer["Cache-Control"], address


def test_a_token_s_answers_are_kept_by_no_cache(client):

    token = issue_token(UserFactory(role=Role.LEAD)).token
    answer = client.get("/api/campaigns/", headers={"authorization": f"Token {token}"})
    assert "no-store" in answer["Cache-Control"]


def test_what_visitors_of_a_public_catalogue_get_may_be_kept(client, settings):
    settings.PUBLIC_CATALOGUE = True
    answer = client.get("/collections/")
    assert answer.status_code == 200
    assert "no-store" not in answer.get("Cache-Control", "")


def test_leads_alone_are_offered_to_send_files(client):
    for role, offered in ((Role.ANNOTATOR, False), (Role.LEAD, True), (Role.ADMIN, True)):
        client.logout()
        client.cookies.clear()
        client.force_login(UserFactory(role=role))
        assert (COOKIE in client.get("/collections/").cookies) == offered


def test_logging_out_clears_the_browser_s_cache_and_not_its_unsent_answers(client):
    client.force_login(UserFactory())
    assert client.post(reverse("logout"))["Clear-Site-Data"] == '"cache"'


@pytest.fixture
def lines():
    """What the server's log would say."""
    said = []

    class Keeping(logging.Handler):
        def emit(self, record):
            said.append(self.format(record))

    handler = Keeping()
    handler.addFilter(RequestLines())
    logging.getLogger("django").addHandler(handler)
    yield said
    logging.getLogger("django").removeHandler(handler)


def test_a_refusal_is_one_line_in_the_log(client, lines):
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    assert client.get("/jobs/").status_code == 403
    assert lines
    assert all("\n" not in line for line in lines)


def test_tokens_of_invitations_are_not_in_the_log(client, lines):
    secret = "s3cret-token-of-somebody"
    client.get(reverse("invitation", args=[secret]))
    client.post(reverse("invitation", args=[secret]), {"username": ""})
    assert any("/invitation/…/" in line for line in lines)
    assert not any(secret in line for line in lines)
