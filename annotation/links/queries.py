"""Links as pages read them: counted by PostgreSQL, in the same number of queries at any size.

What makes a link is defined in `consensus`; the query here counts the same way, and a test holds them together.
What of it somebody may see is decided in `annotation.visibility`.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast

from annotation.labels.queries import label_names
from annotation.links.link import State
from annotation.models import Annotation, Campaign, LinkReview
from annotation.visibility import campaigns_with_visible_links, pairs_kept_from
from annotation.vocabulary import Label
from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Collection, Record, User
from linking.models import CandidatePair

from .consensus import CLOSENESS
from .reviews import review_state

LINKS_PER_PAGE = 24
MOST_OF_ONE_RECORD = 100
SHARES = (50, 60, 75, 90, 100)  # per cent of the answers that link: what a page offers as thresholds
MOST_THRESHOLDS = 6
STATES = {"": "All but rejected", "open": "Awaiting a verdict", "signed_off": "Signed off", "rejected": "Rejected"}
ORDERS = {"": "The closest first", "doubtful": "The most doubtful first", "answered": "The most answered first"}
_ORDERED_BY = {
    "": ("closeness", "-agreement", "-answers"),
    "doubtful": ("agreement", "answers", "closeness"),
    "answered": ("-answers", "closeness", "-agreement"),
}


@dataclass(frozen=True)
class LinkFilter:
    """Which links to show."""

    least_agreement: float = 0.5
    least_answers: int = 1
    collection: str = ""  # slug
    label: str = ""
    state: str = ""  # of STATES
    order: str = ""  # of ORDERS

    @property
    def per_cent(self) -> int:
        return round(100 * self.least_agreement)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link by its keys: the share `agreement` (0 to 1) of `answers` that link, and where it stands."""

    campaign: uuid.UUID
    pair: int
    label: str
    agreement: float
    answers: int
    state: State


@dataclass(frozen=True)
class ListedLink:
    """A link as a page shows it: `agreement` of `answers`, who gave the label, how many of these which finer one, the
    verdicts from first to newest. `names`: what its campaign calls the labels."""

    campaign: Campaign
    pair: CandidatePair
    label: str
    agreement: float
    answers: int
    state: str
    annotators: tuple[str, ...]
    finer: tuple[tuple[str, int], ...]  # names and counts, the most frequent first
    reviews: tuple[LinkReview, ...]
    names: Mapping[str, str]

    @property
    def records(self) -> tuple[Record, Record]:
        return cast("tuple[Record, Record]", (self.pair.a, self.pair.b))  # pairs without records are no links

    @property
    def label_words(self) -> str:
        return self.names[self.label]

    @property
    def history(self) -> list[tuple[LinkReview, str]]:
        """The verdicts from first to newest, each with the name of the label that it was given on, if that is another
        one than now."""
        return [(each, "" if each.label == self.label else self.names[each.label]) for each in self.reviews]

    @property
    def newest(self) -> LinkReview | None:
        return self.reviews[-1] if self.reviews else None

    @property
    def submission(self) -> uuid.UUID:
        """Of the form shown with it: a double click carries the same, another visit another one."""
        return uuid.uuid4()


@dataclass(frozen=True)
class LinkPage:
    """One page of links, and how many there are of each state before one is chosen."""

    page: Page[Any]
    links: Sequence[ListedLink]
    counts: "LinkCounts"


@dataclass(frozen=True)
class Threshold:
    """What may be asked of links, and how many there are then, of any verdict and all else as chosen."""

    value: int  # per cent, or a number of answers
    links: int


@dataclass(frozen=True)
class LinkCounts:
    """How many links there are of each state, and by either threshold."""

    states: Mapping[State, int]
    by_agreement: Sequence[Threshold]
    by_answers: Sequence[Threshold]


@dataclass(frozen=True)
class Neighbours:
    """A link's place among those of a filter, from 1; None where it is not among them (any more)."""

    place: int | None
    total: int
    before: int | None  # keys of pairs
    after: int | None


