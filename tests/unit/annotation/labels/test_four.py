"""What a campaign may call the four labels, and how it may show them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from annotation.labelling.views.guide import KEYS
from annotation.labels.four import DEFAULT_LABELS, LONGEST_LABEL_NAME, PAGE_LETTERS, LabelDraft, check_labels, moved
from annotation.models import CampaignLabel, CampaignLabelName
from annotation.vocabulary import Label, LabelColour
from heritage.errors import UserError
from tests.unit.annotation.results.test_charts import contrast

STATIC = Path(__file__).resolve().parents[4] / "static"
GERMAN = (
    LabelDraft("unrelated", "Ohne Bezug", "0", "grey"),
    LabelDraft("same_object", "Dasselbe Objekt", "d", "blue"),
    LabelDraft("similar_object", "Ähnliches Objekt", "a", "ochre"),
    LabelDraft("same_category", "Gleiche Gattung", "g", "red"),
)


def four(**changes):
    """The four with another same_category."""
    return [replace(label, **changes) if label.label == "same_category" else label for label in DEFAULT_LABELS]


def test_what_is_left_empty_is_as_it_is_anyway():
    assert check_labels(map(LabelDraft, Label.values)) == DEFAULT_LABELS
    assert check_labels(GERMAN) == GERMAN
    [first, *_] = check_labels(
        [LabelDraft(" Unrelated", "  Ohne\n Bezug ", "O", "BLUE"), *map(LabelDraft, Label.values[:3])]
    )
    assert first == LabelDraft("unrelated", "Ohne Bezug", "o", "blue")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (DEFAULT_LABELS[:3], "Name each of the four labels once"),
        ((*DEFAULT_LABELS[:3], DEFAULT_LABELS[0]), "Name each of the four labels once"),
        (four(label="identical"), "There is no label identical: use one of same_object"),
        (four(name="x" * (LONGEST_LABEL_NAME + 1)), "at most 40 characters; x{20} … has 41"),
        (four(name="a\0b"), "control characters"),
        (four(name="same-object"), "same-object is another one of the four labels: give Same category a name"),
        (four(name="UNRELATED"), "another one of the four"),
        ((replace(DEFAULT_LABELS[0], name="A-b"), *four(name="a B")[1:]), "Two labels are named a B"),
        (four(shortcut="1"), "The key 1 is that of Same object already: give Same category another one"),
        (four(shortcut="Z"), "The letter Z has another use on the labelling page"),
        (four(shortcut="é"), "'é' is no digit and no letter"),
        (four(shortcut="12"), "'12' is no digit"),
        (four(shortcut="٣"), "is no digit"),
        (four(colour="#f00"), "There is no colour #f00: give Same category one of grey, brown, ochre, red, blue"),
        (four(name="As ft-best-2 finds"), "Annotators would read ft-best-2 in the label"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(wrong, sentence):
    with pytest.raises(UserError, match=sentence) as raised:
        check_labels(wrong, model_slugs=["base", "ft-best-2"])
    assert "\n" not in str(raised.value)


def test_keys_that_number_the_places_go_on_to_and_others_go_along():
    up = moved(DEFAULT_LABELS, "similar_object", -1)
    assert [(each.label, each.shortcut) for each in up[:2]] == [("similar_object", "1"), ("same_object", "2")]
    assert moved(up, "same_object", -1) == list(DEFAULT_LABELS)
    assert moved(GERMAN, "same_object", -1)[:2] == [GERMAN[1], GERMAN[0]]
    assert moved(GERMAN, "same_category", 1) == list(GERMAN)


def test_the_letters_of_the_page_are_those_of_its_script():
    defaults = re.search(r"const DEFAULTS = \{(.*?)\}", (STATIC / "js/labelling/keys.js").read_text("utf-8"), re.DOTALL)
    assert set(re.findall(r': "([a-z])"', defaults[1])) == PAGE_LETTERS
    assert {key.lower() for _, key, _ in KEYS if key.isalpha()} == PAGE_LETTERS


def test_lengths_are_those_of_the_columns():
    for model in (CampaignLabel, CampaignLabelName):
        assert model._meta.get_field("name").max_length == LONGEST_LABEL_NAME


def test_every_colour_can_be_read_on_the_page_in_light_and_in_dark():
    tokens = dict(
        re.findall(r"--([a-z-]+): light-dark\((#\w{6}, #\w{6})\)", (STATIC / "css/site/tokens.css").read_text())
    )
    styles = (STATIC / "css/site/components.css").read_text()
    tokens_of = dict(re.findall(r'\[data-colour="(\w+)"\][^}]*--label-colour: var\(--([a-z-]+)\)', styles)) | {
        "grey": "soft"
    }
    assert tokens_of.keys() == set(LabelColour.values)
    assert len(set(tokens_of.values())) == len(LabelColour)
    for mode in (0, 1):
        for ground in ("ground", "paper", "stage"):
            for colour, token in tokens_of.items():
                found = contrast(tokens[token].split(", ")[mode], tokens[ground].split(", ")[mode])
                assert found >= 4.5, (colour, ground, mode, found)
