"""From how many answers on learning from links pays: a learning curve on drawn museums with simulated experts.

    python -m benchmarks.learning_from_links FOLDER [--seeds 0 1 2 3 4] [--answers 50 100 200 500 1000]
    python -m benchmarks.learning_from_links FOLDER --table

For each seed two museums are drawn as the demonstration's are. A share of the records is held out: heritage-mini is
fine-tuned on the captions of the others ("best", "last"), and simulated experts, who know the truth and err
(`annotation/demonstration/simulated_annotators.py`), answer pairs of the others alone, one answer each: half of them of
the 2 % most similar by "last", half at random. For each number of answers, the first so many of them,

    linked       goes on from "last" with these answers, as finetune --links does
    longer       goes on for as many epochs with captions alone
    link model   is that of suggest_links, fitted to the same answers by the similarities of heritage-mini, best, last

All are judged by `evaluate links`' figures over all pairs of held-out records that have pictures and texts, with
intervals clustered by record, and `linked` is tested against the others over the same pairs.

FOLDER takes figures.jsonl, one line for each model, similarity and label set, and one for each test; and museums and
weights, so that a run that was stopped goes on. --table prints means over the seeds with 95 % intervals (Student's t).
Everything in it is simulated.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from annotation.analysis.annotation_frame import AnnotationFrame, similarity_column
from annotation.analysis.link_model import fit_link_model
from annotation.demonstration.simulated_annotators import LABELS, SIMULATED_ANNOTATORS, simulated_answer
from benchmarks.linking.runs import read_results
from benchmarks.linking.seeds import seed_mean
from heritage.demonstration.files import TRUTH_NAME, DemonstrationRecipe, table_path, write_collections
from heritage.demonstration.records import MUSEUM_A, MUSEUM_B
from heritage.demonstration.truth import read_truth, relation
from heritage.progress import NoProgress
from linking.evaluation.estimates import paired_difference
from linking.evaluation.known_pairs import CLOSENESS, KnownPairs
from linking.evaluation.link_metrics import LinkFigures, link_figures
from linking.evaluation.similarities import compare_records, read_similarity
from linking.sampling.comparisons import COMPARISONS, METHOD_COMPARISONS, Modality
from linking.sampling.similarity import VectorGroups, group_vectors
from models_ml.finetuning.heritage_mini import read_drawings
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.loading import load_pretrained
from models_ml.networks.pretrained import Pretrained
from models_ml.networks.sources import BUNDLED
from models_ml.networks.tokenizer import cut_text
from models_ml.training.checkpoint import write_model
from models_ml.training.config import TrainingConfig
from models_ml.training.data.batches import BatchKind
from models_ml.training.data.items import Items
from models_ml.training.data.links import LinkPair, PairAnswer, RecordKey, pool_answers
from models_ml.training.data.pixels import Pixels, decode
from models_ml.training.data.records import (
    TrainingRecord,
    build_items,
    image_names,
    keep_twins_together,
    record_texts,
    split_records,
)
from models_ml.training.figures import encode_pixels, encode_texts
from models_ml.training.links.batches import build_link_items
from models_ml.training.links.config import LinkConfig
from models_ml.training.links.stage import train_on_links
from models_ml.training.loop import EpochMetrics, train

MUSEUMS = (MUSEUM_A, MUSEUM_B)
SIMILARITIES = ("plain", "centred", "fused", "centred+fused")
MOST_SIMILAR = 0.02
MEASURES = ("auc", "average_precision", "top_share 1", "top_share 5")
FIGURES = "figures.jsonl"


# --- One seed's world ------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Two drawn museums, the records that a model may learn from, and those that it is judged by."""

    folder: Path
    options: argparse.Namespace
    seed: int

    @cached_property
    def records(self) -> dict[RecordKey, TrainingRecord]:
        recipe = DemonstrationRecipe(self.options.records_a, self.options.records_b, self.seed)
        write_collections(self.folder, recipe, progress=NoProgress())
        return {(record.collection, record.record_id): record for drawn in self._drawn for record in drawn.records}

    @cached_property
    def _drawn(self) -> list[Any]:
        return [read_drawings(table_path(self.folder, each), self.folder / "images", each) for each in MUSEUMS]

    @cached_property
    def keys(self) -> list[RecordKey]:
        return sorted(self.records)

    @cached_property
    def of_a(self) -> np.ndarray:
        return np.array([collection == MUSEUM_A for collection, _ in self.keys])

    @cached_property
    def split(self) -> Any:
        return keep_twins_together(split_records(self.records.values(), seed=self.seed, held_out=self.options.held_out))

    @cached_property
    def judged(self) -> np.ndarray:
        held_out = {(record.collection, record.record_id) for record in self.split.evaluation}
        return np.array([key in held_out for key in self.keys])

    @cached_property
    def learnt(self) -> np.ndarray:
        """Records whose pairs experts are asked about: also those without picture or text, unless they are held out."""
        return ~self.judged & np.array(
            [self.records[key].side(self.seed, self.options.held_out) == "train" for key in self.keys]
        )

    @cached_property
    def truth(self) -> dict[RecordKey, Any]:
        return read_truth(self.folder / TRUTH_NAME)

    def label(self, a: int, b: int) -> str:
        return relation(self.truth[self.keys[a]], self.truth[self.keys[b]])

    @cached_property
    def known(self) -> KnownPairs:
        """All links between the records that are judged by, by places among `keys`."""
        found = [
            (a, b, CLOSENESS[self.label(a, b)])
            for a in np.flatnonzero(self.judged & self.of_a)
            for b in np.flatnonzero(self.judged & ~self.of_a)
        ]
        links = np.array([pair for pair in found if pair[2] > 0], np.int64).reshape(-1, 3)
        return KnownPairs(links[:, 0], links[:, 1], links[:, 2], np.ones(len(links)), complete=True)

    # --- what models take ---

    @cached_property
    def rows(self) -> dict[str, int]:
        return {image: row for row, image in enumerate(image_names(self.records.values()))}

    def pixels(self, pretrained: Pretrained) -> Pixels:
        opener = {name: partial(drawn.open_image, name) for drawn in self._drawn for name in drawn.paths}
        return decode([opener[image] for image in self.rows], pretrained.preprocess, progress=NoProgress())

    def cut(self, pretrained: Pretrained) -> Any:
        return cache(partial(cut_text, pretrained.tokenizer, limit=min(64, pretrained.context_length)))