def link_rows(
    *,
    user: User,
    choice: LinkFilter,
    campaign: Campaign | None = None,
    record: Record | None = None,
    pair: int | None = None,
    records: Sequence[int] | None = None,
) -> list[LinkRow]:
    """The links that `user` may see, in the order of `choice`. Two queries.

    `choice.state` is left to the caller, who wants to count the others too.
    """
    answers = _newest_answers(user).exclude(label="")
    reviews = LinkReview.objects.all()
    if campaign is not None:
        answers, reviews = answers.filter(assignment__campaign=campaign), reviews.filter(campaign=campaign)
    if pair is not None:
        answers, reviews = answers.filter(assignment__pair=pair), reviews.filter(pair=pair)
    if records is not None:
        answers = answers.filter(Q(assignment__pair__a__in=records) | Q(assignment__pair__b__in=records))
        reviews = reviews.filter(Q(pair__a__in=records) | Q(pair__b__in=records))
    if record is not None:
        answers = answers.filter(Q(assignment__pair__a=record) | Q(assignment__pair__b=record))
        reviews = reviews.filter(Q(pair__a=record) | Q(pair__b=record))
    if choice.collection:
        of_pair = "assignment__pair__{}__collection__slug".format
        answers = answers.filter(Q(**{of_pair("a"): choice.collection}) | Q(**{of_pair("b"): choice.collection}))
    links = _agreed(answers).filter(answers__gte=choice.least_answers, agreement__gte=choice.least_agreement)
    if choice.label:
        links = links.filter(link=choice.label)
    closeness = Case(*(When(link=label, then=Value(place)) for place, label in enumerate(CLOSENESS)))
    ordered = links.annotate(closeness=closeness).order_by(*_ORDERED_BY[choice.order], "pair", "campaign")
    newest = reviews.order_by("campaign_id", "pair_id", "-pk").distinct("campaign_id", "pair_id")
    verdicts = {
        (campaign_id, pair_id): (verdict, label)
        for campaign_id, pair_id, verdict, label in newest.values_list("campaign_id", "pair_id", "verdict", "label")
    }
    rows = []
    for campaign_id, pair_id, label, agreement, count in ordered.values_list(
        "campaign", "pair", "link", "agreement", "answers"
    ):
        verdict, reviewed_label = verdicts.get((campaign_id, pair_id), (None, None))
        state = review_state(verdict, reviewed_label, label)
        rows.append(LinkRow(campaign_id, pair_id, label, agreement, count, state))
    return rows


def link_page(*, user: User, campaign: Campaign, choice: LinkFilter, number: str | None) -> LinkPage:
    """The page of that number."""
    everything = link_rows(user=user, choice=replace(choice, least_agreement=0, least_answers=1), campaign=campaign)
    rows = [row for row in everything if _is_agreed(row, choice)]
    page = Paginator(links_in_state(rows, choice.state), LINKS_PER_PAGE).get_page(number)
    return LinkPage(
        page=page, links=listed_links(user, list(page.object_list)), counts=_link_counts(everything, choice)
    )


def link_counts(*, user: User, campaign: Campaign, choice: LinkFilter) -> LinkCounts:
    """As on the page."""
    everything = link_rows(user=user, choice=replace(choice, least_agreement=0, least_answers=1), campaign=campaign)
    return _link_counts(everything, choice)


def neighbours(*, user: User, campaign: Campaign, choice: LinkFilter, pair_id: int) -> Neighbours:
    """Those of a link in the list that `choice` makes, also when it has left that list by its verdict."""
    rows = link_rows(user=user, choice=choice, campaign=campaign)
    keys = [row.pair for row in rows]
    listed = [row.pair for row in links_in_state(rows, choice.state)]
    if pair_id not in keys:
        return Neighbours(None, len(listed), None, listed[0] if listed else None)
    here, places = keys.index(pair_id), {pair: place for place, pair in enumerate(keys)}
    return Neighbours(
        place=listed.index(pair_id) + 1 if pair_id in listed else None,
        total=len(listed),
        before=next((pair for pair in reversed(listed) if places[pair] < here), None),
        after=next((pair for pair in listed if places[pair] > here), None),
    )


def _is_agreed(row: LinkRow, choice: LinkFilter) -> bool:
    return row.agreement >= choice.least_agreement and row.answers >= choice.least_answers


def _link_counts(rows: Sequence[LinkRow], choice: LinkFilter) -> LinkCounts:
    """Of all links, whatever the agreement: one threshold moves while the other stays as chosen."""

    def threshold(value: int, **least: float) -> Threshold:
        return Threshold(value, sum(_is_agreed(row, replace(choice, **least)) for row in rows))  # type: ignore[arg-type]

    answers = sorted({row.answers for row in rows})[:MOST_THRESHOLDS]
    return LinkCounts(
        states=Counter(row.state for row in rows if _is_agreed(row, choice)),
        by_agreement=[threshold(share, least_agreement=share / 100) for share in SHARES],
        by_answers=[threshold(count, least_answers=count) for count in answers],
    )


def links_of_record(*, user: User, record: Record) -> list[ListedLink]:
    """What experts linked a record to, in all campaigns; rejected links are left out."""
    rows = links_in_state(link_rows(user=user, choice=LinkFilter(), record=record), "")
    return listed_links(user, rows[:MOST_OF_ONE_RECORD])


def linked_records(user: object, records: Sequence[int] | None = None) -> set[int] | None:
    """The keys of records that experts linked to another, by links that `user` may see and nobody rejected: of
    `records`, or of all. None where `user` is no lead."""
    if not isinstance(user, User) or not user.is_lead:
        return None
    rows = links_in_state(link_rows(user=user, choice=LinkFilter(), records=records), "")
    pairs = CandidatePair.objects.filter(pk__in=[row.pair for row in rows])
    linked = {key for pair in pairs.values_list("a", "b") for key in pair}
    return linked if records is None else linked & set(records)


