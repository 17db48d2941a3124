"""A page in which a lead sets a campaign's size: the power to tell two strata apart, by simulation.

Simulating takes half a second, so it is done while the page is asked for. The address holds the plan.
"""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.access import any_lead_required
from annotation.campaigns.forms import PlanForm
from annotation.requests import PersonRequest
from heritage.pages.plots import Interval, interval_plot
from models_ml.evaluation.panels import Panel

if TYPE_CHECKING:
    from annotation.analysis.planning import CampaignPlan, Power

SIMULATIONS = 2_000
# Of all simulations of the largest campaign that is tried together, which takes some two seconds.
MOST_SIMULATED_ANSWERS = 16_000_000
_planning = threading.Lock()  # one at a time in a process: others' pages go before
SEED = 0


@any_lead_required
@require_safe
def plan_campaign(request: PersonRequest) -> HttpResponse:
    form = PlanForm(request.GET if "annotators" in request.GET else None)
    context: dict[str, Any] = {"form": form, "simulations": SIMULATIONS}
    if form.is_valid():
        if not _planning.acquire(blocking=False):
            form.add_error(None, "Another plan is being simulated: try again in a moment.")
            return render(request, "annotation/campaigns/plan.html", context, status=503)
        try:
            context |= _planned(form)
        finally:
            _planning.release()
    return render(request, "annotation/campaigns/plan.html", context, status=422 if form.errors else 200)


def _planned(form: PlanForm) -> dict[str, Any]:
    # statsmodels and scipy take a second to import: not before somebody plans.
    from annotation.analysis.planning import MOST_PAIRS_EACH, CampaignPlan, power_of, sample_size

    asked = form.cleaned_data
    largest = 2 * asked["annotators"] * (MOST_PAIRS_EACH // asked["strata"])
    simulations = min(SIMULATIONS, MOST_SIMULATED_ANSWERS // largest)
    plan = CampaignPlan(
        rates=(asked["one"] / 100, asked["other"] / 100),
        annotators=asked["annotators"],
        pairs_each=asked["pairs_each"] or asked["strata"],
        overlap=asked["overlap"] / 100,
        strata=asked["strata"],
        annotator_spread=asked["annotator_spread"],
        pair_spread=asked["pair_spread"],
    )
    needed = sample_size(plan, wanted=asked["power"] / 100, simulations=simulations, seed=SEED)
    sizes = {size.pairs_each: size for size in needed.tried}
    own = more_people = None
    if asked["pairs_each"]:
        own = sizes[plan.pairs_each] = power_of(plan, simulations=simulations, seed=SEED)
        more_people = power_of(replace(plan, annotators=2 * plan.annotators), simulations=simulations, seed=SEED)
    tried = [sizes[pairs_each] for pairs_each in sorted(sizes)]
    return {
        "simulations": simulations,
        "plan": plan,
        "own": own,
        "needed": needed,
        "tried": tried,
        "twice_as_many": more_people,
        "panel": _panel(plan, tried, needed.wanted),
        "command": _command(plan, asked),
    }


def _panel(plan: "CampaignPlan", tried: "list[Power]", wanted: float) -> Panel | None:
    intervals = [
        Interval(
            f"{size.pairs_each:,} pairs each",
            100 * size.power,
            100 * size.low,
            100 * size.high,
            "same-object" if size.power >= wanted else "unrelated",
        )
        for size in tried
        if size.power is not None and size.low is not None and size.high is not None
    ]
    if not intervals:
        return None
    return Panel(
        "power",
        "Power by size",
        f"Campaigns of 100 that tell the two apart, with {plan.annotators} annotators",
        f"the wanted power, {100 * wanted:.0f} %",
        interval_plot([("", intervals)], [100 * wanted], floor=0.0),
    )


def _command(plan: "CampaignPlan", asked: dict[str, Any]) -> str:
    """The same plan on the command line."""
    parts = [
        "python manage.py plan_campaign",
        f"--rates {plan.rates[0]:g} {plan.rates[1]:g}",
        f"--annotators {plan.annotators}",
        *([f"--pairs-each {plan.pairs_each}"] if asked["pairs_each"] else []),
        f"--overlap {plan.overlap:g}",
        f"--strata {plan.strata}",
        f"--power {asked['power'] / 100:g}",
        f"--annotator-spread {plan.annotator_spread:g}",
        f"--pair-spread {plan.pair_spread:g}",
        f"--seed {SEED}",
    ]
    return " ".join(parts)
