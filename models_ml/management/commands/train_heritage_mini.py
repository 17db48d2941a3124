"""Train heritage-mini, the small model that comes with Heritage Weaver, or one like it.

    python manage.py train_heritage_mini oca.csv --images-root FOLDER --out models_ml/heritage_mini
    python manage.py train_heritage_mini oca.csv emoji.csv --images-root FOLDER FOLDER --weight emoji=2 \\
        --base models_ml/heritage_mini --image-size 112 --batches collection --out FOLDER

Each CSV is a uniform table (record_id, name, description, taxonomy, img_path) of the collection that it is
named after. Only the training side of the split by record is learnt from; the held-out side is measured at
the end, for the model card. --weight says how often an epoch takes each picture of a collection: half of
them with 0.5, all twice with 2.

Begins with random weights and learns a tokenizer, or goes on from those of the model folder --base. A run
that was interrupted goes on after its last whole epoch with --resume and the same options.

With the default recipe and the 6,079 drawings that heritage-mini was trained on it takes about half an hour
on two CPU cores. The result is an open_clip folder of at most 16 MB (weights as float16) that `register_model
SLUG local-dir:FOLDER` accepts. The same CSVs, images, machine and seed give the same weights.
"""

import argparse
import math
import shlex
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from models_ml.networks.folder import CONFIG_NAME

_RECIPE = {"epochs": "epochs", "lr": "learning_rate", "weight_decay": "weight_decay", "batches": "batches"}


def weight(text: str) -> tuple[str, float]:
    """An argument such as emoji=0.5."""
    slug, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not slug or not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is no weight: write a collection and a number above 0, as emoji=0.5")
    return slug, value


