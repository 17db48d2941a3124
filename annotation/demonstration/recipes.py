"""What the demonstration learns, samples and asks.

Two models are fine-tuned on the same records: one from batches in which the two museums are mixed, the other from
batches of one museum each, where house style tells nothing apart. docs/linking.md says how many links each finds.
"""

from dataclasses import dataclass

from linking.sampling.comparisons import METHOD_COMPARISONS
from linking.sampling.recipe import SamplingRecipe
from models_ml.training.config import TrainingConfig
from models_ml.training.data.batches import BatchKind
from models_ml.training.kinds import BEST, LAST

# The paper's recipe is for a large model and tens of thousands of records. A small model on a few hundred
# learns next to nothing at 1e-5.
LEARNING_RATE = 1e-3
EPOCHS = 6
BATCH_SIZE = 128
PER_STRATUM = 120
VISITOR_PAIRS = 60
SIMULATED_PAIRS = 600
SIMULATED_OVERLAP = 1.0  # all answer the same pairs, so that a link is what most say


@dataclass(frozen=True)
class DemonstrationTraining:
    """A fine-tuning of heritage-mini, and in words what it learns from."""

    name: str
    words: str
    batches: BatchKind

    @property
    def slugs(self) -> tuple[str, ...]:
        """Which of its models is compared: the first that there is, since a last epoch that is the best has no own.

        The last is preferred: the held-out loss, by which the best epoch is chosen, is no guide to links.
        """
        return tuple(f"{self.name}-{kind}" for kind in (LAST, BEST))

    def config(self, *, epochs: int | None, seed: int) -> TrainingConfig:
        return TrainingConfig(
            epochs=EPOCHS if epochs is None else epochs,
            batches=self.batches,
            batch_size=BATCH_SIZE,
            captions_together=True,
            learning_rate=LEARNING_RATE,
            seed=seed,
        )


TRAININGS = (
    DemonstrationTraining("demo-mixed", "mixed batches", batches="mixed"),
    DemonstrationTraining("demo-collection", "batches of one collection", batches="collection"),
)


def sampling_recipe(*, museums: tuple[str, str], models: tuple[str, ...], seed: int) -> SamplingRecipe:
    """The method's strata, and pairs that no model finds similar: against these it shows what a finding is worth.

    All four comparisons are fused: the one that a sampling leaves out by default, pictures of the first collection with
    texts of the second, finds the most here.
    """
    return SamplingRecipe(
        collections=museums,
        models=models,
        comparisons=METHOD_COMPARISONS,
        similarity="centred+fused",
        patterns=("default", "0" * len(models)),
        per_stratum=PER_STRATUM,
        allow_fewer=True,
        seed=seed,
    )
