"""Set up the demonstration: two drawn collections, models, sampled pairs and two campaigns.

    demo [--records-a 600] [--records-b 150] [--seed 0] [--password P] [--dry-run]

Draws the collections of two invented museums, imports them, and fine-tunes heritage-mini on them twice:
from mixed batches, and from batches of one collection each. Embeds them with the base and
the fine-tuned models, samples pairs where these agree and disagree, opens a campaign for the account
"visitor" with examples, practice pairs and gold pairs by the known truth, and closes one that eight
programs have labelled from that truth with noise. All of it is marked as simulated wherever it shows.
Run again: does only what is missing, keeps everything, also what an earlier version made, and takes
seconds. Interrupted: the next run carries on.

The accounts and their passwords are printed at the end. They are kept in DATA_DIR/demonstration, in a
file for your eyes only; do not serve them to the internet. `create_account` changes a password.

Truth: DATA_DIR/demonstration/truth.csv says which model line, kind and category each object is of.
Start the server with `serve`; `make demo` does both.
"""

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.demonstration.files import DemonstrationRecipe, drawn_recipe
from heritage.errors import UserError
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("--records-a", type=int, metavar="N", help="of the first museum (default 600)")
        parser.add_argument("--records-b", type=int, metavar="N", help="of the second museum (default 150)")
        parser.add_argument("--seed", type=int, metavar="N", help="another seed, other objects (default 0)")
        parser.add_argument("--epochs", type=int, default=None, metavar="N", help="of either fine-tuning")
        parser.add_argument("--dry-run", action="store_true", help="say what is missing and stop")
        parser.add_argument("--password", help="for both accounts, instead of generated ones")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from annotation.demonstration import stages

        if options["dry_run"]:
            return {"dry_run": True, "missing": stages.missing_parts()}
        # Collections that are drawn already stay as they are, unless others are asked for, which is refused.
        recipe = drawn_recipe(stages.demonstration_folder()) or DemonstrationRecipe()
        asked = {name: options[name] for name in ("records_a", "records_b", "seed") if options[name] is not None}
        try:
            done = stages.set_up_demonstration(
                recipe=replace(recipe, **asked),
                password=options["password"],
                epochs=options["epochs"],
                progress=progress,
            )
        except KeyboardInterrupt as stopped:
            raise UserError("Stopped. Run the same command again: it carries on where it was.") from stopped
        return {
            "dry_run": False,
            "records": done.records,
            "pairs": done.pairs,
            "campaigns": [
                {"id": str(campaign.pk), "name": campaign.name, "simulated": campaign.simulated}
                for campaign in (done.open_campaign, done.simulated_campaign)
            ],
            "accounts": [
                {"username": account.username, "role": account.role, "password": account.password}
                for account in done.accounts
            ],
        }

    def summary(self, result: dict[str, Any]) -> str:
        if result["dry_run"]:
            return f"Would make {', '.join(result['missing'])}." if result["missing"] else "Nothing is missing."
        records = " and ".join(f"{count:,} records of {museum}" for museum, count in result["records"].items())
        lines = [f"The demonstration is ready: {records} (drawn, not real), {result['pairs']:,} sampled pairs.", ""]
        does = {"annotator": "labels pairs", "lead": "sees models, pairs and results"}
        for account in result["accounts"]:
            password = account["password"] or "(changed; `create_account` sets another)"
            lines.append(f"  {account['username']:<8} {password:<28} {does[account['role']]}")
        lines += ["", "Demonstration accounts, for this machine only: do not put them on the internet."]
        return "\n".join(lines)
