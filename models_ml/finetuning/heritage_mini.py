"""heritage-mini's own data and model card: reads uniform tables, writes the bundled folder.

The training itself is `models_ml.training.from_scratch`, the card's words are in `mini_cards`. Needs no database.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch

from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from heritage.importers.merging import merge_rows
from heritage.importers.record_files import NamedFile, RecordFiles
from heritage.importers.shipped import shipped_mapping
from heritage.importers.source_records import RowProblem, SourceRecord
from heritage.pictures.store import path_below
from models_ml.finetuning.mini_cards import words_of
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.loading import load_pretrained
from models_ml.training.card import Section, epochs_table, machine_and_time, recipe_table, render_card
from models_ml.training.checkpoint import CARD_NAME, SPLIT_NAME, write_metrics, write_model, write_split
from models_ml.training.config import TrainingConfig
from models_ml.training.data.records import Split, TrainingRecord
from models_ml.training.figures import HeldOutFigures, encode_pixels, held_out_figures
from models_ml.training.finetune import split_document
from models_ml.training.from_scratch import Trained, text_pieces


@dataclass(frozen=True)
class Drawings:
    """Records of tables; their images go by the SHA-256 of the file, so that equal files are one image."""

    records: tuple[TrainingRecord, ...]
    paths: dict[str, Path]

    def open_image(self, image: str) -> PIL.Image.Image:
        return PIL.Image.open(self.paths[image])


@dataclass(frozen=True)
class Plan:
    """What a training was asked for, as the card tells it. `weights` are by collection, `base` is a model folder."""

    config: TrainingConfig
    command: str
    weights: Mapping[str, float]
    base: Path | None = None


def read_drawings(table: Path, images_root: Path, collection: str) -> Drawings:
    """Read a uniform table and the hashes of its images. Raises UserError at the first row that is wrong."""
    paths: dict[str, Path] = {}
    records = []
    for row in merge_rows(RecordFiles([NamedFile.at(table)], shipped_mapping("uniform"))):
        if isinstance(row, RowProblem):
            raise UserError(str(row))
        if not isinstance(row, SourceRecord):
            continue
        images = []
        for image in row.images:
            path = path_below(images_root, image.path)
            content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
            paths.setdefault(content_hash, path)
            images.append(content_hash)
        segments = text_pieces(row.description, row.taxonomy)
        records.append(TrainingRecord(collection, row.record_id, row.name, segments, tuple(images)))
    return Drawings(tuple(records), paths)


def join_drawings(parts: Sequence[Drawings]) -> Drawings:
    """All of them as one."""
    paths = {image: path for part in reversed(parts) for image, path in part.paths.items()}
    return Drawings(tuple(record for part in parts for record in part.records), paths)


def records_learnt(base: Path) -> set[tuple[str, str]]:
    """Collection and identifier of what the model in `base` was trained on. Raises UserError where it does not say."""
    try:
        document = json.loads((base / SPLIT_NAME).read_text("utf-8"))
        return {(collection, record) for collection, record in document["train"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{base} does not say in {SPLIT_NAME} what it learnt from: go on from a folder that finetune or "
            "train_heritage_mini wrote."
        ) from error


def require_unlearnt(base: Path, evaluation: Sequence[TrainingRecord]) -> None:
    """Raise UserError where the model in `base` has learnt from records that are to be held out."""
    learnt = records_learnt(base)
    if found := [record for record in evaluation if (record.collection, record.record_id) in learnt]:
        raise UserError(
            f"{base.name} has learnt from {len(found):,} records that would be held out, one of them "
            f"{found[0].record_id} of {found[0].collection}: give the --seed and --collection that it was trained with."
        )


def write_heritage_mini(
    folder: Path, trained: Trained, split: Split, plan: Plan, *, seconds: float
) -> dict[str, dict[str, Any]]:
    """Write the model folder with its card and return the held-out figures of each collection.

    They are computed from the folder as written, with its float16 weights.
    """
    with whole_folder(folder) as incoming:
        write_model(incoming, trained.pretrained, half=True)
        encoder = Encoder(load_pretrained(f"local-dir:{incoming}"), choose_compute("cpu", "fp32"))
        figures = {slug: _figures(encoder, trained, split, slug) for slug in _collections(split)}
        write_metrics(incoming, trained.history)
        records = {"train": trained.training, "evaluation": split.evaluation}
        document = split_document(records, seed=plan.config.seed)
        if plan.base:  # what it learnt before, it has learnt
            document["train"] += sorted(records_learnt(plan.base) - {tuple(record) for record in document["train"]})
        write_split(incoming, document)
        card = _card(folder.name.replace("_", "-"), trained, split, plan, figures, seconds=seconds)
        (incoming / CARD_NAME).write_text(card, encoding="utf-8")
    return {
        slug: {name: vars(found) if found else None for name, found in own.items()} for slug, own in figures.items()
    }


def _collections(split: Split) -> list[str]:
    return list(dict.fromkeys(record.collection for record in (*split.training, *split.evaluation)))


def _figures(encoder: Encoder, trained: Trained, split: Split, collection: str) -> dict[str, Any]:
    """Figures on a collection's held-out records, and on those whose name no training record bears."""
    seen = {record.name.casefold() for record in trained.training}
    held_out = [record for record in split.evaluation if record.name and record.collection == collection]
    groups = {
        "held_out": held_out,
        "held_out_new_names": [record for record in held_out if record.name.casefold() not in seen],
    }
    figures: dict[str, Any] = {
        group: held_out_figures(
            encoder,
            trained.pixels,
            [trained.rows[record.images[0]] for record in records],
            [record.name for record in records],
        )
        for group, records in groups.items()
    }
    figures["search"] = _search(encoder, trained, held_out) if held_out else None
    return figures


