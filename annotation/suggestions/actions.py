"""What a campaign's answers suggest: pairs that are likely links, and pairs most worth an expert's time next.

The link model (`annotation.analysis.link_model`), fitted on the answers, is applied to the pairs that some model finds
similar, all of them or as many as asked for, drawn at random. Pairs that the campaign asks about already are left out
of both.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotation.models import Assignment, Campaign
from annotation.results.frame import annotation_frame
from heritage.errors import UserError
from heritage.models import Record, User
from heritage.pages.cells import BYTE_ORDER_MARK, protect_cell
from heritage.progress import Progress
from linking.actions import check_name
from linking.candidates import Candidates, find_candidates, store_chosen
from linking.models import Sampling

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from annotation.analysis.link_model import LinkModel, Suggestion

DEFAULT_PRECISION = 0.9
DEFAULT_CANDIDATES = 20_000
MOST_CANDIDATES = 1_000_000


@dataclass(frozen=True)
class SuggestedLink:
    """Two records, as (collection, record id, name), and the probability that experts link them."""

    a: tuple[str, str, str]
    b: tuple[str, str, str]
    probability: float


@dataclass(frozen=True)
class Suggestions:
    """`links` are the suggested ones, the likeliest first, by similarities of `similarity_kind`; `next_sampling` the
    pairs to ask about, where asked for."""

    model: "LinkModel"
    suggestion: "Suggestion"
    candidates: int
    available: dict[str, int]
    asked_already: int
    links: tuple[SuggestedLink, ...]
    similarity_kind: str
    next_sampling: Sampling | None


def suggest(
    campaign: Campaign,
    *,
    precision: float = DEFAULT_PRECISION,
    most: int = DEFAULT_CANDIDATES,
    next_count: int = 0,
    next_name: str = "",
    seed: int = 0,
    created_by: User | None = None,
    progress: Progress,
) -> Suggestions:
    """Fit, find candidates, and suggest; with `next_count` also keep so many pairs as the sampling `next_name`.

    Raises UserError where no model can be fitted or judged, which says why, and as `find_candidates` does.
    """
    from annotation.analysis.link_model import fit_link_model, next_pairs, suggest_links

    if not 0 < precision < 1:
        raise UserError("The precision is the share of suggestions that are links: give one between 0 and 1, as 0.9.")
    if not 1 <= most <= MOST_CANDIDATES:
        raise UserError(f"Give 1 to {MOST_CANDIDATES:,} candidates.")
    if next_count < 0 or (next_count and not next_name.strip()):
        raise UserError("Give the number of next pairs, and a name for the sampling that will hold them.")
    if next_count:
        check_name(next_name)
    progress.start("Reading the answers")
    data = annotation_frame(campaign, similarities=True)
    progress.start("Fitting what links")
    model = fit_link_model(data, seed=seed)
    if model.reason:
        raise UserError(f"These answers do not make a model of what links: {model.reason}")
    found = find_candidates(campaign.sampling, most=most, seed=seed, progress=progress)
    asked = _asked_about(campaign)
    fresh = [place for place, pair in enumerate(found.pairs) if found.record_keys(pair) not in asked]
    if not fresh:
        raise UserError("Every pair that a model finds similar is in this campaign already: import more records.")
    features = _similarities(found, fresh, [name for name, _ in model.coefficients])
    probabilities = model.predict(features)
    suggestion = suggest_links(model, probabilities, data.frame["linked"].to_numpy(dtype=int), precision=precision)
    likeliest = (-probabilities).argsort(kind="stable")[: suggestion.count]
    next_sampling = None
    if next_count:
        chosen = next_pairs(probabilities, features.to_numpy(dtype=float), count=next_count, seed=seed)
        next_sampling = store_chosen(
            name=next_name,
            candidates=found,
            chosen=[fresh[place] for place in chosen],
            why={"campaign": campaign.name, "answers": model.n, "candidates": len(fresh), "seed": seed},
            created_by=created_by,
        )
    return Suggestions(
        model=model,
        suggestion=suggestion,
        candidates=len(fresh),
        available=found.available,
        asked_already=len(found.pairs) - len(fresh),
        links=_links(found, [fresh[place] for place in likeliest], probabilities[likeliest]),
        similarity_kind=found.recipe.similarity,
        next_sampling=next_sampling,
    )


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


def _asked_about(campaign: Campaign) -> set[tuple[int, int]]:
    """Of the pairs that somebody was dealt, the keys of their records."""
    return set(Assignment.objects.filter(campaign=campaign).order_by().values_list("pair__a", "pair__b").distinct())


def _similarities(found: Candidates, places: Sequence[int], names: Sequence[str]) -> "pd.DataFrame":
    """(places, names) as the link model takes them; NaN where a record has nothing to compare."""
    import pandas as pd

    from annotation.analysis.annotation_frame import similarity_column

    of = {
        similarity_column(comparison, model): (comparison, model)
        for comparison in found.thresholds
        for model in found.recipe.models
    }
    columns = {}
    for name in names:
        comparison, model = of[name]
        columns[name] = [found.pairs[place].similarity[comparison][model] for place in places]
    return pd.DataFrame(columns, dtype=float)


def _links(
    found: Candidates, places: Sequence[int], probabilities: "np.ndarray[Any, Any]"
) -> tuple[SuggestedLink, ...]:
    keys = [found.record_keys(found.pairs[place]) for place in places]
    wanted = Record.objects.filter(pk__in={key for pair in keys for key in pair})
    known = {
        pk: (slug, record_id, name)
        for pk, slug, record_id, name in wanted.values_list("pk", "collection__slug", "record_id", "name")
    }
    return tuple(
        SuggestedLink(known[a], known[b], float(probability))
        for (a, b), probability in zip(keys, probabilities, strict=True)
    )
