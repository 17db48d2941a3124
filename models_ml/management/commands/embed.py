"""Compute the vectors that a model still lacks, for all collections or for some.

    embed MODEL [--collection SLUG]...
    embed MODEL --renew

One vector per image, one for each name, one per sentence of each description. Only what is missing
or changed is computed; an interrupted run goes on where it stopped. A GPU is used when there is one,
several share the work under torchrun --nproc-per-node N manage.py embed ...

Models see the museum's file of a picture. Vectors that were made when they saw the smaller picture of
the page, with its losses, stay until --renew makes them anew: cosines of the two do not quite compare.
"""

import sys
from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.queries import get_collections
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from models_ml.registry import get_model
from models_ml.vectors.store import coverage


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slug of a registered model (register_model --list)")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--renew", action="store_true", help="also make anew what is of the page's pictures")
        parser.add_argument("--batch-size", type=int, default=64, help="images a batch (default 64)")
        parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 ... (default auto)")
        parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
        parser.add_argument("--dry-run", action="store_true", help="say what is missing and stop")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        model = get_model(options["model"])
        collections = get_collections(options["collection"])
        missing = coverage(model=model, collections=collections)
        if options["dry_run"]:
            return {
                "model": model.slug,
                "images": missing.images_missing + options["renew"] * missing.images_of_page,
                "segments": missing.segments_missing,
                "images_of_page": missing.images_of_page,
                "dry_run": True,
            }
        from models_ml.vectors.embedding import embed_collections

        done = embed_collections(
            model=model,
            collections=collections,
            progress=progress,
            batch_size=options["batch_size"],
            device=options["device"],
            precision=options["precision"],
            renew=options["renew"],
        )
        for record_id, reason in done.unreadable:
            print(f"{record_id}: {reason}", file=sys.stderr)  # noqa: T201 - the list belongs on stderr
        if done.unreadable:
            raise UserError(
                f"{len(done.unreadable)} images could not be read; all else is embedded."
                " Import or fetch those pictures again, then repeat this command."
            )
        return {
            "model": model.slug,
            "images": done.images,
            "segments": done.segments,
            "images_of_page": coverage(model=model, collections=collections).images_of_page,
            "dry_run": False,
        }

    def summary(self, result: dict[str, Any]) -> str:
        verb = "would embed" if result["dry_run"] else "embedded"
        said = f"{result['model']}: {verb} {result['images']} images and {result['segments']} texts."
        if result["images_of_page"]:
            said += (
                f" {result['images_of_page']:,} of its vectors are of the page's lossy pictures: embed "
                f"{result['model']} --renew makes them anew, of the museum's files."
            )
        return said