@dataclass(frozen=True)
class SearchFigures:
    """Image to image among held-out records: how often another drawing of the same name is in the top 10.

    `queries` are the records whose name a second held-out record with another image bears; `chance` is what
    a random order would reach.
    """

    queries: int
    documents: int
    found: float
    chance: float


def _search(encoder: Encoder, trained: Trained, records: list[TrainingRecord]) -> SearchFigures | None:
    """None where no two held-out records share a name."""
    distinct = {record.images[0]: record for record in records}
    vectors = encode_pixels(encoder, trained.pixels, [trained.rows[image] for image in distinct])
    names = np.array([record.name.casefold() for record in distinct.values()])
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    same = names[:, None] == names[None, :]
    np.fill_diagonal(same, False)
    asked = same.any(axis=1)
    if not asked.any():
        return None
    top = np.argsort(-similarity[asked], axis=1)[:, :10]
    found = np.take_along_axis(same[asked], top, axis=1).any(axis=1)
    others = len(names) - 1
    misses = 1 - same[asked].sum(axis=1) / others
    return SearchFigures(int(asked.sum()), len(names), float(found.mean()), float(1 - (misses**10).mean()))


def _card(
    name: str, trained: Trained, split: Split, plan: Plan, figures: dict[str, dict[str, Any]], *, seconds: float
) -> str:
    words = words_of(name)
    parameters = sum(parameter.numel() for parameter in trained.pretrained.network.parameters())
    start = (
        f"Training went on from the weights and the tokenizer of {plan.base.name}."
        if plan.base
        else "The tokenizer was learnt from the training texts."
    )
    return render_card(
        name,
        words.introduction,
        [
            Section("Command", f"```\n{plan.command}\n```"),
            Section("Data", f"{words.data.strip()}\n\n{_data_in_words(trained, split, plan)} {start}"),
            Section(
                "Recipe",
                f"{parameters / 1e6:.1f} million parameters; weights are stored as float16. Captions are drawn anew "
                "each epoch: the name alone, or up to four of the keywords, sentences and folders with or without it. "
                "The weights are those after the last epoch: no epoch was chosen by the held-out records."
                "\n\n" + recipe_table(plan.config),
            ),
            Section("Figures on held-out records", _figures_in_words(figures)),
            Section("Losses", epochs_table(trained.history)),
            Section("What was tried", words.tried),
            Section("Limits", words.limits),
            Section("Time and machine", machine_and_time(seconds, "cpu", torch.get_num_threads())),
        ],
    )


def _data_in_words(trained: Trained, split: Split, plan: Plan) -> str:
    rows = [
        "| collection | records | held out | share an image with these | learnt from | times in an epoch |",
        "|---|---|---|---|---|---|",
    ]
    for slug in _collections(split):
        training, evaluation, learnt = (
            sum(record.collection == slug for record in records)
            for records in (split.training, split.evaluation, trained.training)
        )
        rows.append(
            f"| {slug} | {training + evaluation:,} | {evaluation:,} | {training - learnt:,} | {learnt:,} "
            f"| {plan.weights.get(slug, 1.0):g} |"
        )
    twins = (
        ", nor were others that have the very same image file" if len(trained.training) < len(split.training) else ""
    )
    return (
        "\n".join(rows) + f"\n\nHeld out by the hash split (a tenth, seed {plan.config.seed}; split.json lists both "
        f"sides), these records were never learnt from{twins}."
    )


def _figures_in_words(figures: dict[str, dict[str, Any]]) -> str:
    rows = [
        "| | records | names | 5 candidates | 10 candidates | own name in the nearest 10 |",
        "|---|---|---|---|---|---|",
    ]
    titles = {"held_out": "all held out", "held_out_new_names": "name not seen in training"}
    searches = []
    for slug, own in figures.items():
        for group, title in titles.items():
            found: HeldOutFigures | None = own[group]
            if found:
                rows.append(
                    f"| {slug}, {title} | {found.records:,} | {found.distinct_names:,} | {found.zero_shot[5]:.3f} "
                    f"| {found.zero_shot[10]:.3f} | {found.name_found:.3f} |"
                )
        search: SearchFigures | None = own["search"]
        if search:
            searches.append(
                f"Search, image to image among {search.documents:,} held-out images of {slug}: for {search.queries:,} "
                "of them another image bears the same name, and such a one is among the nearest 10 for "
                f"{search.found:.3f} (chance {search.chance:.3f})."
            )
    zero_shot = (
        "Zero-shot: an image against its own name and 4 (or 9) others drawn at random, seed 0, from the distinct "
        "names of the row's records; the share of images nearest to their own name. Chance is 0.200 and 0.100. The "
        "last column ranks all the row's names."
    )
    return "\n\n".join([zero_shot, "\n".join(rows), *searches])
