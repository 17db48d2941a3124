"""The state of an interrupted training, in one safetensors file that is replaced as a whole.

What is random in a step follows from seed, epoch and step, so the weights, the optimizer's moments
and the position are all there is to keep. Nothing is pickled.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim import Optimizer

from heritage.errors import UserError
from heritage.files.whole_folder import full_disk_explained
from models_ml.networks.tensor_file import write_tensors
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items

_DOCUMENT = "training"
# Settings that came later do not count as long as they change nothing, so that a run interrupted before goes on.
_CHANGES_NOTHING = (
    *(("batches", "mixed"), ("temperature", 1.0), ("hard_negatives", False), ("captions_together", False)),
    ("select", "loss"),
)


@dataclass(frozen=True)
class Position:
    """Between two steps: `epoch` counts from 0, `step` says how many of its steps are done."""

    epoch: int
    step: int
    total: float  # sum of the epoch's losses over its items so far
    count: int
    history: tuple[dict[str, Any], ...]  # figures of the epochs that are complete
    scaler: dict[str, Any]


@dataclass(frozen=True)
class StateFile:
    """Where the state lies. `run` identifies recipe and data: a state of another run is refused."""

    path: Path
    run: str
    every_steps: int = 0  # besides each epoch's end; 0: only there

    def save(self, network: nn.Module, optimizer: Optimizer, position: Position) -> None:
        """Replace the file. Raises UserError where there is no room for it; the one before then stays."""
        tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
        for index, parameter in enumerate(_parameters(optimizer)):
            tensors |= {f"optimizer.{index}.{key}": value for key, value in optimizer.state[parameter].items()}
        document = json.dumps({"run": self.run, "position": asdict(position)})
        advice = "make room and go on with --resume from the last complete checkpoint"
        incoming = self.path.with_name(self.path.name + ".incoming")
        with full_disk_explained(self.path.parent, advice):
            try:
                shutil.rmtree(incoming, ignore_errors=True)  # of a save that was killed
                incoming.mkdir()
                write_tensors(incoming / self.path.name, tensors, {_DOCUMENT: document})
                (incoming / self.path.name).replace(self.path)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    def load(self, network: nn.Module, optimizer: Optimizer) -> Position | None:
        """Put the kept state into network and optimizer; None where none is kept. Raises UserError if it is unfit."""
        if not self.path.exists():
            return None
        try:
            with safe_open(self.path, "pt") as file:
                document = json.loads((file.metadata() or {})[_DOCUMENT])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            run, kept = document["run"], document["position"]
            position = Position(**kept | {"history": tuple(kept["history"])})
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self.path} is damaged or no safetensors checkpoint of a training; remove it and start again "
                "without --resume."
            ) from error
        if run != self.run:
            raise UserError(
                f"{self.path} belongs to a training with another recipe, base or data; repeat its options, choose "
                "another name, or remove it to start again."
            )
        try:
            _restore(network, optimizer, tensors)
        except (RuntimeError, ValueError, IndexError) as error:
            raise UserError(f"{self.path} does not fit the network; remove it and start again.") from error
        return position


def network_digest(network: nn.Module) -> str:
    """SHA-256 over names and values of the network's tensors."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def run_identity(base: str, config: TrainingConfig, images: Sequence[str], *parts: Items) -> str:
    """SHA-256 over all that decides a loss curve: `base` is the digest of the weights before training, `config`
    names the precision that "auto" became. The device is not part of it."""
    recipe = {key: value for key, value in asdict(config).items() if key != "device"}
    recipe = {key: value for key, value in recipe.items() if (key, value) not in _CHANGES_NOTHING}
    data = [images, *([items.images.tolist(), items.texts] for items in parts)]
    if config.batches != "mixed" or config.temperature != 1:
        data += [[rows.tolist() for rows in items.rows_by_collection()] for items in parts]
    if config.hard_negatives:
        data += [[np.asarray(items.records).tolist(), items.terms] for items in parts]
    return hashlib.sha256(json.dumps([base, recipe, data]).encode()).hexdigest()


def _restore(network: nn.Module, optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    prefix = "network."
    network.load_state_dict({name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)})
    parameters = _parameters(optimizer)
    with torch.no_grad():
        for name, value in tensors.items():
            if not name.startswith("optimizer."):
                continue
            _, index, key = name.split(".")
            parameter = parameters[int(index)]
            # Moments take their parameter's memory layout, which the fused optimizer relies on.
            own = value.to(parameter.device) if value.ndim == 0 else torch.empty_like(parameter).copy_(value)
            optimizer.state[parameter][key] = own.clone()


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
