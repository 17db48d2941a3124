"""What a project lead sees first: how much there is of everything, and what to do next."""

from dataclasses import dataclass

from django.db.models import Count

from annotation.answers.progress import Progress, campaign_progress
from annotation.models import Campaign
from annotation.vocabulary import CampaignState
from heritage.models import Collection
from linking.models import Sampling
from models_ml.models import EmbeddingModel

RECENT_CAMPAIGNS = 5
STEPS = ("close", "open", "resume", "wait", "results")


@dataclass(frozen=True)
class Overview:
    """Counts for the start page. `campaigns` are the newest ones with their progress."""

    collections: int
    records: int
    models: int
    models_with_vectors: int
    samplings: int
    campaigns_total: int
    campaigns: tuple[tuple[Campaign, Progress], ...]

    @property
    def next_step(self) -> str:
        """The first thing that is missing on the way from records to results; with campaigns what `next_campaign` is
        in need of."""
        if found := self.next_campaign:
            return found[0]
        if self.samplings:
            return "campaign"
        if self.collections < 2:
            return "collections"
        return "sampling" if self.models_with_vectors else "vectors"

    @property
    def next_campaign(self) -> tuple[str, Campaign, Progress] | None:
        """What one of the newest campaigns waits for its lead to do, the most urgent first: "open" a draft, "close"
        one that is answered or over, "resume" a paused one, "wait" while people label, else read its "results"."""
        waiting = [(_step(campaign, progress), campaign, progress) for campaign, progress in self.campaigns]
        return min(waiting, key=lambda each: STEPS.index(each[0]), default=None)


def _step(campaign: Campaign, progress: Progress) -> str:
    if campaign.state == CampaignState.DRAFT:
        return "open"
    if campaign.state == CampaignState.CLOSED:
        return "results"
    if progress.is_complete or campaign.is_overdue:
        return "close"
    return "resume" if campaign.state == CampaignState.PAUSED else "wait"


def read_overview() -> Overview:
    counts = Collection.objects.aggregate(collections=Count("pk", distinct=True), records=Count("records"))
    recent = Campaign.objects.order_by("-created")[:RECENT_CAMPAIGNS]
    return Overview(
        collections=counts["collections"],
        records=counts["records"],
        models=EmbeddingModel.objects.count(),
        models_with_vectors=_models_with_vectors(),
        samplings=Sampling.objects.count(),
        campaigns_total=Campaign.objects.count(),
        campaigns=tuple((campaign, campaign_progress(campaign)) for campaign in recent),
    )


def _models_with_vectors() -> int:
    """Asks for one vector of each model: counting them all would read a large table."""
    return sum(model.image_vectors.exists() or model.segment_vectors.exists() for model in EmbeddingModel.objects.all())
