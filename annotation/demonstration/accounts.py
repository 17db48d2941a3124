"""The demonstration's accounts. Their passwords are easy to remember, and kept in a file that only the user who
runs Heritage Weaver can read, so that they can be shown again: fit for one's own machine, not for the internet."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from heritage.accounts.actions import create_account
from heritage.files.whole_file import write_whole
from heritage.models import Role, User

LEAD, VISITOR = "lead", "visitor"
ROLES = {LEAD: Role.LEAD, VISITOR: Role.ANNOTATOR}
FILE_NAME = "accounts.json"
WORDS = (
    "amber",
    "anvil",
    "barrel",
    "basket",
    "bellows",
    "bobbin",
    "brass",
    "button",
    "candle",
    "canvas",
    "carbon",
    "cedar",
    "chimney",
    "cobalt",
    "copper",
    "cotton",
    "dynamo",
    "ember",
    "enamel",
    "engine",
    "ferry",
    "flannel",
    "garnet",
    "hammer",
    "harbour",
    "harness",
    "ivory",
    "kettle",
    "ladder",
    "lantern",
    "ledger",
    "linen",
    "magnet",
    "mantel",
    "marble",
    "mortar",
    "needle",
    "nickel",
    "orchard",
    "paddle",
    "pewter",
    "pinion",
    "piston",
    "plaid",
    "quarry",
    "ribbon",
    "rivet",
    "saddle",
    "shuttle",
    "silver",
    "spindle",
    "spanner",
    "teapot",
    "thimble",
    "thistle",
    "timber",
    "trellis",
    "tweed",
    "velvet",
    "walnut",
    "whistle",
    "willow",
    "window",
    "zinc",
)


@dataclass(frozen=True)
class DemonstrationAccount:
    """`password` is None where somebody has changed it since."""

    username: str
    role: Role
    password: str | None


def ensure_accounts(folder: Path, *, password: str | None = None) -> list[DemonstrationAccount]:
    """Create the accounts that are missing; `password`, where given, becomes that of both. Raises UserError."""
    path = folder / FILE_NAME
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    accounts = []
    for username, role in ROLES.items():
        user = User.objects.filter(username=username).first()
        if user is None or (password is not None and not user.check_password(password)):
            kept[username] = password or kept.get(username) or memorable_password()
            create_account(username=username, role=role, password=kept[username], reset_password=True)
            _write_private(path, kept)
            current: str | None = kept[username]
        else:
            current = password or kept.get(username)
            current = current if current and user.check_password(current) else None
        accounts.append(DemonstrationAccount(username, role, current))
    return accounts


def memorable_password() -> str:
    """Three words and two digits, some 24 bits."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(3)), f"{secrets.randbelow(90) + 10}"])


def _write_private(path: Path, passwords: dict[str, str]) -> None:
    write_whole(path, json.dumps(passwords), private=True)
