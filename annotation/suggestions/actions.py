"""What a campaign's answers suggest: pairs that are likely links, and pairs to ask experts about next.

The link model (`annotation.analysis.link_model`), fitted on the answers, is applied to all pairs of the collections, or
to each record's nearest where there are too many (`annotation.suggestions.judging`). Pairs that were asked about
already are left out. A campaign on pairs that were chosen so goes on from the answers to those before it.
"""

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotation.answers.queries import current_annotations
from annotation.models import Assignment, Campaign
from annotation.results.frame import annotation_frame
from annotation.suggestions.wishes import LIKELY, NextWish
from heritage.errors import UserError
from heritage.models import Record, User
from heritage.pages.cells import BYTE_ORDER_MARK, protect_cell
from heritage.progress import Progress
from linking.actions import check_name
from linking.candidates import Candidates, candidates_of, store_chosen
from linking.models import CandidatePair, Sampling

if TYPE_CHECKING:
    import numpy as np

    from annotation.analysis.annotation_frame import AnnotationFrame
    from annotation.analysis.link_model import LinkModel, Suggestion

DEFAULT_PRECISION = 0.9
DEFAULT_CANDIDATES = 100_000_000
MOST_CANDIDATES = 10_000_000_000
DEFAULT_RANDOM_SHARE = 0.1
MOST_EARLIER = 100  # campaigns; an end for what may have been written by hand


@dataclass(frozen=True)
class SuggestedLink:
    """Two records, as (collection, record id, name), and the probability that experts link them."""

    a: tuple[str, str, str]
    b: tuple[str, str, str]
    probability: float


@dataclass(frozen=True)
class Suggestions:
    """`links` are the suggested ones, the likeliest first; `candidates` the pairs judged of all `available`;
    `campaigns` the names of those whose answers were read; `next_sampling` the pairs to ask about, `at_random` of them
    drawn by chance, where asked for."""

    model: "LinkModel"
    suggestion: "Suggestion"
    candidates: int
    available: int
    asked_already: int
    links: tuple[SuggestedLink, ...]
    similarity_kind: str
    campaigns: tuple[str, ...]
    next_sampling: Sampling | None
    at_random: int


def suggest(
    campaign: Campaign,
    *,
    precision: float = DEFAULT_PRECISION,
    most: int = DEFAULT_CANDIDATES,
    next_count: int = 0,
    next_name: str = "",
    wish: NextWish = LIKELY,
    random_share: float = DEFAULT_RANDOM_SHARE,
    seed: int = 0,
    created_by: User | None = None,
    progress: Progress,
) -> Suggestions:
    """Fit, judge all pairs, and suggest; with `next_count` also keep so many pairs as the sampling `next_name`.

    most: pairs that are judged. Raises UserError where no model can be fitted or judged, which says why, and as
    `candidates_of` does.
    """
    import numpy as np

    from annotation.analysis.link_model import suggest_links, too_few_answers
    from annotation.analysis.population import union_weights
    from annotation.suggestions.judging import choose_next, judge_pairs, learn_links

    if not 0 < precision < 1:
        raise UserError("The precision is the share of suggestions that are links: give one between 0 and 1, as 0.9.")
    if not 1 <= most <= MOST_CANDIDATES:
        raise UserError(f"Give 1 to {MOST_CANDIDATES:,} candidates.")
    if next_count < 0 or (next_count and not next_name.strip()):
        raise UserError("Give the number of next pairs, and a name for the sampling that will hold them.")
    if not 0 <= random_share <= 1:
        raise UserError("The share of next pairs that are drawn at random is between 0 and 1, as 0.1.")
    if next_count:
        check_name(next_name)
    progress.start("Reading the answers")
    campaigns = campaigns_behind(campaign)
    _require_model(too_few_answers(sum(current_annotations(each).count() for each in campaigns)))
    candidates = candidates_of(campaign.sampling, progress=progress)
    data, keys = _answers(campaigns, candidates)
    progress.start("Fitting what links")
    model = learn_links(data, candidates.places_of(keys), candidates.features, seed=seed)
    _require_model(model.reason)
    asked = _asked_about(campaigns)
    asked = asked[candidates.known(asked)]
    judged = judge_pairs(
        model,
        candidates.features,
        candidates.places_of(asked),
        most=most,
        next_count=next_count,
        seed=seed,
        progress=progress,
    )
    if not judged.count:
        raise UserError("Every pair of these collections was asked about already: import more records.")
    linked = data.frame["linked"].to_numpy(dtype=int)
    suggestion = suggest_links(model, judged.probabilities, linked, precision=precision, weights=union_weights(data)[0])
    next_sampling, at_random = None, 0
    if next_count:
        chosen = choose_next(
            judged, candidates.features, count=next_count, wish=wish, random_share=random_share, seed=seed
        )
        at_random = int(np.count_nonzero(~np.isnan(chosen.inclusion)))
        next_sampling = store_chosen(
            name=next_name,
            candidates=candidates,
            pairs=chosen.pairs,
            inclusion=chosen.inclusion,
            why={
                "campaign": campaign.name,
                "campaigns": [str(each.pk) for each in campaigns],
                "answers": model.n,
                "candidates": judged.count,
                "wish": wish,
                "at_random": at_random,
                "seed": seed,
            },
            created_by=created_by,
        )
    return Suggestions(
        model=model,
        suggestion=suggestion,
        candidates=judged.count,
        available=candidates.features.size,
        asked_already=judged.asked,
        links=_links(candidates, judged.likeliest[: suggestion.count], judged.probabilities[: suggestion.count]),
        similarity_kind=candidates.recipe.similarity,
        campaigns=tuple(each.name for each in campaigns),
        next_sampling=next_sampling,
        at_random=at_random,
    )


