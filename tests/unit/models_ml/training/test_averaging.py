"""The mean of weights over epochs, also where a run is killed between two of them."""

from pathlib import Path

import pytest
import torch
from torch import nn

from heritage.errors import UserError
from models_ml.training.averaging import EpochMean


def _network(epoch: int) -> nn.Module:
    """Weights that a float32 sum of them would round, frozen statistics, and a counter that is no weight."""
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for number, parameter in enumerate(network.parameters()):
        nn.init.constant_(parameter, 1.0 + epoch * 1e-7 + number)
    network[1].running_mean.fill_(0.1)
    network[1].num_batches_tracked.fill_(epoch)
    return network


def _mean_over(folder: Path, epochs: tuple[int, ...]) -> dict[str, torch.Tensor]:
    mean = EpochMean(folder, epochs[0])
    for epoch in range(1, epochs[-1] + 1):
        mean.add(_network(epoch), epoch)
    assert mean.epochs(epochs[-1]) == epochs
    network = _network(0)
    mean.load(network, epochs[-1])
    return network.state_dict()


def test_weights_are_averaged_over_the_epochs_and_counters_are_the_last(tmp_path: Path) -> None:
    found = _mean_over(tmp_path, (3, 4, 5))
    states = [_network(epoch).state_dict() for epoch in (3, 4, 5)]
    for name, tensor in found.items():
        own = torch.stack([state[name].double() for state in states])
        expected = own[-1] if name.endswith("tracked") else own.mean(dim=0)
        assert torch.equal(tensor, expected.to(tensor.dtype)), name


def test_an_epoch_that_is_repeated_counts_once(tmp_path: Path) -> None:
    whole = _mean_over(tmp_path / "whole", (2, 3))
    mean = EpochMean(tmp_path / "cut", 2)
    for epoch in (1, 2, 2, 3, 3):
        mean.add(_network(epoch), epoch)
    cut = _network(0)
    mean.load(cut, 3)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in cut.state_dict().items())


def test_a_run_begun_without_sums_averages_what_is_left_of_it(tmp_path: Path) -> None:
    mean = EpochMean(tmp_path, 3)
    assert mean.epochs(5) == ()
    for epoch in (4, 5):
        mean.add(_network(epoch), epoch)
    assert mean.epochs(5) == (4, 5)


def test_no_more_than_two_sums_take_room(tmp_path: Path) -> None:
    _mean_over(tmp_path, (1, 2, 3, 4, 5))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sum-4", "sum-5"]


def test_a_damaged_sum_is_refused(tmp_path: Path) -> None:
    mean = EpochMean(tmp_path, 1)
    mean.add(_network(1), 1)
    path = tmp_path / "sum-1" / "sum.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match="is damaged"):
        mean.add(_network(2), 2)
