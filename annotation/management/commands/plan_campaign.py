"""Plan a campaign: how many pairs does it take to tell two models apart?

    python manage.py plan_campaign --rates 0.55 0.40 --annotators 6
    python manage.py plan_campaign --rates 0.55 0.40 --annotators 6 --pairs-each 105 --overlap 0.1 --json

--rates are the shares of links that you expect, in pairs that one model finds and in pairs that others find and it does
not. Each annotator's pairs are spread evenly over --strata strata: one of --models alone finds the pairs, all do, all
but one do, and so on again. Campaigns are simulated and given the test of `analyse`: a logit of all models, errors that
allow for annotators and records, and p after Holm for all differences between models. The power is the share of
campaigns that tell the one model from the next at 5 %.

With --pairs-each the power of that size is given; either way, the fewest pairs each that reach --power. Annotators
lean to either side and pairs of a stratum differ; --annotator-spread and --pair-spread say how far, as standard
deviations in log odds. `analyse` estimates both of a campaign that is done and whose records recur: they are the
spreads of its mixed models.
Nothing is written.
"""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from tabulate import tabulate

from annotation.analysis.planning import MOST_PAIRS_EACH, CampaignPlan, power_of, sample_size
from annotation.campaigns.dealing import DEFAULT_OVERLAP
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress

MOST_ANNOTATORS = 200
MOST_SIMULATIONS = 100_000


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rates", nargs=2, type=float, required=True, metavar=("ONE", "OTHER"), help="expected shares, 0 to 1"
        )
        parser.add_argument("--annotators", type=int, required=True)
        parser.add_argument("--pairs-each", type=int, help="pairs for each annotator, in all strata together")
        parser.add_argument(
            "--overlap", type=float, default=DEFAULT_OVERLAP, help="share of them that all answer (default 0.1)"
        )
        parser.add_argument(
            "--strata",
            type=int,
            default=5,
            help="strata that pairs are spread over (default 5: three models alone, all, all but one)",
        )
        parser.add_argument("--models", type=int, default=3, help="models that are compared (default 3)")
        parser.add_argument("--power", type=float, default=0.8, help="wanted power, 0 to 1 (default 0.8)")
        parser.add_argument("--annotator-spread", type=float, default=0.5, help="in log odds (default 0.5)")
        parser.add_argument("--pair-spread", type=float, default=0.7, help="in log odds (default 0.7)")
        parser.add_argument("--simulations", type=int, default=2_000, help="of each size (default 2,000)")
        parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same figures (default 0)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        plan = _plan(options)
        simulations, seed = options["simulations"], options["seed"]
        found = None
        if options["pairs_each"] is not None:
            found = power_of(plan, simulations=simulations, seed=seed)
        needed = sample_size(plan, wanted=options["power"], simulations=simulations, seed=seed)
        return {
            "plan": asdict(plan) | {"pairs_each": options["pairs_each"]},
            "seed": seed,
            "power": None if found is None else asdict(found),
            "needed": asdict(needed),
        }

    def summary(self, result: dict[str, Any]) -> str:
        plan, found, needed = result["plan"], result["power"], result["needed"]
        one, other = (f"{100 * rate:.0f} %" for rate in plan["rates"])
        lines = [f"To tell {one} from {other} of links with {plan['annotators']} annotators (simulated):"]
        if found is not None and found["power"] is None:
            lines.append(f"{found['pairs_each']} pairs each cannot be tested: give every stratum more.")
        elif found is not None:
            lines.append(
                f"{found['pairs_each']} pairs each have a power of {100 * found['power']:.0f} %, and tell the "
                f"difference to {found['half_width']:.0f} percentage points either way."
            )
        if needed["pairs_each"] is None:
            lines.append(needed["reason"])
        else:
            lines.append(f"{needed['pairs_each']} pairs each reach {100 * needed['wanted']:.0f} %.")
        return "\n".join(
            [
                *lines,
                tabulate(
                    _rows(needed["tried"]),
                    ["pairs each", "power %", "+/- points"],
                    "plain",
                    disable_numparse=True,
                    stralign="right",
                ),
            ]
        )


def _rows(tried: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [str(size["pairs_each"]), *(_figure(size[key], factor) for key, factor in (("power", 100), ("half_width", 1)))]
        for size in tried
    ]


def _figure(value: float | None, factor: int) -> str:
    return "-" if value is None else f"{factor * value:.1f}"


def _plan(options: dict[str, Any]) -> CampaignPlan:
    """Raises UserError where the numbers make no campaign."""
    checks = [
        (all(0 < rate < 1 for rate in options["rates"]), "--rates are shares between 0 and 1, such as 0.55 0.40."),
        (options["rates"][0] != options["rates"][1], "--rates are the same: there is no difference to find."),
        (1 <= options["annotators"] <= MOST_ANNOTATORS, f"--annotators: give 1 to {MOST_ANNOTATORS}."),
        (0 <= options["overlap"] <= 1, "--overlap is a share from 0 to 1."),
        (2 <= options["strata"] <= 100, "--strata: give 2 to 100."),
        (1 <= options["models"] <= 10, "--models: give 1 to 10."),
        (0 < options["power"] < 1, "--power is a share between 0 and 1, such as 0.8."),
        (0 <= options["annotator_spread"] <= 5, "--annotator-spread: give 0 to 5."),
        (0 <= options["pair_spread"] <= 5, "--pair-spread: give 0 to 5."),
        (100 <= options["simulations"] <= MOST_SIMULATIONS, f"--simulations: give 100 to {MOST_SIMULATIONS:,}."),
        (options["seed"] >= 0, f"--seed is {options['seed']}: give 0 or more."),
    ]
    pairs_each = options["pairs_each"]
    if pairs_each is not None:
        in_range = options["strata"] <= pairs_each <= MOST_PAIRS_EACH
        checks.append((in_range, f"--pairs-each: give {options['strata']} (one a stratum) to {MOST_PAIRS_EACH:,}."))
    for fine, sentence in checks:
        if not fine:
            raise UserError(sentence)
    return CampaignPlan(
        rates=tuple(options["rates"]),
        annotators=options["annotators"],
        pairs_each=pairs_each or options["strata"],
        overlap=options["overlap"],
        strata=options["strata"],
        annotator_spread=options["annotator_spread"],
        pair_spread=options["pair_spread"],
        models=options["models"],
    )
