"""Where a campaign's pairs went: who was dealt them, what was answered and what was not, and why."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from annotation.answers.queries import current_annotations, skips_that_stand
from annotation.models import Campaign, Skip
from annotation.vocabulary import SkipReason

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StratumFlow:
    """Of the pairs dealt from a stratum; `skipped` by reason."""

    stratum: str
    dealt: int
    answered: int
    skipped: dict[str, int]


@dataclass(frozen=True)
class CampaignFlow:
    """People and pairs; a pair that was dealt to two people counts twice.

    `people` were dealt pairs: `finished` answered or skipped all of them, `stopped` some, `absent` none. `skipped` are
    those passed over and not answered since, by reason. Of the answers some are `unsure`, `empty`, or on records that
    were reported as `broken`.
    """

    people: int
    finished: int
    stopped: int
    absent: int
    dealt: int
    answered: int
    skipped: dict[str, int]
    open: int
    unsure: int
    empty: int
    broken: int
    by_stratum: tuple[StratumFlow, ...]


def campaign_flow(campaign: Campaign) -> CampaignFlow:
    """In four queries, whatever the numbers."""
    from annotation.analysis.distribution import stratum_name  # with pandas, which no web process starts with

    people: Counter[str] = Counter(campaign.assignments.order_by().values_list("annotator__username", flat=True))
    strata = {
        stratum.pk: stratum_name(stratum.comparison, tuple(stratum.pattern), tuple(map(int, stratum.pattern.values())))
        for stratum in campaign.sampling.strata.all()
    }
    dealt = Counter(campaign.assignments.order_by().values_list("pair__stratum", flat=True))
    counts = current_annotations(campaign).order_by()
    answers = list(
        counts.values_list("assignment__annotator__username", "assignment__pair__stratum", "unsure", "faulty", "label")
    )
    skips = _standing(campaign)
    done = Counter(row[0] for row in answers) + Counter(skip.assignment.annotator.username for skip in skips)
    by_stratum = Counter(row[1] for row in answers)
    reasons = Counter((skip.assignment.pair.stratum_id, skip.reason) for skip in skips)
    return CampaignFlow(
        people=len(people),
        finished=sum(done[name] >= count for name, count in people.items()),
        stopped=sum(0 < done[name] < count for name, count in people.items()),
        absent=sum(not done[name] for name in people),
        dealt=sum(people.values()),
        answered=len(answers),
        skipped=_by_reason(Counter(skip.reason for skip in skips)),
        open=sum(people.values()) - len(answers) - len(skips),
        unsure=sum(row[2] for row in answers),
        empty=sum(not row[4] for row in answers),
        broken=sum(bool(row[3]) for row in answers),
        by_stratum=tuple(
            StratumFlow(
                name,
                dealt[pk],
                by_stratum[pk],
                _by_reason(Counter({reason: count for (of, reason), count in reasons.items() if of == pk})),
            )
            for pk, name in strata.items()
            if dealt[pk]
        ),
    )


def flow_document(campaign: Campaign) -> dict[str, Any]:
    """The same as plain data for JSON."""
    return asdict(campaign_flow(campaign))


def skipped_pairs(campaign: Campaign, *, models: tuple[str, ...], names: Mapping[str, str] | None) -> "pd.DataFrame":
    """A row for each skip that stands, with the columns of an analysis's frame that do not need an answer."""
    import pandas as pd

    from annotation.analysis.annotation_frame import STRATUM, drawn_column

    def called(username: str) -> str:
        return username if names is None else names[username]

    rows = [
        {
            "annotator": called(skip.assignment.annotator.username),
            "pair": skip.assignment.pair_id,
            "a": _record(skip.assignment.pair.a),
            "b": _record(skip.assignment.pair.b),
            "comparison": skip.assignment.pair.stratum.comparison,
            "position": skip.assignment.position,
            STRATUM: skip.assignment.pair.stratum_id,
            **{drawn_column(model): int(skip.assignment.pair.stratum.pattern[model]) for model in models},
        }
        for skip in _standing(campaign)
    ]
    return pd.DataFrame(rows)


def _standing(campaign: Campaign) -> list[Skip]:
    """The newest of each assignment."""
    skips = skips_that_stand(campaign).select_related(
        "assignment__annotator",
        "assignment__pair__stratum",
        "assignment__pair__a__collection",
        "assignment__pair__b__collection",
    )
    return list({skip.assignment_id: skip for skip in skips.order_by("pk")}.values())


def _by_reason(counts: Counter[str]) -> dict[str, int]:
    return {reason: counts[reason] for reason in SkipReason.values if counts[reason]}


def _record(record: Any) -> str:
    return f"{record.collection.slug}:{record.record_id}" if record else ""
