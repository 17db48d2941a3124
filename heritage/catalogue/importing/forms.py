"""Forms of an import: its files, and what their columns mean."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.text import slugify

from heritage.catalogue.actions import check_new_collection
from heritage.errors import UserError
from heritage.importers.mapping import FIELDS, Mapping
from heritage.importers.readers.rows import Shape
from heritage.importers.shipped import shipped_mappings
from heritage.models import Collection, SavedMapping

from .mappings import PICTURE_FIELDS

LANGUAGE = Collection._meta.get_field("language")
PICTURE_LABELS = {
    "img_url": "Picture: address",
    "img_path": "Picture: file name",
    "img_service": "Picture: IIIF service",
    "img_order": "Picture: order",
    "img_primary": "Picture: first of all",
    "img_view": "Picture: what it shows",
    "img_licence": "Picture: licence",
    "img_credit": "Picture: credit line",
    "img_statement": "Picture: required statement",
    "img_sensitive": "Picture: sensitive",
    "img_withheld": "Picture: may not be shown",
}
# Shown at once; the others unfold.
FIRST_FIELDS = ("record_id", "name", "description", "taxonomy", "terms_separator", "img_url", "img_path")


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, each checked as one; an empty list where none was chosen."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ManyFilesInput())
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            super().clean(None, initial)
            return []
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class ImportFilesForm(forms.Form):
    """The files of records, and their pictures where they do not lie in the web."""

    records = ManyFilesField(label="Files of records", required=False)
    address = forms.URLField(
        label="Or their address",
        required=False,
        max_length=2000,
        assume_scheme="https",
        help_text="Of a IIIF manifest or collection, or of a repository that is harvested by OAI-PMH, such as "
        "https://museum.example/oai?verb=ListRecords&metadataPrefix=lido.",
    )
    pictures = ManyFilesField(
        label="Pictures",
        required=False,
        help_text="A zip of them, or the files themselves. Leave it empty where the records give addresses.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = filesizeformat(settings.UPLOAD_MAX_BYTES)
        self.fields["records"].help_text = (
            "As your collection system exports them: CSV, a spreadsheet, JSON or XML, also compressed or as a zip; "
            f"at most {limit}."
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("records") and not values.get("address") and "records" not in self.errors:
            self.add_error("records", "Choose a file of records, or give their address.")
        return values

    def clean_records(self) -> list[UploadedFile]:
        return self._small_enough("records")

    def clean_pictures(self) -> list[UploadedFile]:
        return self._small_enough("pictures")

    def _small_enough(self, name: str) -> list[UploadedFile]:
        files: list[UploadedFile] = self.cleaned_data[name]
        for file in files:
            if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
                raise forms.ValidationError(
                    f"{file.name} has {filesizeformat(file.size or 0)}, the limit is "
                    f"{filesizeformat(settings.UPLOAD_MAX_BYTES)}. Import it with the command import_records."
                )
        return files


class NewCollectionForm(ImportFilesForm):
    """A collection and the files of its first records."""

    name = forms.CharField(max_length=200, help_text="As people read it, such as Science Museum Group.")
    slug = forms.CharField(
        label="Short name",
        required=False,
        max_length=50,
        help_text="For commands and addresses, such as smg. Made from the name if you leave it empty.",
    )
    language = LANGUAGE.formfield(validators=LANGUAGE.validators)
    field_order = ("records", "address", "pictures", "name", "slug", "language")

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


class LayoutForm(forms.Form):
    """How the file is laid out, and which mapping to begin with."""

    mapping_name = forms.ChoiceField(label="Format", required=False)
    encoding = forms.ChoiceField(
        label="Encoding",
        required=False,
        choices=[
            ("", "As guessed"),
            ("utf-8", "UTF-8"),
            ("cp1252", "Windows-1252 (Western)"),
            ("cp1250", "Windows-1250 (Central European)"),
            ("cp1251", "Windows-1251 (Cyrillic)"),
            ("mac_roman", "Mac Roman"),
            ("utf-16", "UTF-16"),
            ("cp932", "Shift-JIS (Japanese)"),
            ("gb18030", "GB 18030 (Chinese)"),
        ],
    )
    delimiter = forms.ChoiceField(
        label="Columns separated by",
        required=False,
        choices=[("", "As guessed"), (",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")],
    )

    rows = forms.CharField(
        label="Where the rows are",
        required=False,
        max_length=200,
        help_text="The list's path in JSON, such as response.docs, or the XML element that is a row.",
    )
    sheet = forms.CharField(
        label="Sheet", required=False, max_length=200, help_text="The first, if you leave it empty."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = [(name, f"{name} (yours)") for name in SavedMapping.objects.values_list("name", flat=True)]
        shipped = [(name, mapping.title or name) for name, mapping in shipped_mappings().items()]
        self.fields["mapping_name"].choices = [("", "As guessed"), *saved, *shipped]  # type: ignore[attr-defined]


SEPARATORS = [("", "Not separated"), (";", "Semicolon"), (",", "Comma"), ("|", "Bar"), (">", ">"), ("/", "/")]


# What can be said of each shape of file.
LAYOUT_FIELDS: dict[Shape, tuple[str, ...]] = {
    "delimited": ("mapping_name", "encoding", "delimiter"),
    "workbook": ("mapping_name", "sheet"),
    "json-lines": ("mapping_name", "encoding"),
    "json": ("mapping_name", "encoding", "rows"),
    "xml": ("mapping_name", "rows"),
}


class MappingForm(forms.Form):
    """Which column or path each field is read from; a source that is more than that is shown as JSON."""

    terms_separator = forms.ChoiceField(label="Terms are separated by", required=False, choices=SEPARATORS)
    description_too = forms.MultipleChoiceField(
        label="Also in the description, in this order", required=False, widget=forms.CheckboxSelectMultiple
    )
    save_as = forms.SlugField(
        label="Keep this mapping as", required=False, help_text="A short name; next time it is found by itself."
    )

    def __init__(self, data: Any = None, *, mapping: Mapping, columns: Sequence[str] | None) -> None:
        super().__init__(data)
        too = self.fields["description_too"]
        too.choices = [(column, column) for column in columns or () if column]  # type: ignore[attr-defined]
        for name, label in (FIELDS | PICTURE_LABELS).items():
            source = self._simplified(name, source_of(mapping, name))
            if columns is not None and (source is None or isinstance(source, str)):
                choices = [("", "—"), *((column, column) for column in columns if column)]
                if source and source not in columns:
                    choices.append((source, f"{source} (not in this file)"))
                field: forms.Field = forms.ChoiceField(label=label, required=False, choices=choices)
            else:
                field = forms.CharField(label=label, required=False, max_length=5000)
            field.initial = source if isinstance(source, str) else "" if source is None else _as_json(source)
            self.fields[name] = field

    def _simplified(self, name: str, source: Any) -> Any:
        """A source as its column alone, where the rest of it has a field of its own in this form."""
        match source:
            case {"of": str(column), "split": str(separator), **rest} if (
                name == "taxonomy" and not rest and separator in dict(SEPARATORS)
            ):
                self.fields["terms_separator"].initial = separator
                return column
            case {"sentences": [str(first), *others], **rest} if (
                name == "description" and not rest and {each for each in others if isinstance(each, str)} == {*others}
            ):
                self.fields["description_too"].initial = others
                return first
        return source

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name in (*FIELDS, *PICTURE_FIELDS):
            text = (values.get(name) or "").strip()
            if text[:1] in ("{", "["):
                try:
                    values[name] = json.loads(text)
                except (ValueError, RecursionError):
                    self.add_error(name, "This is not JSON; write a column's name, a path, or JSON.")
            else:
                values[name] = text
        return values

    def changes(self) -> list[tuple[str, Any]]:
        """What was said of each field, as `mappings.corrected` takes it."""
        values = dict(self.cleaned_data)
        terms, description = values.get("taxonomy"), values.get("description")
        if isinstance(terms, str) and terms and values.get("terms_separator"):
            values["taxonomy"] = {"of": terms, "split": values["terms_separator"]}
        too = [column for column in values.get("description_too", ()) if column != description]
        if isinstance(description, str) and too:
            values["description"] = {"sentences": [*filter(None, [description]), *too]}
        return [(name, values.get(name, "")) for name in (*FIELDS, *PICTURE_FIELDS)]

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields that everybody looks at, and those that are mapped."""
        return [self[name] for name in self._names if name in FIRST_FIELDS or self[name].value()]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in self._names if name not in FIRST_FIELDS and not self[name].value()]

    @property
    def _names(self) -> list[str]:
        rest = ("description_too", *FIELDS, *PICTURE_LABELS)
        return [*FIRST_FIELDS, *(name for name in rest if name not in FIRST_FIELDS)]


def source_of(mapping: Mapping, name: str) -> Any:
    """Where `mapping` reads a field or a part of its first kind of picture; None where it does not."""
    if name in FIELDS:
        return mapping.fields.get(name)
    return mapping.pictures[0].get(PICTURE_FIELDS[name]) if mapping.pictures else None


def _as_json(source: Any) -> str:
    return json.dumps(source, ensure_ascii=False)
