"""`create_account`, as people script it."""

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from heritage.accounts.second_factor.factors import add_app
from heritage.models import ApiToken, AuditEntry, Role, User

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> dict[str, object]:
    printed = StringIO()
    call_command("create_account", *arguments, "--json", stdout=printed)
    return json.loads(printed.getvalue())


def test_generated_password_opens_the_account(client: Client) -> None:
    made = create("ada", "--role", "annotator", "--token")
    assert client.login(username="ada", password=made["password"])
    assert asks(made["token"]) == 200
    assert User.objects.get().role == Role.ANNOTATOR


def asks(token: object) -> int:
    """The status of the API's answer to somebody with this token."""
    return Client(headers={"authorization": f"Token {token}"}).get("/api/campaigns/").status_code


def test_a_token_is_stored_as_a_hash_and_a_new_one_ends_it() -> None:
    first = create("ada", "--role", "annotator", "--token")
    assert not first["token_replaced"]
    assert str(first["token"]) not in str(list(ApiToken.objects.values_list()))
    printed = StringIO()
    call_command("create_account", "ada", "--role", "annotator", "--token", stdout=printed)
    assert "the earlier one has ended" in printed.getvalue()
    second = re.search(r"Token: (\S+)", printed.getvalue())
    assert (asks(first["token"]), asks(second and second[1])) == (401, 200)
    create("ada", "--role", "annotator", "--reset-password")
    assert asks(second and second[1]) == 401


def test_a_token_expires_and_says_so(settings: Settings) -> None:
    settings.API_TOKEN_DAYS = 7
    token = create("ada", "--role", "annotator", "--token")["token"]
    ApiToken.objects.update(expires=F("expires") - timedelta(days=7))
    answer = Client(headers={"authorization": f"Token {token}"}).get("/api/campaigns/")
    assert (answer.status_code, answer.json()["detail"]) == (
        401,
        "The token has expired: make a new one on your account's page.",
    )


def test_second_call_updates_and_makes_a_new_token(client: Client) -> None:
    first = create("ada", "--role", "annotator", "--token")
    second = create("ada", "--role", "lead", "--token")
    assert (first["created"], second["created"]) == (True, False)
    assert first["token"] != second["token"]
    assert second["password"] is None
    assert client.login(username="ada", password=first["password"])
    assert User.objects.get().role == Role.LEAD


@pytest.mark.parametrize(("role", "manages"), [("annotator", False), ("lead", False), ("admin", True)])
def test_only_admins_manage_accounts(role: str, manages: bool) -> None:
    create("ada", "--role", role)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (manages, manages)


def test_admin_who_becomes_lead_manages_no_more() -> None:
    create("ada", "--role", "admin")
    create("ada", "--role", "lead")
    assert not User.objects.get().is_superuser


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ada", "--role", "lead", "--password", "short"], "at least 10 characters"),
        (["ada lovelace!", "--role", "lead"], "Enter a valid username"),
        (["", "--role", "lead"], "cannot be blank"),
    ],
)
def test_what_is_not_allowed_is_said_and_nothing_written(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("create_account", *arguments)
    assert not User.objects.exists()


def test_dry_run_writes_nothing() -> None:
    assert create("ada", "--role", "lead", "--dry-run")["created"] is True
    assert not User.objects.exists()


def test_a_reset_gives_another_password_and_ends_the_token(client: Client) -> None:
    first = create("ada", "--role", "annotator", "--token")
    second = create("ada", "--role", "annotator", "--reset-password", "--password", "a loom and a lamp", "--token")
    assert first["token"] != second["token"]
    assert client.login(username="ada", password="a loom and a lamp")


def test_an_account_that_there_is_is_said_to_be_there(capsys) -> None:
    create("ada", "--role", "annotator")
    call_command("create_account", "ada", "--role", "annotator")
    assert "already" in capsys.readouterr().out


def test_a_second_factor_that_was_lost_is_removed_and_sessions_end(client: Client) -> None:
    made = create("ada", "--role", "lead")
    add_app(user=User.objects.get(), secret="JBSWY3DPEHPK3PXP")
    client.force_login(User.objects.get())
    assert not create("ada", "--role", "lead", "--remove-second-factor", "--dry-run")["second_factor_removed"]
    assert client.get("/account/password/").status_code == 200
    removed = create("ada", "--role", "lead", "--remove-second-factor")
    assert (removed["second_factor_removed"], removed["password"]) == (True, None)
    assert client.get("/account/password/").status_code == 302
    asked = {"username": "ada", "password": made["password"]}
    assert client.post("/login/", asked).url == "/"
    assert list(AuditEntry.objects.filter(action="factor_removed").values_list("subject", flat=True)) == ["ada"]
    assert not create("ada", "--role", "lead", "--remove-second-factor")["second_factor_removed"]
