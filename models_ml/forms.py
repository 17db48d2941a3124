"""Forms that start work on models."""

from typing import Any

from django import forms
from django.conf import settings

from heritage.errors import UserError
from heritage.models import Collection
from models_ml.evaluation.kinds import EvaluationSettings
from models_ml.evaluation.settings import ALIKE, SearchSettings, ZeroShotSettings
from models_ml.models import EmbeddingModel, ImageVector


class EmbedForm(forms.Form):
    model = forms.ModelChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"invalid_choice": "Choose one of the registered models."},
    )
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of them.",
    )
    renew = forms.BooleanField(
        required=False,
        label="Also make old vectors anew",
        help_text="Those of the pages’ lossy pictures: models now see the museums’ files.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ImageVector.objects.filter(of_page=True).exists():
            del self.fields["renew"]


class FinetuneForm(forms.Form):
    base = forms.ModelChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        empty_label=None,
        label="Start from",
        error_messages={"invalid_choice": "Choose one of the registered models."},
    )
    name = forms.SlugField(
        max_length=90,
        help_text="The new models are NAME-best, NAME-last and NAME-average.",
        error_messages={"required": "Give the fine-tuned models a name."},
    )
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of them.",
    )
    epochs = forms.IntegerField(min_value=1, max_value=100, initial=5)
    batches = forms.ChoiceField(
        choices=[
            ("mixed", "Mixed, as published"),
            ("collection", "Of one collection each"),
            ("balanced", "Of all collections in equal shares"),
        ],
        initial="mixed",
        help_text="Records are told apart within a batch: of one collection, by what they show, not by whose they are.",
    )


class EvaluationForm(forms.Form):
    """What all evaluations ask for; `settings()` gives a valid form's."""

    base_model = forms.ModelChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        empty_label=None,
        help_text="The model that the others are measured against.",
        error_messages={"invalid_choice": "Choose one of the registered models."},
    )
    other_models = forms.ModelMultipleChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Compared with it over the same records. All need their vectors.",
    )
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of them.",
    )
    records = forms.ChoiceField(
        choices=[("held-out", "Held-out records, from which no model learnt"), ("all", "All records")],
        initial="held-out",
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0, help_text="Of candidates and intervals.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.settings()
            except UserError as error:
                self.add_error(None, str(error))
        return cleaned

    def settings(self) -> EvaluationSettings:
        raise NotImplementedError

    def common(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        others = [model.slug for model in chosen["other_models"] if model != chosen["base_model"]]
        return {
            "models": (chosen["base_model"].slug, *others),
            "collections": tuple(collection.slug for collection in chosen["collections"]),
            "records": chosen["records"],
            "seed": chosen["seed"],
        }


class ZeroShotForm(EvaluationForm):
    targets = forms.MultipleChoiceField(
        choices=[("name", "The record’s name"), ("noun", "The name’s root noun")],
        initial=["name"],
        widget=forms.CheckboxSelectMultiple,
        label="Label to find",
        error_messages={"required": "Choose name, noun or both."},
    )
    candidates = forms.TypedMultipleChoiceField(
        choices=[(5, "5"), (10, "10")],
        coerce=int,
        initial=[5],
        widget=forms.CheckboxSelectMultiple,
        help_text="Labels to choose from, the right one among them.",
        error_messages={"required": "Choose 5, 10 or both."},
    )
    candidates_from = forms.MultipleChoiceField(
        choices=[("own", "The picture’s own collection"), ("all", "All collections, as published")],
        initial=["own", "all"],
        widget=forms.CheckboxSelectMultiple,
        label="Labels are from",
        help_text="Among labels of all collections, telling museums apart is worth something.",
        error_messages={"required": "Choose own, all or both."},
    )
    subsets = forms.MultipleChoiceField(
        choices=[
            ("all", "All"),
            ("filter", "Without labels such as specimen, model, sample"),
            ("sample", "A sample of 200"),
        ],
        initial=["all"],
        widget=forms.CheckboxSelectMultiple,
        label="Of the records",
        error_messages={"required": "Choose at least one."},
    )
    chat = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["base_model", "other_models", "targets", "candidates", "candidates_from", "subsets", "chat"])
        if settings.CHAT_MODEL:
            self.fields["chat"].label = f"Also ask {settings.CHAT_MODEL} about the sample"
            self.fields["chat"].help_text = "Sends 200 pictures to it for each kind of label and number of candidates."
        else:
            del self.fields["chat"]

    def settings(self) -> ZeroShotSettings:
        chosen = self.cleaned_data
        return ZeroShotSettings(
            **self.common(),
            targets=tuple(chosen["targets"]),
            candidates=tuple(chosen["candidates"]),
            candidates_from=tuple(chosen["candidates_from"]),
            subsets=tuple(chosen["subsets"]),
            chat=chosen.get("chat", False),
        )


class SearchForm(EvaluationForm):
    direction = forms.ChoiceField(
        choices=[
            ("image image", "From a picture to pictures"),
            ("text image", "From a description to pictures"),
            ("image text", "From a picture to descriptions"),
            ("text text", "From a description to descriptions"),
        ],
        label="Search",
    )
    across = forms.BooleanField(required=False, label="Find records of other collections only")
    alike = forms.FloatField(
        min_value=-1,
        max_value=1,
        initial=ALIKE,
        widget=forms.NumberInput(attrs={"step": "0.01"}),
        label="Names count as the same from",
        help_text="Cosine of the two names in all-MiniLM-L6-v2.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["base_model", "other_models", "direction", "across"])

    def settings(self) -> SearchSettings:
        source, target = self.cleaned_data["direction"].split()
        return SearchSettings(
            **self.common(),
            source=source,
            target=target,
            across=self.cleaned_data["across"],
            alike=self.cleaned_data["alike"],
        )
