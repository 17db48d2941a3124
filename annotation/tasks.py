"""Work that the browser starts and the worker does."""

from dataclasses import fields
from typing import Any

from django.urls import reverse

from heritage.jobs import job
from heritage.models import User
from heritage.progress import Progress

from .models import Campaign
from .results.queries import ANALYSIS_JOB
from .results.report.places import REPORT_JOB, report_folder
from .suggestions.files import SUGGESTION_JOB


@job("create-preference-study", title="Search for the preference study {name}")
def create_preference_study(
    progress: Progress, *, name: str, recipe: dict[str, Any], created_by: int | None = None
) -> str:
    """recipe: the fields of a `StudyRecipe`; created_by: a user's primary key."""
    from annotation.preference.actions import create_study
    from annotation.preference.recipe import StudyRecipe

    asked = {field.name: recipe[field.name] for field in fields(StudyRecipe)}
    lists = {key: tuple(value) for key, value in asked.items() if isinstance(value, list)}
    study, _ = create_study(
        StudyRecipe(**asked | lists),
        created_by=None if created_by is None else User.objects.filter(pk=created_by).first(),
        progress=progress,
    )
    return study.get_absolute_url()


@job(ANALYSIS_JOB, title="Analyse {name}")
def analyse_campaign(progress: Progress, *, campaign: str, name: str) -> str:
    """campaign: its primary key; name: of the campaign, for the title."""
    from .results.actions import keep_analysis
    from .results.drawings import campaign_charts, drawings

    found = Campaign.objects.select_related("sampling").get(pk=campaign)
    keep_analysis(campaign=found, progress=progress)
    progress.start("Drawing the charts")  # here rather than while somebody waits for the page
    drawings(found, campaign_charts(found).values())
    return found.get_absolute_url()


@job(REPORT_JOB, title="Report on {name}")
def report_on_campaign(progress: Progress, *, campaign: str, name: str) -> str:
    """campaign: its primary key; name: of the campaign, for the title."""
    from .results.report.writing import write_report

    found = Campaign.objects.select_related("sampling").get(pk=campaign)
    write_report(campaign=found, folder=report_folder(found), progress=progress)
    return reverse("campaign-report", args=[found.pk])


@job(SUGGESTION_JOB, title="Suggest links after {name}")
def suggest_links_after(
    progress: Progress, *, campaign: str, name: str, created_by: int | None = None, **asked: Any
) -> str:
    """campaign: its primary key; name: of the campaign, for the title; asked: as `SuggestionForm.arguments`."""
    from .suggestions.files import keep_suggestions

    found = Campaign.objects.select_related("sampling").get(pk=campaign)
    person = None if created_by is None else User.objects.filter(pk=created_by).first()
    keep_suggestions(campaign=found, created_by=person, progress=progress, **asked)
    return reverse("campaign-suggestions", args=[found.pk])
