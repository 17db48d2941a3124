"""Analyse a preference study: whose results do experts prefer?

    manage.py analyse_preference_study "Search"
    manage.py analyse_preference_study "Search" --json > preferences.json

Counts for each model the answers that chose its row, overall, by slice of the ranking and by expert. Models that
share a row share its win. Answers by which no row was better are counted apart, so shares do not add up to one.

One query is answered for several slices by several experts, so queries are what is counted: the 95 % intervals
resample whole queries (expanded percentile bootstrap, --seed), and the exact sign test of two models is over the
queries for which one of them won more often; p is also given by Holm's method over all pairs.

With --json, figures that cannot be estimated are null.
"""

from typing import Any

from django.core.management.base import CommandParser

from annotation.analysis.preference.text import preference_report
from annotation.analysis.preference.whole import analyse_preferences, preference_document
from annotation.preference.queries import find_study
from annotation.preference.results import preference_frame
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.models import AuditAction
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    audited = (AuditAction.LOOKED, "study")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="name of the study, or the identifier in its address")
        parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default 0)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if options["seed"] < 0:
            raise UserError(f"--seed is {options['seed']}: give 0 or more.")
        study = find_study(options["study"])
        analysis = analyse_preferences(preference_frame(study), seed=options["seed"])
        return {"study": study.name, "open": study.is_open, **preference_document(analysis)}

    def summary(self, result: dict[str, Any]) -> str:
        return preference_report(result)
