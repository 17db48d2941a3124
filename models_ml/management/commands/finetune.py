"""Fine-tune a model on the images and texts of the catalogue, with the paper's recipe.

    finetune BASE --name NAME [--collection SLUG]...

Writes two model folders into DATA_DIR/models and registers them: NAME-best with the lowest loss on
held-out records, NAME-last after the last epoch. Each holds weights (safetensors), configuration,
tokenizer, a model card (README.md), split.json and metrics.jsonl.

One record in ten is held out; a record's side follows from a hash of its collection, record id and
seed, so it stays the same as collections grow. A record that shares a picture or nearly all words with a
held-out one is held out too. Every image is paired with its record's name and with
each sentence of its description, cut at 64 tokens. The loss is SigLIP's sigmoid loss; pairs of a batch
that share a text or an image do not count as negatives. The optimizer is Adam, without
schedule unless --warmup-epochs or --schedule cosine say otherwise.
A GPU is used when there is one. The state is kept after each epoch and every
--checkpoint-steps steps: interrupted, even killed, it goes on with --resume and the same options.

Next: embed NAME-best.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from models_ml.finetuning import FinetuningResult, finetune_model


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("base", help="slug of the registered model to start from")
        parser.add_argument("--name", required=True, help="the new models are NAME-best and NAME-last")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--epochs", type=int, default=5, help="default 5")
        parser.add_argument("--batch-size", type=int, default=16, help="default 16")
        parser.add_argument("--lr", type=float, default=1e-5, help="learning rate (default 1e-5)")
        parser.add_argument("--warmup-epochs", type=float, default=0.0, help="rise of the learning rate (default 0)")
        parser.add_argument("--schedule", default="constant", choices=["constant", "cosine"])
        parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16", "fp16"])
        parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 ... (default auto)")
        parser.add_argument("--seed", type=int, default=0, help="of split and order (default 0)")
        parser.add_argument("--resume", action="store_true", help="go on where an interrupted run of NAME stopped")
        parser.add_argument("--checkpoint-steps", type=int, default=0, help="also keep the state every so many steps")
        parser.add_argument("--dry-run", action="store_true", help="check and count, train nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.training.config import TrainingConfig

        if options["checkpoint_steps"] < 0:
            raise UserError("--checkpoint-steps counts steps: give 0 or more.")
        config = TrainingConfig(
            epochs=options["epochs"],
            batch_size=options["batch_size"],
            learning_rate=options["lr"],
            warmup_epochs=options["warmup_epochs"],
            schedule=options["schedule"],
            precision=options["precision"],
            device=options["device"],
            seed=options["seed"],
        )
        result = finetune_model(
            base=options["base"],
            name=options["name"],
            collections=options["collection"] or [],
            config=config,
            progress=progress,
            dry_run=options["dry_run"],
            resume=options["resume"],
            checkpoint_steps=options["checkpoint_steps"],
        )
        return _as_json(result, dry_run=options["dry_run"])

    def summary(self, result: dict[str, Any]) -> str:
        data = (
            f"{result['training_records']:,} records for training ({result['training_items']:,} items), "
            f"{result['evaluation_records']:,} held out ({result['evaluation_items']:,} items)"
        )
        check = (
            f"{result['held_out_beside_twins']:,} of them beside a twin. Leak check: both sides have "
            f"{result['shared_images']:,} pictures and {result['shared_sentences']:,} sentences in common; "
            f"{result['held_out_with_known_name']:,} held-out records have a name that is learnt too."
        )
        if result["dry_run"]:
            return f"Would train {' and '.join(result['models'])} on {data}, {check}"
        lines = [f"Trained on {data} in {result['seconds']:.0f} s.", f"Held out: {check}"]
        lines += [
            f"epoch {epoch['epoch']}: held-out loss {epoch['evaluation_loss']:.4f}"
            + (" (best)" if epoch["epoch"] == result["best_epoch"] else "")
            for epoch in result["epochs"]
        ]
        before, after = result["held_out_before"], result["held_out_after"]
        if before and after:
            lines.append(
                "zero-shot accuracy, 5 names, held-out records: "
                f"{before['zero_shot'][5]:.3f} before, {after['zero_shot'][5]:.3f} after"
            )
        lines.append(f"Registered {' and '.join(result['models'])}. Next: embed {result['models'][0]}")
        return "\n".join(lines)


def _as_json(result: FinetuningResult, *, dry_run: bool) -> dict[str, Any]:
    return {"models": list(result.models), "dry_run": dry_run, **result.counts, **result.training}
