"""The processes that take one sampling together: one by default, several under torchrun."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from linking.sampling.tiles import ALONE, Group


@contextmanager
def joined() -> Iterator[Group]:
    """The group that torchrun's environment describes. torch is imported only where there are several processes."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield ALONE
        return
    from models_ml.training.group import joined_group

    with joined_group() as group:
        yield group
