"""A campaign's analysis, computed once for each state of its data.

statsmodels takes seconds to import and is needed only here: it is imported at the first analysis.
"""

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Count, Max

from .frames import annotation_frame
from .models import Annotation, Campaign

if TYPE_CHECKING:
    from .analysis.campaign_analysis import CampaignAnalysis

_KEEP_SECONDS = 24 * 60 * 60


def data_version(campaign: Campaign) -> str:
    """Changes with every answer. Answers are never changed or removed one by one, so their number and newest tell."""
    answers = Annotation.objects.filter(assignment__campaign=campaign).aggregate(newest=Max("pk"), count=Count("pk"))
    return f"{answers['newest'] or 0}-{answers['count']}"


def campaign_analysis(campaign: Campaign) -> "CampaignAnalysis":
    """The analysis of the annotations as they are now; from the cache where nothing has changed."""
    from .analysis.campaign_analysis import analyse

    key = f"campaign-analysis:{campaign.pk}:{data_version(campaign)}"
    found: CampaignAnalysis | None = cache.get(key)
    if found is None:
        found = analyse(annotation_frame(campaign))
        cache.set(key, found, timeout=_KEEP_SECONDS)
    return found
