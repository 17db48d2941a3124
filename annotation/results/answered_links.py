"""A campaign's answers as what `finetune --links` learns from."""

from annotation.answers.queries import current_annotations
from annotation.campaigns.queries import find_campaign
from heritage.errors import UserError
from models_ml.finetuning.link_answers import CampaignAnswers
from models_ml.training.data.links import PairAnswer

from .actions import open_results


def campaign_link_answers(name: str) -> CampaignAnswers:
    """The answers that are not empty, about pairs of records; nothing of who gave them. While the campaign is open,
    the look is written down.

    Raises UserError where no pair of records is answered.
    """
    campaign = find_campaign(name)
    open_results(campaign=campaign, person=None)
    rows = (
        current_annotations(campaign)
        .exclude(label="")
        .exclude(assignment__pair__a=None)
        .exclude(assignment__pair__b=None)
        .order_by("assignment__pair", "assignment")
        .values_list(
            "assignment__pair__a__collection__slug",
            "assignment__pair__a__record_id",
            "assignment__pair__b__collection__slug",
            "assignment__pair__b__record_id",
            "label",
        )
    )
    answers = tuple(PairAnswer((a_in, a), (b_in, b), label) for a_in, a, b_in, b, label in rows)
    if not answers:
        raise UserError(f"No pair of records has been answered in {campaign.name}: choose another campaign.")
    return CampaignAnswers(campaign.name, campaign.simulated, answers)
