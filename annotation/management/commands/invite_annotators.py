"""Make links by which people join a campaign as annotators, with a new account or with their own.

    invite_annotators "Pilot"                          one link for one person, for 14 days
    invite_annotators "Pilot" --links 5                five such links
    invite_annotators "Pilot" --places 30 --days 2     one link for thirty people, as for a workshop
    invite_annotators "Pilot" --address https://links.museum.example

A link is printed this once: only a hash of it is kept. Whoever has it can join, so send it like a password.
"""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.urls import reverse

from annotation.campaigns.invitations import MOST_PLACES, invite
from annotation.campaigns.queries import find_campaign, free_pairs
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or identifier")
        parser.add_argument("--links", type=int, default=1, help="how many links (default 1)")
        parser.add_argument("--places", type=int, default=1, help="people who may join by each (default 1)")
        parser.add_argument("--days", type=int, default=14, help="how long a link lasts (default 14)")
        parser.add_argument("--note", default="", help="whom they are for; only leads see it")
        parser.add_argument(
            "--address", default="http://127.0.0.1:8000", help="where people reach this server (%(default)s)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check, but make none")

    @transaction.atomic
    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        campaign = find_campaign(options["campaign"])
        if not 1 <= options["links"] <= MOST_PLACES:
            raise UserError(f"Ask for 1 to {MOST_PLACES} links, not for {options['links']}.")
        made = [
            invite(campaign=campaign, places=options["places"], days=options["days"], note=options["note"])
            for _ in range(options["links"])
        ]
        address = options["address"].rstrip("/")
        result = {
            "campaign": campaign.name,
            "links": [] if options["dry_run"] else [address + reverse("invitation", args=[token]) for _, token in made],
            "places": options["places"],
            "expires": made[0][0].expires,
            "free_pairs": free_pairs(campaign),
            "dry_run": options["dry_run"],
        }
        if options["dry_run"]:
            transaction.set_rollback(True)
        return result

    def summary(self, result: dict[str, Any]) -> str:
        until = f"until {result['expires']:%d %B %Y, %H:%M %Z}"
        if result["dry_run"]:
            return f"Would invite to {result['campaign']} {until}."
        people = "one person" if result["places"] == 1 else f"{result['places']} people"
        return "\n".join([f"To join {result['campaign']}, each link for {people}, {until}:", *result["links"]])
