"""The course of a training for TensorBoard."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from models_ml.training.kinds import SELECTIONS
from models_ml.training.loop import EpochMetrics

LOG_FOLDER = "tensorboard"


class StepLog:
    """Writes the loss of each step and each epoch's figures into `folder`, made at the first of them.

    A resumed training writes on in the same folder; TensorBoard leaves out the steps that it repeats.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._writer: SummaryWriter | None = None
        self._steps = 0

    def step(self, step: int, loss: float, learning_rate: float) -> None:
        self._steps = step
        writer = self._open(step)
        writer.add_scalar("training loss", loss, step)
        writer.add_scalar("learning rate", learning_rate, step)

    def epoch(self, metrics: EpochMetrics) -> None:
        writer = self._open(self._steps)
        writer.add_scalar("evaluation loss", metrics.evaluation_loss, metrics.epoch)
        for name, figure in metrics.measures.items():
            writer.add_scalar(SELECTIONS[name].title, figure, metrics.epoch)
        writer.flush()

    def close(self) -> None:
        if self._writer:
            self._writer.close()

    def _open(self, step: int) -> SummaryWriter:
        if self._writer is None:
            self._writer = SummaryWriter(str(self._folder), purge_step=step or None)
        return self._writer
