"""What fine-tuning heritage-mini on two collections changes, on records that neither it nor the fine-tuning saw.

    python -m benchmarks.quality TRAINING_SET [--folds 5] [--epochs 5] [--batch-size 64] [--lr 3e-4] [--device auto]

TRAINING_SET is a folder of `export_training_set --image-size 112`. The records that heritage-mini never saw are dealt
into folds. For each fold a model is fine-tuned on all records but the fold's, and their twins, and answers for the
fold; so every such record is judged once, by models that saw neither it nor a twin. Each fold's models are the best by
the loss on the held-out records and the last. Then, over all folds together, by record:

* zero-shot accuracy: a picture against its own name and 4 others of its fold, the mean over --draws draws of those;
* search by the first picture among all records' pictures, by the first picture among all descriptions, and by the
  description among all pictures: how many of the first 10 bear the same name (cosine 0.95 in all-MiniLM-L6-v2).

Differences with 95 % bootstrap intervals, and p by random signs of the records' differences.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

BASE = Path(__file__).resolve().parent.parent / "models_ml" / "heritage_mini"
KINDS = ("best", "last")
TOP = 10
ALIKE = 0.95


@dataclass(frozen=True)
class Answers:
    """Figures by record, in the order of the folds: zero-shot accuracy, and relevant results of each search."""

    zero_shot: list[np.ndarray] = field(default_factory=list)
    search: dict[str, list[np.ndarray]] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """All records, their pictures decoded, and which names are alike."""

    records: tuple[Any, ...]
    rows: dict[str, int]
    pixels: dict[float, Any]  # by enlargement
    name_position: np.ndarray
    relevant: np.ndarray


def unseen_by_base(records: Sequence[Any]) -> list[int]:
    """Places of the named records that heritage-mini did not learn from, nor from any of their pictures."""
    learnt = {tuple(record) for record in json.loads((BASE / "split.json").read_text("utf-8"))["train"]}
    pictures = {
        image for record in records if (record.collection, record.record_id) in learnt for image in record.images
    }
    return [
        place
        for place, record in enumerate(records)
        if record.name.strip()
        and (record.collection, record.record_id) not in learnt
        and not pictures & set(record.images)
    ]


def answer(pretrained: Any, world: World, fold: Sequence[int], device: str, draws: int, answers: Answers) -> None:
    """Ask the model about the records of the fold."""
    from models_ml.evaluation.search import group_records, rank, relevant_found
    from models_ml.metrics import candidate_names, distinct_names, zero_shot_correct
    from models_ml.networks.compute import choose_compute
    from models_ml.networks.encoders import Encoder
    from models_ml.training.figures import encode_pixels

    encoder = Encoder(pretrained, choose_compute(device))
    owners = np.array([place for place, record in enumerate(world.records) for _ in record.images])
    rows = [world.rows[image] for record in world.records for image in record.images]
    pictured, pictures = group_records(owners, encode_pixels(encoder, world.pixels[1.0], rows))
    first_picture = pictures.vectors[pictures.first]
    texts = [(place, text) for place, record in enumerate(world.records) for text in record.segments if text.strip()]
    sentences = np.concatenate(
        [encoder.encode_texts([text for _, text in texts[start : start + 256]]) for start in range(0, len(texts), 256)]
    )
    described, first = np.unique([place for place, _ in texts], return_index=True)
    sums = np.add.reduceat(sentences, first, axis=0)
    descriptions = sums / np.linalg.norm(sums, axis=1, keepdims=True)

    names = [world.records[place].name for place in fold]
    distinct = distinct_names(names)
    name_vectors = np.concatenate(
        [encoder.encode_texts(distinct[start : start + 256]) for start in range(0, len(distinct), 256)]
    )
    own = first_picture[np.searchsorted(pictured, fold)]
    right = [
        zero_shot_correct(own, name_vectors, candidate_names(names, candidates=5, seed=seed)) for seed in range(draws)
    ]
    answers.zero_shot.append(np.mean(right, axis=0))

    by_description = group_records(described, descriptions.astype(np.float32))
    for source, target in (("image", "image"), ("image", "text"), ("text", "image")):
        asking, vectors = (pictured, first_picture) if source == "image" else (described, descriptions)
        answering, documents = (pictured, pictures) if target == "image" else by_description
        queries = np.intersect1d(fold, asking)
        place = np.searchsorted(answering, queries).clip(max=len(answering) - 1)
        ranking = rank(
            vectors[np.searchsorted(asking, queries)].astype(np.float32),
            documents,
            np.where(answering[place] == queries, place, -1),
            allowed=None,
            group=np.zeros(len(queries), np.int64),
            leave_out_own=source == target,
            top=TOP,
        )
        named = world.name_position
        found = relevant_found(ranking, named[queries], named[answering], world.relevant, TOP)
        answers.search.setdefault(f"{source} to {target}", []).append(found)


def fine_tune(world: World, plan: Any, config: Any) -> dict[str, Any]:
    """The networks' states after training on the plan: best and last."""
    from heritage.progress import NoProgress
    from models_ml.networks.loading import load_pretrained
    from models_ml.training.loop import train

    pretrained = load_pretrained(f"local-dir:{BASE}")
    states: dict[str, Any] = {}

    def keep(history: Sequence[Any]) -> None:
        state = {name: tensor.detach().cpu().clone() for name, tensor in pretrained.network.state_dict().items()}
        trained = history[1:]
        if trained and min(trained, key=lambda metrics: metrics.evaluation_loss) is trained[-1]:
            states["best"] = state
        states["last"] = state
        line = (
            f"  epoch {history[-1].epoch}: held-out loss {history[-1].evaluation_loss:.4f}, {history[-1].seconds:.0f} s"
        )
        print(line, flush=True)

    margin = config.augmentation.margin if config.augmentation else 1.0
    train(
        pretrained,
        world.pixels[margin],
        lambda epoch: plan.training,
        plan.evaluation,
        config,
        progress=NoProgress(),
        after_epoch=lambda metrics: None,
        after_history=keep,
    )
    return states


