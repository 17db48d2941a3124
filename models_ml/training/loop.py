"""The training loop, for one process or several (see `group`).

All that is random in a step follows from seed, epoch and step: the order of the items, what is drawn
for augmentation and dropout. So a run can be repeated, and its state between two steps is the
network, the optimizer and two numbers.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW

from heritage.errors import UserError
from heritage.progress import Progress
from models_ml.networks.compute import Compute, choose_compute
from models_ml.networks.pretrained import Pretrained, trim_tokens
from models_ml.training.config import TrainingConfig
from models_ml.training.data.augmentation import augment
from models_ml.training.data.batches import epoch_batches, fixed_batches
from models_ml.training.data.items import Items, ItemSource, Rows
from models_ml.training.data.pixels import Pixels
from models_ml.training.freezing import prepare_network
from models_ml.training.group import Group
from models_ml.training.losses import repeated_pairs, sigmoid_loss
from models_ml.training.state import Position, StateFile

MAX_LOGIT_SCALE = 100.0


@dataclass(frozen=True)
class EpochMetrics:
    """One line of metrics.jsonl. Epoch 0 is the state before training, with no training loss.

    `measures` are figures on the records held out, by the name of the selection that may go by them.
    """

    epoch: int
    training_loss: float | None
    evaluation_loss: float
    learning_rate: float
    items: int
    seconds: float
    measures: dict[str, float] = field(default_factory=dict)

    def figure(self, selection: str) -> float:
        """What the selection of that name goes by."""
        return self.evaluation_loss if selection == "loss" else self.measures[selection]


# Called with each epoch's figures while the network is in that state.
AfterEpoch = Callable[[EpochMetrics], None]
# Called with the number of steps done, counted over all epochs, the step's loss and its learning rate.
AfterStep = Callable[[int, float, float], None]
ALONE = Group()


class Beside(Protocol):
    """A loss on items of its own that each step takes along, with what is learnt for it beside the network."""

    @property
    def learnt(self) -> nn.Module: ...

    def draw(self, epoch: int, step: int) -> tuple[Items, Callable[[Tensor, Tensor], Tensor]]:
        """The step's items, and the loss by their unit vectors of images and texts, (n, d) each."""
        ...


def evaluate_network(
    pretrained: Pretrained, pixels: Pixels, evaluation: Items, config: TrainingConfig, group: Group = ALONE
) -> float:
    """The evaluation loss of `pretrained.network` as it is, as `train` computes it after each epoch."""
    return Trainer(pretrained, pixels, config, group).evaluate(evaluation)


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
    group: Group = ALONE,
    after_step: AfterStep = lambda step, loss, learning_rate: None,
    measure: Callable[[], dict[str, float]] = dict,
    beside: Beside | None = None,
) -> list[EpochMetrics]:
    """Train `pretrained.network` in place and return the figures of each epoch, epoch 0 first.

    The evaluation loss is computed in the same way each time, over the same batches without
    augmentation or dropout. Raises UserError where the loss stops being a number. With `state` the
    training goes on where the kept one stopped, and keeps its own; `after_epoch` is called for the
    epochs that run here, and `after_history` then with the figures of all epochs so far. `measure` gives the
    `measures` of the network as it is. Every process of the `group` calls this with the same arguments and gets the
    same answer; the first measures, and keeps the state. Figures are of the items alone where there is a loss `beside`
    theirs.
    """
    trainer = Trainer(pretrained, pixels, config, group, after_step, beside)
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
            measures=group.collect(measure() if group.is_first else {})[0],
        )
        history.append(metrics)
        after_epoch(metrics)
        after_history(history)
        if state and epoch:
            trainer.save(state, epoch, 0, 0.0, 0, history)
    return history


