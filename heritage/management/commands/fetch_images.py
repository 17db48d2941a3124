"""Download the pictures that records name by address and that are not here yet.

    manage.py fetch_images              all collections
    manage.py fetch_images smg
    manage.py fetch_images smg --retry-failed

One request at a time per host, with a pause between (FETCH_PAUSE_SECONDS); several hosts at once. Stop it
whenever you like: the next run skips what is here. An answer such as 404, or a file that is no picture, is
noted and not asked for again without --retry-failed; a server that cannot be reached, or asks to wait for
longer than five minutes, is left for the next run. The exit code is 1 where pictures are still missing.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.fetching import fetch_images
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("collection", metavar="COLLECTION", nargs="?", default="", help="only this collection")
        parser.add_argument("--retry-failed", action="store_true", help="ask again for what was refused before")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        return fetch_images(
            collection=options["collection"], retry_failed=options["retry_failed"], progress=progress
        ).as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        return f"{result['fetched']:,} pictures fetched."

    def complaint(self, result: dict[str, Any]) -> str:
        refused, postponed = sum(result["refused"].values()), sum(result["postponed"].values())
        sentences = []
        if refused:
            sentences.append(
                f"{refused:,} pictures cannot be had ({_reasons(result['refused'])}); their pages say why, "
                "and --retry-failed asks again."
            )
        if postponed:
            sentences.append(
                f"{postponed:,} pictures did not come this time ({_reasons(result['postponed'])}); "
                "run fetch_images again later."
            )
        return " ".join(sentences)


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason}: {count:,}" for reason, count in sorted(counts.items(), key=lambda item: -item[1]))