def report(base: Answers, tuned: dict[str, Answers], groups: np.ndarray) -> None:
    from models_ml.evaluation.intervals import paired_means

    print("| figure | records | heritage-mini | model | fine-tuned | difference (95 %) | p |")
    print("|---|---|---|---|---|---|---|")

    def line(title: str, before: np.ndarray, kind: str, after: np.ndarray) -> None:
        found = paired_means(after, before)
        print(
            f"| {title} | {len(before):,} | {before.mean():.3f} | {kind} | {after.mean():.3f} | {found.mean:+.3f} "
            f"({found.low:+.3f} to {found.high:+.3f}) | {found.p:.4f} |",
            flush=True,
        )

    for kind, answers in tuned.items():
        before, after = np.concatenate(base.zero_shot), np.concatenate(answers.zero_shot)
        line("zero-shot accuracy", before, kind, after)
        for group in np.unique(groups):
            line(f"zero-shot accuracy, {group}", before[groups == group], kind, after[groups == group])
        for search, found in base.search.items():
            line(f"{search}: relevant in {TOP}", np.concatenate(found), kind, np.concatenate(answers.search[search]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("training_set", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
    import django

    django.setup()
    from heritage.progress import NoProgress
    from models_ml.evaluation.language import alike
    from models_ml.metrics import distinct_names, folded
    from models_ml.networks.loading import load_pretrained
    from models_ml.training.config import TrainingConfig
    from models_ml.training.data.augmentation import FINETUNING
    from models_ml.training.data.folder import read_training_set
    from models_ml.training.data.pixels import decode
    from models_ml.training.data.records import Split, image_names, keep_twins_together
    from models_ml.training.finetune import plan_finetuning

    training_set = read_training_set(options.training_set, NoProgress())
    records = tuple(
        sorted(
            (*training_set.split.training, *training_set.split.evaluation),
            key=lambda record: (record.collection, record.record_id),
        )
    )
    config = TrainingConfig(
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.lr,
        weight_decay=options.weight_decay,
        schedule="cosine",
        augmentation=FINETUNING,
        device=options.device,
        seed=options.seed,
    )
    pretrained = load_pretrained(f"local-dir:{BASE}")
    images = image_names(records)
    openers = [partial(training_set.open_image, image) for image in images]
    distinct = distinct_names([record.name for record in records])
    position = {folded(name): place for place, name in enumerate(distinct)}
    world = World(
        records,
        {image: row for row, image in enumerate(images)},
        {
            enlarge: decode(openers, pretrained.preprocess, progress=NoProgress(), enlarge=enlarge)
            for enlarge in (1.0, FINETUNING.margin)
        },
        np.array([position[folded(record.name)] for record in records]),
        alike(distinct, threshold=ALIKE),
    )
    unseen = np.random.default_rng(options.seed).permutation(unseen_by_base(records))
    base, tuned = Answers(), {kind: Answers() for kind in KINDS}
    judged: list[int] = []
    for number, part in enumerate(np.array_split(unseen, options.folds), start=1):
        fold = np.sort(part)
        held_out = set(fold.tolist())
        split = Split(
            tuple(record for place, record in enumerate(records) if place not in held_out),
            tuple(records[place] for place in fold),
            left_out=0,
        )
        plan = plan_finetuning(pretrained, keep_twins_together(split))
        # Rows of all records' pictures, which are decoded once.
        places = np.array([world.rows[image] for image in plan.images])
        training, evaluation = (
            replace(items, images=places[items.images]) for items in (plan.training, plan.evaluation)
        )
        plan = replace(plan, images=tuple(images), training=training, evaluation=evaluation)
        print(f"fold {number}: {len(fold)} records, {len(plan.training):,} items to learn from", flush=True)
        states = fine_tune(world, plan, config)
        answer(load_pretrained(f"local-dir:{BASE}"), world, fold, options.device, options.draws, base)
        for kind in KINDS:
            model = load_pretrained(f"local-dir:{BASE}")
            model.network.load_state_dict(states[kind])
            answer(model, world, fold, options.device, options.draws, tuned[kind])
        judged += fold.tolist()
        report(base, tuned, np.array([records[place].collection for place in judged]))


if __name__ == "__main__":
    main()
