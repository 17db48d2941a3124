"""What leads fill in: a new campaign, its plan, deadline and people; and who joins by an invitation."""

from typing import Any

from django import forms
from django.utils import timezone

from annotation.models import Campaign
from heritage.models import User
from heritage.pages.fields import decimal_field
from linking.models import Sampling

from .actions import LONGEST_NAME
from .dealing import LARGEST_SEED
from .invitations import LONGEST_NOTE, MOST_DAYS, MOST_PLACES


class SignUpForm(forms.Form):
    """How an invited person wants to log in."""

    username = forms.CharField(
        label="User name",
        max_length=150,
        help_text="Letters, digits and @ . + - _ only. Those who lead the project see it beside your answers.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        strip=False,
        help_text="At least ten characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Password again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> None:
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", "The two passwords differ: type the same one twice.")


class InvitationForm(forms.Form):
    """A new invitation."""

    places = forms.IntegerField(label="People", min_value=1, max_value=MOST_PLACES, initial=1)
    days = forms.IntegerField(label="Days it lasts", min_value=1, max_value=MOST_DAYS, initial=14)
    note = forms.CharField(
        label="For whom", required=False, max_length=LONGEST_NOTE, help_text="For your own record; they do not see it."
    )


class ReassignForm(forms.Form):
    """Whose remaining pairs go to whom."""

    giver = forms.ModelChoiceField(User.objects.none(), label="From", empty_label="Choose somebody")
    receiver = forms.ModelChoiceField(
        User.objects.none(),
        label="To",
        required=False,
        empty_label="Nobody yet: who joins next gets them",
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(pk__in=campaign.assignments.order_by().values("annotator"), is_active=True)
        for name in ("giver", "receiver"):
            self.fields[name].queryset = people.order_by("username")  # type: ignore[attr-defined]


# Of one stratum and all annotators in the largest campaign that is tried; a page is waited for.
MOST_SIMULATED_PAIRS = 40_000


class PlanForm(forms.Form):
    """A campaign to simulate, with the shares of links that its lead expects."""

    one = decimal_field("Links in one stratum, %", "Such as pairs that only the fine-tuned model finds.", 55)
    other = decimal_field("Links in the other, %", "Such as pairs that only the base finds.", 40)
    annotators = forms.IntegerField(min_value=1, max_value=200, initial=6)
    pairs_each = forms.IntegerField(
        label="Pairs each",
        required=False,
        min_value=2,
        max_value=2_000,
        initial=105,
        help_text="In all strata together. Leave it empty to see only how many are needed.",
    )
    strata = forms.IntegerField(
        min_value=2, max_value=100, initial=15, help_text="That the pairs are spread over; two of them are compared."
    )
    overlap = decimal_field("Overlap, %", "Share of the pairs that all annotators see.", 10, 0, 100)
    power = decimal_field(
        "Wanted power, %", "In how many of 100 such campaigns the difference shall be told.", 80, 10, 99
    )
    annotator_spread = decimal_field(
        "How far annotators differ",
        "Standard deviation in log odds, as the mixed model of an earlier campaign estimates it.",
        0.5,
        0,
        5,
    )
    pair_spread = decimal_field("How far pairs of a stratum differ", "Likewise.", 0.7, 0, 5)

    def clean(self) -> None:
        asked = self.cleaned_data
        if asked.get("one") is not None and asked.get("one") == asked.get("other"):
            self.add_error("other", "The two shares are the same: there is no difference to find.")
        if (asked.get("pairs_each") or 2_000) < asked.get("strata", 0):
            self.add_error("pairs_each", "Give at least one pair for each stratum.")
        if asked.get("annotators", 0) * 2_000 // asked.get("strata", 2_000) > MOST_SIMULATED_PAIRS:
            self.add_error(
                "strata", "So many annotators with so few strata take too long to simulate: give more strata."
            )


class DeadlineForm(forms.Form):
    """Until when answers are taken."""

    deadline = forms.DateTimeField(
        required=False,
        help_text="Until then answers are taken; annotators see it. Leave it empty for none.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deadline"].label = f"Deadline ({timezone.get_current_timezone_name()})"


class CampaignForm(DeadlineForm):
    """A new campaign."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        help_text="Annotators see it. Leave out models and everything else that would tell where pairs come from.",
    )
    sampling = forms.ModelChoiceField(
        Sampling.objects.all(), empty_label="Choose a sampling", help_text="The pairs that annotators will see."
    )
    annotators = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="You can invite more people later, by a link.",
    )
    pairs_each = forms.IntegerField(
        label="Pairs each", min_value=1, initial=100, help_text="How many pairs each annotator gets."
    )
    overlap = forms.FloatField(
        min_value=0,
        max_value=1,
        initial=0,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text="Share of them, from 0 to 1, that all annotators see: needed to measure agreement. "
        "Everyone's other pairs are seen by nobody else.",
    )
    instructions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown to annotators before their first pair, beside the guide to the four labels.",
    )
    seed = forms.IntegerField(
        min_value=0, max_value=LARGEST_SEED, initial=0, help_text="The same seed deals the same pairs again."
    )
    draft = forms.BooleanField(
        label="Keep it as a draft",
        required=False,
        help_text="Annotators see it only once you open it. A draft needs no annotators yet.",
    )
    field_order = ("name", "sampling", "annotators", "pairs_each", "overlap", "instructions", "deadline", "seed")

    def clean(self) -> None:
        if not (self.cleaned_data.get("annotators") or self.cleaned_data.get("draft")):
            self.add_error("annotators", "A campaign needs at least one annotator: tick one, or keep it as a draft.")
