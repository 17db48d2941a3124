"""A link as experts made it, and what curators said of it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class LinkedRecord:
    collection: str  # slug
    record_id: str  # the museum's own
    name: str
    language: str = ""  # of the name, a tag such as de; empty where it is not known


@dataclass(frozen=True)
class Finer:
    """A finer label of the campaign, under one of the four."""

    label: str
    key: str
    name: str


@dataclass(frozen=True)
class Answer:
    """One person's answer that counts. `finer` is None where it was left at the label."""

    a: LinkedRecord
    b: LinkedRecord
    annotator: str
    label: str
    created: datetime
    finer: Finer | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Link:
    """A pair that its annotators find related. `agreement` is the share of `answers` that link, in
    whatever degree, `label_agreement` of those that give `label`, their median; `unsure` of them are marked so.

    `finer` is what those who gave it agree on further, `finer_agreement` the share of them that do; None where they
    agree on nothing further.
    """

    a: LinkedRecord
    b: LinkedRecord
    label: str
    agreement: float
    answers: int
    annotators: tuple[str, ...]  # those who gave `label`, by name
    created: datetime  # of the newest answer that gave it
    signed_off: "Review | None" = None  # a curator's, for this label
    finer: Finer | None = None
    finer_agreement: float | None = None
    label_agreement: float = 1.0
    unsure: int = 0


@dataclass(frozen=True)
class Review:
    """One verdict: by whom, when, and on which label."""

    verdict: str
    label: str
    reason: str
    reviewer: str
    created: datetime


State = Literal["signed_off", "rejected", "open"]


RecordKeys = tuple[tuple[str, str], tuple[str, str]]


def record_keys(a: LinkedRecord, b: LinkedRecord) -> RecordKeys:
    """By which a link and its reviews find each other: collection and record id of both records."""
    return (a.collection, a.record_id), (b.collection, b.record_id)
