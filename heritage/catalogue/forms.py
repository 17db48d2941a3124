"""Forms of the catalogue's pages."""

from django import forms


class RecordFilterForm(forms.Form):
    """Which records of a collection to show."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    images = forms.ChoiceField(
        label="Pictures",
        required=False,
        choices=[("", "All records"), ("with", "With picture"), ("without", "Without picture")],
    )
