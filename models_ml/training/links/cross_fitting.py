"""Judging every pair by a model that learnt from neither of its records: the stage with links, once for each cell of
folds, each time from the same weights."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from heritage.progress import Progress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.pretrained import Pretrained
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items
from models_ml.training.data.links import LinkPair
from models_ml.training.data.pixels import Pixels
from models_ml.training.group import Group
from models_ml.training.state import StateFile

from .batches import LinkItems
from .choice import can_be_learnt
from .config import LinkConfig
from .folds import LinkFold, link_folds
from .judged import JudgedPairs
from .losses import LINK_COMPARISONS
from .similarities import pair_similarities
from .stage import train_on_links

Values = dict[str, list[float]]


@dataclass(frozen=True)
class _Cells:
    """Where the cells' figures and states lie until all are done; `run` identifies what they are of."""

    folder: Path
    run: str
    every_steps: int

    def state(self, number: int) -> StateFile:
        run = hashlib.sha256(f"{self.run} cell {number}".encode()).hexdigest()
        return StateFile(self.folder / f"state-cell-{number}.safetensors", run, self.every_steps)

    def done(self, number: int) -> Values | None:
        path = self._path(number)
        document = json.loads(path.read_text("utf-8")) if path.exists() else {}
        values: Values | None = document["values"] if document.get("run") == self.run else None
        return values

    def keep(self, number: int, values: Values) -> None:
        incoming = self._path(number).with_suffix(".incoming")
        incoming.write_text(json.dumps({"run": self.run, "values": values}), encoding="utf-8")
        incoming.replace(self._path(number))
        self.state(number).path.unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"cell-{number}.json"


def judge_by_folds(
    pretrained: Pretrained,
    pixels: Pixels,
    training: Items,
    evaluation: Items,
    items: LinkItems,
    pairs: Sequence[LinkPair],
    config: TrainingConfig,
    link_config: LinkConfig,
    *,
    state: StateFile,
    progress: Progress,
    group: Group,
) -> JudgedPairs:
    """`pairs` by `link_config.folds`, from `pretrained.network` as it is, which is left so; `items` are of the pairs.

    Pairs of a cell of which the others cannot be learnt from are left out. What is done is kept beside `state`, so that
    an interrupted run goes on where it was. Every process of the `group` calls this.
    """
    start = {name: value.clone() for name, value in pretrained.network.state_dict().items()}
    compute = choose_compute(config.device, config.precision)
    before = pair_similarities(Encoder(pretrained, compute), pixels, items)
    after = {name: np.full(len(pairs), np.nan) for name in LINK_COMPARISONS}
    folds = [
        fold
        for fold in link_folds(pairs, link_config.folds, seed=config.seed)
        if can_be_learnt([pairs[place] for place in fold.learnt])
    ]
    cells = _Cells(state.path.parent, state.run, state.every_steps)

    def judge(number: int, fold: LinkFold) -> Values:
        pretrained.network.load_state_dict(start)
        _, scales = train_on_links(
            pretrained,
            pixels,
            training,
            evaluation,
            items.take(fold.learnt),
            config,
            link_config,
            progress=progress,
            state=cells.state(number),
            group=group,
        )
        found = pair_similarities(Encoder(pretrained, compute), pixels, items.take(fold.judged))
        return {name: scales.log_odds(name, found[name]).tolist() for name in scales.names}

    for number, fold in enumerate(folds):
        progress.start(f"Judging links, part {number + 1} of {len(folds)}")
        values = cells.done(number)
        group.wait()  # until all have looked
        if values is None:
            values = judge(number, fold)
            if group.is_first:
                cells.keep(number, values)
        for name, own in values.items():
            after[name][fold.judged] = own
    pretrained.network.load_state_dict(start)
    judged = np.sort(np.concatenate([np.empty(0, np.int64), *(fold.judged for fold in folds)]))
    return JudgedPairs(
        pairs=tuple(pairs[place] for place in judged),
        before={name: values[judged] for name, values in before.items()},
        after={name: values[judged] for name, values in after.items()},
        models=len(folds),
    )
