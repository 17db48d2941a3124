"""Variants are named in any spelling, and combinations that make no sense are refused in a sentence."""

import pytest

from heritage.errors import UserError
from linking.sampling.variants.kinds import KINDS, read_kind


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["plain"], "plain"),
        (["centred", "fused"], "centred+fused"),
        (["fused,centred"], "centred+fused"),
        (["csls+centred"], "centred+csls"),
        (["csls", "csls"], "csls"),
    ],
)
def test_variants_are_read_in_any_spelling_and_order(words, name):
    assert read_kind(words) == name


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["centered"], "No similarity is called 'centered'; choose from plain, centred, csls, fused"),
        (["csls", "fused"], "csls and fused do not go together"),
        (["plain", "centred"], "plain and centred do not go together"),
        ([","], "Name a similarity"),
        ([], "Name a similarity"),
    ],
)
def test_what_makes_no_sense_is_refused(words, sentence):
    with pytest.raises(UserError, match=sentence):
        read_kind(words)


def test_each_kind_says_what_it_does_in_one_sentence():
    assert all(kind.description.endswith(".") and kind.description.count(".") == 1 for kind in KINDS.values())
    assert {kind.name for kind in KINDS.values() if kind.centred} == {"centred", "centred+csls", "centred+fused"}