# --- Models ----------------------------------------------------------------------------------


def captions_recipe(world: World) -> TrainingConfig:
    options = world.options
    return TrainingConfig(
        epochs=options.epochs,
        batch_size=options.batch_size,
        batches=options.batches,
        captions_together=options.captions_together,
        learning_rate=options.lr,
        device=options.device,
        seed=world.seed,
    )


@dataclass(frozen=True)
class Learner:
    """What every training of a seed has in common."""

    world: World
    pixels: Pixels
    training: Items
    evaluation: Items

    def captions(self, start: Pretrained, config: TrainingConfig, after: Any = lambda history: None) -> None:
        train(
            start,
            self.pixels,
            lambda epoch: self.training,
            self.evaluation,
            config,
            progress=NoProgress(),
            after_epoch=lambda metrics: None,
            after_history=after,
        )


def make_learner(world: World) -> Learner:
    pretrained = load_pretrained(base_source())
    cut = world.cut(pretrained)
    split = world.split
    items = [build_items(records, world.rows, cut) for records in (split.training, split.evaluation)]
    return Learner(world, world.pixels(pretrained), *items)


def base_source() -> str:
    return f"local-dir:{BUNDLED['heritage-mini']}"


def model(learner: Learner, name: str) -> Pretrained:
    """heritage-mini, best, last or longer, from the folder where it is there already."""
    if name == "heritage-mini":
        return load_pretrained(base_source())
    world = learner.world
    folder = world.folder / name
    if not (folder / "open_clip_model.safetensors").exists():
        config = captions_recipe(world)
        if name == "longer":
            more = TrainingConfig(**vars(config) | {"epochs": world.options.link_epochs})
            pretrained = model(learner, "last")
            learner.captions(pretrained, more)
            write(folder, pretrained)
        else:
            pretrained = load_pretrained(base_source())

            def keep_best(history: list[EpochMetrics]) -> None:
                losses = [metrics.evaluation_loss for metrics in history[1:]]
                if losses and losses[-1] == min(losses):
                    write(world.folder / "best", pretrained)

            learner.captions(pretrained, config, keep_best)
            write(world.folder / "last", pretrained)
    return load_pretrained(f"local-dir:{folder}")


