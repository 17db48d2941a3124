"""Which remarks to show."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.models import Campaign
from annotation.vocabulary import SkipReason
from heritage.models import User

from .queries import REMARKS, RemarkFilter


class RemarkFilterForm(forms.Form):
    """Which remarks of a campaign to show: `chosen` as an address has it."""

    kind = forms.ChoiceField(required=False, choices=list(REMARKS.items()))
    reason = forms.ChoiceField(
        label="Skipped because", required=False, choices=[("", "Any reason"), *SkipReason.choices]
    )
    person = forms.ChoiceField(label="Annotator", required=False)

    def __init__(self, chosen: Mapping[str, Any], *, campaign: Campaign) -> None:
        super().__init__({"kind": "all"} | dict(chosen.items()))
        people = User.objects.filter(pk__in=campaign.assignments.order_by().values("annotator")).order_by("username")
        names = [(person.username, person.shown_name) for person in people]
        self.fields["person"].choices = [("", "Everybody"), *names]  # type: ignore[attr-defined]

    def choice(self) -> RemarkFilter:
        """What is wrong in the form counts as not chosen; the form says so."""
        chosen = self.cleaned_data
        return RemarkFilter(chosen.get("kind") or "all", chosen.get("reason", ""), chosen.get("person", ""))
