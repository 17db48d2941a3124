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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Collection, Record, User, image_url
from heritage.pictures.licences import short_name
from heritage.pictures.store import is_tiled
from linking.models import CandidatePair

from .access import led_campaigns
from .models import Assignment, Campaign, LabellingEnd, ResultOpening

CAPTIONS = (gettext_noop("Collection A"), gettext_noop("Collection B"))
OPENING_CHARACTERS = 240


def captions() -> tuple[str, str]:
    """What the two sides are called, in the reader's language."""
    return gettext(CAPTIONS[0]), gettext(CAPTIONS[1])


@dataclass(frozen=True)
class BlindPicture:
    """A picture by its content hash: the addresses tell neither record nor order.

    A credit line would name the museum (docs/adr/0016-rights.md). Has the names by which the templates of pictures
    ask any picture.
    """

    display_url: str
    thumbnail_url: str
    tiles_url: str = ""  # empty where the display shows all there is
    sensitive: bool = False
    licence: str = ""  # its short name, such as CC BY 4.0; empty where its museum has words of its own for it

    @property
    def is_here(self) -> bool:
        return True


# What is read of a picture in the store that may be shown: hash, width and height, whether sensitive, licence.
PictureRow = tuple[str, int | None, int | None, bool, str]
PICTURE_FIELDS = ("content_hash", "width", "height", "sensitive", "licence")


def blind_picture(
    content_hash: str, width: int | None, height: int | None, sensitive: bool, licence: str
) -> BlindPicture:
    return BlindPicture(
        display_url=image_url(content_hash, "display"),
        thumbnail_url=image_url(content_hash, "thumbnail"),
        tiles_url=reverse("image-tiles", args=[content_hash]) if is_tiled(width or 0, height or 0) else "",
        sensitive=sensitive,
        licence=short_name(licence) if licence else "",
    )


@dataclass(frozen=True)
class BlindRecord:
    """What may be shown of a record. Its museum identifier may not: it would give collection and order away."""

    caption: str
    name: str
    description: str
    name_language: str  # a tag such as de; empty where it is not known
    description_language: str
    pictures: tuple[BlindPicture, ...]
    withheld: bool = False  # its museum wants nothing of it shown: all else is empty then

    @property
    def is_long(self) -> bool:
        """Whether the description is folded; a fold that would hide a few words only is not worth a click."""
        return len(self.description) > OPENING_CHARACTERS * 5 // 4

    @property
    def opening(self) -> str:
        """The description's beginning, cut after a word."""
        return textwrap.shorten(self.description, OPENING_CHARACTERS, placeholder=" …")

    @property
    def licences(self) -> tuple[str, ...]:
        """Short names of its pictures' licences, each once."""
        return tuple(dict.fromkeys(picture.licence for picture in self.pictures if picture.licence))


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


def visible_campaigns(user: User) -> QuerySet[Campaign]:
    """The campaigns in which `user` was dealt pairs, newest first. Leads too label only what was dealt to them.

    Drafts are left out: nobody labels them yet.
    """
    dealt = Assignment.objects.filter(annotator=user)
    return Campaign.objects.filter(pk__in=dealt.values("campaign"), opened__isnull=False).order_by("-created")


def campaign_facts(campaign: Campaign, user: User) -> dict[str, object]:
    """What may be told of a campaign to its annotator: no sampling, no size, nobody else."""
    has_ended = has_ended_labelling(user, campaign)
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "is_open": campaign.is_open and not has_ended,
        "state": campaign.state.value,
        "refusal": stopped_words() if has_ended else campaign.refusal,
        "deadline": campaign.deadline,
    }


def visible_assignments(user: User, campaign: Campaign | None = None) -> QuerySet[Assignment]:
    """The assignments of `user`, of one visible campaign or of all. Anyone else's do not exist for them."""
    assignments = Assignment.objects.filter(annotator=user)
    if campaign is None:
        return assignments.filter(campaign__opened__isnull=False)
    return assignments.filter(campaign=campaign)


