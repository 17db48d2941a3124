"""Open, pause or close a campaign, or move its deadline.

    change_campaign "Pilot" --state open
    change_campaign "Pilot" --state paused
    change_campaign "Pilot" --deadline 2027-03-31T18:00
    change_campaign "Pilot" --no-deadline

A draft is seen by nobody until it is opened. A paused or closed campaign, and one past its deadline, takes no
answers; those that wait in annotators' browsers are sent when it takes answers again. Every change is kept.
"""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from annotation.campaigns.actions import set_campaign_state, set_deadline
from annotation.campaigns.queries import find_campaign
from annotation.vocabulary import CampaignState
from heritage.commands import HeritageCommand, date_and_time
from heritage.errors import UserError
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or identifier")
        states = [state.value for state in CampaignState if state != CampaignState.DRAFT]
        parser.add_argument("--state", choices=states)
        deadline = parser.add_mutually_exclusive_group()
        deadline.add_argument("--deadline", type=date_and_time, help="takes no answers from then on")
        deadline.add_argument("--no-deadline", action="store_true", help="takes answers for as long as it is open")
        parser.add_argument("--dry-run", action="store_true", help="check, but change nothing")

    @transaction.atomic
    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        campaign = find_campaign(options["campaign"])
        if not (options["state"] or options["deadline"] or options["no_deadline"]):
            raise UserError("Say what to change: --state, --deadline or --no-deadline.")
        if options["deadline"] or options["no_deadline"]:
            set_deadline(campaign=campaign, deadline=options["deadline"])
        if options["state"]:
            set_campaign_state(campaign=campaign, state=options["state"])
        if options["dry_run"]:
            transaction.set_rollback(True)
        return {
            "campaign": campaign.pk,
            "name": campaign.name,
            "state": campaign.state.value,
            "deadline": campaign.deadline,
            "takes_answers": campaign.is_open,
            "dry_run": options["dry_run"],
        }

    def summary(self, result: dict[str, Any]) -> str:
        until = f", until {result['deadline'].isoformat()}" if result["deadline"] else ""
        would = "would be" if result["dry_run"] else "is"
        return f"{result['name']} {would} {result['state']}{until}."
