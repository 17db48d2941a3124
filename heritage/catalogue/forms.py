"""Forms of the catalogue's pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.text import slugify

from heritage.catalogue.actions import check_new_collection
from heritage.errors import UserError
from heritage.importers import IMPORTERS
from heritage.models import Collection

LANGUAGE = Collection._meta.get_field("language")
FORMAT_LABELS = {
    "uniform": "Uniform table (CSV or JSON lines)",
    "smg-dump": "Science Museum Group dump (JSON lines)",
    "nms": "National Museums Scotland export (CSV)",
}


class RecordFileForm(forms.Form):
    """A file of records, and how it is written."""

    format = forms.ChoiceField(label="Format", initial="uniform")
    file = forms.FileField(label="File of records")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(name, FORMAT_LABELS.get(name, name)) for name in IMPORTERS]  # type: ignore[attr-defined]
        self.fields["file"].help_text = f"At most {filesizeformat(settings.UPLOAD_MAX_BYTES)}."

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                f"This file has {filesizeformat(file.size)}, the limit is {filesizeformat(settings.UPLOAD_MAX_BYTES)}. "
                "Import it with the command import_records."
            )
        return file


class NewCollectionForm(RecordFileForm):
    """A collection and the file of its first records."""

    name = forms.CharField(max_length=200, help_text="As people read it, such as Science Museum Group.")
    slug = forms.CharField(
        label="Short name",
        required=False,
        max_length=50,
        help_text="For commands and addresses, such as smg. Made from the name if you leave it empty.",
    )
    language = LANGUAGE.formfield(validators=LANGUAGE.validators)
    field_order = ("name", "slug", "language", "format", "file")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "name" not in values or "slug" not in values:
            return values
        values["slug"] = values["slug"] or slugify(values["name"])[:50]
        try:
            check_new_collection(slug=values["slug"], name=values["name"])
        except UserError as error:
            self.add_error("slug", str(error))
        return values


class RecordFilterForm(forms.Form):
    """Which records of a collection to show."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    images = forms.ChoiceField(
        label="Pictures",
        required=False,
        choices=[("", "All records"), ("with", "With picture"), ("without", "Without picture")],
    )


class SearchForm(forms.Form):
    """What to look for in all collections."""

    q = forms.CharField(
        label="Words",
        required=False,
        max_length=200,
        help_text="All words count. “In quotes” finds them side by side, or finds either, -word leaves it out.",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
