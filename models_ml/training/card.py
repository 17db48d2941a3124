"""The README.md of a model folder: what the model is, its data, recipe, figures and limits."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

from models_ml.training.config import TrainingConfig
from models_ml.training.kinds import SELECTIONS
from models_ml.training.loop import EpochMetrics


@dataclass(frozen=True)
class Section:
    """A heading of the card and the Markdown under it."""

    title: str
    body: str


def render_card(title: str, introduction: str, sections: Sequence[Section]) -> str:
    """The whole card, with the front matter that model hubs read."""
    front = "---\nlibrary_name: open_clip\npipeline_tag: zero-shot-image-classification\n---"
    parts = [front, f"# {title}", introduction.strip()]
    parts += [f"## {section.title}\n\n{section.body.strip()}" for section in sections]
    return "\n\n".join(parts) + "\n"


def recipe_table(config: TrainingConfig) -> str:
    """Every setting of the recipe, as it was used."""
    rows = []
    for field in fields(config):
        value = getattr(config, field.name)
        rows.append(f"| {field.name.replace('_', ' ')} | {'none' if value is None else value} |")
    return "\n".join(["| setting | value |", "|---|---|", *rows])


def epochs_table(history: Sequence[EpochMetrics], best: int | None = None) -> str:
    """Losses and measures of each epoch; the best is marked."""
    measures = list(history[0].measures)
    head = ["epoch", "training loss", "evaluation loss", *(SELECTIONS[name].title for name in measures), "seconds"]
    rows = [
        [
            f"{metrics.epoch}{' (best)' if metrics.epoch == best else ''}",
            "" if metrics.training_loss is None else f"{metrics.training_loss:.4f}",
            f"{metrics.evaluation_loss:.4f}",
            *(f"{metrics.measures[name]:.4f}" for name in measures),
            f"{metrics.seconds:.1f}",
        ]
        for metrics in history
    ]
    first, *others = [f"| {' | '.join(row)} |" for row in [head, *rows]]
    return "\n".join([first, "|" + "---|" * len(head), *others])


def machine_and_time(seconds: float, device: str, threads: int) -> str:
    """One sentence: how long the training took, and on what."""
    took = timedelta(seconds=round(seconds))
    where = f"{threads} of {os.cpu_count()} CPU cores" if device == "cpu" else device
    return f"Training took {took} (h:mm:ss) on {where} ({platform.machine()}, {platform.system()})."
