"""What a finer label may be, and files of them."""

import io
from dataclasses import replace

import pytest

from annotation.labels.files import SchemeDraft, read_scheme, write_scheme
from annotation.labels.finer import LONGEST_FINER_NAME, LONGEST_KEY, MOST_UNDER_ONE, FinerLabelDraft, check_finer_labels
from annotation.labels.four import DEFAULT_LABELS, check_labels
from annotation.models import FinerLabel
from heritage.errors import UserError
from tests.unit.annotation.labels.test_four import GERMAN

MAKER = FinerLabelDraft("same_category", "Same maker", "same-maker", "m")


def draft(name="Same process", *, label="same_category", key="", shortcut=""):
    return FinerLabelDraft(label=label, name=name, key=key, shortcut=shortcut)


def test_white_space_goes_and_the_key_follows_from_the_name():
    [checked] = check_finer_labels([draft("  Same\n process ", label=" Same category ", shortcut=" P")])
    assert checked == FinerLabelDraft("same_category", "Same process", "same-process", "p")
    assert check_finer_labels([checked]) == [checked]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (draft(label="same"), "There is no label same: use one of same_object"),
        (draft(" "), "Give the finer label a name"),
        (draft("x" * (LONGEST_FINER_NAME + 1)), "at most 60 characters; x{20} … has 61"),
        (draft("a\0b"), "control characters"),
        (draft("half \ud800"), "control characters"),
        (draft("same  OBJECT"), "one of the four labels"),
        (draft("same MAKER", key="other"), "a finer label named Same maker already"),
        (draft("Other", label="unrelated", key="same-maker"), "The key same-maker is that of Same maker already"),
        (draft(key="same_object"), "The key same_object has a meaning of its own"),
        (draft(key="Same process"), "'Same process' is no key"),
        (draft(key="-x"), "is no key"),
        (draft(key="x" * (LONGEST_KEY + 1)), "at most 40 characters"),
        (draft("同じ作者"), "No key can be made of 同じ作者"),
        (draft(shortcut="M"), "The letter M is that of Same maker already"),
        (draft(shortcut="z"), "The letter Z has another use on the labelling page"),
        (draft(shortcut="1"), "'1' is no letter"),
        (draft(shortcut="mp"), "'mp' is no letter"),
        (draft(shortcut="é"), "is no letter"),
        (draft("As ft-best-2 finds"), "Annotators would read ft-best-2 in the finer label"),
        (draft("Fine", key="ft-best-2"), "Annotators would read ft-best-2"),
    ],
)
def test_what_cannot_be_is_one_sentence(wrong, sentence):
    with pytest.raises(UserError, match=sentence) as raised:
        check_finer_labels([wrong], existing=[MAKER], model_slugs=["base", "ft-best-2"])
    assert "\n" not in str(raised.value)


def test_names_and_letters_of_the_four_are_taken():
    labels = check_labels([*DEFAULT_LABELS[:3], replace(DEFAULT_LABELS[3], name="Nothing", shortcut="n")])
    for wrong, sentence in (
        (draft("nothing"), "nothing is one of the four labels here"),
        (draft(shortcut="N"), "The letter N is that of Nothing"),
    ):
        with pytest.raises(UserError, match=sentence):
            check_finer_labels([wrong], labels=labels)


def test_drafts_are_told_apart_from_each_other_too():
    with pytest.raises(UserError, match="The letter P is that of Same process already"):
        check_finer_labels([draft(shortcut="p"), draft("Same plant", shortcut="p")])


def test_no_label_has_more_than_can_be_chosen_quickly():
    many = [draft(f"Kind {number}") for number in range(MOST_UNDER_ONE)]
    check_finer_labels([*many, draft("Kind x", label="unrelated")])
    with pytest.raises(UserError, match="Same category has 12 finer labels already"):
        check_finer_labels([*many, draft("Kind x")])


def test_lengths_are_those_of_the_columns():
    lengths = {field.name: getattr(field, "max_length", None) for field in FinerLabel._meta.get_fields()}
    assert (lengths["name"], lengths["key"]) == (LONGEST_FINER_NAME, LONGEST_KEY)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.csv", "label,key,name,shortcut\r\nsame_category,same-maker,Same maker,m\r\n"),
        ("labels.csv", "\ufeffname,label,shortcut,key\nSame maker,same_category,m,same-maker\n\n"),
        (
            "labels.json",
            '[{"label": "same_category", "key": "same-maker", "name": "Same maker", "shortcut": "m"}]',
        ),
    ],
)
def test_a_file_of_finer_labels_is_read(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    assert check_finer_labels(read_scheme(path).finer) == [MAKER]


def written(tmp_path, labels, finer):
    """The text of the file, and what is read from it again."""
    file = io.StringIO(newline="")
    write_scheme(labels, finer, file)
    path = tmp_path / "labels.csv"
    path.write_text(file.getvalue(), newline="")
    return file.getvalue(), read_scheme(path)


def test_what_is_written_is_read_again(tmp_path):
    finer = (MAKER, FinerLabelDraft("unrelated", '=A "name", twice', "a-name", ""))
    text, again = written(tmp_path, DEFAULT_LABELS, finer)
    assert text.startswith("\ufefflabel,key,name,shortcut\r\nsame_category,same-maker,")
    assert "\n=A" not in text
    assert again == SchemeDraft(finer=finer)
    text, again = written(tmp_path, GERMAN, finer)
    assert text.splitlines()[1:3] == [
        "unrelated,unrelated,Ohne Bezug,0,grey",
        "same_object,same_object,Dasselbe Objekt,d,blue",
    ]
    assert again == SchemeDraft(GERMAN, finer)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("x.csv", "", "lacks label and name"),
        ("x.csv", "label,name\n", "has no labels"),
        ("x.csv", "label,key\nunrelated,x\n", "lacks name"),
        (
            "x.csv",
            "label,name,color\nunrelated,x,red\n",
            "has color, which is none of label, key, name, shortcut, colour",
        ),
        ("x.csv", "label,name,colour\nunrelated,x,red\n", "x is a finer label and has no colour of its own"),
        ("x.csv", "label,name,name\nunrelated,x,y\n", "a column twice"),
        ("x.csv", "label,name\nunrelated,x,y\n", "row 2: there are more or fewer cells"),
        ("x.csv", b"label,name\nunrelated,\xe9\n", "is not UTF-8"),
        ("x.json", "{", "is no JSON"),
        ("x.json", "[" * 100_000, "is no JSON"),
        ("x.json", '{"label": "unrelated"}', "is no list of objects"),
        ("x.json", '[{"label": "unrelated", "name": 7}]', "are texts"),
        ("x.json", "[]", "has no labels"),
    ],
)
def test_another_file_is_one_sentence(tmp_path, name, text, sentence):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=sentence):
        read_scheme(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_scheme(tmp_path / "missing.csv")
