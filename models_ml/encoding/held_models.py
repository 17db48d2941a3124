"""Models held in memory between questions, and vectors of what was asked before."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import psutil
from numpy.typing import NDArray

from models_ml.networks.encoders import Encoder, load_encoder
from models_ml.networks.sources import loadable

MOST_MODELS = 4
MEMORY_KEPT_FREE = 1_500_000_000  # bytes: below, models make room for each other and for the rest of the machine
MOST_VECTORS = 20_000

ModelKey = tuple[str, str]  # source, fingerprint of its weights
VectorKey = tuple[ModelKey, str, str]  # of which model, of a text or a picture, of which

logger = logging.getLogger(__name__)


class HeldModels:
    """Loads a model when it is first asked for, and lets go of the one asked for longest ago when there are too many
    or memory runs short. Threads may share it."""

    def __init__(
        self, load: Callable[[str], Encoder] | None = None, free_memory: Callable[[], int] | None = None
    ) -> None:
        self._load = load or (lambda source: load_encoder(loadable(source)))
        self._free_memory = free_memory or (lambda: int(psutil.virtual_memory().available))
        self._held: OrderedDict[ModelKey, Encoder] = OrderedDict()
        self._vectors: OrderedDict[VectorKey, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        # One model is loaded, and one question answered, at a time: torch uses all cores for each.
        self.at_work = threading.Lock()
        self.questions = 0  # that are answered now or wait

    @property
    def names(self) -> list[str]:
        return [source for source, _ in self._held]

    @contextmanager
    def question(self) -> Iterator[None]:
        """Counts one in hand."""
        with self._lock:
            self.questions += 1
        try:
            yield
        finally:
            with self._lock:
                self.questions -= 1

    def encoder(self, key: ModelKey) -> Encoder:
        """Call it `at_work`. Raises UserError where the model cannot be loaded."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            # Weights that changed under the same name take the place of those before.
            for stale in [held for held in self._held if held[0] == key[0]]:
                del self._held[stale]
            while self._held and (len(self._held) >= MOST_MODELS or self._free_memory() < MEMORY_KEPT_FREE):
                (source, _), _ = self._held.popitem(last=False)
                logger.info("%s is let go of.", source)
        loaded = self._load(key[0])
        with self._lock:
            self._held[key] = loaded
        return loaded

    def known(self, key: VectorKey) -> NDArray[np.float32] | None:
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
            return self._vectors.get(key)

    def keep(self, key: VectorKey, vector: NDArray[np.float32]) -> None:
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > MOST_VECTORS:
                self._vectors.popitem(last=False)
