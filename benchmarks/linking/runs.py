"""What the experiment measures, in which order, and what of it is done. Pure but for the file of results.

The file has a line of JSON for each model measured; a line that a killed process left incomplete is passed over.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

UNTUNED = "untuned"  # the model that fine-tuning starts from
PUBLISHED = "mixed"
# What each adds to the recipe that all have in common. augment: the name of an augmentation.
RECIPES: dict[str, dict[str, Any]] = {
    PUBLISHED: {},
    "collection": {"batches": "collection"},
    "balanced": {"batches": "balanced"},
    "mixed-house-style": {"augment": "house-style"},
    "collection-house-style": {"batches": "collection", "augment": "house-style"},
    "balanced-house-style": {"batches": "balanced", "augment": "house-style"},
    "collection-hard": {"batches": "collection", "hard_negatives": True},
}
SIMILARITIES = ("plain", "fused", "centred", "centred+fused", "csls", "centred+csls")


@dataclass(frozen=True)
class Run:
    """A model of a recipe. weights: of which epoch, last or best; the seed decides split, order and draws."""

    pair: str
    recipe: str
    seed: int
    weights: str = "last"

    @property
    def training(self) -> str:
        """What fine-tuning calls it, whatever the weights."""
        return f"{self.recipe}-{self.seed}"


def planned_runs(
    pairs: Sequence[str], recipes: Sequence[str], seeds: Sequence[int], weights: Sequence[str] = ("last",)
) -> list[Run]:
    """Seed by seed, and pair by pair within, each with all recipes: what a stopped experiment has can be compared.
    The models before fine-tuning come with the first seed."""
    runs = []
    for seed in seeds:
        for pair in pairs:
            runs += [Run(pair, UNTUNED, 0)] if seed == seeds[0] else []
            runs += [Run(pair, recipe, seed, which) for recipe in recipes for which in weights]
    return runs


def read_results(path: Path) -> list[dict[str, Any]]:
    """The lines that are whole."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text("utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def runs_done(results: Iterable[dict[str, Any]]) -> set[Run]:
    return {Run(line["pair"], line["recipe"], line["seed"], line["weights"]) for line in results}


def append_result(path: Path, run: Run, figures: dict[str, Any]) -> None:
    """Begins a line of its own, whatever a killed process left."""
    torn = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if torn else "") + json.dumps(asdict(run) | figures) + "\n")
