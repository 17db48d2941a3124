"""Which weights of a run become models."""

import pytest

from models_ml.training.kinds import SELECTIONS, Weights, averaged_epochs, kept_weights, possible_kinds


def test_best_last_and_average_are_three_models() -> None:
    assert kept_weights(2, averaged_epochs(5), 5) == (
        Weights("best", (2,)),
        Weights("last", (5,)),
        Weights("average", (3, 4, 5)),
    )


def test_the_last_epoch_is_not_written_twice_where_it_is_the_best() -> None:
    assert kept_weights(4, averaged_epochs(4), 4) == (
        Weights("best", (4,)),
        Weights("last", (4,), same_as="best"),
        Weights("average", (3, 4)),
    )


def test_the_mean_over_one_epoch_is_that_epoch() -> None:
    assert kept_weights(1, averaged_epochs(2), 2)[-1] == Weights("average", (2,), same_as="last")


@pytest.mark.parametrize("epochs", range(1, 7))
def test_all_that_can_come_of_a_run_is_known_before(epochs: int) -> None:
    runs = [kept_weights(best, averaged_epochs(epochs), epochs) for best in range(1, epochs + 1)]
    written = {weights.kind for run in runs for weights in run if weights.same_as is None}
    assert written == set(possible_kinds(epochs))


def test_the_lowest_loss_is_the_best_and_of_equal_ones_the_first() -> None:
    losses = [3.0, 1.0, 2.0, 1.0]
    assert SELECTIONS["loss"].best_epoch(losses, losses) == 2


def test_the_best_search_is_the_highest_and_equal_ones_go_by_loss() -> None:
    assert SELECTIONS["search"].best_epoch([0.2, 0.5, 0.5, 0.4], [1.0, 3.0, 2.0, 0.5]) == 3


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_links_make_one_model_more_of_the_epochs_after(epochs: int) -> None:
    captions, linked = (kept_weights(1, averaged_epochs(epochs), epochs, more) for more in (0, 3))
    assert linked == (*captions, Weights("linked", (epochs + 3,)))
    assert possible_kinds(epochs, links=True) == (*possible_kinds(epochs), "linked")
