"""The training loop.

All that is random in a step follows from seed, epoch and step: the order of the items, what is drawn
for augmentation and dropout. So a run can be repeated, and its state between two steps is the
network, the optimizer and two numbers.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW

from heritage.errors import UserError
from heritage.progress import Progress
from models_ml.compute import Compute, choose_compute
from models_ml.losses import repeated_pairs, sigmoid_loss
from models_ml.pretrained import Pretrained, trim_tokens
from models_ml.training.augmentation import augment
from models_ml.training.config import TrainingConfig
from models_ml.training.items import Items, ItemSource, Rows, fixed_batches, shuffled_batches
from models_ml.training.pixels import Pixels
from models_ml.training.state import Position, StateFile

MAX_LOGIT_SCALE = 100.0


@dataclass(frozen=True)
class EpochMetrics:
    """One line of metrics.jsonl. Epoch 0 is the state before training, with no training loss."""

    epoch: int
    training_loss: float | None
    evaluation_loss: float
    learning_rate: float
    items: int
    seconds: float


# Called with each epoch's figures while the network is in that state.
AfterEpoch = Callable[[EpochMetrics], None]


def train(
    pretrained: Pretrained,
    pixels: Pixels,
    training: ItemSource,
    evaluation: Items,
    config: TrainingConfig,
    *,
    progress: Progress,
    after_epoch: AfterEpoch,
    after_history: Callable[[Sequence[EpochMetrics]], None] = lambda history: None,
    state: StateFile | None = None,
) -> list[EpochMetrics]:
    """Train `pretrained.network` in place and return the figures of each epoch, epoch 0 first.

    The evaluation loss is computed in the same way each time, over the same batches without
    augmentation or dropout. Raises UserError where the loss stops being a number. With `state` the
    training goes on where the kept one stopped, and keeps its own; `after_epoch` is called for the
    epochs that run here, and `after_history` then with the figures of all epochs so far.
    """
    trainer = Trainer(pretrained, pixels, config)
    position = trainer.resume(state) if state else None
    history = [EpochMetrics(**metrics) for metrics in position.history] if position else []
    for epoch in range(len(history), config.epochs + 1):
        started = time.monotonic()
        loss, items = None, 0
        if epoch:
            source = training(epoch - 1)
            items = len(source)
            progress.start(f"Epoch {epoch} of {config.epochs}", items)
            loss = trainer.run_epoch(source, epoch - 1, progress, position=position, state=state, history=history)
            position = None
        seconds = time.monotonic() - started
        metrics = EpochMetrics(
            epoch=epoch,
            training_loss=loss,
            evaluation_loss=trainer.evaluate(evaluation),
            learning_rate=config.learning_rate_at(epoch),
            items=items,
            seconds=round(seconds, 3),
        )
        history.append(metrics)
        after_epoch(metrics)
        after_history(history)
        if state and epoch:
            trainer.save(state, epoch, 0, 0.0, 0, history)
    return history


class Trainer:
    """A network, its optimizer and the decoded images, able to run an epoch or to evaluate."""

    def __init__(self, pretrained: Pretrained, pixels: Pixels, config: TrainingConfig) -> None:
        self.config = config
        self.pixels = pixels
        self.compute: Compute = choose_compute(config.device, config.precision)
        self.network = pretrained.network.to(self.compute.device).to(memory_format=torch.channels_last)
        groups = _parameter_groups(self.network, config.weight_decay)
        self.optimizer = AdamW(groups, lr=config.learning_rate, fused=True)
        # Only float16 needs its gradients scaled; elsewhere this passes them through.
        self.scaler = torch.amp.GradScaler(self.compute.device.type, enabled=self.compute.precision == "fp16")
        self._pretrained = pretrained

    def resume(self, state: StateFile) -> Position | None:
        position = state.load(self.network, self.optimizer)
        if position and self.scaler.is_enabled():
            self.scaler.load_state_dict(position.scaler)
        return position

    def save(
        self, state: StateFile, epoch: int, step: int, total: float, count: int, history: Sequence[EpochMetrics]
    ) -> None:
        figures = tuple(asdict(metrics) for metrics in history)
        position = Position(epoch, step, total, count, figures, self.scaler.state_dict())
        state.save(self.network, self.optimizer, position)

    def run_epoch(
        self,
        items: Items,
        epoch: int,
        progress: Progress,
        *,
        position: Position | None = None,
        state: StateFile | None = None,
        history: Sequence[EpochMetrics] = (),
    ) -> float:
        """Train on `items` once; `epoch` counts from 0. Returns the mean loss over the items.

        `position` says which steps of the epoch are done already; `state` and `history` are what is
        kept every `state.every_steps` steps.
        """
        config = self.config
        self._training_mode()
        tokens = self._pretrained.tokenize(list(items.texts))
        batches = list(
            shuffled_batches(
                len(items),
                batch_size=config.batch_size,
                seed=config.seed,
                epoch=epoch,
                drop_incomplete=config.drop_incomplete_batch,
            )
        )
        done, total, count = (position.step, position.total, position.count) if position else (0, 0.0, 0)
        progress.advance(count)
        for step, rows in enumerate(batches[done:], start=done):
            for group in self.optimizer.param_groups:
                group["lr"] = config.learning_rate_at(epoch + (step + 1) / len(batches))
            try:
                loss = self._step(items, tokens, rows, epoch, step)
            except torch.OutOfMemoryError as error:
                raise UserError(
                    f"The GPU's memory does not suffice for batches of {len(rows)}; choose a smaller --batch-size or "
                    "--precision bf16, or free the GPU of other work."
                ) from error
            total, count = total + loss * len(rows), count + len(rows)
            if state and state.every_steps and (step + 1) % state.every_steps == 0:
                self.save(state, epoch, step + 1, total, count, history)
            progress.advance(len(rows))
        return total / count

    def _step(self, items: Items, tokens: Tensor, rows: Rows, epoch: int, step: int) -> float:
        draws = int(np.random.SeedSequence([self.config.seed, epoch, step]).generate_state(1)[0])
        torch.manual_seed(draws)  # dropout
        images = self._images(items, rows, torch.Generator().manual_seed(draws))
        loss = self._loss(images, items, tokens, rows)
        value = float(loss.detach())
        if not np.isfinite(value):
            raise UserError(
                f"Training stopped: the loss of step {step + 1} in epoch {epoch + 1} is not a number; "
                "try a lower learning rate, or precision fp32."
            )
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        with torch.no_grad():
            self.network.logit_scale.clamp_(max=float(np.log(MAX_LOGIT_SCALE)))
        return value

    @torch.no_grad()
    def evaluate(self, items: Items) -> float:
        """Mean loss over the items, in batches that are the same each time."""
        self.network.eval()
        tokens = self._pretrained.tokenize(list(items.texts))
        total = 0.0
        for rows in fixed_batches(len(items), batch_size=self.config.batch_size):
            total += float(self._loss(self._images(items, rows, None), items, tokens, rows)) * len(rows)
        return total / len(items)

    def _images(self, items: Items, rows: Rows, generator: torch.Generator | None) -> Tensor:
        """The batch's images as the network takes them; augmented where there is a generator and a recipe."""
        batch = self.pixels.batch(items.images[rows]).to(self.compute.device)
        size = self._pretrained.image_size
        if generator is not None and self.config.augmentation is not None:
            may_mirror = torch.from_numpy(items.may_mirror[rows])
            batch = augment(batch, may_mirror, size, self.config.augmentation, generator)
        elif batch.shape[-1] != size:
            batch = F.interpolate(batch, size=(size, size), mode="bilinear", antialias=True)
        return self.pixels.normalise(batch).contiguous(memory_format=torch.channels_last)

    def _loss(self, images: Tensor, items: Items, tokens: Tensor, rows: Rows) -> Tensor:
        device = self.compute.device
        batch_tokens = trim_tokens(self.network, tokens[torch.from_numpy(rows)]).to(device)
        repeated = repeated_pairs(torch.from_numpy(items.images[rows]).to(device), batch_tokens)
        with self.compute.autocast():
            image_features = self.network.encode_image(images)
            text_features = self.network.encode_text(batch_tokens)
        return sigmoid_loss(
            F.normalize(image_features.float(), dim=-1),
            F.normalize(text_features.float(), dim=-1),
            self.network.logit_scale.exp(),
            self.network.logit_bias,
            repeated,
        )

    def _training_mode(self) -> None:
        self.network.train()
        if self.config.freeze_batch_norm:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Decay matrices and filters, not biases, norms, embeddings' scale and the loss's own two numbers."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim >= 2], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0},
    ]