def campaigns_behind(campaign: Campaign) -> list[Campaign]:
    """The campaign, and those whose answers its pairs were chosen by, the newest first."""
    chosen = campaign.sampling.recipe.get("chosen", {})
    earlier = Campaign.objects.select_related("sampling").exclude(pk=campaign.pk).order_by("-created", "-pk")
    if "campaigns" in chosen:
        return [campaign, *earlier.filter(pk__in=chosen["campaigns"][:MOST_EARLIER])]
    return [campaign, *earlier.filter(name=chosen.get("campaign", ""))]  # chosen before campaigns were kept by key


def suggested_links_csv(found: Suggestions) -> str:
    """One row per link, the likeliest first; opens safely in a spreadsheet."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\n")
    sides = [f"{side}{field}" for side in "ab" for field in ("_collection", "", "_name")]
    writer.writerow([*sides, "probability", "similarity_kind"])
    for link in found.links:
        cells = map(protect_cell, (*link.a, *link.b))
        writer.writerow([*cells, f"{link.probability:.4f}", found.similarity_kind])
    return text.getvalue()


def _require_model(reason: str) -> None:
    """Raises UserError where there is a reason why there is none."""
    if reason:
        raise UserError(f"These answers do not make a model of what links: {reason}")


def _answers(campaigns: list[Campaign], candidates: Candidates) -> "tuple[AnnotationFrame, np.ndarray[Any, Any]]":
    """The answers to pairs of which both records are still there and may be shown, and the records' keys (n, 2)."""
    import numpy as np
    import pandas as pd

    from annotation.analysis.annotation_frame import AnnotationFrame

    data = annotation_frame(campaigns[0])
    frames = [data.frame, *(annotation_frame(each).frame for each in campaigns[1:])]
    frame = pd.concat([each for each in frames if len(each)] or frames[:1], ignore_index=True)
    pairs = CandidatePair.objects.filter(
        sampling__in={each.sampling_id for each in campaigns}, a__isnull=False, b__isnull=False
    )
    of_pair = {pk: (a, b) for pk, a, b in pairs.values_list("pk", "a", "b").iterator()}
    keys = np.array([of_pair.get(pair, (0, 0)) for pair in frame["pair"]], np.int64).reshape(-1, 2)
    known = candidates.known(keys)
    whole = AnnotationFrame(data.models, data.comparisons, data.labels, frame[known].reset_index(drop=True))
    return whole, keys[known]


def _asked_about(campaigns: list[Campaign]) -> "np.ndarray[Any, Any]":
    """(n, 2) keys of the records of all pairs that somebody was dealt."""
    import numpy as np

    dealt = Assignment.objects.filter(campaign__in=campaigns, pair__a__isnull=False, pair__b__isnull=False)
    return np.array(list(dealt.order_by().values_list("pair__a", "pair__b").distinct()), np.int64).reshape(-1, 2)


def _links(
    candidates: Candidates, pairs: "np.ndarray[Any, Any]", probabilities: "np.ndarray[Any, Any]"
) -> tuple[SuggestedLink, ...]:
    keys = candidates.record_keys(pairs)
    wanted = Record.objects.filter(pk__in={key for pair in keys for key in pair})
    known = {
        pk: (slug, record_id, name)
        for pk, slug, record_id, name in wanted.values_list("pk", "collection__slug", "record_id", "name")
    }
    return tuple(
        SuggestedLink(known[a], known[b], float(probability))
        for (a, b), probability in zip(keys, probabilities, strict=True)
    )
