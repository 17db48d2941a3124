"""Open a campaign: deal the pairs of a sampling to annotators, to each in an own random order.

    manage.py create_campaign "Pilot" --sampling mills --annotators ada grace --pairs-each 105
    manage.py create_campaign "Agreement" --sampling mills --annotators ada grace --overlap 0.2

Every annotator gets pairs of his or her own, evenly over the strata; the share --overlap of them is the same
for all, so that agreement can be measured. Whoever stops early still leaves answers to all strata. Neither
the order nor the page tells what a pair was drawn by.

--labels has the campaign's labels, a CSV or JSON file with label (one of the four), name, and if you like key (for
files and programs; else made of the name) and shortcut (a letter that chooses it, not U, S, C or Z). It adds finer
labels under the four:

    label,key,name,shortcut,colour
    same_category,same-maker,Same maker,m,

An annotator who presses one of the four chooses among those under it, or leaves it at that. Results count the four.
The four themselves can have other names, shortcuts (here also digits) and colours (grey, brown, ochre, red, blue): give
each a row whose key is the label, in the order in which they are shown. Files name them by their keys all the same.

    same_object,same_object,Dasselbe Objekt,d,blue

Accounts are made by create_account, samplings by sample_pairs.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.campaigns.actions import create_campaign, deal_campaign
from annotation.campaigns.dealing import DEFAULT_OVERLAP, pairs_needed
from annotation.labels.files import SchemeDraft, read_scheme
from heritage.commands import HeritageCommand, date_and_time
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from linking.models import Sampling


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what annotators see: leave models out of it")
        parser.add_argument("--sampling", required=True, help="name of the sampling whose pairs are dealt")
        parser.add_argument("--annotators", nargs="+", default=[], metavar="USER", help="usernames")
        parser.add_argument("--pairs-each", type=int, help="pairs for each annotator (default: all that there are)")
        parser.add_argument(
            "--overlap",
            type=float,
            default=DEFAULT_OVERLAP,
            help=f"share of them, 0 to 1, that all annotators see (default {DEFAULT_OVERLAP:g})",
        )
        parser.add_argument("--instructions", default="", help="text that annotators read before their first pair")
        parser.add_argument("--instructions-file", type=Path, help="the same from a file")
        parser.add_argument(
            "--intentions", default="", help="what you expect and when you stop, kept with the plan; for leads"
        )
        parser.add_argument(
            "--draft", action="store_true", help="annotators see it once it is opened; it may have none"
        )
        parser.add_argument(
            "--deadline", type=date_and_time, help="takes no answers from then on, such as 2027-03-31T18:00"
        )
        parser.add_argument("--labels", type=Path, metavar="FILE", help="its labels, as CSV or JSON")
        parser.add_argument("--seed", type=int, default=0, help="the same seed deals the same pairs (default 0)")
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        sampling = Sampling.objects.filter(name=options["sampling"]).first()
        if sampling is None:
            known = ", ".join(Sampling.objects.values_list("name", flat=True)) or "none yet, make one with sample_pairs"
            raise UserError(f"There is no sampling named {options['sampling']}. There are: {known}.")
        scheme = read_scheme(options["labels"]) if options["labels"] else SchemeDraft()
        arguments = {
            "name": options["name"],
            "sampling": sampling,
            "annotators": options["annotators"],
            "pairs_each": options["pairs_each"],
            "overlap": options["overlap"],
            "instructions": _instructions(options),
            "seed": options["seed"],
            "draft": options["draft"],
            "deadline": options["deadline"],
            "labels": scheme.labels,
            "finer_labels": scheme.finer,
        }
        plan = deal_campaign(**arguments)
        campaign = None if options["dry_run"] else create_campaign(**arguments, intentions=options["intentions"])
        need = pairs_needed(
            annotators=len(plan.annotators) or 1, pairs_each=plan.pairs_each, overlap=options["overlap"]
        )
        return {
            "campaign": campaign and campaign.pk,
            "name": options["name"].strip(),
            "sampling": sampling.name,
            "annotators": [person.username for person in plan.annotators],
            "pairs_each": plan.pairs_each,
            "shared": need.shared,
            "pairs": need.total if plan.annotators else 0,
            "draft": options["draft"],
            "deadline": options["deadline"],
            "available": len(plan.strata),
            "own_labels": bool(scheme.labels),
            "finer_labels": len(scheme.finer),
            "dry_run": options["dry_run"],
        }

    def summary(self, result: dict[str, Any]) -> str:
        done = "Drafted" if result["draft"] else "Opened"
        if result["dry_run"]:
            done = "Would draft" if result["draft"] else "Would open"
        own = " Labels of its own." if result["own_labels"] else ""
        finer = f" {result['finer_labels']} finer labels." if result["finer_labels"] else ""
        return (
            f"{done} {result['name']}: {len(result['annotators'])} annotators with {result['pairs_each']} pairs each, "
            f"{result['shared']} of them shared; {result['pairs']} of the sampling's {result['available']} pairs."
            f"{own}{finer}"
        )


def _instructions(options: dict[str, Any]) -> str:
    path: Path | None = options["instructions_file"]
    if path is None:
        return str(options["instructions"])
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The instructions in {path} cannot be read: {error}.") from error
