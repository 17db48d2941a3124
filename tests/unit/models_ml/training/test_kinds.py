"""Which weights of a run become models."""

import pytest

from models_ml.training.kinds import Weights, kept_weights, possible_kinds


def test_best_and_last_of_different_epochs_are_two_models() -> None:
    assert kept_weights(best_epoch=2, epochs=5) == (Weights("best", (2,)), Weights("last", (5,)))


def test_the_last_epoch_is_not_written_twice_where_it_is_the_best() -> None:
    assert kept_weights(best_epoch=5, epochs=5) == (Weights("best", (5,)), Weights("last", (5,), same_as="best"))


@pytest.mark.parametrize("epochs", range(1, 7))
def test_all_that_can_come_of_a_run_is_known_before(epochs: int) -> None:
    runs = [kept_weights(best, epochs) for best in range(1, epochs + 1)]
    written = {weights.kind for run in runs for weights in run if weights.same_as is None}
    assert written == set(possible_kinds(epochs))
