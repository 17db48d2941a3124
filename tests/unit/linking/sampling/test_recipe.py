"""A recipe that makes no sense is refused in a sentence; a good one survives storage and names its command."""

import pytest

from heritage.errors import UserError
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.strata import default_patterns

GOOD = {"collections": ("smg", "nms"), "models": ("base", "ft-best", "ft-last")}


@pytest.mark.parametrize(
    ("models", "patterns"),
    [
        (1, ["1"]),
        (2, ["11", "10", "01"]),
        (3, ["111", "100", "011", "010", "001"]),
        (4, ["1111", "1000", "0111", "0100", "0010", "0001"]),
    ],
)
def test_default_patterns(models, patterns):
    assert list(default_patterns(models)) == patterns


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"percentile": 0}, "above 0 and below 100"),
        ({"percentile": 100}, "above 0 and below 100"),
        ({"percentile": -3}, "above 0 and below 100"),
        ({"percentile": float("nan")}, "above 0 and below 100"),
        ({"collections": ("smg",)}, "at least two"),
        ({"collections": ("smg", "smg")}, "compared with itself"),
        ({"models": ()}, "at least one model"),
        ({"models": ("base", "base")}, "base is named twice"),
        ({"comparisons": ("image-sound",)}, "image-image, text-text, text-image, image-text"),
        ({"comparisons": ("text-text", "text-text")}, "named twice"),
        ({"comparisons": ()}, "at least one comparison"),
        ({"similarity": "centered"}, "choose from plain, centred, csls, fused"),
        ({"similarity": "csls+fused"}, "csls and fused do not go together"),
        (
            {"similarity": "fused", "comparisons": ("image+text",)},
            "name its comparisons instead .image-image text-text",
        ),
        ({"similarity": "csls", "percentile_over": "vectors"}, "take the percentile over records"),
        ({"similarity": "centred+fused", "percentile_over": "vectors"}, "take the percentile over records"),
        ({"percentile_over": "pairs"}, "records or vectors"),
        ({"patterns": ("11",)}, "one 0 or 1 for each of the 3 models"),
        ({"patterns": ("1x1",)}, "one 0 or 1"),
        ({"patterns": ("111", "111")}, "twice"),
        ({"patterns": ("every",), "models": tuple(f"m{n}" for n in range(7))}, "128 patterns"),
        ({"patterns": ("disagree",), "models": ("base",)}, "only one"),
        ({"controls": ("random", "random")}, "named twice"),
        ({"controls": ("other",)}, "random, similar"),
        ({"cross": ("smg:vam",)}, "no two of the collections; write such as smg:nms"),
        ({"cross": ("smg:nms", "nms:smg")}, "named twice"),
        ({"collections": ("a", "b", "c"), "cross": ("a:b",)}, "c would be compared with nothing"),
        ({"per_stratum": 0}, "at least 1 pair"),
        ({"nearest": 0}, "at least 1"),
        ({"keywords": ("  ",)}, "keyword is empty"),
        ({"models": tuple(f"m{n}" for n in range(17))}, "At most 16"),
    ],
)
def test_what_makes_no_sense_is_refused(change, sentence):
    with pytest.raises(UserError, match=sentence):
        SamplingRecipe(**GOOD | change)


@pytest.mark.parametrize(
    ("words", "patterns"),
    [
        (["agree"], "111"),
        (["disagree"], "110 101 100 011 010 001"),
        (["alone", "111"], "100 010 001 111"),
        (["111", "every"], "111 110 101 100 011 010 001 000"),
        ([], "111 100 011 010 001"),
    ],
)
def test_names_stand_for_patterns(words, patterns):
    assert SamplingRecipe(**GOOD, patterns=tuple(words)).patterns == tuple(patterns.split())


def test_a_recipe_of_an_earlier_version_is_read():
    stored = SamplingRecipe(**GOOD).as_json()
    del stored["cross"], stored["controls"], stored["similarity"]
    assert SamplingRecipe.from_json(stored) == SamplingRecipe(**GOOD)


def test_a_recipe_survives_storage():
    recipe = SamplingRecipe(**GOOD, keywords=("rotary telephone", "lamp"), percentile=97.5, seed=-3)
    assert SamplingRecipe.from_json(recipe.as_json()) == recipe
    assert recipe.patterns == ("111", "100", "011", "010", "001")


def test_a_recipe_of_a_kind_of_similarity_keeps_it_and_names_it():
    recipe = SamplingRecipe(**GOOD, similarity="fused,centred")
    assert recipe.similarity == "centred+fused"
    assert SamplingRecipe.from_json(recipe.as_json()) == recipe
    assert " --similarity centred+fused " in recipe.command("x")
    assert recipe.drawn_by == ("fused",)
    assert [part.name for part in recipe.design().comparisons[0].of] == list(recipe.comparisons)
    assert SamplingRecipe(**GOOD, similarity="csls").drawn_by == recipe.comparisons
    assert "--similarity" not in SamplingRecipe(**GOOD).command("x")


def test_a_recipe_names_the_command_that_repeats_it():
    recipe = SamplingRecipe(**GOOD, keywords=("rotary telephone",), percentile=99.9, seed=4)
    command = recipe.command("Mill pilot")
    assert command.startswith("python manage.py sample_pairs 'Mill pilot' --collections smg nms --models base ")
    assert "--percentile 99.9 " in command
    assert "--keywords 'rotary telephone' --nearest 200" in command
    assert command.endswith("--seed 4")
    further = SamplingRecipe(**GOOD, cross=("nms:smg",), controls=("random",)).command("x")
    assert "--cross smg:nms --controls random --seed 0" in further
    assert "--percentile 99 " in SamplingRecipe(**GOOD).command("x")
