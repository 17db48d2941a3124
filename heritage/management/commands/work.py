"""Run the jobs that people start in the browser, one after the other, until Ctrl-C.

`serve` starts this by itself. On its own it lets another machine, such as one with a GPU, do the work: give
both the same DATABASE_URL and DATA_DIR, and start the web server with `serve --no-worker`.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.jobs.worker import run_worker
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="end when no job is left")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return {"settled": run_worker(wait=not options["until_empty"])}

    def summary(self, result: dict[str, Any]) -> str:
        return "The worker has stopped."
