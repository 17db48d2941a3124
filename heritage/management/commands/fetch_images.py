"""Download the pictures that records name by address and that are not here yet.

    manage.py fetch_images              all collections
    manage.py fetch_images smg
    manage.py fetch_images smg --retry-failed
    manage.py fetch_images smg --only-licence "CC BY" --only-licence CC0
    manage.py fetch_images smg --refresh
    manage.py fetch_images --make-tiles

One request at a time per host, with a pause between (FETCH_PAUSE_SECONDS); several hosts at once. Stop it
whenever you like: the next run skips what is here. An answer such as 404, or a file that is no picture, is
noted and not asked for again without --retry-failed; a server that cannot be reached, or asks to wait for
longer than five minutes, is left for the next run. The exit code is 1 where pictures are still missing.

An address may also be that of a IIIF image service, of its info.json, or of a manifest with one picture: the
picture then comes with at most IIIF_LONGEST_SIDE pixels on its longer side.

--only-licence takes pictures alone whose licence, or whose record's where they have none, is that one, written
as you like: "CC BY" stands for CC BY in any version, its address too, and not for CC BY-NC. --refresh asks
whether pictures that are here have changed; one that has is stored anew, and its vectors have to be computed
again. --make-tiles downloads nothing: it prepares large pictures, stored by an earlier version, for zooming.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.fetching import counted_reasons, fetch_images
from heritage.catalogue.pictures import make_missing_tiles
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    refreshes = False

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("collection", metavar="COLLECTION", nargs="?", default="", help="only this collection")
        parser.add_argument("--retry-failed", action="store_true", help="ask again for what was refused before")
        parser.add_argument(
            "--only-licence", metavar="L", action="append", default=[], help="only pictures of this licence; repeatable"
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--refresh", action="store_true", help="ask whether pictures that are here have changed")
        what.add_argument("--make-tiles", action="store_true", help="download nothing; prepare large pictures to zoom")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if options["make_tiles"]:
            return {"tiles": make_missing_tiles(collection=options["collection"], progress=progress)}
        self.refreshes = options["refresh"]
        return fetch_images(
            collection=options["collection"],
            retry_failed=options["retry_failed"],
            refresh=options["refresh"],
            only_licences=options["only_licence"],
            progress=progress,
        ).as_dict()

    def summary(self, result: dict[str, Any]) -> str:
        if "tiles" in result:
            return f"{result['tiles']:,} pictures prepared for zooming."
        unchanged = f", {result['unchanged']:,} unchanged" if result["unchanged"] else ""
        return f"{result['fetched']:,} pictures fetched{unchanged}."

    def complaint(self, result: dict[str, Any]) -> str:
        refused, to_retry = result.get("refused", {}), result.get("to_retry", {})
        sentences = []
        if refused:
            what_now = (
                "; what is here stays." if self.refreshes else "; their pages say why, and --retry-failed asks again."
            )
            sentences.append(f"{sum(refused.values()):,} pictures cannot be had ({counted_reasons(refused)}){what_now}")
        if to_retry:
            sentences.append(
                f"{sum(to_retry.values()):,} pictures did not come this time ({counted_reasons(to_retry)}); "
                "run fetch_images again later."
            )
        return " ".join(sentences)
