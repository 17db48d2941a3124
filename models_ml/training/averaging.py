"""The mean of a network's weights over epochs, kept on the disc so that a run that is killed goes on with it.

Averaged weights lie nearer the middle of the region that training wanders in, and often do better on what was not
trained on than those of any one epoch (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better
Generalization"; Wortsman et al. 2022, "Model soups"). The mean is right for statistics of batch norm only where they
are frozen, as in fine-tuning: learnt ones would have to be computed anew for the averaged weights.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from models_ml.networks.tensor_file import write_tensors

_FILE_NAME = "sum.safetensors"
_EPOCHS = "epochs"


@dataclass(frozen=True)
class EpochMean:
    """The sum of the weights after each epoch from `first` on, in `folder`, which exists.

    A sum lies under its last epoch's number, and the one before stays beside it: a run killed before its checkpoint
    repeats the epoch and adds to that. Sums are float64; what is not of floating point is as after the last epoch.
    """

    folder: Path
    first: int

    def add(self, network: nn.Module, epoch: int) -> None:
        """Add the weights after `epoch`, if it is one of those. Raises UserError where the sum so far is damaged.

        Where there is none, as of a run begun before sums were kept, the sum begins here.
        """
        if epoch < self.first:
            return
        epochs, before = self._read(epoch - 1)
        total = {name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}
        for name, tensor in total.items():
            if tensor.is_floating_point():
                total[name] = tensor.double() + before.get(name, 0.0)
        shutil.rmtree(self._place(epoch - 2), ignore_errors=True)  # no checkpoint goes back to it
        with whole_folder(self._place(epoch)) as incoming:
            write_tensors(incoming / _FILE_NAME, total, {_EPOCHS: json.dumps([*epochs, epoch])})

    def epochs(self, last: int) -> tuple[int, ...]:
        """The epochs up to `last` that the mean is over; none where there is no sum."""
        with self._sum(last) as file:
            return _epochs(file)

    def load(self, network: nn.Module, last: int) -> None:
        """Put the mean over `epochs(last)` into `network`."""
        epochs, total = self._read(last)
        network.load_state_dict(
            {name: tensor / len(epochs) if tensor.is_floating_point() else tensor for name, tensor in total.items()}
        )

    def _place(self, epoch: int) -> Path:
        return self.folder / f"sum-{epoch}"

    def _read(self, epoch: int) -> tuple[tuple[int, ...], dict[str, Tensor]]:
        with self._sum(epoch) as file:
            names = file.keys() if file else ()
            return _epochs(file), {name: file.get_tensor(name) for name in names}

    @contextmanager
    def _sum(self, epoch: int) -> Iterator[Any]:
        """The open file of the sum up to `epoch`, None where there is none."""
        path = self._place(epoch) / _FILE_NAME
        if not path.exists():
            yield None
            return
        try:
            with safe_open(path, "pt") as file:
                yield file
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged; remove {self.folder} and start again.") from error


def _epochs(file: Any) -> tuple[int, ...]:
    return tuple(json.loads(file.metadata()[_EPOCHS])) if file else ()