def campaigns_with_visible_links(user: User) -> QuerySet[Campaign]:
    """The campaigns whose links a lead may see: of those that `user` leads, none that they label in and that may still
    take answers, and none whose results are sealed for them: links are the same answers."""
    led = led_campaigns(user).exclude(pk__in=_open_hand(user).values("campaign"))
    return led.exclude(pk__in=sealed_campaigns(user).values("pk"))


def sealed_campaigns(user: User) -> QuerySet[Campaign]:
    """Those that take answers at this moment and whose results `user` has not opened; see
    `annotation.results.sealing`, which says it of one campaign."""
    opened = ResultOpening.objects.filter(person=user)
    return (
        Campaign.objects.filter(simulated=False, opened__isnull=False, paused=None, closed=None)
        .exclude(deadline__lte=timezone.now())
        .exclude(pk__in=opened.values("campaign"))
        .order_by()
    )


def pairs_kept_from(user: User) -> QuerySet[CandidatePair]:
    """Pairs of two records that are both in the open hand of `user`, in whatever campaign somebody linked them."""
    hand = _open_hand(user).filter(pair__a__isnull=False, pair__b__isnull=False)
    records = hand.values("pair__a").union(hand.values("pair__b"))
    return CandidatePair.objects.filter(a__in=records, b__in=records)


def has_open_hand(user: User, campaign: Campaign) -> bool:
    """Whether `user` has pairs in the campaign and may still answer them or change an answer. Whoever leads it sees
    nothing then of what others said."""
    return _open_hand(user).filter(campaign=campaign).exists()


def _open_hand(user: User) -> QuerySet[Assignment]:
    ended = LabellingEnd.objects.filter(annotator=user)
    hand = Assignment.objects.filter(annotator=user, campaign__closed=None)
    return hand.exclude(campaign__in=ended.values("campaign")).order_by()


def refuse_open_hand(user: User, campaign: Campaign) -> None:
    """Raises PermissionDenied for a lead who labels there."""
    if has_open_hand(user, campaign):
        raise PermissionDenied(
            "You label in this campaign: what others said is kept from you until you stop labelling, on its page."
        )


def has_ended_labelling(user: User, campaign: Campaign) -> bool:
    """Whether `user` gave up labelling in the campaign to see its results."""
    return LabellingEnd.objects.filter(annotator=user, campaign=campaign).exists()


def stopped_words() -> str:
    return gettext("You have stopped labelling in this campaign and seen its results: your answers stay as they are.")


# Written out, and with it all that is read of a pair. Django would take longer to build this than to store an answer.
# Which pictures may be shown is what `heritage.catalogue.queries.IMAGES_HERE` says.
def _side(side: str) -> str:
    return f"""
        {side}.name, {side}.description,
        COALESCE(NULLIF({side}.languages ->> 'name', ''), of_{side}.language),
        COALESCE(NULLIF({side}.languages ->> 'description', ''), of_{side}.language),
        {side}.withheld,
        (SELECT json_agg(json_build_array({", ".join(PICTURE_FIELDS)}) ORDER BY position) FROM heritage_image
         WHERE record_id = {side}.id AND content_hash <> '' AND NOT withheld)"""  # noqa: S608 - all of it is ours


_SHOWN = f"""
    SELECT
        mine.id, mine.campaign_id, mine.position, {_side("a")}, {_side("b")},
        (SELECT id FROM annotation_assignment
         WHERE campaign_id = mine.campaign_id AND annotator_id = mine.annotator_id AND position < mine.position
         ORDER BY position DESC LIMIT 1),
        (SELECT id FROM annotation_assignment
         WHERE campaign_id = mine.campaign_id AND annotator_id = mine.annotator_id AND position > mine.position
         ORDER BY position LIMIT 1)
    FROM annotation_assignment mine
        JOIN linking_candidatepair pair ON pair.id = mine.pair_id
        LEFT JOIN heritage_record a ON a.id = pair.a_id
        LEFT JOIN heritage_record b ON b.id = pair.b_id
        LEFT JOIN heritage_collection of_a ON of_a.id = a.collection_id
        LEFT JOIN heritage_collection of_b ON of_b.id = b.collection_id
    WHERE mine.id = ANY(%s)
    ORDER BY array_position(%s, mine.id)
"""  # noqa: S608


