"""Where the products of tiles are worked out: all processors, or a GPU.

A device is given the vectors of some groups of either side and says which pairs reach a bound, and their
similarities. NumPy's product is the fastest that was measured on processors, and spares commands the import of
torch, which only a GPU needs (docs/adr/0009-sampling-engine.md).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import local
from typing import Any, Protocol

import numpy as np
from threadpoolctl import ThreadpoolController

# What NVIDIA's driver makes on Linux, and on Linux under Windows.
GPU_SIGNS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
FURTHER_PART = -1  # the room of products that are added to others


@dataclass(frozen=True, eq=False)
class Side:
    """The vectors of some groups under one model (or one part of it), as the device holds them.

    vectors: (n, d), layer by layer: the first vectors of all groups, then the second of those that have two,
    and so on; so a maximum over each group's vectors is one over plain slices of a product.
    layers: how many groups each layer has, in descending order.
    order: (groups,) for each group in the order of the whole tile its place among these; None if that is the same.
    added: (groups,) in the order of the whole tile, what is added to each group's similarities; None for nothing.
    """

    vectors: Any
    layers: list[int]
    order: np.ndarray | None
    added: Any = None


class Device(Protocol):
    """workers: how many tiles are worked on at once, each by a thread of its own.
    most_cells: how many cosines a tile may have.
    """

    workers: int
    most_cells: int

    def ready(self) -> AbstractContextManager[Any]:
        """The context in which tiles are worked out."""

    def hold(self, vectors: np.ndarray) -> Any:
        """(n, d) float32 vectors as this device holds them."""

    def reaching(
        self, left: Sequence[Sequence[Side]], right: Sequence[Sequence[Side]], lows: Sequence[np.float32]
    ) -> tuple[np.ndarray, np.ndarray]:
        """The pairs of groups whose similarity by at least one of the models is at or above that model's bound.

        left, right: each model's sides, one for each of its parts, whose similarities add up to the model's.

        Returns their ascending places (row * columns + column) in the tile, (k,) int64, and all models'
        similarities of them, (models, k) float32.
        """


class Processors:
    """All processors that NumPy's products use (OMP_NUM_THREADS limits them), a tile each."""

    most_cells = 2**21  # larger tiles leave the processor's cache

    def __init__(self) -> None:
        self._products = _products()
        self.workers = max((library.num_threads for library in self._products.lib_controllers), default=1)
        self._own = local()

    def ready(self) -> AbstractContextManager[Any]:
        # One thread a product: whole tiles side by side waste less than products that are shared out.
        return self._products.limit(limits=1)

    def hold(self, vectors: np.ndarray) -> np.ndarray:
        return vectors

    def reaching(
        self, left: Sequence[Sequence[Side]], right: Sequence[Sequence[Side]], lows: Sequence[np.float32]
    ) -> tuple[np.ndarray, np.ndarray]:
        tiles = []
        wanted = np.empty((0, 0), bool)
        for place, (a, b, low) in enumerate(zip(left, right, lows, strict=True)):
            values = self._values(place, a[0], b[0])
            for part_a, part_b in zip(a[1:], b[1:], strict=True):
                values += self._values(FURTHER_PART, part_a, part_b)
            _add(values, a[0], b[0])
            tiles.append(values)
            wanted = values >= low if place == 0 else np.logical_or(wanted, values >= low, out=wanted)
        cells = np.flatnonzero(wanted)
        rows, columns = np.divmod(cells, wanted.shape[1])
        return cells, np.stack([values[rows, columns] for values in tiles])

    def _values(self, room: int, a: Side, b: Side) -> np.ndarray:
        """(groups of a, groups of b) float32: their similarities, in this thread's room of that number."""
        product = self._room(room, len(a.vectors), len(b.vectors))
        np.matmul(a.vectors, b.vectors.T, out=product)
        values = _max_of_layers(_max_of_layers(product, a.layers).T, b.layers).T
        if a.order is not None or b.order is not None:
            values = values[np.ix_(_order(a), _order(b))]
        return values

    def _room(self, place: int, rows: int, columns: int) -> np.ndarray:
        """Memory of this thread, used again for each tile: fresh pages cost more than the maximum."""
        rooms: dict[int, np.ndarray] = self._own.__dict__.setdefault("rooms", {})
        if place not in rooms or rooms[place].size < rows * columns:
            rooms[place] = np.empty(rows * columns, np.float32)
        return rooms[place][: rows * columns].reshape(rows, columns)