class Trainer:
    """A network, its optimizer and the decoded images, able to run an epoch or to evaluate."""

    def __init__(
        self,
        pretrained: Pretrained,
        pixels: Pixels,
        config: TrainingConfig,
        group: Group = ALONE,
        after_step: AfterStep = lambda step, loss, learning_rate: None,
        beside: Beside | None = None,
    ) -> None:
        self.config = config
        self.pixels = pixels
        self.group = group
        self.after_step = after_step
        self.compute: Compute = choose_compute(config.device, config.precision)
        prepare_network(pretrained.network, config)
        self.network = pretrained.network.to(self.compute.device).to(memory_format=torch.channels_last)
        self.beside = beside
        self.learnt: nn.Module = self.network  # all that a checkpoint keeps
        if beside is not None:
            self.learnt = nn.ModuleList([self.network, beside.learnt.to(self.compute.device)])
        groups = _parameter_groups(self.learnt, config.weight_decay)
        self.optimizer = AdamW(groups, lr=config.learning_rate, fused=True)
        # Only float16 needs its gradients scaled; elsewhere this passes them through.
        self.scaler = torch.amp.GradScaler(self.compute.device.type, enabled=self.compute.precision == "fp16")
        self._pretrained = pretrained

    def resume(self, state: StateFile) -> Position | None:
        position = state.load(self.learnt, self.optimizer)
        if position and self.scaler.is_enabled():
            self.scaler.load_state_dict(position.scaler)
        return position

    def save(
        self, state: StateFile, epoch: int, step: int, total: float, count: int, history: Sequence[EpochMetrics]
    ) -> None:
        if not self.group.is_first:
            return
        figures = tuple(asdict(metrics) for metrics in history)
        position = Position(epoch, step, total, count, figures, self.scaler.state_dict())
        state.save(self.learnt, self.optimizer, position)

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
        batches = epoch_batches(
            items,
            kind=config.batches,
            temperature=config.temperature,
            hard_negatives=config.hard_negatives,
            captions_together=config.captions_together,
            batch_size=config.batch_size,
            seed=config.seed,
            epoch=epoch,
            drop_incomplete=config.drop_incomplete_batch,
        )
        done, total, count = (position.step, position.total, position.count) if position else (0, 0.0, 0)
        progress.advance(count)
        for step, rows in enumerate(batches[done:], start=done):
            learning_rate = config.learning_rate_at(epoch + (step + 1) / len(batches))
            for parameters in self.optimizer.param_groups:
                parameters["lr"] = learning_rate
            try:
                loss = self._step(items, tokens, rows, epoch, step)
            except torch.OutOfMemoryError as error:
                at_once = min(len(rows), self._micro(rows))
                raise UserError(
                    f"The GPU's memory does not suffice for {at_once} items at once; go on with --micro-batch-size "
                    f"{max(1, at_once // 2)}, which leaves the loss as it is, with --gradient-checkpointing or "
                    "--precision bf16, or free the GPU of other work."
                ) from error
            total, count = total + loss * len(rows), count + len(rows)
            if state and state.every_steps and (step + 1) % state.every_steps == 0:
                self.save(state, epoch, step + 1, total, count, history)
            self.after_step(epoch * len(batches) + step + 1, loss, learning_rate)
            progress.advance(len(rows))
        return total / count

    def _step(self, items: Items, tokens: Tensor, rows: Rows, epoch: int, step: int) -> float:
        self.optimizer.zero_grad(set_to_none=True)
        value = self._backward(items, tokens, rows, epoch, step)
        if not np.isfinite(value):
            raise UserError(
                f"Training stopped: the loss of step {step + 1} in epoch {epoch + 1} is not a number; "
                "try a lower learning rate, a warm-up, or precision fp32."
            )
        self.scaler.step(self.optimizer)
        self.scaler.update()
        with torch.no_grad():
            self.network.logit_scale.clamp_(max=float(np.log(MAX_LOGIT_SCALE)))
        return value

    def _backward(self, items: Items, tokens: Tensor, rows: Rows, epoch: int, step: int) -> float:
        """Gradients of the whole batch's loss, and that loss; with the gradients of what is learnt beside it."""
        draws = int(np.random.SeedSequence([self.config.seed, epoch, step]).generate_state(1)[0])
        order = self.group.in_order(rows)
        beside = self._backward_beside(epoch, step, draws) if self.beside else 0.0
        value = self._carry_back(
            items, tokens, rows, draws, lambda images, texts: self._loss(images, texts, items, tokens, order)
        )
        # Every process has the gradients of scale and bias for the whole batch already.
        whole_batch = {id(self.network.logit_scale), id(self.network.logit_bias)}
        shared = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.group.sum_gradients([parameter for parameter in shared if id(parameter) not in whole_batch])
        return value if np.isfinite(beside) else beside

    def _backward_beside(self, epoch: int, step: int, draws: int) -> float:
        assert self.beside is not None  # noqa: S101 - for the type checker
        items, loss = self.beside.draw(epoch, step)
        rows = np.arange(len(items))
        back = torch.from_numpy(np.argsort(self.group.in_order(rows)))
        return self._carry_back(
            items,
            self._pretrained.tokenize(list(items.texts)),
            rows,
            draws + 1,
            lambda images, texts: loss(images[back], texts[back]),
        )

    def _carry_back(
        self, items: Items, tokens: Tensor, rows: Rows, draws: int, loss_of: Callable[[Tensor, Tensor], Tensor]
    ) -> float:
        """Add the gradients of a loss by the vectors of `rows`, as `Group.gather` has them, and return it.

        The loss needs the vectors of all items of the batch, but of their inner activations only a micro-batch
        fits at a time: so the vectors come first, without them, then the loss and its gradients at the vectors,
        and then each micro-batch once more with its part of those (Gao et al. 2021, "Scaling Deep Contrastive
        Learning Batch Size under Memory Limited Setup"). Where the share is one micro-batch, it runs once.
        """
        own = self.group.share(rows)
        place = np.arange(len(own))  # among `images`, of each item's picture
        if self.config.captions_together:
            _, first, place = np.unique(items.images[own], return_index=True, return_inverse=True)
            images = self._images(items, own[first], None)
        elif self.config.augmentation is None:
            images = self._images(items, own, None)
        else:  # drawn for the whole batch, so that the draws do not depend on the number of processes
            images = self._images(items, rows, torch.Generator().manual_seed(draws))
            images = images[self.group.rank :: self.group.size]
        size = self._micro(own)
        parts = [slice(start, start + size) for start in range(0, len(own), size)]

        def features(part: slice) -> tuple[Tensor, Tensor]:
            torch.manual_seed((draws + int(own[part][0])) % 2**32)  # dropout: the same when computed again
            texts = tokens[torch.from_numpy(own[part])]
            if not self.config.captions_together:
                return self._features(images[part], texts)
            read, back = np.unique(place[part], return_inverse=True)
            image_vectors, text_vectors = self._features(images[torch.from_numpy(read)], texts)
            return image_vectors[torch.from_numpy(back)], text_vectors

        if len(parts) == 1:
            with_graph = [features(parts[0])]
            computed = with_graph
        else:
            with_graph = []
            with torch.no_grad():
                computed = [features(part) for part in parts]
        dimension = self._pretrained.dimension
        image_vectors, text_vectors = (
            torch.cat(tower).detach().requires_grad_()
            if tower
            else torch.zeros(0, dimension, device=self.compute.device, requires_grad=True)
            for tower in ([pair[0] for pair in computed], [pair[1] for pair in computed])
        )
        all_images, all_texts = self.group.gather(image_vectors, rows), self.group.gather(text_vectors, rows)
        loss = loss_of(all_images, all_texts)
        self.scaler.scale(loss).backward()
        for index, part in enumerate(parts):
            pair = with_graph[index] if with_graph else features(part)
            carried = [
                (tower, whole.grad[part])
                for tower, whole in zip(pair, (image_vectors, text_vectors), strict=True)
                if tower.requires_grad and whole.grad is not None
            ]
            torch.autograd.backward([tower for tower, _ in carried], [gradient for _, gradient in carried])
        return float(loss.detach())

    def _micro(self, rows: Rows) -> int:
        return max(1, self.config.micro_batch_size or len(rows))

    @torch.no_grad()
    def evaluate(self, items: Items) -> float:
        """Mean loss over the items, in batches that are the same each time."""
        self.network.eval()
        tokens = self._pretrained.tokenize(list(items.texts))
        total = 0.0
        batches = list(fixed_batches(len(items), batch_size=self.config.batch_size))
        for rows in batches[self.group.rank :: self.group.size]:
            size = self._micro(rows)
            pairs = [
                self._features(
                    self._images(items, rows[start : start + size], None), tokens[rows[start : start + size]]
                )
                for start in range(0, len(rows), size)
            ]
            images, texts = (torch.cat(tower) for tower in zip(*pairs, strict=True))
            total += float(self._loss(images, texts, items, tokens, rows)) * len(rows)
        return self.group.sum(total, self.compute.device) / len(items)

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

    def _features(self, images: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors of images and texts, float32."""
        trimmed = trim_tokens(self.network, tokens).to(self.compute.device)
        with self.compute.autocast():
            image_features = self.network.encode_image(images)
            text_features = self.network.encode_text(trimmed)
        return F.normalize(image_features.float(), dim=-1), F.normalize(text_features.float(), dim=-1)

    def _loss(self, images: Tensor, texts: Tensor, items: Items, tokens: Tensor, rows: Rows) -> Tensor:
        """The loss of the batch `rows`, in the order of its vectors."""
        device = self.compute.device
        repeated = repeated_pairs(
            torch.from_numpy(items.images[rows]).to(device), tokens[torch.from_numpy(rows)].to(device)
        )
        return sigmoid_loss(images, texts, self.network.logit_scale.exp(), self.network.logit_bias, repeated)

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
