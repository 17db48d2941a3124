"""Storing thousands of pictures on all processors."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from heritage.errors import UserError

from .store import ImageError, ImageStore, StoredImage

# Below this many pictures, starting processes takes longer than storing them here.
FEW = 64
CHUNK = 16


class ImagePool:
    """Stores files in a store, with worker processes once there are many. Use as a context manager."""

    def __init__(self, store: ImageStore, *, workers: int | None = None, dry_run: bool = False) -> None:
        self._add = partial(_stored_or_error, store, dry_run)
        self._workers = workers or os.cpu_count() or 1
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def add_files(self, paths: Sequence[Path]) -> list[StoredImage | ImageError]:
        """What became of each of `paths`, in their order. Raises UserError where storing itself fails."""
        if self._executor is None and (len(paths) < FEW or self._workers == 1):
            return [self._add(path) for path in paths]
        if self._executor is None:
            # Spawned, not forked: this process may hold a database connection and threads.
            self._executor = ProcessPoolExecutor(self._workers, mp_context=multiprocessing.get_context("spawn"))
        try:
            return list(self._executor.map(self._add, paths, chunksize=CHUNK))
        except BrokenProcessPool as error:
            raise UserError(
                "A process that reads pictures was killed, probably for want of memory: "
                "lower IMAGE_MAX_PIXELS or close other programs, then import again."
            ) from error


def _stored_or_error(store: ImageStore, dry_run: bool, path: Path) -> StoredImage | ImageError:
    try:
        return store.add_file(path, dry_run=dry_run)
    except ImageError as problem:
        return problem
