"""What people fill in: an answer, reflections, a new campaign."""

from typing import Any

from django import forms

from heritage.models import User
from linking.models import Sampling

from .actions import LONGEST_NAME, LONGEST_REFLECTION
from .dealing import LARGEST_SEED


class AnswerForm(forms.Form):
    """The form around the four labels. Whether the label exists is for `record_annotation` to say."""

    label = forms.CharField(error_messages={"required": "Choose one of the four labels."})
    comment = forms.CharField(required=False, strip=True)
    seconds = forms.FloatField(required=False)
    submission = forms.UUIDField(error_messages={"invalid": "The form was damaged on its way: reload the page."})
    then = forms.CharField(required=False)
    # Of the script: the place of the last pair that the browser holds, and how many more it has room for.
    held = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    wanted = forms.IntegerField(required=False, min_value=0)

    def answer(self) -> dict[str, Any]:
        """Arguments of `record_annotation`."""
        return {name: self.cleaned_data[name] for name in ("label", "comment", "seconds", "submission")}

    def problem(self) -> str:
        """All that is wrong, in one line."""
        return " ".join(str(message) for messages in self.errors.values() for message in messages)


class ReflectionForm(forms.Form):
    text = forms.CharField(
        label="Your reflections",
        help_text="How did you decide? Did you look at the pictures or the texts first? What was missing, "
        "and which pairs were hard to place among the four labels?",
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LONGEST_REFLECTION}),
        error_messages={"required": "Write a sentence or two before you send your reflections."},
    )


class CampaignForm(forms.Form):
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
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "A campaign needs at least one annotator: tick one."},
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
