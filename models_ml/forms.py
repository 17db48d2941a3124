"""Forms that start work on models."""

from django import forms

from heritage.models import Collection
from models_ml.models import EmbeddingModel


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
        help_text="Two models come of it: NAME-best and NAME-last.",
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
