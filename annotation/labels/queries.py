"""What a campaign calls its labels."""

from django.db.models import Exists, OuterRef, QuerySet

from annotation.models import Annotation, Assignment, Campaign, CampaignLabel, FinerLabel, default_labels
from annotation.vocabulary import Label


def has_answers(campaign: Campaign) -> bool:
    return Annotation.objects.filter(assignment__campaign=campaign).exists()


def campaign_labels(campaign: Campaign) -> list[CampaignLabel]:
    """The four as a campaign calls and shows them, in its order."""
    return list(campaign.own_labels.all()) or default_labels()


def label_names(campaign: Campaign) -> dict[str, str]:
    """{label: what the campaign calls it}, in order of closeness."""
    names = {each.label: each.name for each in campaign_labels(campaign)}
    return {label: names[label] for label in Label.values}


def with_has_scheme(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Each with `has_scheme`: whether its campaign has labels of its own or finer ones."""
    this = {"campaign": OuterRef("campaign")}
    has_scheme = Exists(CampaignLabel.objects.filter(**this)) | Exists(FinerLabel.objects.filter(**this))
    return assignments.annotate(has_scheme=has_scheme)
