"""Fine-tune a model on the images and texts of the catalogue, with the paper's recipe.

    finetune BASE --name NAME [--collection SLUG]... [--among SET...]
    finetune BASE --name NAME --links CAMPAIGN... [--weight W] [--link-epochs N]
    finetune BASE --name NAME --data FOLDER [--out FOLDER] [--links]

BASE is a registered model or a source, as register_model takes it. With --data the records come from a folder
that export_training_set made, and no database is needed: where there is none, carry the model folders to
the machine with the database and use register_model there.

Writes model folders into DATA_DIR/models (or --out) and registers them: NAME-best after the epoch with the lowest
loss on held-out records, NAME-last after the last epoch, and NAME-average with the mean of the weights over the
second half of the epochs, of 5 the last 3: averaged weights often do better than those of any one epoch. What would
be a copy is not written. Each holds weights (safetensors), configuration, tokenizer, a model card (README.md),
split.json, metrics.jsonl and training.json. Each takes the room of the base; until the run ends, its state and
sums of weights take up to eleven times that.

With --select search the best epoch is not that of the lowest loss but the one whose weights best find held-out
records' pictures by their texts, and texts by pictures, among those held out of the same collection (mean
reciprocal rank); with --select links, which needs --links, the one that best tells links among the held-out pairs
(mean AUC over the comparisons). These figures are kept of each epoch whatever is selected by.

One record in ten is held out; a record's side follows from a hash of its collection, record id and
seed, so it stays the same as collections grow. A record that shares a picture or nearly all words with a
held-out one is held out too; --leave-out-picture takes a picture that stands for missing ones out of that.
Every image is paired with its record's name and with
each sentence of its description, cut at 64 tokens. The loss is SigLIP's sigmoid loss; pairs of a batch
that share a text or an image do not count as negatives. The optimizer is Adam, without
schedule unless --warmup-epochs or --schedule cosine say otherwise. --augment and --weight-decay 0.05 work against
learning the pictures of small collections by heart.

A batch's items are compared with each other. In a mixed batch the cheapest way to tell two museums' items apart is by
background, light and wording, so models learn house style. With --batches collection all items of a batch are of one
collection; with balanced, each batch has as many items of every collection, however small, in an epoch of the same
length. For the other two --temperature does so by degrees: of a collection of n items come n^(1/T) parts of the epoch,
as multilingual models draw their languages; 1 takes each item once. The held-out loss is over mixed batches all the
same, so that recipes can be compared. --hard-negatives cuts batches of one collection so that their records share
terms, whatever the museum's vocabulary: what is told apart is then of one kind. --augment house-style also replaces
backgrounds, where a picture's rim has nearly one colour, by other flat ones, and changes light and colours strongly.

--captions-together puts the texts of a picture into one batch, which reads the picture once: an epoch is shorter by the
number of texts a picture has, where reading pictures is what takes time, and the batch has fewer different pictures:
give a larger --batch-size.

--links CAMPAIGN... goes on from the last epoch to NAME-linked by what experts answered there. Beside the captions each
step takes some pairs of records, and a sigmoid loss between their pictures and texts draws them together, the closer
their label the more, or apart if unrelated; answers weigh by their number and agreement. That takes links and unrelated
pairs; docs/linking.md says how many. Pairs with a held-out record are not learnt from, so that evaluate links --records
held-out judges by records that the model never saw. With --data, --links alone takes the pairs that
export_training_set --links put into the folder.
--link-folds K also judges every pair by a model that learnt from neither record: of K folds of a collection's records
the pair lies in two, whose pairs it left out. That takes K * K more runs with links; training.json then has AUC and
average precision before and after, with intervals, and link-folds.csv the values.

A GPU is used when there is one. The state is kept after each epoch and every
--checkpoint-steps steps: interrupted, even killed, it goes on with --resume and the same options.

On several GPUs, with the same result: torchrun --nproc-per-node N manage.py finetune ...
Losses as they fall: tensorboard --logdir DATA_DIR/models.

Next: embed NAME-best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import CommandParser
from django.utils.text import get_text_list

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from models_ml.finetuning.actions import FinetuningResult, finetune_model
from models_ml.training.data.batches import BatchKind
from models_ml.training.data.records import SharedPicture
from models_ml.training.kinds import SELECTIONS
from models_ml.training.links.choice import links_in_words
from models_ml.training.links.config import LinkConfig


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("base", help="the model to start from: a slug or a source")
        parser.add_argument("--name", required=True, help="the new models are NAME-best, NAME-last, NAME-average")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--among", nargs="+", default=(), metavar="SET", help="only the records of these sets")
        parser.add_argument("--data", type=Path, metavar="FOLDER", help="records from export_training_set instead")
        parser.add_argument("--leave-out-picture", action="append", metavar="HASH", help="may be repeated")
        parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the model folders go")
        parser.add_argument("--epochs", type=int, default=5, help="default 5")
        parser.add_argument("--batch-size", type=int, default=16, help="default 16")
        parser.add_argument(
            "--batches",
            default="mixed",
            choices=get_args(BatchKind),
            help="of all items (default), of one collection each, or of all collections in equal shares",
        )
        parser.add_argument(
            "--temperature", type=float, default=1.0, metavar="T", help="above 1: more of small collections (default 1)"
        )
        parser.add_argument(
            "--hard-negatives", action="store_true", help="with --batches collection: records of a batch share terms"
        )
        parser.add_argument(
            "--captions-together",
            action="store_true",
            help="the texts of a picture in one batch, which reads it once: faster",
        )
        parser.add_argument("--lr", type=float, default=1e-5, help="learning rate (default 1e-5)")
        parser.add_argument("--warmup-epochs", type=float, default=0.0, help="rise of the learning rate (default 0)")
        parser.add_argument("--schedule", default="constant", choices=["constant", "cosine"])
        parser.add_argument("--weight-decay", type=float, default=0.0, help="pull of weights towards 0 (default 0)")
        parser.add_argument(
            "--augment",
            nargs="?",
            const="plain",
            choices=["plain", "house-style"],
            help="crop, turn and tone the pictures at random; house-style: change backgrounds and tones more too",
        )
        parser.add_argument("--micro-batch-size", type=int, help="items on the GPU at once; the loss stays the batch's")
        parser.add_argument("--gradient-checkpointing", action="store_true", help="less memory, about a third slower")
        parser.add_argument(
            "--lock", nargs="+", choices=["image", "text"], default=[], help="towers to leave as they are"
        )
        parser.add_argument("--unlocked-layers", type=int, default=0, help="last layers of locked towers that learn")
        parser.add_argument(
            "--select",
            default="loss",
            choices=list(SELECTIONS),
            help="what NAME-best is best by, on held-out records (default loss)",
        )
        parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16", "fp16"])
        parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 ... (default auto)")
        parser.add_argument(
            "--links", nargs="*", action="extend", metavar="CAMPAIGN", help="learn from its answers too: NAME-linked"
        )
        parser.add_argument(
            "--weight", type=float, help=f"of the pairs' loss beside the captions' (default {LinkConfig.weight:g})"
        )
        parser.add_argument("--link-epochs", type=int, help=f"epochs with links (default {LinkConfig.epochs})")
        parser.add_argument("--link-folds", type=int, metavar="K", help="also judge all pairs, by K folds of records")
        parser.add_argument("--seed", type=int, default=0, help="of split and order (default 0)")
        parser.add_argument("--resume", action="store_true", help="go on where an interrupted run of NAME stopped")
        parser.add_argument("--checkpoint-steps", type=int, default=0, help="also keep the state every so many steps")
        parser.add_argument("--dry-run", action="store_true", help="check and count, train nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.training.config import TrainingConfig
        from models_ml.training.data.augmentation import AUGMENTATIONS

        given = {"weight": options["weight"], "epochs": options["link_epochs"], "folds": options["link_folds"]}
        of_links = {name: value for name, value in given.items() if value is not None}
        if options["links"] is None and of_links:
            raise UserError(
                "--weight, --link-epochs and --link-folds are of --links: name its campaigns, or leave them out."
            )
        if options["checkpoint_steps"] < 0:
            raise UserError("--checkpoint-steps counts steps: give 0 or more.")
        if options["data"] and (options["collection"] or options["among"]):
            raise UserError("A training set has its records already: choose them when exporting it.")
        if options["data"] and options["leave_out_picture"]:
            raise UserError("A training set has its pictures already: leave this one out when exporting it.")
        config = TrainingConfig(
            epochs=options["epochs"],
            batch_size=options["batch_size"],
            batches=options["batches"],
            temperature=options["temperature"],
            hard_negatives=options["hard_negatives"],
            captions_together=options["captions_together"],
            learning_rate=options["lr"],
            warmup_epochs=options["warmup_epochs"],
            schedule=options["schedule"],
            weight_decay=options["weight_decay"],
            augmentation=AUGMENTATIONS[options["augment"]] if options["augment"] else None,
            micro_batch_size=options["micro_batch_size"],
            gradient_checkpointing=options["gradient_checkpointing"],
            lock=tuple(options["lock"]),
            unlocked_layers=options["unlocked_layers"],
            select=options["select"],
            precision=options["precision"],
            device=options["device"],
            seed=options["seed"],
        )
        result = finetune_model(
            base=options["base"],
            name=options["name"],
            collections=options["collection"] or [],
            among=options["among"],
            data=options["data"],
            out=options["out"],
            config=config,
            progress=progress,
            dry_run=options["dry_run"],
            resume=options["resume"],
            checkpoint_steps=options["checkpoint_steps"],
            leave_out=options["leave_out_picture"] or [],
            links=options["links"],
            link_config=LinkConfig(**of_links),
            before_training=lambda plan: progress.note(
                _findings(plan.counts() | plan.link_counts(), plan.shared_pictures)
            ),
        )
        return _as_json(result, dry_run=options["dry_run"])

    def summary(self, result: dict[str, Any]) -> str:
        data = (
            f"{result['training_records']:,} records for training ({result['training_items']:,} items), "
            f"{result['evaluation_records']:,} held out ({result['evaluation_items']:,} items)"
        )
        if result["dry_run"]:
            check = _findings(result, [SharedPicture(**shared) for shared in result["shared_pictures"]])
            return f"Would train {_listed(result['models'])} on {data}.\n{check}"
        lines = [f"Trained on {data} in {result['seconds']:.0f} s."]
        lines += [
            f"epoch {epoch['epoch']}: {_figures(epoch)}" + (" (best)" if epoch["epoch"] == result["best_epoch"] else "")
            for epoch in result["epochs"]
        ]
        before, after = result["held_out_before"], result["held_out_after"]
        if before and after:
            lines.append(
                "zero-shot accuracy, 5 names, held-out records: "
                f"{before['zero_shot'][5]:.3f} before, {after['zero_shot'][5]:.3f} {result['models'][0]}"
            )
        if "links" in result:
            lines.append(_links_found(result["links"]))
        lines += [
            f"{model} would be the same weights as {other}: not written."
            for model, other in result["not_written"].items()
        ]
        if result["registered"]:
            lines.append(f"Registered {_listed(result['models'])}. Next: embed {result['models'][0]}")
        else:
            lines.append("There is no database here. Carry the folders to where it is, and there:")
            lines += [
                f"    register_model {slug} local-dir:{Path(folder).name}"
                for slug, folder in zip(result["models"], result["folders"], strict=True)
            ]
            lines.append(f"The folders, for DATA_DIR/models there: {' '.join(result['folders'])}")
        return "\n".join(lines)


def _figures(epoch: Mapping[str, Any]) -> str:
    measures = [f"{SELECTIONS[name].title} {figure:.4f}" for name, figure in epoch["measures"].items()]
    return ", ".join([f"held-out loss {epoch['evaluation_loss']:.4f}", *measures])


def _listed(models: Sequence[str]) -> str:
    return get_text_list(list(models), "and")


def _findings(counts: Mapping[str, int], shared: Sequence[SharedPicture]) -> str:
    """What there is to know of the data before training on it."""
    lines = [
        f"Of the records held out {counts['held_out_beside_twins']:,} are beside a twin. Leak check: both sides have "
        f"{counts['shared_images']:,} pictures and {counts['shared_sentences']:,} sentences in common; "
        f"{counts['held_out_with_known_name']:,} held-out records have a name that is learnt too."
    ]
    if "link_pairs" in counts:
        lines.append(links_in_words(counts))
    return "\n".join([*lines, *(picture.advice() for picture in shared)])


def _links_found(links: Mapping[str, Any]) -> str:
    """AUC by the comparisons, before and after, of the pairs that no step learnt from where there are such."""
    which, of = ("held out", "held_out") if links["held_out"]["after"]["auc"] else ("learnt from", "learnt")
    before, after = links[of]["before"]["auc"], links[of]["after"]["auc"]
    figures = ", ".join(f"{name} {before[name]:.3f} before, {value:.3f} after" for name, value in after.items())
    return f"AUC of links among the {links[of]['after']['pairs']:,} pairs {which}: {figures}"


def _as_json(result: FinetuningResult, *, dry_run: bool) -> dict[str, Any]:
    folders = [str(folder) for folder in result.folders]
    where = {"models": list(result.models), "folders": folders, "registered": result.registered}
    found = {**result.counts, "shared_pictures": [asdict(picture) for picture in result.shared_pictures]}
    return {**where, "not_written": result.not_written, "dry_run": dry_run, **found, **result.training}
