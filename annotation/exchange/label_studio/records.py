"""The records of pairs as Label Studio shows them."""

from django.db.models import Prefetch, Q

from annotation.exchange.label_studio.interface import RecordKey, ShownRecord
from annotation.models import Campaign
from heritage.models import Image, Record
from linking.models import CandidatePair


def shown_records(campaign: Campaign) -> dict[RecordKey, ShownRecord]:
    """The records of a campaign's pairs as Label Studio shows them, in two queries.

    The picture is the first that may be shown uncovered and has an address at its museum: ours open only for people
    who are logged in.
    """
    pairs = CandidatePair.objects.filter(assignments__campaign=campaign)
    wanted = Record.objects.filter(Q(pk__in=pairs.values("a")) | Q(pk__in=pairs.values("b")))
    images = Image.objects.filter(
        source__startswith="http", withheld=False, record__withheld=False, sensitive=False
    ).order_by("position")
    return {
        (record.collection.slug, record.record_id): ShownRecord(
            name="" if record.withheld else record.name,
            text="" if record.withheld else record.description,
            image=next((image.source for image in record.images.all()), ""),
        )
        for record in wanted.select_related("collection").prefetch_related(Prefetch("images", queryset=images))
    }
