"""Form fields that several forms have."""

from django import forms


def decimal_field(label: str, help_text: str, initial: float, least: float = 1, most: float = 99) -> forms.FloatField:
    """A number with a fraction, from `least` to `most`, in whatever steps."""
    return forms.FloatField(
        label=label,
        help_text=help_text,
        initial=initial,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
