"""The plan of analysis, written down when a campaign opens, before there is an answer."""

from typing import Any

from django.utils import timezone

from annotation.analysis.answer.estimand import estimand_words
from annotation.analysis.errors import errors_words
from annotation.models import AnalysisPlan, Campaign


def record_plan(campaign: Campaign) -> None:
    """Keep the plan as it is now; one that is kept already stays."""
    AnalysisPlan.objects.get_or_create(campaign=campaign, defaults={"document": plan_document(campaign)})


def plan_document(campaign: Campaign) -> dict[str, Any]:
    """Plain data: `sentences`, the lead's own words, and the numbers that the answers can be held against."""
    dealt = campaign.assignments.order_by()
    people, answers = dealt.values("annotator").distinct().count(), dealt.count()
    models = list(campaign.sampling.model_slugs)
    return {
        "sentences": [*_analysis(models, people), _size(campaign, people, answers)],
        "intentions": campaign.intentions,
        "models": models,
        "people": people,
        "answers": answers,
    }


def _analysis(models: list[str], people: int) -> list[str]:
    if not models:
        return ["Pairs have no findings of models, so shares of links are described and no models compared."]
    differences = len(models) * (len(models) - 1) // 2
    tested = (
        f"what the finding of {models[0]} is worth"
        if len(models) == 1
        else f"the {differences} differences between models, p after Holm’s method"
        if differences > 1
        else f"the difference between {models[0]} and {models[1]}"
    )
    covariance = "cluster-record" if people == 1 else "cluster-annotator-record"
    else_records = "" if people == 1 else ", or for records alone where that comes out improbably small"
    return [
        f"One logistic regression with an intercept, of a link on what {' and '.join(models)} find; any label but the "
        "last is a link.",
        estimand_words(len(models), covariance),
        f"Errors allow for {errors_words(covariance)}{else_records}; intervals are of 95 %.",
        f"Tested at 0.05: {tested}. All else is exploration.",
    ]


def _size(campaign: Campaign, people: int, answers: int) -> str:
    pairs = campaign.sampling.pairs.count()
    asked = (
        f"{answers:,} answers by {people} {'person' if people == 1 else 'people'}"
        if people
        else f"{campaign.pairs_each:,} answers by each of those who will join"
    )
    end = "when all are given"
    if campaign.deadline is not None:
        end += f", or on {timezone.localtime(campaign.deadline):%-d %B %Y, %H:%M %Z}"
    return (
        f"Asked for are {asked}, on up to {pairs:,} pairs, {100 * campaign.overlap:g} % of them shared. Labelling ends "
        f"{end}; the results are sealed until then, and each look before is written down."
    )