def blind_pairs(assignments: QuerySet[Assignment]) -> list[BlindPair]:
    """What may be shown of these assignments, in their order and in two queries whatever their number and kind."""
    return _shown(list(assignments.values_list("pk", flat=True)))


def blind_pair(assignment: Assignment) -> BlindPair:
    return _shown([assignment.pk])[0]


def _shown(assignments: list[uuid.UUID]) -> list[BlindPair]:
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [assignments, assignments])
        rows = [(row[:3], row[3:9], row[9:15], row[15:]) for row in cursor]
    left, right = captions()
    return [
        BlindPair(
            assignment_id=assignment,
            campaign_id=campaign,
            position=position,
            records=(_blind_record(left, *of_a), _blind_record(right, *of_b)),
            before_id=before,
            after_id=after,
        )
        for (assignment, campaign, position), of_a, of_b, (before, after) in rows
    ]


def blind_records(pairs: Iterable[tuple[Record | None, Record | None]]) -> list[tuple[BlindRecord, BlindRecord]]:
    """What may be shown of pairs of records, in two queries. A record is None in a published table that names none."""
    pairs = list(pairs)
    records = {record.pk for pair in pairs for record in pair if record}
    collections = {record.collection_id for pair in pairs for record in pair if record}
    languages = dict(Collection.objects.filter(pk__in=collections).values_list("pk", "language"))
    pictures: dict[int, list[PictureRow]] = defaultdict(list)
    for record, *picture in IMAGES_HERE.filter(record__in=records).values_list("record_id", *PICTURE_FIELDS):
        pictures[record].append(tuple(picture))

    def shown(caption: str, record: Record | None) -> BlindRecord:
        if record is None:
            return _blind_record(caption, None, None, None, None, None, None)
        of_name, of_description = (
            record.languages.get(field) or languages[record.collection_id] for field in ("name", "description")
        )
        return _blind_record(
            caption,
            record.name,
            record.description,
            of_name,
            of_description,
            record.withheld,
            pictures[record.pk],
        )

    left, right = captions()
    return [(shown(left, a), shown(right, b)) for a, b in pairs]


def _blind_record(
    caption: str,
    name: str | None,
    description: str | None,
    name_language: str | None,
    description_language: str | None,
    withheld: bool | None,
    pictures: Sequence[PictureRow] | None,
) -> BlindRecord:
    """None stands for what a record that is not there has not."""
    if withheld:
        return BlindRecord(caption, "", "", "", "", (), withheld=True)
    return BlindRecord(
        caption=caption,
        name=name or "",
        description=description or "",
        name_language=name_language or "",
        description_language=description_language or "",
        pictures=tuple(blind_picture(*picture) for picture in pictures or ()),
    )


def may_see_credits(user: User, campaign: Campaign) -> bool:
    """Whether `user` may read whose pictures the campaign's are: it is closed, and no pair of another that may still
    take their answers is shown without."""
    return campaign.closed is not None and not _open_hand(user).exists()


def credit_lines(assignments: QuerySet[Assignment]) -> dict[uuid.UUID, tuple[str, ...]]:
    """What the museums want said of the pictures of each assignment's pair, each line once. Two queries.

    For those who `may_see_credits`.
    """
    pairs = list(assignments.values_list("pk", "pair__a", "pair__b"))
    lines: dict[int | None, list[str]] = defaultdict(list)
    credited = IMAGES_HERE.filter(record__in={record for _, *pair in pairs for record in pair}).exclude(credit="")
    for record, credit in credited.values_list("record_id", "credit"):
        lines[record].append(credit)
    return {assignment: tuple(dict.fromkeys([*lines[a], *lines[b]])) for assignment, a, b in pairs}


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