def find_link(*, user: User, campaign: Campaign, pair_id: int) -> ListedLink | None:
    """The link of a pair, whatever its agreement and verdict; None where the answers make none."""
    rows = link_rows(user=user, choice=LinkFilter(least_agreement=0), campaign=campaign, pair=pair_id)
    found = listed_links(user, rows)
    return found[0] if found else None


def linked_collections(campaign: Campaign) -> QuerySet[Collection]:
    """The collections of a campaign's pairs."""
    pairs = CandidatePair.objects.filter(sampling=campaign.sampling_id)
    return Collection.objects.filter(
        Exists(Record.objects.filter(collection=OuterRef("pk"), pk__in=pairs.values("a")))
        | Exists(Record.objects.filter(collection=OuterRef("pk"), pk__in=pairs.values("b")))
    ).order_by("slug")


def _newest_answers(user: User) -> QuerySet[Annotation]:
    """The answers that count, to pairs of records, in campaigns that `user` may see the links of."""
    answers = Annotation.objects.filter(
        assignment__campaign__in=campaigns_with_visible_links(user),
        assignment__pair__a__isnull=False,
        assignment__pair__b__isnull=False,
    )
    return answers.exclude(assignment__pair__in=pairs_kept_from(user)).that_count()


def _agreed(answers: QuerySet[Annotation]) -> Any:
    """Answers grouped by campaign and pair, with `link` (their median label), `agreement` (the share that links) and
    `answers`: as `consensus.agreed_links`."""
    # From the farthest to the closest, until half of the answers are at least as far.
    so_far = [sum((F(f"{label}_count") for label in CLOSENESS[place:]), Value(0)) for place in range(len(CLOSENESS))]
    agreed = Case(
        *(
            When(answers__lte=2 * so_far[place], then=Value(label))
            for place, label in reversed(list(enumerate(CLOSENESS)))
        ),
        output_field=CharField(),
    )
    linking = Cast(F("answers") - F(f"{Label.UNRELATED}_count"), FloatField())
    return (
        answers.order_by()
        .values(campaign=F("assignment__campaign"), pair=F("assignment__pair"))
        .annotate(answers=Count("pk"), **{f"{label}_count": Count("pk", filter=Q(label=label)) for label in CLOSENESS})
        .annotate(link=agreed, agreement=linking / Cast("answers", FloatField()))
        .exclude(link=Label.UNRELATED)
    )


def links_in_state(rows: Sequence[LinkRow], state: str) -> list[LinkRow]:
    """Those of one of STATES."""
    return [row for row in rows if (row.state == state if state else row.state != "rejected")]


def listed_links(user: User, rows: Sequence[LinkRow]) -> list[ListedLink]:
    """Rows with their records, pictures, names and verdicts: seven queries, whatever their number."""
    pairs = {pair.pk: pair for pair in _pairs_for_cards(row.pair for row in rows)}
    campaigns = Campaign.objects.prefetch_related("own_labels").in_bulk({row.campaign for row in rows})
    names = {key: label_names(campaign) for key, campaign in campaigns.items()}
    annotators: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    finer: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    given = _newest_answers(user).filter(assignment__pair__in=pairs, assignment__campaign__in=campaigns)
    for *key, username, finer_name in given.order_by("assignment__annotator__username").values_list(
        "assignment__campaign", "assignment__pair", "label", "assignment__annotator__username", "finer__name"
    ):
        annotators[tuple(key)].append(username)
        if finer_name:
            finer[tuple(key)][finer_name] += 1
    reviews: dict[tuple[Any, int], list[LinkReview]] = defaultdict(list)
    for review in LinkReview.objects.filter(pair__in=pairs, campaign__in=campaigns).select_related("reviewer"):
        reviews[review.campaign_id, review.pair_id].append(review)
    return [
        ListedLink(
            campaign=campaigns[row.campaign],
            pair=pairs[row.pair],
            label=row.label,
            agreement=row.agreement,
            answers=row.answers,
            state=row.state,
            annotators=tuple(annotators[row.campaign, row.pair, row.label]),
            finer=tuple(finer[row.campaign, row.pair, row.label].most_common()),
            reviews=tuple(reviews[row.campaign, row.pair]),
            names=names[row.campaign],
        )
        for row in rows
    ]


def _pairs_for_cards(keys: Iterable[int]) -> QuerySet[CandidatePair]:
    """With records, collections and `pictures`, without the figures that a page of links has no use for."""
    return (
        CandidatePair.objects.filter(pk__in=list(keys))
        .select_related("a__collection", "b__collection")
        .defer("similarity", "similar", *(f"{side}__{name}" for side in "ab" for name in ("search", "taxonomy")))
        .prefetch_related(*(Prefetch(f"{side}__images", queryset=IMAGES_HERE, to_attr="pictures") for side in "ab"))
    )
