"""A campaign's answers as the consensus takes them, and curators' newest verdicts."""

from dataclasses import dataclass

from annotation.answers.queries import current_annotations
from annotation.links.link import Answer, Finer, LinkedRecord, RecordKeys, Review
from annotation.models import Campaign, LinkReview
from annotation.visibility import pairs_kept_from
from heritage.models import User


@dataclass(frozen=True)
class CampaignAnswers:
    """`unnamed` counts answers to pairs of a published table that names no records."""

    answers: list[Answer]
    unnamed: int

    @property
    def collections(self) -> list[str]:
        return sorted({record.collection for answer in self.answers for record in (answer.a, answer.b)})


def campaign_answers(campaign: Campaign, *, reader: User | None = None) -> CampaignAnswers:
    """In one query, whatever their number. A `reader` does not get pairs that are kept from them."""
    pair = "assignment__pair__"
    counting = current_annotations(campaign)
    if reader is not None:
        counting = counting.exclude(assignment__pair__in=pairs_kept_from(reader))
    of_record = ("collection__slug", "record_id", "name", "languages", "collection__language", "withheld")
    rows = counting.values_list(
        *(f"{pair}{side}__{field}" for side in "ab" for field in of_record),
        "assignment__annotator__username",
        "label",
        "created",
        "finer__key",
        "finer__name",
        "unsure",
    )
    answers, unnamed = [], 0
    for row in rows.iterator(chunk_size=5_000):
        if row[0] is None or row[6] is None:
            unnamed += 1
        else:
            annotator, label, created, key, name, unsure = row[12:]
            finer = Finer(label, key, name) if key else None
            answers.append(Answer(_linked(*row[:6]), _linked(*row[6:12]), annotator, label, created, finer, unsure))
    return CampaignAnswers(answers, unnamed)


def _linked(
    slug: str, record_id: str, name: str, languages: dict[str, str], language: str, withheld: bool
) -> LinkedRecord:
    """Without its name where that may not be shown."""
    return LinkedRecord(slug, record_id, "" if withheld else name, languages.get("name") or language)


def finer_scheme(campaign: Campaign) -> tuple[Finer, ...]:
    """The campaign's finer labels in their order. One query."""
    return tuple(Finer(*row) for row in campaign.finer_labels.values_list("label", "key", "name"))


def newest_reviews(campaign: Campaign) -> dict[RecordKeys, Review]:
    """The verdict that counts on each reviewed link of a campaign. One query."""
    rows = (
        LinkReview.objects.filter(campaign=campaign)
        .order_by("pair_id", "-pk")
        .distinct("pair_id")
        .values_list(
            *(f"pair__{side}__{name}" for side in "ab" for name in ("collection__slug", "record_id")),
            *("verdict", "label", "reason", "reviewer__username", "created"),
        )
    )
    return {((row[0], row[1]), (row[2], row[3])): Review(*row[4:]) for row in rows}
