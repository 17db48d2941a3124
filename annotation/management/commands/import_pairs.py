"""Make a sampling of the pairs of a Label Studio project, for a campaign to start from.

    manage.py import_pairs "Valves" project.json --records left_id right_id --collections smg nms
    manage.py create_campaign "Valves" --sampling "Valves" --annotators ada grace
    manage.py import_annotations "Valves" project.json --records left_id right_id --collections smg nms

The file is Label Studio's export (JSON) of a project that shows two records a task. The record ids are the fields a
and b of its data, or those that --records names; the records must have been imported before. With --collections they
are looked for in these two alone. Two tasks with the same records are one pair. The last line brings in the answers
that people gave there. If any pair cannot be stored, none is, and the first bad tasks are named.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.exchange.label_studio.options import add_project_options, project_of
from annotation.exchange.pairs import import_pairs
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("sampling", help="name of the sampling to make")
        parser.add_argument("file", type=Path, help="Label Studio's export, JSON")
        add_project_options(parser, answers=False)
        parser.add_argument("--dry-run", action="store_true", help="check and count, store nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        result = import_pairs(
            name=options["sampling"], path=options["file"], project=project_of(options), dry_run=options["dry_run"]
        )
        return asdict(result)

    def summary(self, result: dict[str, Any]) -> str:
        done = "Would make" if result["dry_run"] else "Made"
        return f"{done} the sampling {result['sampling']} of {result['pairs']} pairs from {result['tasks']} tasks."
