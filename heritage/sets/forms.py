"""The form that keeps records as a set; what can be used is checked where the set is stored."""

from django import forms
from django.core.exceptions import ValidationError

from heritage.pages.keys import is_key


class KeepSetForm(forms.Form):
    """A name for records that were chosen elsewhere."""

    name = forms.CharField(
        max_length=200,
        label="Name of the set",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give the set a name."},
    )
    keys = forms.CharField(widget=forms.HiddenInput, error_messages={"required": "No records were chosen."})
    origin = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def clean_keys(self) -> list[int]:
        words = str(self.cleaned_data["keys"]).split(",")
        if not all(map(is_key, words)):
            raise ValidationError("The address of a record is its number: choose the records again.")
        return sorted({int(word) for word in words})
