"""What people choose about links: which to see, what to say of one, how to write them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet

from annotation.labels.queries import label_names
from annotation.models import Campaign
from annotation.vocabulary import Label, Verdict
from heritage.models import Collection

from .actions import LONGEST_REASON
from .consensus import CLOSENESS
from .export import ExportOptions
from .mapping import DEFAULT_MAPPING, LEFT_OUT, PROPERTIES, SHARED_BROADER
from .queries import ORDERS, STATES, LinkFilter, linked_collections

LINK_LABELS = [(label, Label(label).label) for label in CLOSENESS if label != Label.UNRELATED]


def link_labels(campaign: Campaign) -> list[tuple[str, str]]:
    """The labels that link, as `campaign` calls them."""
    names = label_names(campaign)
    return [(label, names[label]) for label, _ in LINK_LABELS]


PAGE_FORMATS = [
    ("csv", "CSV, for spreadsheets"),
    ("skos", "SKOS as Turtle"),
    ("skos-json-ld", "SKOS as JSON-LD"),
    ("web-annotation", "W3C Web Annotations"),
]
FIRST_CHOICE = {"agreement": "50", "answers": "1"}
PROPERTY_WORDS = {SHARED_BROADER: "a shared broader concept", LEFT_OUT: "left out"}


class AgreementForm(forms.Form):
    """From where on answers make a link."""

    agreement = forms.FloatField(
        label="Agreement, %",
        required=False,
        min_value=1,
        max_value=100,
        widget=forms.NumberInput(attrs={"step": "any"}),
        error_messages={"invalid": "Agreement is a share of the answers in per cent: give a number from 1 to 100."},
    )
    answers = forms.IntegerField(
        label="Answers, at least",
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        error_messages={"invalid": "Give the least number of answers to a pair, from 1 up."},
    )

    @property
    def least_agreement(self) -> float:
        return float(self.cleaned_data.get("agreement") or 50) / 100

    @property
    def least_answers(self) -> int:
        return self.cleaned_data.get("answers") or 1


class LinkFilterForm(AgreementForm):
    """Which links of a campaign to show: `chosen` as an address has it."""

    campaign = forms.ModelChoiceField(Campaign.objects.none(), required=False, empty_label=None)
    collection = forms.ModelChoiceField(
        Collection.objects.none(), required=False, to_field_name="slug", empty_label="All collections"
    )
    label = forms.ChoiceField(required=False)
    state = forms.ChoiceField(label="Verdict", required=False, choices=list(STATES.items()))
    order = forms.ChoiceField(required=False, choices=list(ORDERS.items()))
    field_order = ("campaign", "collection", "label", "agreement", "answers", "state", "order")

    def __init__(self, chosen: Mapping[str, Any], *, campaigns: QuerySet[Campaign], campaign: Campaign) -> None:
        super().__init__(FIRST_CHOICE | dict(chosen.items()) | {"campaign": campaign.pk})
        self.fields["campaign"].queryset = campaigns  # type: ignore[attr-defined]
        self.fields["collection"].queryset = linked_collections(campaign)  # type: ignore[attr-defined]
        self.fields["label"].choices = [("", "All labels"), *link_labels(campaign)]  # type: ignore[attr-defined]

    def choice(self) -> LinkFilter:
        """What is wrong in the form counts as not chosen; the form says so."""
        chosen = self.cleaned_data
        return LinkFilter(
            least_agreement=self.least_agreement,
            least_answers=self.least_answers,
            collection=chosen["collection"].slug if chosen.get("collection") else "",
            label=chosen.get("label", ""),
            state=chosen.get("state", ""),
            order=chosen.get("order", ""),
        )


class ReviewForm(forms.Form):
    """A verdict on a link. Whether it can be stored is for the action to say."""

    verdict = forms.ChoiceField(choices=Verdict, error_messages={"required": "Sign the link off or reject it."})
    label = forms.CharField()
    reason = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_REASON}))
    submission = forms.UUIDField(error_messages={"invalid": "The form was damaged on its way: reload the page."})


class DownloadForm(AgreementForm):
    """How a campaign's links are written."""

    format = forms.ChoiceField(choices=PAGE_FORMATS)
    signed_off = forms.BooleanField(label="Only links that a curator signed off", required=False)
    without_unsure = forms.BooleanField(label="Leave out answers that are marked as unsure", required=False)
    field_order = ("format", "agreement", "answers", "signed_off", "without_unsure")

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for label, words in link_labels(campaign):
            self.fields[f"map_{label}"] = forms.ChoiceField(
                label=words,
                required=False,
                initial=DEFAULT_MAPPING[label],
                choices=[(name, PROPERTY_WORDS.get(name, f"skos:{name}")) for name in PROPERTIES],
            )
        for collection in linked_collections(campaign):
            self.fields[f"address_{collection.slug}"] = forms.CharField(
                label=f"Addresses of {collection.name}",
                required=False,
                max_length=500,
                widget=forms.TextInput(attrs={"placeholder": "https://museum.example/objects/{id}"}),
            )

    @property
    def mappings(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("map_")]

    @property
    def addresses(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("address_")]

    def options(self) -> ExportOptions:
        def typed(prefix: str) -> list[str]:
            chosen = self.cleaned_data.items()
            return [f"{name.removeprefix(prefix)}={text}" for name, text in chosen if name.startswith(prefix) and text]

        return ExportOptions(
            least_agreement=self.least_agreement,
            least_answers=self.least_answers,
            only_signed_off=self.cleaned_data["signed_off"],
            without_unsure=self.cleaned_data["without_unsure"],
            addresses=typed("address_"),
            mapping=typed("map_"),
        )
