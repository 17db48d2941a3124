"""How a model is trained. The defaults are the recipe of the paper."""

import math
from dataclasses import dataclass
from typing import Literal

from heritage.errors import UserError
from models_ml.training.data.augmentation import Augmentation
from models_ml.training.data.batches import BatchKind


@dataclass(frozen=True)
class TrainingConfig:
    """A training recipe.

    By default that of the paper: Adam at 1e-5, batches of 16, 5 epochs, no schedule, no augmentation.
    """

    epochs: int = 5
    batch_size: int = 16
    batches: BatchKind = "mixed"
    # Above 1 smaller collections give more items than they have, larger ones fewer.
    temperature: float = 1.0
    # Batches of records of one collection that share terms.
    hard_negatives: bool = False
    # The texts of a picture come in one batch, which reads it once.
    captions_together: bool = False
    learning_rate: float = 1e-5
    # Decoupled, on matrices only; 0 makes AdamW the same as Adam.
    weight_decay: float = 0.0
    warmup_epochs: float = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    augmentation: Augmentation | None = None
    # Statistics over small batches are noise, and over several processes they would differ.
    freeze_batch_norm: bool = True
    # Full batches only, where batch statistics are learnt.
    drop_incomplete_batch: bool = False
    # Items that go through the network at once; the loss compares those of the whole batch all the same.
    micro_batch_size: int | None = None
    # Activations are computed again in the backward pass instead of kept.
    gradient_checkpointing: bool = False
    # Towers that stay as they are, but for their last layers.
    lock: tuple[Literal["image", "text"], ...] = ()
    unlocked_layers: int = 0
    # What NAME-best is the best epoch by, on the records held out.
    select: Literal["loss", "search", "links"] = "loss"
    device: str = "auto"
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise UserError("The number of epochs must be at least 1.")
        if self.batch_size < 2:
            raise UserError("The batch size must be at least 2, since the loss compares the items of a batch.")
        if not (math.isfinite(self.temperature) and self.temperature >= 1):
            raise UserError("The temperature must be 1, which takes collections as they are, or more, for example 3.")
        if self.batches == "balanced" and self.temperature != 1:
            raise UserError("Balanced batches take equal shares whatever the temperature: leave --temperature out.")
        if self.hard_negatives and self.batches != "collection":
            raise UserError("Hard negatives are records of one collection that share terms: add --batches collection.")
        if self.captions_together and (self.batches == "balanced" or self.hard_negatives):
            raise UserError(
                "Captions together are of mixed batches or of one collection each: leave out --captions-together, or "
                "balanced batches and --hard-negatives."
            )
        if self.captions_together and self.augmentation is not None:
            raise UserError("Captions together read each picture once: leave out --captions-together, or --augment.")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UserError("The learning rate must be above 0, for example 1e-5.")
        if not (math.isfinite(self.warmup_epochs) and self.warmup_epochs >= 0):
            raise UserError("The warm-up must be 0 epochs or more, for example 0.5.")
        if not (math.isfinite(self.weight_decay) and self.weight_decay >= 0):
            raise UserError("The weight decay must be 0 or more, for example 0.05.")
        if self.micro_batch_size is not None and self.micro_batch_size < 1:
            raise UserError("The micro-batch size must be at least 1.")
        if self.unlocked_layers < 0:
            raise UserError("The number of unlocked layers must be 0 or more.")
        if self.unlocked_layers and not self.lock:
            raise UserError("Unlocked layers are those of a locked tower: name it with --lock image or --lock text.")
        if {"image", "text"} <= set(self.lock) and not self.unlocked_layers:
            raise UserError("With both towers locked nothing is left to train; lock one, or give --unlocked-layers.")
        if not 0 <= self.seed < 2**32:
            raise UserError("The seed must be a whole number from 0 to 4294967295.")

    def learning_rate_at(self, epochs_done: float) -> float:
        """Learning rate after so many epochs (with fraction): linear warm-up, then constant or cosine to 0."""
        if epochs_done < self.warmup_epochs:
            return self.learning_rate * epochs_done / self.warmup_epochs
        if self.schedule == "constant":
            return self.learning_rate
        if epochs_done >= self.epochs:
            return 0.0
        share = (epochs_done - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * share))
