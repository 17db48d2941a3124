"""What came of a fine-tuning, and how its model folders tell it: training.json and the model card."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from models_ml.training.card import Section, epochs_table, machine_and_time, recipe_table, render_card
from models_ml.training.config import TrainingConfig
from models_ml.training.data.records import MAX_TOKENS
from models_ml.training.figures import HeldOutFigures
from models_ml.training.kinds import BEST, LINKED, SELECTIONS, Selection, Weights
from models_ml.training.links.linked import Linked
from models_ml.training.loop import EpochMetrics


@dataclass(frozen=True)
class OnHeldOut:
    """How a model does on the records held out; no figures where they have too few distinct names."""

    loss: float
    measures: dict[str, float]  # see EpochMetrics
    figures: HeldOutFigures | None


@dataclass(frozen=True)
class Finetuned:
    """A run that has ended. `before` and `after`, by the kinds that were written, are on the held-out records.

    `folders` are those of the models that were written, by kind and in order; `kept` says which were not, and why.
    `config` names the device and the precision that "auto" became.
    """

    base: str
    run: str
    collections: tuple[str, ...]
    counts: dict[str, int]
    config: TrainingConfig
    history: tuple[EpochMetrics, ...]
    best_epoch: int
    kept: tuple[Weights, ...]
    folders: dict[str, Path]
    before: HeldOutFigures | None
    after: dict[str, OnHeldOut]
    seconds: float
    links: Linked | None = None

    @property
    def copies(self) -> dict[str, str]:
        """The kinds that were not written, each with the kind that has the same weights."""
        return {weights.kind: weights.same_as for weights in self.kept if weights.same_as}

    def document(self) -> dict[str, Any]:
        """See `models_ml.training.document`. A kind's figures are those of the kind that it is the same as."""
        best = self.after[BEST].figures
        return {
            "base": self.base,
            "run": self.run,
            "collections": list(self.collections),
            **self.counts,
            "recipe": asdict(self.config),
            "best_epoch": self.best_epoch,
            "epochs": [asdict(metrics) for metrics in self.history],
            "kinds": [asdict(weights) | self._on_held_out(weights) for weights in self.kept],
            "held_out_before": asdict(self.before) if self.before else None,
            "held_out_after": asdict(best) if best else None,
            "seconds": round(self.seconds, 1),
            **({"links": self.links.document()} if self.links else {}),
        }

    def card(self, name: str, kind: str) -> str:
        """The model card of NAME-`kind`."""
        own = next(weights for weights in self.kept if weights.kind == kind)
        introduction = [
            f"{self.base}, fine-tuned by Heritage Weaver on {', '.join(self.collections)}.",
            f"These are {own.in_words()}.",
            *(
                f"{name}-{copy} would be the same weights: not written."
                for copy, of in self.copies.items()
                if of == kind
            ),
        ]
        machine = machine_and_time(self.seconds, self.config.device, torch.get_num_threads())
        figures = [
            epochs_table(self.history, self.best_epoch),
            _measures_in_words(self.after[kind], SELECTIONS[self.config.select]),
            _figures_in_words(self.before, self.after[kind].figures),
        ]
        sections = [
            Section("Data", _data_in_words(self.counts)),
            Section("Recipe", recipe_table(self.config)),
            Section("Figures", "\n\n".join(figures)),
            *([Section("Links", self.links.in_words())] if self.links and kind == LINKED else []),
            Section("Time and machine", f"{machine} Precision: {self.config.precision}."),
        ]
        return render_card(f"{name}-{kind}", " ".join(introduction), sections)

    def _on_held_out(self, weights: Weights) -> dict[str, Any]:
        after = self.after[weights.same_as or weights.kind]
        return {"evaluation_loss": after.loss, "measures": after.measures}


def _measures_in_words(after: OnHeldOut, selection: Selection) -> str:
    measures = [f"{SELECTIONS[name].title} {figure:.4f}" for name, figure in after.measures.items()]
    return f"This model: {', '.join([f'held-out loss {after.loss:.4f}', *measures])}. Best is by {selection.title}."


def _data_in_words(counts: Mapping[str, int]) -> str:
    return (
        f"{counts['training_records']:,} records for training ({counts['training_items']:,} items) and "
        f"{counts['evaluation_records']:,} held out ({counts['evaluation_items']:,} items); "
        f"{counts['images']:,} images; {counts['records_left_out']:,} records lack an image or a text and took "
        f"no part. Items: each image of a record with its name and with each segment of its description, "
        f"cut at {MAX_TOKENS} tokens. A record's side follows from a hash of collection, record id and seed; "
        f"{counts['held_out_beside_twins']:,} records are held out because they share a picture or nearly all "
        f"words with a held-out one. Of the held-out side's pictures {counts['shared_images']:,} are on the "
        f"training side too, of its sentences {counts['shared_sentences']:,}; "
        f"{counts['held_out_with_known_name']:,} held-out records have a name that is there too. "
        "split.json lists both sides."
    )


def _figures_in_words(before: HeldOutFigures | None, after: HeldOutFigures | None) -> str:
    if before is None or after is None:
        return "The held-out records have too few distinct names for zero-shot figures."
    lines = [
        f"On {before.records:,} held-out records with {before.distinct_names:,} distinct names:",
        "",
        "| | before training | this model | chance |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| zero-shot, name, {count} candidates | {before.zero_shot[count]:.3f} | {after.zero_shot[count]:.3f} "
        f"| {1 / count:.3f} |"
        for count in before.zero_shot
    ]
    chance = 10 / before.distinct_names
    lines.append(f"| own name among the 10 nearest | {before.name_found:.3f} | {after.name_found:.3f} | {chance:.3f} |")
    return "\n".join(lines)
