"""A campaign's answers as truth for `evaluate links`: the median label of each pair, by its sampling weight."""

import numpy as np

from annotation.campaigns.queries import find_campaign
from annotation.links.consensus import median_label
from annotation.models import Campaign
from heritage.errors import UserError
from linking.evaluation.answers import AnsweredPairs, AnswerSource
from linking.evaluation.known_pairs import CLOSENESS
from linking.models import CandidatePair

from .actions import open_results
from .frame import annotation_frame
from .sealing import is_sealed

ANSWER_SOURCE = AnswerSource(
    read=lambda name: campaign_known_links(find_campaign(name)),
    names=lambda: unsealed_campaigns(),
)


def campaign_known_links(campaign: Campaign) -> AnsweredPairs:
    """The pairs that have an answer that is not empty. While the campaign is open, the look is written down.

    Raises UserError where no pair of records is answered.
    """
    from annotation.analysis.population import union_weights

    open_results(campaign=campaign, person=None)
    data = annotation_frame(campaign)
    # An empty answer is none here; left out before weighing, so that the others stand for all.
    data = type(data)(
        data.models, data.comparisons, data.labels, data.frame[data.frame["label"] != ""].reset_index(drop=True)
    )
    weights, reason = union_weights(data)
    frame = data.frame.assign(weight=1.0 if weights is None else weights)
    records = {
        pk: (a, b)
        for pk, a, b in CandidatePair.objects.filter(sampling=campaign.sampling_id).values_list("pk", "a", "b")
        if a is not None and b is not None
    }
    found = [
        (*records[pair], CLOSENESS[median_label(rows["label"])], float(rows["weight"].sum()))
        for pair, rows in frame.groupby("pair", sort=True)
        if pair in records
    ]
    if not found:
        raise UserError(f"No pair of records has been answered in {campaign.name}: choose another campaign.")
    a, b, closeness, pair_weights = zip(*found, strict=True)
    return AnsweredPairs(
        name=campaign.name,
        simulated=campaign.simulated,
        collections=tuple(campaign.sampling.recipe.get("collections", ())),
        answers=len(frame),
        a=np.array(a, np.int64),
        b=np.array(b, np.int64),
        closeness=np.array(closeness, np.int64),
        weights=np.array(pair_weights) if weights is not None else np.ones(len(found)),
        unweighted=reason,
    )


def unsealed_campaigns() -> list[str]:
    """Names of the campaigns whose answers anybody who leads may see, in alphabetical order."""
    campaigns = Campaign.objects.select_related("sampling").order_by("name")
    return [campaign.name for campaign in campaigns if not is_sealed(campaign, None)]
