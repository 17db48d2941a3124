"""What leads fill in: a new campaign, its plan, deadline and people; and who joins by an invitation."""

from typing import Any

from django import forms
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotation.models import Campaign
from heritage.accounts.consent import ConsentText
from heritage.models import User
from heritage.pages.fields import decimal_field
from linking.models import Sampling

from .actions import LONGEST_NAME
from .dealing import DEFAULT_OVERLAP, LARGEST_SEED, most_pairs_each
from .invitations import LONGEST_NOTE, MOST_DAYS, MOST_PLACES


class ConsentField(forms.CharField):
    """A box to be ticked, whose value is the hash of the text beside it: nobody agrees to what they were not shown."""

    def __init__(self, asked: ConsentText) -> None:
        box = CheckboxWidget(attrs={"value": asked.sha256}, check_test=lambda sent: sent == asked.sha256)
        super().__init__(label=_("I have read this and agree."), widget=box)
        self.asked = asked

    def clean(self, value: Any) -> str:
        if not value:
            raise forms.ValidationError(_("Tick the box if you agree: nobody takes part without."))
        if value != self.asked.sha256:
            raise forms.ValidationError(_("The text has changed meanwhile: read it again, then tick the box."))
        return str(value)


class CheckboxWidget(forms.CheckboxInput):
    """Sends a value of its own where it is ticked, and gives what was sent."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name)

    def format_value(self, value: Any) -> None:
        """The value among its attributes stays."""


class ConsentForm(forms.Form):
    """What somebody with an account agrees to before they join."""

    def __init__(self, *args: Any, asked: ConsentText, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consent"] = ConsentField(asked)


class SignUpForm(forms.Form):
    """How an invited person wants to log in."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("Letters, digits and @ . + - _ only. Those who lead the project see it beside your answers."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least ten characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, asked: ConsentText | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asked is not None:
            self.fields["consent"] = ConsentField(asked)

    def clean(self) -> None:
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", _("The two passwords differ: type the same one twice."))


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


class SamplingChoice(forms.ModelChoiceField):
    """Samplings by name, with how many pairs they have: `size` of the query."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.size:,} pair{'' if obj.size == 1 else 's'})"


def annotators_field() -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="You can invite more people later, by a link.",
    )


def pairs_each_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="Pairs each",
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="How many pairs each annotator gets. Leave it empty for as many as there are.",
    )


def overlap_field() -> forms.FloatField:
    return decimal_field(
        "Overlap, %",
        "Share of them that all annotators see: needed to measure agreement. "
        "Everyone’s other pairs are seen by nobody else.",
        100 * DEFAULT_OVERLAP,
        0,
        100,
    )


def intentions_field() -> forms.CharField:
    return forms.CharField(
        label="What you expect, and when you stop",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the plan of analysis when the campaign opens, and printed in the report. "
        "Annotators do not see it.",
    )


def _check_size(form: forms.Form, pairs: int, annotators: int) -> None:
    """Says beside the field how many pairs there are for each, where more are asked for."""
    each, overlap = form.cleaned_data.get("pairs_each"), form.cleaned_data.get("overlap")
    if not each or overlap is None:
        return
    most = most_pairs_each(pairs=pairs, annotators=annotators, overlap=overlap / 100)
    if each > most:
        people = "one annotator" if annotators == 1 else f"{annotators} annotators"
        form.add_error(
            "pairs_each",
            f"The sampling has {pairs:,} pairs: with {people} and an overlap of {overlap:g} % "
            f"that is at most {most:,} each.",
        )


class CampaignTextsForm(forms.Form):
    """What annotators read of a campaign."""

    name = forms.CharField(
        max_length=LONGEST_NAME, help_text="Annotators see it. Leave out models and where pairs come from."
    )
    instructions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Shown to annotators before their first pair, beside the guide to the four labels.",
    )


class DraftForm(forms.Form):
    """Whom a draft is dealt to, and how much."""

    annotators = annotators_field()
    pairs_each = pairs_each_field()
    overlap = overlap_field()
    intentions = intentions_field()

    def __init__(self, *args: Any, pairs: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pairs = pairs

    def clean(self) -> None:
        _check_size(self, self.pairs, len(self.cleaned_data.get("annotators") or ()) or 1)


# Of one stratum and all annotators in the largest campaign that is tried; a page is waited for.
MOST_SIMULATED_PAIRS = 40_000


class PlanForm(forms.Form):
    """A campaign to simulate, with the shares of links that its lead expects."""

    one = decimal_field("Links among one model’s pairs, %", "Such as pairs that the fine-tuned model finds.", 55)
    other = decimal_field("Links among other pairs, %", "Such as pairs that only the base finds.", 40)
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
        min_value=2,
        max_value=100,
        initial=15,
        help_text="That the pairs are spread over, as three comparisons of three models have.",
    )
    overlap = decimal_field("Overlap, %", "Share of the pairs that all annotators see.", 100 * DEFAULT_OVERLAP, 0, 100)
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
    sampling = SamplingChoice(
        Sampling.objects.annotate(size=Count("pairs")),
        empty_label="Choose a sampling",
        help_text="The pairs that annotators will see.",
    )
    annotators = annotators_field()
    pairs_each = pairs_each_field()
    overlap = overlap_field()
    instructions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Shown to annotators before their first pair, beside the guide to the four labels.",
    )
    intentions = intentions_field()
    seed = forms.IntegerField(
        min_value=0, max_value=LARGEST_SEED, initial=0, help_text="The same seed deals the same pairs again."
    )
    draft = forms.BooleanField(
        label="Keep it as a draft",
        required=False,
        help_text="Annotators see it only once you open it. A draft needs no annotators yet.",
    )
    field_order = (
        "name",
        "sampling",
        "annotators",
        "pairs_each",
        "overlap",
        "instructions",
        "intentions",
        "deadline",
        "seed",
    )

    def clean(self) -> None:
        if not (self.cleaned_data.get("annotators") or self.cleaned_data.get("draft")):
            self.add_error("annotators", "A campaign needs at least one annotator: tick one, or keep it as a draft.")
        sampling = self.cleaned_data.get("sampling")
        if sampling is not None:
            _check_size(self, sampling.size, len(self.cleaned_data.get("annotators") or ()) or 1)
