"""What an annotator may see of campaigns: the only place that decides it. Of preference studies it is decided in
`annotation.preference.visibility`.

An annotator sees own assignments and, of each, two records: name, description, pictures, and "Collection A"
or "Collection B". Not the sampling, model, comparison, stratum or similarity behind a pair, not other people's
answers, not a number from which the order of drawing follows. Pages, fragments and the API build their answers
from the classes here and never hand a pair, record or sampling to a template.

A pair lies the same way round whatever was compared: the record of the sampling's first collection on the left.
All pairs are shown alike, so one drawn by its texts shows its pictures too.
"""

import re
import textwrap
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from heritage.models import Image, Record, User
from linking.models import CandidatePair

from .models import Assignment, Campaign, Label

CAPTIONS = ("Collection A", "Collection B")
OPENING_CHARACTERS = 240
FINER_SIGN = ":"  # between a label and the key of a finer one, in what the labelling page sends


@dataclass(frozen=True)
class BlindPicture:
    """A picture by its content hash: the addresses tell neither record nor order."""

    display_url: str
    thumbnail_url: str


@dataclass(frozen=True)
class BlindRecord:
    """What may be shown of a record. Its museum identifier may not: it would give collection and order away."""

    caption: str
    name: str
    description: str
    pictures: tuple[BlindPicture, ...]

    @property
    def is_long(self) -> bool:
        """Whether the description is folded; a fold that would hide a few words only is not worth a click."""
        return len(self.description) > OPENING_CHARACTERS * 5 // 4

    @property
    def opening(self) -> str:
        """The description's beginning, cut after a word."""
        return textwrap.shorten(self.description, OPENING_CHARACTERS, placeholder=" …")


@dataclass(frozen=True)
class BlindPair:
    """What may be shown of an assignment."""

    assignment_id: uuid.UUID
    campaign_id: uuid.UUID
    position: int
    records: tuple[BlindRecord, BlindRecord]
    before_id: uuid.UUID | None
    after_id: uuid.UUID | None

    @property
    def url(self) -> str:
        return self._url(self.assignment_id)

    @property
    def before_url(self) -> str:
        """Of the pair before it in this annotator's order; empty for the first."""
        return self._url(self.before_id)

    @property
    def after_url(self) -> str:
        """Of the pair after it; empty for the last."""
        return self._url(self.after_id)

    def _url(self, assignment_id: uuid.UUID | None) -> str:
        return reverse("label-pair", args=[self.campaign_id, assignment_id]) if assignment_id else ""


@dataclass(frozen=True)
class FinerChoice:
    """A finer label as annotators see it. `value` is what its button sends in place of the label."""

    key: str
    name: str
    shortcut: str
    value: str


@dataclass(frozen=True)
class FinerStep:
    """The finer labels under one of the four, which is the `place`th from 1."""

    label: str
    name: str
    place: int
    choices: tuple[FinerChoice, ...]


def finer_steps(campaign: Campaign) -> tuple[FinerStep, ...]:
    """Those of the four labels that have finer ones in this campaign, in one query. Whoever labels in it sees them."""
    found: dict[str, list[FinerChoice]] = defaultdict(list)
    for finer in campaign.finer_labels.all():
        value = f"{finer.label}{FINER_SIGN}{finer.key}"
        found[finer.label].append(FinerChoice(finer.key, finer.name, finer.shortcut, value))
    return tuple(
        FinerStep(label=label, name=str(name), place=place, choices=tuple(found[label]))
        for place, (label, name) in enumerate(Label.choices, start=1)
        if label in found
    )


def visible_campaigns(user: User) -> QuerySet[Campaign]:
    """The campaigns in which `user` was dealt pairs, newest first. Leads too label only what was dealt to them.

    Drafts are left out: nobody labels them yet.
    """
    dealt = Assignment.objects.filter(annotator=user)
    return Campaign.objects.filter(pk__in=dealt.values("campaign"), opened__isnull=False).order_by("-created")


def campaign_facts(campaign: Campaign) -> dict[str, object]:
    """What may be told of a campaign: no sampling, no size, nobody else."""
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "is_open": campaign.is_open,
        "state": campaign.state.value,
        "refusal": campaign.refusal,
        "deadline": campaign.deadline,
    }


