"""The labels of a campaign: the four, how it calls and shows them, and the finer ones that it adds.

Part of `annotation.models`, which imports it.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from annotation.vocabulary import Label, LabelColour


class CampaignLabel(models.Model):
    """How a campaign calls and shows one of the four. It has rows for all of them, or none where they stay as they are.

    Once people have answered, names may be worded better, and `CampaignLabelName` keeps what they read; all else stays.
    """

    campaign = models.ForeignKey("annotation.Campaign", on_delete=models.CASCADE, related_name="own_labels")
    label = models.CharField(max_length=40, choices=Label)
    name = models.CharField(max_length=40, help_text="Annotators see it: do not name models or scores.")
    shortcut = models.CharField(max_length=1, help_text="Digit or letter that chooses it.")
    colour = models.CharField(max_length=10, choices=LabelColour, default=LabelColour.GREY)
    position = models.PositiveSmallIntegerField(help_text="Place among the four, from 1.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "label"], name="label_once_in_a_campaign"),
            models.UniqueConstraint("campaign", Lower("name"), name="label_name_once_in_a_campaign"),
            models.UniqueConstraint(fields=["campaign", "shortcut"], name="label_shortcut_once_in_a_campaign"),
            models.UniqueConstraint(fields=["campaign", "position"], name="label_place_once_in_a_campaign"),
            models.CheckConstraint(condition=models.Q(label__in=Label.values), name="label_is_one_of_the_four"),
            models.CheckConstraint(condition=~models.Q(name=""), name="label_has_a_name"),
            models.CheckConstraint(condition=models.Q(shortcut__regex=r"^[a-z0-9]$"), name="label_shortcut_is_a_key"),
            models.CheckConstraint(condition=models.Q(colour__in=LabelColour.values), name="label_colour_is_known"),
            models.CheckConstraint(condition=models.Q(position__range=(1, 4)), name="label_place_is_1_to_4"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> int:
        """From 1 in order of closeness, whatever the order of showing: what scripts and chosen keys know it by."""
        return Label.values.index(self.label) + 1


def default_labels() -> list[CampaignLabel]:
    """The four as they are where a campaign has none of its own; not stored."""
    return [
        CampaignLabel(label=label, name=str(name), shortcut=str(place), position=place)
        for place, (label, name) in enumerate(Label.choices, start=1)
    ]


class CampaignLabelName(models.Model):
    """A name under which people chose one of the four before it was worded better. Rows are only ever added."""

    campaign = models.ForeignKey("annotation.Campaign", on_delete=models.CASCADE, related_name="earlier_label_names")
    label = models.CharField(max_length=40, choices=Label)
    name = models.CharField(max_length=40)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True, help_text="When it was given up.")

    class Meta:
        ordering = ["pk"]


class FinerLabel(models.Model):
    """A label that one campaign adds under one of the four, told apart further and counted with it.

    Once people have answered, its name may be worded better, and `FinerLabelName` keeps what they read; what it is
    under, its key and its letter stay.
    """

    campaign = models.ForeignKey("annotation.Campaign", on_delete=models.CASCADE, related_name="finer_labels")
    label = models.CharField(max_length=40, choices=Label, help_text="The one of the four that it is under.")
    key = models.SlugField(max_length=40, help_text="Names it in files and to programs.")
    name = models.CharField(max_length=60, help_text="Annotators see it: do not name models or scores.")
    shortcut = models.CharField(max_length=1, blank=True, help_text="Letter that chooses it, or none.")
    position = models.PositiveIntegerField(help_text="Place among all of the campaign, from 1.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="finer_key_once_in_a_campaign"),
            models.UniqueConstraint("campaign", Lower("name"), name="finer_name_once_in_a_campaign"),
            models.UniqueConstraint(
                fields=["campaign", "shortcut"],
                condition=~models.Q(shortcut=""),
                name="finer_shortcut_once_in_a_campaign",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FinerLabelName(models.Model):
    """A name under which people chose a finer label before it was worded better. Rows are only ever added."""

    finer = models.ForeignKey(FinerLabel, on_delete=models.CASCADE, related_name="earlier_names")
    name = models.CharField(max_length=60)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True, help_text="When it was given up.")

    class Meta:
        ordering = ["pk"]
