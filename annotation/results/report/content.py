"""What a report says, read once: the campaign, its analysis with annotators as pseudonyms, and what made it."""

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from shlex import quote
from typing import Any

from django.utils import timezone

from annotation.exchange.rows import Row, annotation_columns, annotation_rows, skip_rows
from annotation.models import Campaign
from annotation.results.actions import full_analysis_document
from annotation.results.queries import as_shown
from annotation.results.sealing import openings, openings_words
from heritage.errors import UserError
from heritage.progress import Progress
from linking.provenance import changes_since
from linking.queries import recipe_of
from models_ml.twins import twins_in_words

from .pseudonyms import pseudonyms

# Those that the figures depend on.
PACKAGES = ("statsmodels", "scipy", "numpy", "pandas", "scikit-learn", "krippendorff", "firthmodels")
WITHHELD = ("comment", "submission")  # texts in which people may name themselves; identifiers of their sessions


@dataclass(frozen=True)
class ReportContent:
    """`document` is the full analysis, `quick` the part of it that the campaign's page draws first. `rows` are
    `answers` answers, then the skipped pairs."""

    campaign: Campaign
    facts: dict[str, Any]
    document: dict[str, Any]
    quick: Any
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    answers: int
    versions: dict[str, str]
    commands: tuple[str, ...]
    made: datetime


def report_content(*, campaign: Campaign, seed: int, progress: Progress) -> ReportContent:
    """Raises UserError where there is nothing to report on."""
    rows, skips = list(annotation_rows(campaign)), skip_rows(campaign)
    columns = tuple(column for column in annotation_columns(campaign, skips=bool(skips)) if column not in WITHHELD)
    if not rows:
        raise UserError(f"{campaign.name} has no answers, so there is nothing to report on.")
    answers = len(rows)
    rows += skips
    names = pseudonyms(campaign, (row["annotator"] for row in rows))
    document, quick = full_analysis_document(campaign, seed=seed, progress=progress, names=names)
    return ReportContent(
        campaign=campaign,
        facts=report_facts(campaign),
        document=as_shown(document, campaign),
        quick=quick,
        columns=columns,
        rows=tuple(
            {column: row[column] for column in columns} | {"annotator": names[row["annotator"]]} for row in rows
        ),
        answers=answers,
        versions={"Python": _python(), **{name: version(name) for name in PACKAGES}},
        commands=_commands(campaign, seed),
        made=timezone.now(),
    )


def report_facts(campaign: Campaign) -> dict[str, Any]:
    recipe = recipe_of(campaign.sampling)
    return {
        "name": campaign.name,
        "simulated": campaign.simulated,
        "sampling": campaign.sampling.name,
        "recipe": recipe.as_json() if recipe else None,
        "thresholds": campaign.sampling.thresholds,
        "models": campaign.sampling.provenance.get("models", {}),
        "mixture": campaign.sampling.mixture,
        "twins": twins_in_words(campaign.sampling.model_slugs),
        "changes": changes_since(campaign.sampling),
        "opened": campaign.created.isoformat(),
        "closed": campaign.closed.isoformat() if campaign.closed else None,
        "openings": openings_words(openings(campaign), imported=recipe is None),
    }


def _commands(campaign: Campaign, seed: int) -> tuple[str, ...]:
    """Those that repeat the report from the archive, and where the pairs were drawn here, the sampling before it."""
    recipe = recipe_of(campaign.sampling)
    again = f"{campaign.name} again"
    return (
        *((f"# the pairs, where the collections are\n{recipe.command(campaign.sampling.name)}",) if recipe else ()),
        f"python manage.py import_annotations {quote(again)} annotations.csv",
        f"python manage.py analyse {quote(again)} --json --seed {seed}",
        f"python manage.py report {quote(again)} --seed {seed} -o report",
    )


def _python() -> str:
    import platform

    return platform.python_version()
