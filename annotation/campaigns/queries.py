"""Which campaign a name means, and which pairs a campaign could still deal."""

import contextlib
import uuid

from django.db.models import Exists, OuterRef

from annotation.guidance.queries import withheld_pairs
from annotation.models import (
    Assignment,
    Campaign,
)
from heritage.errors import UserError
from linking.models import CandidatePair


def find_campaign(name: str) -> Campaign:
    """The campaign of that name or identifier, with its sampling. Raises UserError, naming those that there are."""
    campaigns = Campaign.objects.select_related("sampling")
    found = campaigns.filter(name=name).first()
    if found is None:
        with contextlib.suppress(ValueError):
            found = campaigns.filter(pk=uuid.UUID(name)).first()
    if found is None:
        known = ", ".join(campaigns.values_list("name", flat=True)) or "none yet, make one with create_campaign"
        raise UserError(f"There is no campaign named {name}. There are: {known}.")
    return found


def free_pairs(campaign: Campaign) -> int:
    """How many pairs of its sampling nobody has and somebody may be dealt."""
    taken = Assignment.objects.filter(campaign=campaign, pair=OuterRef("pk"))
    free = CandidatePair.objects.filter(~Exists(taken), sampling=campaign.sampling_id)
    return free.exclude(pk__in=withheld_pairs(campaign).order_by().values("pk")).count()
