"""Suggest links that no expert has seen, and the pairs that experts should see next.

    python manage.py suggest_links "Mill machinery pilot" --precision 0.9 -o suggested.csv
    python manage.py suggest_links "Mill machinery pilot" --next 200 --name "Second round"

A model of what links is fitted on the campaign's answers, and where its pairs were chosen by this command on those
before it too: the probability that experts link a pair, given its plain and centred similarities by all models and the
method's four comparisons, and the answers to pairs of similar records. It is judged on records held out, and then
applied to every pair of the collections. Where there are more than --candidates, only each record's nearest of the
other collection are judged, by each model.

As many of the likeliest are suggested as are expected to have the share --precision of links, 200,000 at most;
"verified" is the share of links among held-out answers that are as likely, with its interval; answers count by their
sampling weights where these are known, so that it is about the candidates and not about the drawn pairs.

With --next and --name, so many pairs become a sampling for the next campaign: the likeliest links, or with --wish
unsure those of which the model is least sure and that differ from each other; and a share --random of them drawn at
random from all others. Only of these the probability is known with which they were drawn: their answers tell of shares
of all pairs, those to the others do not. Ask, close, and suggest again after the new campaign: docs/linking.md shows
what that finds.

While a campaign is open its results are sealed; that this command showed them is written down.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from tabulate import tabulate

from annotation.campaigns.queries import find_campaign
from annotation.results.actions import open_results
from annotation.suggestions.actions import (
    DEFAULT_CANDIDATES,
    DEFAULT_PRECISION,
    DEFAULT_RANDOM_SHARE,
    Suggestions,
    suggest,
    suggested_links_csv,
)
from annotation.suggestions.wishes import LIKELY, NEXT_WISHES
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.files.whole_file import write_whole
from heritage.models import AuditAction
from heritage.progress import TerminalProgress

SHOWN = 10


class Command(HeritageCommand):
    audited = (AuditAction.LOOKED, "campaign")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", help="name of the campaign, or the identifier in its address")
        parser.add_argument("--precision", type=float, default=DEFAULT_PRECISION, help="wanted share of links (0.9)")
        parser.add_argument(
            "--candidates",
            type=int,
            default=DEFAULT_CANDIDATES,
            help=f"pairs to judge at most ({DEFAULT_CANDIDATES:,})",
        )
        parser.add_argument("-o", "--output", type=Path, help="CSV file for the suggested links")
        parser.add_argument("--next", type=int, default=0, metavar="N", help="pairs to ask experts about next")
        parser.add_argument("--name", default="", help="of the sampling that holds them")
        parser.add_argument("--wish", choices=NEXT_WISHES, default=LIKELY, help="which pairs to ask about (likely)")
        parser.add_argument(
            "--random",
            type=float,
            default=DEFAULT_RANDOM_SHARE,
            metavar="SHARE",
            help=f"share of the next pairs that is drawn at random ({DEFAULT_RANDOM_SHARE:g})",
        )
        parser.add_argument("--seed", type=int, default=0, help="of folds and draws (default 0)")
        parser.add_argument("--dry-run", action="store_true", help="write neither file nor sampling")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if options["seed"] < 0:
            raise UserError(f"--seed is {options['seed']}: give 0 or more.")
        if options["name"] and not options["next"]:
            raise UserError("--name is of the sampling that --next makes: say how many pairs it shall hold.")
        campaign = find_campaign(options["campaign"])
        open_results(campaign=campaign, person=None)
        found = suggest(
            campaign,
            precision=options["precision"],
            most=options["candidates"],
            next_count=0 if options["dry_run"] else options["next"],
            next_name=options["name"],
            wish=options["wish"],
            random_share=options["random"],
            seed=options["seed"],
            progress=progress,
        )
        if options["output"] and not options["dry_run"]:
            write_whole(options["output"], suggested_links_csv(found))
        return _as_json(found) | {
            "campaign": campaign.name,
            "simulated": campaign.simulated,
            "dry_run": options["dry_run"],
            "file": str(options["output"]) if options["output"] and not options["dry_run"] else None,
        }

    def summary(self, result: dict[str, Any]) -> str:
        model, suggestion = result["model"], result["suggestion"]
        lines = [
            f"What links, by {model['n']:,} answers on {model['pairs']:,} pairs: AUC {_measure(model['auc'])}, Brier "
            f"score {_measure(model['brier'])} on held-out records, where the overall share has "
            f"{model['brier_of_share']:.3f}.",
            f"Judged {result['candidates']:,} pairs that nobody was asked about, of {result['available']:,} in all.",
        ]
        if suggestion["reason"]:
            lines.append(f"{suggestion['reason']} Try a lower --precision.")
        else:
            held_out = f"{suggestion['verified_n']:,} held-out answers that are as likely"
            verified = "none"
            if suggestion["verified"] is not None:
                low, high = 100 * suggestion["verified_low"], 100 * suggestion["verified_high"]
                verified = f"{100 * suggestion['verified']:.0f} % (95 % interval {low:.0f} to {high:.0f})"
            lines.append(
                f"{suggestion['count']:,} suggested links, of which {100 * suggestion['precision']:.0f} % are expected "
                f"to be links; of {held_out} {verified} are."
            )
            rows = [
                [f"{link['a'][0]}:{link['a'][1]}", f"{link['b'][0]}:{link['b'][1]}", f"{link['probability']:.2f}"]
                for link in result["links"][:SHOWN]
            ]
            lines.append(tabulate(rows, ["a", "b", "probability"], "plain", disable_numparse=True))
        if result["file"]:
            lines.append(f"Wrote them to {result['file']}.")
        if result["next_sampling"]:
            lines.append(
                f"{result['next_pairs']:,} pairs to ask about next, {result['at_random']:,} of them at random, are in "
                f"{result['next_sampling']!r}. Next: "
                f'create_campaign NAME --sampling "{result["next_sampling"]}"'
            )
        return "\n".join(lines)


def _measure(measure: dict[str, float]) -> str:
    return f"{measure['value']:.3f} ({measure['low']:.3f} to {measure['high']:.3f})"


def _as_json(found: Suggestions) -> dict[str, Any]:
    model = found.model
    sampling = found.next_sampling
    return {
        "model": {
            "n": model.n,
            "pairs": model.pairs,
            "penalty": model.penalty,
            "coefficients": dict(model.coefficients),
            "auc": asdict(model.auc) if model.auc else None,
            "brier": asdict(model.brier) if model.brier else None,
            "brier_of_share": model.brier_of_share,
            "warnings": list(model.warnings),
        },
        "suggestion": asdict(found.suggestion),
        "candidates": found.candidates,
        "available": found.available,
        "asked_already": found.asked_already,
        "campaigns": list(found.campaigns),
        "similarity_kind": found.similarity_kind,
        "links": [asdict(link) for link in found.links],
        "next_sampling": sampling.name if sampling else None,
        "next_pairs": sampling.pairs.count() if sampling else 0,
        "at_random": found.at_random,
    }
