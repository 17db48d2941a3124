"""The search box, read from the address; and the form that brings a picture."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from heritage.models import RecordSet
from models_ml.encoding.place import CONTENT_HASH
from models_ml.models import EmbeddingModel
from models_ml.search.request import CHOICES, Box, SearchRequest

MOST_WORDS = 500  # characters; models read no more than a few dozen words
MOST_FEEDBACK = 20
LEAST_SIDE = 0.01  # of a picture's: a part smaller than this shows nothing
LARGEST_KEY = 2**63 - 1


class _Values(forms.Field):
    """A parameter that may occur several times."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, most: int = 50, longest: int = 500) -> None:
        super().__init__(required=False)
        self.most, self.longest = most, longest

    def clean(self, value: Any) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(each.strip() for each in value or () if each.strip()))
        if len(values) > self.most or any(len(each) > self.longest or "\0" in each for each in values):
            raise ValidationError(f"At most {self.most} can be chosen at once.")
        return values


class _Keys(_Values):
    def clean(self, value: Any) -> tuple[int, ...]:  # type: ignore[override]  # keys in place of texts
        values = super().clean(value)
        if not all(each.isascii() and each.isdigit() and int(each) <= LARGEST_KEY for each in values):
            raise ValidationError("A record is named by its number.")
        return tuple(map(int, values))


class SearchBoxForm(forms.Form):
    """What to look for in all collections."""

    q = forms.CharField(
        label="Words",
        required=False,
        max_length=MOST_WORDS,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "placeholder": "Oil lamp"}),
    )
    by = forms.ChoiceField(label="By", required=False, choices=list(CHOICES.items()))
    model = forms.ModelChoiceField(
        EmbeddingModel.objects.all(),
        required=False,
        to_field_name="slug",
        empty_label="The newest",
        error_messages={"invalid_choice": "There is no such model: choose one of the registered ones."},
    )
    beside = forms.ModelChoiceField(
        EmbeddingModel.objects.all(),
        required=False,
        to_field_name="slug",
        label="Beside it",
        empty_label="None",
        error_messages={"invalid_choice": "There is no such model: choose one of the registered ones."},
    )
    picture = forms.CharField(required=False, widget=forms.HiddenInput)
    record = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY, widget=forms.HiddenInput)
    box = forms.CharField(required=False, widget=forms.HiddenInput, max_length=100)
    more = _Keys(most=MOST_FEEDBACK, longest=20)
    less = _Keys(most=MOST_FEEDBACK, longest=20)
    collection = _Values()
    term = _Values()
    licence = _Values()
    linked = forms.ChoiceField(required=False, choices=[("", "All"), ("yes", "Linked"), ("no", "Not linked")])
    pictured = forms.BooleanField(required=False)
    across = forms.BooleanField(required=False)
    among = forms.ModelChoiceField(
        RecordSet.objects.none(),
        required=False,
        to_field_name="slug",
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "There is no such set of records: choose one of those that are kept."},
    )

    def __init__(self, data: Any, *, user: object) -> None:
        super().__init__(data)
        if getattr(user, "is_lead", False):  # what leads work on is nobody else's
            self.fields["among"].queryset = RecordSet.objects.defer("records")  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        return str(self.cleaned_data["q"]).strip()

    def clean_picture(self) -> str:
        picture = str(self.cleaned_data["picture"])
        if picture and not CONTENT_HASH.fullmatch(picture):
            raise ValidationError("The address names no picture: bring it again.")
        return picture

    def clean_box(self) -> Box | None:
        return read_box(self.cleaned_data["box"])

    def request(self) -> SearchRequest:
        """Of a form that is valid."""
        data = self.cleaned_data
        return SearchRequest(
            words=data["q"],
            picture=data["picture"],
            record=data["record"],
            box=data["box"],
            by=data["by"],
            model=data["model"].slug if data["model"] else "",
            beside=data["beside"].slug if data["beside"] else "",
            more=data["more"],
            less=data["less"],
            collections=data["collection"],
            terms=data["term"],
            licences=data["licence"],
            linked=data["linked"],
            pictured=data["pictured"],
            across=data["across"],
            among=data["among"].slug if data["among"] else "",
        )


def read_box(text: str) -> Box | None:
    """Left, top, width and height as shares of the picture, written with commas. Raises ValidationError."""
    if not text:
        return None
    try:
        left, top, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValidationError("The part of the picture is four numbers: left, top, width, height.") from error
    slack = 1e-3  # of rounding
    inside = left >= 0 and top >= 0 and left + width <= 1 + slack and top + height <= 1 + slack
    if not (inside and width >= LEAST_SIDE and height >= LEAST_SIDE):  # not a number is not inside either
        raise ValidationError("The part lies outside the picture, or is too small: draw it again.")
    return left, top, min(width, 1 - left), min(height, 1 - top)


class PictureForm(forms.Form):
    """A picture to search with: a file, or the address of one."""

    file = forms.FileField(required=False, label="Picture", widget=forms.FileInput(attrs={"accept": "image/*"}))
    address = forms.URLField(
        required=False,
        label="or its address",
        max_length=2_000,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("file") and not data.get("address"):
            raise ValidationError("Choose a picture, or give its address.")
        return data