class Command(HeritageCommand):
    def options(self, parser: ArgumentParser) -> None:
        from models_ml.training.data.batches import BatchKind

        parser.add_argument("csv", type=Path, nargs="+", help="uniform table of a collection's records")
        parser.add_argument(
            "--images-root",
            type=Path,
            nargs="+",
            required=True,
            metavar="FOLDER",
            help="folder that img_path starts from: one for all tables, or one for each",
        )
        parser.add_argument("--out", type=Path, required=True, help="folder to write; replaced if it is there")
        parser.add_argument("--collection", default="", help="slug that the split of a single table goes by")
        parser.add_argument(
            "--weight", type=weight, action="append", default=[], metavar="SLUG=N", help="default 1; may be repeated"
        )
        parser.add_argument("--base", type=Path, metavar="FOLDER", help="model folder whose training this goes on with")
        parser.add_argument("--image-size", type=int, metavar="PIXELS", help="default: the base's, or 96")
        parser.add_argument("--epochs", type=int, help="default: the recipe's, 30")
        parser.add_argument("--lr", type=float, help="learning rate; default: the recipe's, 2e-3")
        parser.add_argument("--weight-decay", type=float, help="default: the recipe's, 0.05")
        parser.add_argument("--batches", choices=get_args(BatchKind), help="as finetune has them; default mixed")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--threads", type=int, help="CPU threads; default: all")
        parser.add_argument("--resume", action="store_true", help="go on where an interrupted run for --out stopped")
        parser.add_argument(
            "--keep-shared-images",
            action="store_true",
            help="also learn from records whose image a held-out record has; to compare with figures made so",
        )
        parser.add_argument("--dry-run", action="store_true", help="count records and stop")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        import torch

        from models_ml.finetuning.heritage_mini import (
            Plan,
            join_drawings,
            read_drawings,
            require_unlearnt,
            write_heritage_mini,
        )
        from models_ml.training.data.batches import require_comparable
        from models_ml.training.data.records import split_records
        from models_ml.training.from_scratch import (
            IMAGE_SIZE,
            RECIPE,
            begin,
            go_on_from,
            train_on_drawings,
            without_shared_images,
        )

        if options["threads"]:
            torch.set_num_threads(options["threads"])
        chosen = {field: options[option] for option, field in _RECIPE.items() if options[option] is not None}
        config = replace(RECIPE, seed=options["seed"], **chosen)
        tables, weights = self._tables(options), dict(options["weight"])
        if unknown := sorted(set(weights) - set(tables)):
            raise UserError(
                f"--weight names {unknown[0]}, which is none of the tables' collections: {', '.join(tables)}."
            )
        drawings = join_drawings([read_drawings(table, root, slug) for slug, (table, root) in tables.items()])
        split = split_records(drawings.records, seed=config.seed)
        training = split.training if options["keep_shared_images"] else without_shared_images(split)
        counts = {"training": len(training), "evaluation": len(split.evaluation), "left_out": split.left_out}
        if options["base"]:
            require_unlearnt(options["base"], split.evaluation)
        if options["dry_run"]:
            return counts
        require_comparable(training, kind=config.batches, batch_size=config.batch_size)
        out: Path = options["out"]
        if out.exists() and not (out / CONFIG_NAME).exists():
            raise UserError(f"{out} exists and is no model folder; choose another --out.")
        state = out.with_name(f"{out.name}.interrupted.safetensors")
        if state.exists() and not options["resume"]:
            raise UserError(f"A training for {out} was interrupted: go on with --resume, or remove {state}.")
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as place:
            if options["base"]:
                pretrained = go_on_from(options["base"], Path(place), image_size=options["image_size"])
            else:
                size = options["image_size"] or IMAGE_SIZE
                pretrained = begin(training, Path(place), seed=config.seed, image_size=size)
            trained = train_on_drawings(
                pretrained,
                training,
                split.evaluation,
                config,
                open_image=drawings.open_image,
                progress=progress,
                after_epoch=self._say,
                weights=weights,
                state=state,
            )
        plan = Plan(config, self._command(options), weights, options["base"])
        figures = write_heritage_mini(out, trained, split, plan, seconds=time.monotonic() - started)
        state.unlink(missing_ok=True)
        return counts | figures

    def summary(self, result: dict[str, Any]) -> str:
        return "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in result.items())

    def _say(self, metrics: Any) -> None:
        loss = "none" if metrics.training_loss is None else f"{metrics.training_loss:.4f}"
        self.stderr.write(
            f"epoch {metrics.epoch}: training loss {loss}, held-out loss {metrics.evaluation_loss:.4f}"
            f", {metrics.seconds:.0f} s"
        )

    @staticmethod
    def _tables(options: dict[str, Any]) -> dict[str, tuple[Path, Path]]:
        """Table and folder of images by collection."""
        tables, roots = options["csv"], options["images_root"]
        if len(roots) not in (1, len(tables)):
            raise UserError(f"--images-root takes one folder, or one for each of the {len(tables)} tables.")
        if options["collection"] and len(tables) > 1:
            raise UserError("--collection renames a single table; several go by their files' names.")
        slugs = [options["collection"] or table.stem for table in tables]
        if repeated := [slug for slug in slugs if slugs.count(slug) > 1]:
            raise UserError(f"Two tables are called {repeated[0]}: rename one, since the split goes by that.")
        return dict(
            zip(slugs, zip(tables, roots * len(tables) if len(roots) == 1 else roots, strict=True), strict=True)
        )

    @staticmethod
    def _command(options: dict[str, Any]) -> str:
        """As it was given, without the folders of this machine."""
        words = ["python", "manage.py", "train_heritage_mini", *(table.name for table in options["csv"])]
        words += ["--images-root", *["FOLDER"] * len(options["images_root"])]
        words += ["--out", f"models_ml/{options['out'].name}"]
        words += [f"--weight={slug}={value:g}" for slug, value in options["weight"]]
        if options["base"]:
            words += ["--base", f"models_ml/{options['base'].name}"]
        for option in ("collection", "image_size", *_RECIPE, "seed", "threads"):
            if options[option]:
                words += [f"--{option.replace('_', '-')}", str(options[option])]
        if options["keep_shared_images"]:
            words.append("--keep-shared-images")
        return shlex.join(words)
