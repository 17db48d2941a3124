"""Write the records that finetune would learn from to a folder, for a machine without the database.

    export_training_set FOLDER [--collection SLUG]... [--among SET...] [--links CAMPAIGN...]

The folder holds records.jsonl (names, descriptions, terms and the side of the split), the pictures at the size that
models read, without loss, and SHA256SUMS. Models that squash pictures, such as SigLIP and heritage-mini, see in it
what they see here if it is made with --squash and their --image-size. Copy it to a machine with a GPU, install
Heritage Weaver there, and run

    finetune ViT-B-16-SigLIP:webli --name NAME --data FOLDER

--links carries along what experts answered in these campaigns, for finetune --links there: of each pair of records a
target and a weight (links.csv), nothing of who answered, nor comments.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.models import AuditAction
from heritage.progress import TerminalProgress
from models_ml.finetuning.actions import export_training_set
from models_ml.training.data.records import SharedPicture, find_shared_pictures
from models_ml.training.links.choice import links_in_words


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "folder")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="folder to write; an older training set there is replaced")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--among", nargs="+", default=(), metavar="SET", help="only the records of these sets")
        parser.add_argument("--leave-out-picture", action="append", metavar="HASH", help="may be repeated")
        parser.add_argument(
            "--links", nargs="+", action="extend", metavar="CAMPAIGN", help="with these campaigns' pairs of records"
        )
        parser.add_argument("--image-size", type=int, default=224, help="side that the model reads, px (default 224)")
        parser.add_argument("--squash", action="store_true", help="to squares, for models that squash pictures")
        parser.add_argument("--seed", type=int, default=0, help="of the split (default 0)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        exported = export_training_set(
            options["folder"],
            collections=options["collection"] or [],
            among=options["among"],
            seed=options["seed"],
            image_size=options["image_size"],
            squash=options["squash"],
            progress=progress,
            leave_out=options["leave_out_picture"] or [],
            links=options["links"],
        )
        split = exported.split
        return {
            "folder": str(options["folder"]),
            "training_records": len(split.training),
            "evaluation_records": len(split.evaluation),
            "records_left_out": split.left_out,
            "held_out_beside_twins": split.beside_twins,
            "images": exported.images,
            **(exported.links.counts() if exported.links else {}),
            "shared_pictures": [asdict(picture) for picture in find_shared_pictures(split)],
        }

    def summary(self, result: dict[str, Any]) -> str:
        lines = [
            f"Wrote {result['training_records']:,} records for training, {result['evaluation_records']:,} held out "
            f"({result['held_out_beside_twins']:,} of them beside a twin) and {result['images']:,} pictures to "
            f"{result['folder']}; {result['records_left_out']:,} records lack an image or a text.",
            *([links_in_words(result)] if "link_pairs" in result else []),
            *(SharedPicture(**shared).advice() for shared in result["shared_pictures"]),
            f"Next, where the GPU is: finetune ViT-B-16-SigLIP:webli --name NAME --data {result['folder']}"
            + (" --links" if "link_pairs" in result else ""),
        ]
        return "\n".join(lines)
