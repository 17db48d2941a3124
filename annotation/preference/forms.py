"""What people fill in: which row is best, and a new study."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.campaigns.actions import LONGEST_NAME
from heritage.errors import UserError
from heritage.models import Collection, User
from models_ml.models import EmbeddingModel

from .actions import check_study
from .recipe import DEFAULT_SLICES, LARGEST_SEED, StudyRecipe, query_lines


class ChoosingForm(forms.Form):
    """The form around the rows. Whether the row exists is for `record_answer` to say."""

    row = forms.IntegerField(error_messages={"required": _("Choose a row, or say that none is better.")})
    comment = forms.CharField(required=False, strip=True)
    seconds = forms.FloatField(required=False)
    submission = forms.UUIDField(error_messages={"invalid": _("The form was damaged on its way: reload the page.")})
    then = forms.CharField(required=False)
    # Of the script: the place of the last choice that the browser holds, and how many more it has room for.
    held = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    wanted = forms.IntegerField(required=False, min_value=0)

    def answer(self) -> dict[str, Any]:
        """Arguments of `record_answer`."""
        return {name: self.cleaned_data[name] for name in ("row", "comment", "seconds", "submission")}

    def problem(self) -> str:
        """All that is wrong, in one line."""
        return " ".join(str(message) for messages in self.errors.values() for message in messages)


class StudyForm(forms.Form):
    """A new preference study. `recipe()` is what a valid form asks for."""

    name = forms.CharField(max_length=LONGEST_NAME, help_text="Experts see it. Leave out models.")
    models = forms.ModelMultipleChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text="Two or more. Each shows its results as one row.",
        error_messages={"required": "A preference study compares models: tick at least two."},
    )
    collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label="Collections searched",
        error_messages={"required": "Tick at least one collection to search."},
    )
    queries = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 12}),
        strip=False,
        help_text="One on each line. These were drawn from what the records are often called: edit them freely.",
        error_messages={"required": "Write at least one query."},
    )
    slices = forms.CharField(
        initial=", ".join(DEFAULT_SLICES),
        label="Slices of the ranking",
        help_text="The ranks that make up a row, such as 1-4. Each query is asked about once for each slice.",
    )
    annotators = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        to_field_name="username",
        widget=forms.CheckboxSelectMultiple,
        label="Experts",
        help_text="Each answers every query and slice.",
        error_messages={"required": "A preference study needs at least one annotator: tick one."},
    )
    instructions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown to experts before their first choice.",
    )
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_SEED,
        help_text="Of the order of choices and rows. Left empty it is drawn at random, which nobody can guess.",
    )

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                check_study(self.recipe())
            except UserError as error:
                raise forms.ValidationError(str(error)) from error
        return self.cleaned_data

    def recipe(self) -> StudyRecipe:
        data = self.cleaned_data
        return StudyRecipe(
            name=data["name"],
            models=tuple(model.slug for model in data["models"]),
            collections=tuple(collection.slug for collection in data["collections"]),
            queries=tuple(query_lines(data["queries"])),
            slices=tuple(data["slices"].replace(",", " ").split()),
            annotators=tuple(person.username for person in data["annotators"]),
            instructions=data["instructions"],
            seed=data["seed"],
        )


class StudyTextsForm(forms.Form):
    """What experts read of a study."""

    name = forms.CharField(max_length=LONGEST_NAME, help_text="Experts see it. Leave out models.")
    instructions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Shown to experts before their first choice.",
    )
