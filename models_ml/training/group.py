"""The processes that train one model together: one by default, several under torchrun.

Every process has all items and sees the same batches; each computes its share of a batch's vectors. What
crosses between them is vectors and the sum of gradients, so that several processes take the very steps of one.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from heritage.errors import UserError
from models_ml.training.data.items import Rows

Collected = TypeVar("Collected")


@dataclass(frozen=True)
class Group:
    """Process `rank` of `size`. The first writes what is written."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def share(self, rows: Rows) -> Rows:
        """This process's part of `rows`."""
        return rows[self.rank :: self.size]

    def in_order(self, rows: Rows) -> Rows:
        """`rows` in the order in which `gather` puts the shares."""
        return np.concatenate([rows[rank :: self.size] for rank in range(self.size)])

    def gather(self, own: Tensor, rows: Rows) -> Tensor:
        """The vectors (n, d) of all `rows`, share after share, from each process's `own` (m, d).

        Gradients flow to `own` alone: each process answers for its share.
        """
        if self.size == 1:
            return own
        longest = -(-len(rows) // self.size)  # the first shares may have one more
        padded = own.detach().new_zeros(longest, own.shape[1])
        padded[: len(own)] = own.detach()
        shares = [torch.empty_like(padded) for _ in range(self.size)]
        dist.all_gather(shares, padded)
        parts = [share[: len(rows[rank :: self.size])] for rank, share in enumerate(shares)]
        parts[self.rank] = own
        return torch.cat(parts)

    def sum_gradients(self, parameters: list[nn.Parameter]) -> None:
        """Add up the gradients of all processes, in one exchange."""
        if self.size == 1 or not parameters:
            return
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        flat = torch.cat([parameter.grad.reshape(-1) for parameter in parameters])  # type: ignore[union-attr]
        dist.all_reduce(flat)
        start = 0
        for parameter in parameters:
            parameter.grad.copy_(flat[start : start + parameter.numel()].view_as(parameter))  # type: ignore[union-attr]
            start += parameter.numel()

    def sum(self, number: float, device: torch.device) -> float:
        """The sum of each process's `number`."""
        if self.size == 1:
            return number
        total = torch.tensor(number, dtype=torch.float64, device=device)
        dist.all_reduce(total)
        return float(total)

    def collect(self, own: Collected) -> list[Collected]:
        """What each process has, in the order of their ranks: the same list in all of them. Any objects, small ones."""
        found = [own] * self.size
        if self.size > 1:
            dist.all_gather_object(found, own)
        return found

    def wait(self) -> None:
        """Until all processes have come here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def joined_group() -> Iterator[Group]:
    """The group that torchrun's environment describes; one process where there is none."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group()
        return
    backend = "gloo"
    if torch.cuda.is_available():
        place = int(os.environ["LOCAL_RANK"])
        if place >= torch.cuda.device_count():
            raise UserError(
                f"There are {torch.cuda.device_count()} GPUs here: give torchrun no more processes per machine."
            )
        torch.cuda.set_device(place)
        backend = "nccl"
    dist.init_process_group(backend)
    try:
        yield Group(dist.get_rank(), size)
    finally:
        dist.destroy_process_group()
