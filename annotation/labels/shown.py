"""The labels as pages show them: names, keys, colours, and the finer ones under each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext

from annotation.labels.queries import campaign_labels
from annotation.models import Campaign, CampaignLabel, default_labels
from annotation.vocabulary import Label, LabelColour

FINER_SIGN = ":"  # between a label and the key of a finer one, in what the labelling page sends


@dataclass(frozen=True)
class LabelChoice:
    """One of the four as annotators of a campaign see it. `number`, in order of closeness, is what keys know it by.

    `colour` is empty where the campaign gives none of the four one.
    """

    value: str
    name: str
    shortcut: str
    colour: str
    number: int


@dataclass(frozen=True)
class FinerChoice:
    """A finer label as annotators see it. `value` is what its button sends in place of the label."""

    key: str
    name: str
    shortcut: str
    value: str


@dataclass(frozen=True)
class FinerStep:
    """The finer labels under one of the four."""

    label: LabelChoice
    choices: tuple[FinerChoice, ...]


@dataclass(frozen=True)
class Scheme:
    """The labels of a campaign in the order in which they are shown, and `steps` for those that have finer ones."""

    labels: tuple[LabelChoice, ...]
    steps: tuple[FinerStep, ...] = ()


def _name(label: CampaignLabel) -> str:
    """A campaign's own name as it is; the usual one in the reader's language."""
    return gettext(label.name) if label.name == Label(label.label).label else label.name


def _label_choices(labels: Iterable[CampaignLabel]) -> tuple[LabelChoice, ...]:
    labels = list(labels)
    has_colours = any(each.colour != LabelColour.GREY for each in labels)
    return tuple(
        LabelChoice(each.label, _name(each), each.shortcut, each.colour if has_colours else "", each.number)
        for each in labels
    )


@lru_cache(maxsize=20)
def plain_scheme(language: str) -> Scheme:
    """The four as they are where a campaign has none of its own, in the language that is spoken."""
    return Scheme(labels=_label_choices(default_labels()))


def shown_labels(campaign: Campaign) -> tuple[LabelChoice, ...]:
    """The four, in one query."""
    return _label_choices(campaign_labels(campaign))


def shown_scheme(campaign: Campaign) -> Scheme:
    """The labels of a campaign, in two queries. Whoever labels in it sees them."""
    labels = shown_labels(campaign)
    found: dict[str, list[FinerChoice]] = defaultdict(list)
    for finer in campaign.finer_labels.all():
        value = f"{finer.label}{FINER_SIGN}{finer.key}"
        found[finer.label].append(FinerChoice(finer.key, finer.name, finer.shortcut, value))
    return Scheme(
        labels=labels,
        steps=tuple(FinerStep(label, tuple(found[label.value])) for label in labels if label.value in found),
    )
