"""`create_account`, as people script it."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from rest_framework.authtoken.models import Token

from heritage.models import Role, User

pytestmark = pytest.mark.django_db


def create(*arguments: str) -> dict[str, object]:
    printed = StringIO()
    call_command("create_account", *arguments, "--json", stdout=printed)
    return json.loads(printed.getvalue())


def test_generated_password_opens_the_account(client: Client) -> None:
    made = create("ada", "--role", "annotator", "--token")
    assert client.login(username="ada", password=made["password"])
    assert made["token"] == Token.objects.get(user__username="ada").key
    assert User.objects.get().role == Role.ANNOTATOR


def test_second_call_updates_and_keeps_the_token(client: Client) -> None:
    first = create("ada", "--role", "annotator", "--token")
    second = create("ada", "--role", "lead", "--token")
    assert (first["created"], second["created"]) == (True, False)
    assert (first["token"], None) == (second["token"], second["password"])
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