def visible_assignments(user: User, campaign: Campaign | None = None) -> QuerySet[Assignment]:
    """The assignments of `user`, of one visible campaign or of all. Anyone else's do not exist for them."""
    assignments = Assignment.objects.filter(annotator=user)
    if campaign is None:
        return assignments.filter(campaign__opened__isnull=False)
    return assignments.filter(campaign=campaign)


def campaigns_with_visible_links(user: User) -> QuerySet[Campaign]:
    """The campaigns whose links a lead may see: none that `user` labels in and that may still take answers."""
    return Campaign.objects.exclude(pk__in=_open_hand(user).values("campaign"))


def pairs_kept_from(user: User) -> QuerySet[CandidatePair]:
    """Pairs of two records that are both in the open hand of `user`, in whatever campaign somebody linked them."""
    hand = _open_hand(user).filter(pair__a__isnull=False, pair__b__isnull=False)
    records = hand.values("pair__a").union(hand.values("pair__b"))
    return CandidatePair.objects.filter(a__in=records, b__in=records)


def has_open_hand(user: User, campaign: Campaign) -> bool:
    """Whether `user` has pairs in the campaign and it may still take answers."""
    return _open_hand(user).filter(campaign=campaign).exists()


def _open_hand(user: User) -> QuerySet[Assignment]:
    return Assignment.objects.filter(annotator=user, campaign__closed=None).order_by()


def blind_pairs(assignments: QuerySet[Assignment]) -> list[BlindPair]:
    """What may be shown of these assignments, in two queries whatever their number and kind."""
    same_hand = Assignment.objects.filter(campaign=OuterRef("campaign"), annotator=OuterRef("annotator"))
    before = same_hand.filter(position__lt=OuterRef("position")).order_by("-position")
    after = same_hand.filter(position__gt=OuterRef("position")).order_by("position")
    rows = list(
        assignments.annotate(before_id=Subquery(before.values("pk")[:1]), after_id=Subquery(after.values("pk")[:1]))
        .select_related("pair__a", "pair__b")
        # The search vector is for PostgreSQL alone, the figures for nobody here; joined rows would bring them.
        .defer(
            *(f"pair__{side}__{field}" for side in "ab" for field in ("search", "taxonomy")),
            *("pair__similarity", "pair__similar"),
        )
    )
    shown = blind_records([(row.pair.a, row.pair.b) for row in rows])
    return [
        BlindPair(
            assignment_id=row.pk,
            campaign_id=row.campaign_id,
            position=row.position,
            records=records,
            before_id=row.before_id,
            after_id=row.after_id,
        )
        for row, records in zip(rows, shown, strict=True)
    ]


def blind_records(pairs: Iterable[tuple[Record | None, Record | None]]) -> list[tuple[BlindRecord, BlindRecord]]:
    """What may be shown of pairs of records, in one query."""
    pairs = list(pairs)
    records = {record.pk for pair in pairs for record in pair if record}
    pictures: dict[int, list[BlindPicture]] = defaultdict(list)
    for image in Image.objects.filter(record__in=records).exclude(content_hash="").order_by("position"):
        pictures[image.record_id].append(BlindPicture(display_url=image.display_url, thumbnail_url=image.thumbnail_url))
    return [(_blind_record(a, CAPTIONS[0], pictures), _blind_record(b, CAPTIONS[1], pictures)) for a, b in pairs]


def blind_pair(assignment: Assignment) -> BlindPair:
    return blind_pairs(Assignment.objects.filter(pk=assignment.pk))[0]


def _blind_record(record: Record | None, caption: str, pictures: Mapping[int, list[BlindPicture]]) -> BlindRecord:
    """`record` is None for pairs of a published table that names no records."""
    if record is None:
        return BlindRecord(caption=caption, name="", description="", pictures=())
    return BlindRecord(
        caption=caption,
        name=record.name,
        description=record.description,
        pictures=tuple(pictures.get(record.pk, ())),
    )


def models_given_away(text: str, model_slugs: Iterable[str]) -> list[str]:
    """Models whose slug stands as a word in a text that annotators will read.

    Only slugs with a digit, hyphen or underscore are looked for: one such as `base` cannot be told
    from an ordinary word ("a lamp with a brass base").
    """
    return [
        slug
        for slug in model_slugs
        if not slug.isalpha() and re.search(rf"(?<![\w-]){re.escape(slug)}(?![\w-])", text, re.IGNORECASE)
    ]