def write(folder: Path, pretrained: Pretrained) -> None:
    folder.mkdir(exist_ok=True)
    write_model(folder, pretrained)


def linked_model(learner: Learner, pairs: tuple[LinkPair, ...]) -> Pretrained:
    world = learner.world
    pretrained = model(learner, "last")
    links = build_link_items(pairs, world.records, world.rows, world.cut(pretrained))
    link_config = LinkConfig(weight=world.options.weight, epochs=world.options.link_epochs)
    train_on_links(
        pretrained,
        learner.pixels,
        learner.training,
        learner.evaluation,
        links,
        captions_recipe(world),
        link_config,
        progress=NoProgress(),
    )
    return pretrained


# --- Similarities ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Compared:
    """A model's vectors of all records, by place among the world's keys."""

    world: World
    vectors: dict[Modality, VectorGroups]

    def tiles(self, similarity: str, comparison: str, a: np.ndarray, b: np.ndarray) -> Any:
        kind = read_similarity(similarity)
        names = METHOD_COMPARISONS if kind.fused else (comparison,)
        parts = tuple(COMPARISONS[name] for name in names)
        collections = np.where(self.world.of_a, 0, 1)
        return compare_records(kind, parts, self.vectors.__getitem__, a, b, collections)

    def matrix(self, comparison: str) -> np.ndarray:
        """(records, records) plain similarities of A's with B's, NaN elsewhere."""
        world = self.world
        tiles = self.tiles("plain", comparison, world.of_a, ~world.of_a)
        found = np.full((len(world.keys),) * 2, np.nan, np.float32)
        found[np.ix_(tiles.a, tiles.b)] = np.concatenate([tile for _, tile in tiles.tiles()])
        return found


def compare(learner: Learner, pretrained: Pretrained) -> Compared:
    world = learner.world
    encoder = Encoder(pretrained, choose_compute(world.options.device))
    cut = world.cut(pretrained)
    images = [(place, world.rows[image]) for place, key in enumerate(world.keys) for image in world.records[key].images]
    texts = [
        (place, text)
        for place, key in enumerate(world.keys)
        for text in dict.fromkeys(record_texts(world.records[key], cut))
    ]
    vectors: dict[Modality, VectorGroups] = {
        "image": group_vectors(
            np.array([place for place, _ in images]), encode_pixels(encoder, learner.pixels, [row for _, row in images])
        ),
        "text": group_vectors(
            np.array([place for place, _ in texts]), encode_texts(encoder, [text for _, text in texts])
        ),
    }
    return Compared(world, vectors)


@dataclass(frozen=True, eq=False)
class HeldTiles:
    """Similarities that are there already, as `RecordTiles`."""

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.a), len(self.b)

    def tiles(self) -> Iterator[tuple[int, np.ndarray]]:
        yield 0, self.values


# --- Answers ---------------------------------------------------------------------------------


