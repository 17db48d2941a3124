"""What the demonstration learns and samples is what its texts say."""

from dataclasses import replace

from annotation.demonstration.recipes import TRAININGS, sampling_recipe
from heritage.demonstration.records import MUSEUM_A, MUSEUM_B
from linking.sampling.recipe import SamplingRecipe


def test_the_methods_strata_and_pairs_that_no_model_finds_similar() -> None:
    recipe = sampling_recipe(museums=(MUSEUM_A, MUSEUM_B), models=("base", "mixed", "collection"), seed=3)
    assert recipe.similarity == "centred+fused"
    assert set(recipe.comparisons) == {"image-image", "text-text", "text-image", "image-text"}
    assert set(recipe.patterns) == {"111", "100", "011", "010", "001", "000"}
    assert SamplingRecipe.from_json(recipe.as_json()) == recipe


def test_the_two_trainings_differ_by_their_batches_alone() -> None:
    configs = [training.config(epochs=None, seed=5) for training in TRAININGS]
    assert [config.batches for config in configs] == ["mixed", "collection"]
    assert all(config.seed == 5 for config in configs)
    assert replace(configs[1], batches="mixed") == configs[0]
    assert TRAININGS[0].config(epochs=1, seed=0).epochs == 1


def test_the_last_epoch_is_compared_where_it_is_a_model_of_its_own() -> None:
    assert TRAININGS[1].slugs == ("demo-collection-last", "demo-collection-best")
    assert len({slug for training in TRAININGS for slug in training.slugs}) == 4
