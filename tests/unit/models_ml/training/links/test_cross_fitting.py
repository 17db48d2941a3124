"""Judging by folds: no model sees a record of the pairs that it judges, and an interrupted run goes on."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch

from heritage.progress import NoProgress
from models_ml.training.data.links import LinkPair
from models_ml.training.group import Group
from models_ml.training.links import cross_fitting
from models_ml.training.links.batches import LinkItems
from models_ml.training.links.config import LinkConfig
from models_ml.training.links.cross_fitting import judge_by_folds
from models_ml.training.links.judged import JudgedPairs, write_judged
from models_ml.training.links.losses import LINK_COMPARISONS
from models_ml.training.state import StateFile
from tests.tiny_model import COLOURS
from tests.unit.models_ml.training.links.test_stage import CONFIG, _world

LINKS = LinkConfig(epochs=1, folds=2)
# Half of them links, so that whatever a fold leaves has both.
PAIRS = [
    LinkPair(("left", one), ("right", other), float((a + b) % 2), 1.0)
    for a, one in enumerate(COLOURS)
    for b, other in enumerate(COLOURS)
]


@dataclass
class _Seen:
    """By model, what it learnt from and what it judged."""

    learnt: list[LinkItems] = field(default_factory=list)
    judged: list[LinkItems] = field(default_factory=list)


def _judge(folder: Path, monkeypatch: pytest.MonkeyPatch, *, models: int = 100) -> tuple[JudgedPairs, _Seen]:
    """Interrupted after so many models. The network is as before afterwards."""
    pretrained, pixels, captions, links = _world(folder / "model", PAIRS)
    before = [parameter.clone() for parameter in pretrained.network.parameters()]
    seen = _Seen()
    train, compare = cross_fitting.train_on_links, cross_fitting.pair_similarities

    def watched_training(pretrained, pixels, training, evaluation, items, *arguments, **options):
        if len(seen.learnt) == models:
            raise KeyboardInterrupt
        seen.learnt.append(items)
        return train(pretrained, pixels, training, evaluation, items, *arguments, **options)

    def watched_comparison(encoder, pixels, items):
        if len(items) < len(PAIRS):
            seen.judged.append(items)
        return compare(encoder, pixels, items)

    with monkeypatch.context() as patch:
        patch.setattr(cross_fitting, "train_on_links", watched_training)
        patch.setattr(cross_fitting, "pair_similarities", watched_comparison)
        judged = judge_by_folds(
            pretrained,
            pixels,
            captions,
            captions,
            links,
            PAIRS,
            CONFIG,
            LINKS,
            state=StateFile(folder / "state.safetensors", "run"),
            progress=NoProgress(),
            group=Group(),
        )
    assert all(map(torch.equal, before, pretrained.network.parameters()))
    return judged, seen


def test_pairs_are_judged_by_models_that_learnt_from_neither_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, seen = _judge(tmp_path, monkeypatch)
    assert judged.models == len(seen.learnt) == len(seen.judged) > 1
    assert len(judged.pairs) == sum(map(len, seen.judged))
    for learnt, own in zip(seen.learnt, seen.judged, strict=True):
        assert not {*learnt.a, *learnt.b} & {*own.a, *own.b}
    for name in LINK_COMPARISONS:
        assert len(judged.before[name]) == len(judged.after[name]) == len(judged.pairs)
        assert np.isfinite(judged.after[name]).all()


def test_an_interrupted_run_learns_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, seen = _judge(tmp_path / "whole", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        _judge(tmp_path / "cut", monkeypatch, models=1)
    again, missing = _judge(tmp_path / "cut", monkeypatch)
    assert len(missing.learnt) == len(seen.learnt) - 1
    for name in LINK_COMPARISONS:
        np.testing.assert_allclose(again.after[name], whole.after[name], rtol=1e-5)


def test_the_table_has_a_row_for_each_pair(tmp_path: Path) -> None:
    values = {"text-text": np.array([0.25, np.nan])}
    write_judged(tmp_path, JudgedPairs(tuple(PAIRS[:2]), values, values, models=4))
    lines = (tmp_path / "link-folds.csv").read_text().splitlines()
    assert lines[0] == "a_collection,a,b_collection,b,target,weight,text-text similarity before,text-text log odds"
    assert lines[1] == "left,red,right,red,0.0,1.0,0.250000,0.250000"
    assert lines[2].endswith(",,")
