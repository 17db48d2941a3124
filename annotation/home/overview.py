"""What a project lead sees first: how much there is of everything, and what to do next."""

from dataclasses import dataclass

from django.db.models import Count

from annotation.answers.progress import Progress, campaign_progress
from annotation.models import Campaign
from heritage.models import Collection
from linking.models import Sampling
from models_ml.models import EmbeddingModel

RECENT_CAMPAIGNS = 5


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
        """The first thing that is missing on the way from records to results."""
        if self.campaigns_total:
            return "results"
        if self.samplings:
            return "campaign"
        if self.collections < 2:
            return "collections"
        return "sampling" if self.models_with_vectors else "vectors"


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
