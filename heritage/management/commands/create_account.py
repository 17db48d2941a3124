"""Create an account, or set the role of one.

    create_account ada --role annotator
    create_account grace --role lead --password "long enough"
    create_account grace --role lead --reset-password
    create_account grace --role lead --remove-second-factor
    create_account ops --role admin --token --json

Roles: an annotator labels pairs blind; a lead also sees models, samplings and results; an admin manages
accounts as well, at /admin/. Without --password one is generated and printed, this once. An account that there is
keeps its password, and is said to be there; --reset-password gives it a new one, which ends its sessions and its
token. --remove-second-factor is for somebody who lost their telephone or key: they log in by the password alone, and
their sessions end. --token prints a new token for the API, this once: it ends the one that the account had, and is
valid for API_TOKEN_DAYS.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.accounts.actions import Account, create_account
from heritage.audit.actions import audit
from heritage.commands import HeritageCommand
from heritage.models import AuditAction, Role
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USER", help="name to log in with")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--password", help="at least ten characters, not a common one")
        parser.add_argument(
            "--reset-password", action="store_true", help="also where there is such an account; ends sessions and token"
        )
        parser.add_argument(
            "--remove-second-factor", action="store_true", help="of an account that lost it; ends its sessions"
        )
        parser.add_argument("--token", action="store_true", help="print a new API token; an earlier one ends")
        parser.add_argument("--dry-run", action="store_true", help="check, but change nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        account = create_account(
            username=options["username"],
            role=Role(options["role"]),
            password=options["password"],
            with_token=options["token"],
            reset_password=options["reset_password"],
            without_second_factor=options["remove_second_factor"],
            dry_run=options["dry_run"],
        )
        if not options["dry_run"]:
            self._write_down(account)
        return {
            "username": account.user.username,
            "role": account.user.role,
            "created": account.created,
            "password": account.password,
            "second_factor_removed": account.second_factor_removed,
            "password_generated": options["password"] is None and account.password is not None,
            "token": account.token and account.token.token,
            "token_expires": account.token and account.token.expires.isoformat(),
            "token_replaced": bool(account.token and account.token.replaces),
        }

    def _write_down(self, account: Account) -> None:
        name = account.user.username
        audit(AuditAction.ROLE, person=None, subject=f"{name}: {account.user.role}")
        if account.password:
            audit(AuditAction.PASSWORD, person=None, subject=name)
        if account.second_factor_removed:
            audit(AuditAction.FACTOR_REMOVED, person=None, subject=name)
        if account.token:
            audit(AuditAction.TOKEN_MADE, person=None, subject=name)

    def summary(self, result: dict[str, Any]) -> str:
        if result["created"] or result["password"]:
            lines = [f"{'Created' if result['created'] else 'Updated'} {result['role']} {result['username']}."]
        else:
            lines = [
                f"There is an account named {result['username']} already: it is a {result['role']} now, with the "
                "password that it had. --reset-password gives it a new one."
            ]
        if result["password_generated"]:
            lines.append(f"Password: {result['password']}")
        if result["second_factor_removed"]:
            lines.append("Its second factor is removed, and its sessions have ended.")
        if result["token"]:
            lines.append(f"Token: {result['token']}")
            ended = "; the earlier one has ended" if result["token_replaced"] else ""
            lines.append(f"It is shown this once and valid until {result['token_expires'][:10]}{ended}.")
        return "\n".join(lines)
