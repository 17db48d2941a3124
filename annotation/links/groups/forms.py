"""Which links hold groups together."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from annotation.links.forms import LINK_LABELS, AgreementForm
from annotation.models import Campaign
from annotation.vocabulary import Label

from .queries import GroupFilter


class GroupFilterForm(AgreementForm):
    campaign = forms.ModelChoiceField(Campaign.objects.none(), required=False, empty_label="All campaigns")
    label = forms.ChoiceField(label="Linked as, or closer", required=False, choices=LINK_LABELS)
    signed_off = forms.BooleanField(label="Only signed-off links", required=False)
    field_order = ("campaign", "label", "agreement", "answers", "signed_off")

    def __init__(self, *args: Any, campaigns: QuerySet[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = campaigns  # type: ignore[attr-defined]

    def choice(self) -> GroupFilter:
        """What is wrong in the form counts as not chosen; the form says so."""
        chosen = self.cleaned_data
        return GroupFilter(
            campaign=chosen.get("campaign"),
            label=chosen.get("label") or Label.SIMILAR_OBJECT,
            least_agreement=self.least_agreement,
            least_answers=self.least_answers,
            only_signed_off=chosen.get("signed_off", False),
        )
