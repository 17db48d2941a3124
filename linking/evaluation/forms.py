"""What a lead asks an evaluation of links for."""

from typing import Any

from django import forms

from heritage.errors import UserError
from linking.sampling.variants.kinds import KINDS
from models_ml.forms import EvaluationForm

from .answers import campaign_names
from .kept_truths import keep_truth
from .settings import LinkSettings
from .similarities import FUSED, PLAIN


class LinksForm(EvaluationForm):
    truth = forms.FileField(
        required=False,
        label="Known pairs",
        help_text="A CSV table: a, b, label; or record and up to three columns of keys, the first equal for the same "
        "object, the second for similar objects, the third for one category.",
    )
    campaign = forms.ChoiceField(
        required=False,
        label="Or the answers of a campaign",
        help_text="The label that most experts gave each pair, by its sampling weight. Sealed campaigns are not here.",
    )
    similarities = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        initial=[PLAIN, FUSED],
        label="Similarity",
        error_messages={"required": "Choose at least one."},
    )

    field_order = ("base_model", "other_models", "truth", "campaign", "collections", "similarities")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = campaign_names()
        self.fields["campaign"].choices = [("", "None"), *((name, name) for name in names)]  # type: ignore[attr-defined]
        self.fields["similarities"].choices = [  # type: ignore[attr-defined]
            (kind.name, f"{kind.name}: {kind.description}") for kind in KINDS.values()
        ]
        self.fields["collections"].help_text = "The two that are linked. None chosen: those of the truth."
        records = self.fields["records"]
        records.choices = [  # type: ignore[attr-defined]
            ("", "All records; held-out ones if a model learnt from experts’ links"),
            ("all", "All records"),
            ("held-out", "Held-out records, from which no model learnt"),
        ]
        records.initial, records.required = "", False
        self.fields["seed"].help_text = "Of the split, where models were not trained here."

    def clean_truth(self) -> str:
        """The path at which the file is kept, empty where there is none."""
        file = self.cleaned_data["truth"]
        if file is None:
            return ""
        try:
            return str(keep_truth(file))
        except UserError as error:
            raise forms.ValidationError(str(error)) from error

    def settings(self) -> LinkSettings:
        chosen = self.cleaned_data
        upload = self.files.get("truth")
        return LinkSettings(
            **self.common(),
            truth=chosen["truth"],
            truth_name=(upload.name or "") if upload else "",
            campaign=chosen["campaign"],
            similarities=tuple(chosen["similarities"]),
        )