def answer_pairs(world: World, last: Compared) -> list[PairAnswer]:
    """As many as the largest number asked for, in an order of which any beginning is such a sample."""
    draws = np.random.default_rng([world.seed, 1])
    tiles = last.tiles("centred+fused", "", world.learnt & world.of_a, world.learnt & ~world.of_a)
    values = np.concatenate([tile for _, tile in tiles.tiles()])
    most = max(world.options.answers)
    top = np.argsort(-values, axis=None)[: max(round(MOST_SIMILAR * values.size), most // 2)]
    a, b = np.unravel_index(draws.permutation(top)[: most // 2], values.shape)
    similar = list(zip(tiles.a[a].tolist(), tiles.b[b].tolist(), strict=True))
    everywhere = [
        (int(one), int(other))
        for one, other in zip(
            draws.choice(np.flatnonzero(world.learnt & world.of_a), 2 * most),
            draws.choice(np.flatnonzero(world.learnt & ~world.of_a), 2 * most),
            strict=True,
        )
    ]
    random = [pair for pair in dict.fromkeys(everywhere) if pair not in set(similar)]
    pairs = [pair for both in zip(similar, random, strict=False) for pair in both]
    return [
        PairAnswer(world.keys[one], world.keys[other], _label(world, one, other, number))
        for number, (one, other) in enumerate(pairs[:most])
    ]


def _label(world: World, a: int, b: int, number: int) -> str:
    annotator = SIMULATED_ANNOTATORS[number % len(SIMULATED_ANNOTATORS)]
    return simulated_answer(world.label(a, b), annotator, pair=f"{a} {b}", seed=world.seed).label


def link_model_tiles(world: World, answers: list[PairAnswer], models: dict[str, Compared]) -> HeldTiles | str:
    """Probabilities of the held-out pairs by a link model of the answers, or why there is none."""
    columns = {
        similarity_column(comparison, name): compared.matrix(comparison)
        for name, compared in models.items()
        for comparison in METHOD_COMPARISONS
    }
    place = {key: number for number, key in enumerate(world.keys)}
    a, b = ([place[key] for key in side] for side in zip(*((each.a, each.b) for each in answers), strict=True))
    frame = pd.DataFrame({name: matrix[a, b] for name, matrix in columns.items()})
    frame["annotator"] = [
        SIMULATED_ANNOTATORS[number % len(SIMULATED_ANNOTATORS)].username for number in range(len(answers))
    ]
    frame["pair"], frame["a"], frame["b"] = range(len(answers)), [str(each) for each in a], [str(each) for each in b]
    frame["label"] = [answer.label for answer in answers]
    frame["linked"] = (frame["label"] != LABELS[-1]).astype(int)
    fitted = fit_link_model(AnnotationFrame(tuple(models), METHOD_COMPARISONS, LABELS, frame), seed=world.seed)
    if fitted.reason:
        return fitted.reason
    like = next(iter(models.values())).tiles("fused", "", *judged_sides(world))
    grid = np.ix_(like.a, like.b)
    features = pd.DataFrame({name: matrix[grid].ravel() for name, matrix in columns.items()})
    return HeldTiles(like.a, like.b, fitted.predict(features).astype(np.float32).reshape(like.shape))


def judged_sides(world: World) -> tuple[np.ndarray, np.ndarray]:
    return world.judged & world.of_a, world.judged & ~world.of_a


# --- Figures ---------------------------------------------------------------------------------

Measured = dict[tuple[str, str], dict[str, LinkFigures]]  # by similarity and comparison, then by label set


def measure(world: World, compared: Compared) -> Measured:
    found: Measured = {}
    for similarity in SIMILARITIES:
        for comparison in ("fused",) if "fused" in similarity else COMPARISONS:
            tiles = compared.tiles(similarity, comparison, *judged_sides(world))
            found[similarity, comparison] = link_figures(tiles, world.known.within(tiles.a, tiles.b))
    return found


def rows_of(name: str, measured: Measured) -> Iterator[dict[str, Any]]:
    for (similarity, comparison), by_label in measured.items():
        for label, figures in by_label.items():
            row: dict[str, Any] = {"model": name, "similarity": similarity, "comparison": comparison, "label": label}
            row |= {"n": figures.n, "links": figures.links, "chance": figures.chance}
            for measure_name, key in _keys():
                estimate = figures.estimates[key]
                row[measure_name] = estimate.value
                row[f"{measure_name} interval"] = estimate.interval
            yield row


def _keys() -> Iterator[tuple[str, Any]]:
    for name in MEASURES:
        kind, _, percent = name.partition(" ")
        yield name, (kind, float(percent)) if percent else kind


def tests_of(linked: Measured, others: dict[str, Measured]) -> Iterator[dict[str, Any]]:
    """Linked, by centred and fused similarity, against the others by the same, and by the link model."""
    own = linked["centred+fused", "fused"]
    for name, measured in others.items():
        by_label = measured.get(("centred+fused", "fused")) or next(iter(measured.values()))
        for label, figures in by_label.items():
            for measure_name, key in _keys():
                difference = paired_difference(own[label].estimates[key], figures.estimates[key])
                if difference is not None:
                    yield {
                        "test": "linked",
                        "against": name,
                        "label": label,
                        "measure": measure_name,
                        **vars(difference),
                    }


# --- The run ---------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> None:
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / FIGURES
    done = {(row["seed"], row["answers"]) for row in read_results(path)}
    for seed in options.seeds:
        wanted = [count for count in options.answers if (seed, count) not in done]
        if not wanted:
            continue
        world = World(options.folder / f"seed-{seed}", options, seed)
        learner = make_learner(world)
        models = {name: compare(learner, model(learner, name)) for name in ("heritage-mini", "best", "last", "longer")}
        measured = {name: measure(world, compared) for name, compared in models.items()}
        answers = answer_pairs(world, models["last"])
        for count in wanted:
            some = answers[:count]
            pairs = pool_answers(some)
            linked = measure(world, compare(learner, linked_model(learner, pairs)))
            others = dict(measured)
            sources = {name: models[name] for name in ("heritage-mini", "best", "last")}
            tiles = link_model_tiles(world, some, sources)
            if not isinstance(tiles, str):
                known = world.known.within(tiles.a, tiles.b)
                others["link model"] = {("link model", "all"): link_figures(tiles, known)}
            about = {
                "seed": seed,
                "answers": count,
                "links_among_answers": sum(pair.is_link for pair in pairs),
                "records_held_out": int(world.judged.sum()),
                "simulated": True,
            }
            rows = [row for name, each in {"linked": linked, **others}.items() for row in rows_of(name, each)]
            with path.open("a", encoding="utf-8") as file:  # at once, so that a stopped run has all lines or none
                lines = [json.dumps(about | row) for row in (*rows, *tests_of(linked, others))]
                file.write("".join(line + "\n" for line in lines))
            print(f"seed {seed}, {count} answers: {len(rows)} rows", flush=True)


def print_table(options: argparse.Namespace) -> None:
    """Means over seeds, by centred and fused similarity and by the link model."""
    values: dict[tuple[str, str, str, int], list[float]] = defaultdict(list)
    for row in read_results(options.folder / FIGURES):
        if "model" in row and row["similarity"] in ("centred+fused", "link model"):
            for name in MEASURES:
                values[row["label"], name, row["model"], row["answers"]].append(row[name])
    print("Simulated. Held-out records; mean over seeds (95 % interval), and how many seeds.")
    for (label, name, of, count), found in sorted(values.items()):
        over = seed_mean(found)
        interval = "(one seed)" if over.low is None else f"({over.low:.3f} to {over.high:.3f})"
        print(f"{label:8} {name:18} {of:14} {count:5} answers  {over.mean:.3f} {interval} {over.seeds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--answers", type=int, nargs="+", default=[50, 100, 200, 500, 1000])
    parser.add_argument("--records-a", type=int, default=600)
    parser.add_argument("--records-b", type=int, default=150)
    parser.add_argument("--held-out", type=float, default=0.3, help="share of the records that are judged by (0.3)")
    parser.add_argument("--epochs", type=int, default=6, help="with captions alone (6)")
    parser.add_argument("--link-epochs", type=int, default=LinkConfig.epochs)
    parser.add_argument("--weight", type=float, default=LinkConfig.weight)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--batches", default="mixed", choices=get_args(BatchKind))
    parser.add_argument("--captions-together", action="store_true", help="as finetune's")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--table", action="store_true", help="print what figures.jsonl has")
    options = parser.parse_args()
    if options.table:
        print_table(options)
    else:
        run(options)


if __name__ == "__main__":
    main()
