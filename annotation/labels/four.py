"""What a campaign may call the four labels, and how it shows them. Asks no database; `actions` stores it.

Which label an answer has is stored, exported and analysed by its own key whatever a campaign calls it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from annotation.models import CampaignLabel, default_labels
from annotation.visibility import models_given_away
from annotation.vocabulary import Label, LabelColour
from heritage.errors import UserError

LONGEST_LABEL_NAME = 40
# Letters that the labelling page has a use for; a test holds them to those of `static/js/labelling/keys.js`.
PAGE_LETTERS = frozenset("uscz")


@dataclass(frozen=True)
class LabelDraft:
    """One of the four as somebody wrote it. Empty: the name that it has anyway, the number of its place, grey."""

    label: str
    name: str = ""
    shortcut: str = ""
    colour: str = ""


def label_draft(label: CampaignLabel) -> LabelDraft:
    return LabelDraft(label=label.label, name=label.name, shortcut=label.shortcut, colour=label.colour)


DEFAULT_LABELS = tuple(map(label_draft, default_labels()))


def check_labels(drafts: Iterable[LabelDraft], *, model_slugs: Sequence[str] = ()) -> tuple[LabelDraft, ...]:
    """All four as they can be stored, in the order given, in which they are shown; nothing is left empty.

    Annotators read the names: the slugs of models in `model_slugs` may not be among them.
    Raises UserError, with one sentence on the first thing that is wrong.
    """
    drafts = [replace(draft, label=known_label(draft.label)) for draft in drafts]
    if sorted(draft.label for draft in drafts) != sorted(Label.values):
        raise UserError(f"Name each of the four labels once, in the order of showing: {', '.join(Label.values)}.")
    checked: list[LabelDraft] = []
    for place, draft in enumerate(drafts, start=1):
        clean = _cleaned(draft, place)
        if given_away := models_given_away(clean.name, model_slugs):
            raise UserError(
                f"Annotators would read {', '.join(given_away)} in the label {clean.name}: "
                "leave models out, so that the labelling stays blind."
            )
        for other in checked:
            if folded(other.name) == folded(clean.name):
                raise UserError(f"Two labels are named {clean.name}: give one of them another name.")
            if other.shortcut == clean.shortcut:
                key = clean.shortcut.upper()
                raise UserError(f"The key {key} is that of {other.name} already: give {clean.name} another one.")
        checked.append(clean)
    return tuple(checked)


def moved(labels: Sequence[LabelDraft], label: str, by: int) -> list[LabelDraft]:
    """The labels with one of them up (`by` -1) or down (1); at the end it stays.

    Keys that are the numbers of their places go on to be that: 1 stays the first, whichever comes there.
    """
    labels = list(labels)
    [place] = [place for place, each in enumerate(labels) if each.label == label]
    there = place + by
    if not 0 <= there < len(labels):
        return labels
    labels[place], labels[there] = labels[there], labels[place]
    if {labels[place].shortcut, labels[there].shortcut} == {str(place + 1), str(there + 1)}:
        for each in (place, there):
            labels[each] = replace(labels[each], shortcut=str(each + 1))
    return labels


def known_label(text: str) -> str:
    """The key of one of the four, also out of its name: "Same object". Raises UserError."""
    label = folded(text)
    if label not in Label.values:
        raise UserError(f"There is no label {text.strip()[:80] or '(empty)'}: use one of {', '.join(Label.values)}.")
    return label


def clean_label_name(text: str, *, what: str, longest: int) -> str:
    """A name without needless white space. Raises UserError for one that cannot be shown in one line."""
    name = " ".join(text.split())
    if not name:
        raise UserError(f"Give the {what} a name.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise UserError(f"The name of a {what} may not contain control characters: remove them.")
    if len(name) > longest:
        raise UserError(
            f"The name of a {what} may have at most {longest} characters; {name[:20]} … has {len(name)}: shorten it."
        )
    return name


def _cleaned(draft: LabelDraft, place: int) -> LabelDraft:
    usual = str(Label(draft.label).label)
    name = clean_label_name(draft.name, what="label", longest=LONGEST_LABEL_NAME) if draft.name.strip() else usual
    if (other := folded(name)) in Label.values and other != draft.label:
        raise UserError(f"{name} is another one of the four labels: give {usual} a name of its own.")
    shortcut = draft.shortcut.strip().lower() or str(place)
    if not re.fullmatch("[a-z0-9]", shortcut):
        raise UserError(f"{draft.shortcut.strip()[:20]!r} is no digit and no letter from a to z: give {name} one.")
    if shortcut in PAGE_LETTERS:
        raise UserError(
            f"The letter {shortcut.upper()} has another use on the labelling page: give {name} another key."
        )
    colour = draft.colour.strip().lower() or LabelColour.GREY.value
    if colour not in LabelColour.values:
        known = ", ".join(LabelColour.values)
        raise UserError(f"There is no colour {draft.colour.strip()[:20]}: give {name} one of {known}.")
    return LabelDraft(label=draft.label, name=name, shortcut=shortcut, colour=colour)


def folded(text: str) -> str:
    """As the keys are written, so that Same object, same-object and same_object are one."""
    return "_".join(text.strip().casefold().replace("-", " ").replace("_", " ").split())
