"""Form fields that several forms have, and what several forms are asked."""

from django import forms
from django.http import HttpRequest

from heritage.errors import UserError


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


def check_typed_name(request: HttpRequest, what: str, name: str) -> None:
    """Raises UserError unless the form `fragments/delete_named.html` came with the name of what is to go: nobody
    deletes by a slip."""
    if request.POST.get("name", "").strip() != name:
        raise UserError(f"Type the {what}’s name, {name}, to delete it.")