class GraphicsProcessor:
    """A CUDA device, by torch. Products are in float32 throughout: the margin allows no shorter format."""

    workers = 2  # one tile is gathered from memory while the device works on another
    most_cells = 2**23  # smaller tiles keep the device waiting, larger ones gain nothing (docs/scaling.md)

    def __init__(self, name: str) -> None:
        import torch

        from models_ml.networks.compute import choose_compute

        self._torch = torch
        self._device = choose_compute(name, "fp32").device
        torch.backends.cuda.matmul.allow_tf32 = False

    def ready(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def hold(self, vectors: np.ndarray) -> Any:
        return self._torch.from_numpy(vectors).to(self._device)

    def reaching(
        self, left: Sequence[Sequence[Side]], right: Sequence[Sequence[Side]], lows: Sequence[np.float32]
    ) -> tuple[np.ndarray, np.ndarray]:
        torch = self._torch
        tiles = []
        wanted = None
        for a, b, low in zip(left, right, lows, strict=True):
            values = self._values(a[0], b[0])
            for part_a, part_b in zip(a[1:], b[1:], strict=True):
                values += self._values(part_a, part_b)
            _add(values, a[0], b[0])
            tiles.append(values)
            reached = values >= float(low)
            wanted = reached if wanted is None else wanted.logical_or_(reached)
        assert wanted is not None  # noqa: S101 - there is at least one model
        cells = wanted.reshape(-1).nonzero().squeeze(1)
        rows, columns = cells // wanted.shape[1], cells % wanted.shape[1]
        found = torch.stack([values[rows, columns] for values in tiles])
        return cells.cpu().numpy(), found.cpu().numpy()

    def _values(self, a: Side, b: Side) -> Any:
        values = self._torch.mm(a.vectors, b.vectors.T)
        values = _max_of_layers(values, a.layers, self._torch.maximum)
        values = _max_of_layers(values.T, b.layers, self._torch.maximum).T
        for axis, side in enumerate((a, b)):
            if side.order is not None:
                values = values.index_select(axis, self._torch.from_numpy(side.order).to(self._device))
        return values


def choose_device(name: str = "auto") -> Device:
    """Of "auto" (a GPU where there is one), "cpu", "cuda" and "cuda:1". Raises UserError for one that is not there."""
    if name == "cpu" or (name == "auto" and not any(sign.exists() for sign in GPU_SIGNS)):
        return Processors()
    import torch

    if name == "auto" and not torch.cuda.is_available():
        return Processors()
    return GraphicsProcessor("cuda" if name == "auto" else name)


@cache
def _products() -> ThreadpoolController:
    """The library that NumPy multiplies with; looking for it takes milliseconds."""
    return ThreadpoolController().select(user_api="blas")


def _max_of_layers(values: Any, layers: list[int], maximum: Any = np.maximum) -> Any:
    """Maximum over the layers of rows, in place: (sum(layers), c) -> (layers[0], c)."""
    result = values[: layers[0]]
    start = layers[0]
    for count in layers[1:]:
        maximum(result[:count], values[start : start + count], out=result[:count])
        start += count
    return result


def _add(values: Any, a: Side, b: Side) -> None:
    """What both sides add to similarities (groups of a, groups of b), in place."""
    if a.added is not None:
        values += a.added[:, None]
    if b.added is not None:
        values += b.added


def _order(side: Side) -> np.ndarray:
    return np.arange(side.layers[0]) if side.order is None else side.order
