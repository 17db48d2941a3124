"""Create an account, or set the role and password of one.

    create_account ada --role annotator
    create_account grace --role lead --password "long enough"
    create_account ops --role admin --token --json

Roles: an annotator labels pairs blind; a lead also sees models, samplings and results; an admin manages
accounts as well, at /admin/. Without --password a new one is generated and printed, this once; an account
that had another loses it. --token prints the account's token for the API, and makes it if there is none.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.accounts.actions import create_account
from heritage.commands import HeritageCommand
from heritage.models import Role
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USER", help="name to log in with")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--password", help="at least ten characters, not a common one")
        parser.add_argument("--token", action="store_true", help="print the account's API token, made if need be")
        parser.add_argument("--dry-run", action="store_true", help="check, but change nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        account = create_account(
            username=options["username"],
            role=Role(options["role"]),
            password=options["password"],
            with_token=options["token"],
            dry_run=options["dry_run"],
        )
        return {
            "username": account.user.username,
            "role": account.user.role,
            "created": account.created,
            "password": account.password,
            "password_generated": options["password"] is None,
            "token": account.token,
        }

    def summary(self, result: dict[str, Any]) -> str:
        lines = [f"{'Created' if result['created'] else 'Updated'} {result['role']} {result['username']}."]
        if result["password_generated"]:
            lines.append(f"Password: {result['password']}")
        if result["token"]:
            lines.append(f"Token: {result['token']}")
        return "\n".join(lines)
