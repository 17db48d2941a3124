"""What a finer label may be, which a campaign adds under one of the four. Asks no database; `actions` stores it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from annotation.models import FinerLabel
from annotation.visibility import models_given_away
from annotation.vocabulary import Label
from heritage.errors import UserError

from .four import DEFAULT_LABELS, PAGE_LETTERS, LabelDraft, clean_label_name, known_label

LONGEST_KEY = 40
LONGEST_FINER_NAME = 60
MOST_UNDER_ONE = 12  # more are no quick choice any more
_RESERVED_KEYS = frozenset({*Label.values, "empty"})
_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True)
class FinerLabelDraft:
    """A finer label as somebody wrote it. An empty `key` is made from the name, an empty `shortcut` is none."""

    label: str
    name: str
    key: str = ""
    shortcut: str = ""


def finer_draft(finer: FinerLabel) -> FinerLabelDraft:
    return FinerLabelDraft(label=finer.label, name=finer.name, key=finer.key, shortcut=finer.shortcut)


def check_finer_labels(
    drafts: Iterable[FinerLabelDraft],
    *,
    existing: Sequence[FinerLabelDraft] = (),
    labels: Sequence[LabelDraft] = DEFAULT_LABELS,
    model_slugs: Sequence[str] = (),
) -> list[FinerLabelDraft]:
    """The drafts as they can be stored beside the `existing` ones, with keys and without needless white space.

    No name or letter may be one of `labels`, the four as the campaign has them (of `check_labels`). Annotators read
    names and keys: the slugs of models in `model_slugs` may not be among them.
    Raises UserError, with one sentence on the first thing that is wrong.
    """
    checked: list[FinerLabelDraft] = []
    for draft in drafts:
        clean = _cleaned(draft)
        _check_blind(clean, model_slugs)
        _check_apart_from_labels(clean, labels)
        _check_apart(clean, [*existing, *checked], labels)
        checked.append(clean)
    return checked


def key_of(name: str) -> str:
    """A key made of a name: "Same maker" gives same-maker. Empty where the name has no letter a to z and no digit."""
    return slugify(name)[:LONGEST_KEY].strip("-_")


def _cleaned(draft: FinerLabelDraft) -> FinerLabelDraft:
    label = known_label(draft.label)
    name = clean_label_name(draft.name, what="finer label", longest=LONGEST_FINER_NAME)
    if name.casefold().replace(" ", "_") in Label.values:
        raise UserError(f"{name} is one of the four labels: give the finer one another name.")
    return FinerLabelDraft(label=label, name=name, key=_key(draft.key.strip(), name), shortcut=_letter(draft, name))


def _key(key: str, name: str) -> str:
    if not key:
        key = key_of(name)
        if not key:
            raise UserError(f"No key can be made of {name}: write one, with letters a to z, digits and hyphens.")
    if len(key) > LONGEST_KEY:
        raise UserError(f"A key may have at most {LONGEST_KEY} characters; that of {name} has {len(key)}: shorten it.")
    if not _KEY.fullmatch(key):
        raise UserError(f"{key!r} is no key: use letters a to z, digits and hyphens between them, as in same-maker.")
    if key in _RESERVED_KEYS:
        raise UserError(f"The key {key} has a meaning of its own: choose another one for {name}.")
    return key


def _letter(draft: FinerLabelDraft, name: str) -> str:
    letter = draft.shortcut.strip().lower()
    if letter and not re.fullmatch("[a-z]", letter):
        raise UserError(f"{draft.shortcut.strip()!r} is no letter from a to z: give {name} one, or none.")
    if letter in PAGE_LETTERS:
        raise UserError(f"The letter {letter.upper()} has another use on the labelling page: give {name} another one.")
    return letter


def _check_blind(draft: FinerLabelDraft, model_slugs: Sequence[str]) -> None:
    if given_away := models_given_away(f"{draft.name} {draft.key}", model_slugs):
        raise UserError(
            f"Annotators would read {', '.join(given_away)} in the finer label {draft.name}: "
            "leave models out, so that the labelling stays blind."
        )


def _check_apart_from_labels(draft: FinerLabelDraft, labels: Sequence[LabelDraft]) -> None:
    for label in labels:
        if label.name.casefold() == draft.name.casefold():
            raise UserError(f"{draft.name} is one of the four labels here: give the finer one another name.")
        if draft.shortcut and label.shortcut == draft.shortcut:
            letter = draft.shortcut.upper()
            raise UserError(f"The letter {letter} is that of {label.name}: give {draft.name} another one.")


def _check_apart(draft: FinerLabelDraft, others: Sequence[FinerLabelDraft], labels: Sequence[LabelDraft]) -> None:
    for other in others:
        if other.name.casefold() == draft.name.casefold():
            raise UserError(f"There is a finer label named {other.name} already: choose another name.")
        if other.key == draft.key:
            raise UserError(f"The key {draft.key} is that of {other.name} already: give {draft.name} another one.")
        if draft.shortcut and other.shortcut == draft.shortcut:
            letter = draft.shortcut.upper()
            raise UserError(f"The letter {letter} is that of {other.name} already: give {draft.name} another one.")
    if Counter(other.label for other in others)[draft.label] >= MOST_UNDER_ONE:
        [name] = [label.name for label in labels if label.label == draft.label]
        raise UserError(
            f"{name} has {MOST_UNDER_ONE} finer labels already, and more are no quick choice: "
            f"leave out {draft.name} or another one."
        )
