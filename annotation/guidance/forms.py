"""What a lead fills in to mark a pair."""

from collections.abc import Mapping
from typing import Any

from django import forms

from annotation.vocabulary import Guidance

from .actions import GOLD, LONGEST_NOTE, Mark

USES = {
    Guidance.EXAMPLE.value: "Example: annotators see it with its label",
    Guidance.PRACTICE.value: "Practice: annotators try it first and read your sentence",
    GOLD: "Gold: dealt like any pair; annotators never learn of it",
}


class MarkForm(forms.Form):
    """Two records, what they are shown for, and the label held to be right. Whether they exist is for `mark_pair`."""

    kind = forms.ChoiceField(
        label="Use it as", widget=forms.RadioSelect, error_messages={"required": "Say what the pair is for."}
    )
    a = forms.CharField(
        label="One record",
        max_length=300,
        help_text="Its identifier, or COLLECTION:IDENTIFIER where several collections have it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Name the first record by its identifier."},
    )
    b = forms.CharField(
        label="The other record",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Name the other record by its identifier."},
    )
    label = forms.ChoiceField(
        label="The right label",
        error_messages={"required": "Choose the label that you hold to be right."},
    )
    note = forms.CharField(
        required=False,
        label="Why",
        help_text="A sentence. Annotators read it beside an example, and after their answer to a practice pair; "
        "of gold pairs only leads do.",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_NOTE}),
    )

    def __init__(self, *args: Any, with_gold: bool, label_names: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].choices = [("", "Choose a label"), *label_names.items()]  # type: ignore[attr-defined]
        choices = [(value, words) for value, words in USES.items() if with_gold or value != GOLD]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def mark(self) -> Mark:
        return Mark(**self.cleaned_data)
