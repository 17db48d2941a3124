"""Train heritage-mini, the small model that comes with Heritage Weaver, from scratch.

    python manage.py train_heritage_mini oca.csv --images-root FOLDER --out models_ml/heritage_mini

CSV is a uniform table (record_id, name, description, taxonomy, img_path). Only the training side of
the split by record is learnt from; the held-out side is measured at the end, for the model card.
Takes about half an hour on two CPU cores. The result is an open_clip folder of at most 16 MB
(weights as float16) that `register_model SLUG local-dir:FOLDER` accepts. The same CSV, images,
machine and seed give the same weights.
"""

import shlex
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from models_ml.networks.folder import CONFIG_NAME


class Command(HeritageCommand):
    def options(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path, help="uniform table of the records")
        parser.add_argument("--images-root", type=Path, required=True, help="folder that img_path starts from")
        parser.add_argument("--out", type=Path, required=True, help="folder to write; replaced if it is there")
        parser.add_argument("--collection", default="", help="slug that the split goes by; default: the CSV's name")
        parser.add_argument("--epochs", type=int, help="default: the recipe's")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--threads", type=int, help="CPU threads; default: all")
        parser.add_argument(
            "--keep-shared-images",
            action="store_true",
            help="also learn from records whose image a held-out record has; to compare with figures made so",
        )
        parser.add_argument("--dry-run", action="store_true", help="count records and stop")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        import torch

        from models_ml.finetuning.heritage_mini import read_drawings, write_heritage_mini
        from models_ml.training.data.records import split_records
        from models_ml.training.from_scratch import RECIPE, train_from_scratch, without_shared_images

        if options["threads"]:
            torch.set_num_threads(options["threads"])
        config = replace(RECIPE, seed=options["seed"], epochs=options["epochs"] or RECIPE.epochs)
        collection = options["collection"] or options["csv"].stem
        drawings = read_drawings(options["csv"], options["images_root"], collection)
        split = split_records(drawings.records, seed=config.seed)
        counts = {
            "training": len(split.training if options["keep_shared_images"] else without_shared_images(split)),
            "evaluation": len(split.evaluation),
            "left_out": split.left_out,
        }
        if options["dry_run"]:
            return counts
        if options["out"].exists() and not (options["out"] / CONFIG_NAME).exists():
            raise UserError(f"{options['out']} exists and is no model folder; choose another --out.")
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as workplace:
            trained = train_from_scratch(
                split,
                config,
                workplace=Path(workplace),
                open_image=drawings.open_image,
                progress=progress,
                after_epoch=lambda metrics: self._say(metrics),
                keep_shared_images=options["keep_shared_images"],
            )
        figures = write_heritage_mini(
            options["out"],
            trained,
            split,
            config,
            command=self._command(options),
            seconds=time.monotonic() - started,
        )
        return counts | figures

    def summary(self, result: dict[str, Any]) -> str:
        return "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in result.items())

    def _say(self, metrics: Any) -> None:
        self.stderr.write(
            f"epoch {metrics.epoch}: training loss {metrics.training_loss}, held-out loss {metrics.evaluation_loss:.4f}"
            f", {metrics.seconds:.0f} s"
        )

    @staticmethod
    def _command(options: dict[str, Any]) -> str:
        words = ["python", "manage.py", "train_heritage_mini", options["csv"].name, "--images-root", "FOLDER"]
        words += ["--out", "models_ml/heritage_mini"]
        for option in ("collection", "epochs", "seed", "threads"):
            if options[option]:
                words += [f"--{option}", str(options[option])]
        if options["keep_shared_images"]:
            words.append("--keep-shared-images")
        return shlex.join(words)
