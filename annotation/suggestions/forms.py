"""What a lead asks suggestions for."""

from typing import Any

from django import forms

from annotation.campaigns.actions import LONGEST_NAME
from annotation.models import Campaign
from annotation.suggestions.actions import DEFAULT_CANDIDATES, DEFAULT_RANDOM_SHARE, MOST_CANDIDATES
from annotation.suggestions.wishes import LIKELY, NEXT_WISHES
from heritage.errors import UserError
from heritage.pages.fields import decimal_field
from linking.actions import check_name, free_name


class SuggestionForm(forms.Form):
    """What to suggest, and which pairs to ask about next."""

    precision = decimal_field(
        "Precision, %", "How many of 100 suggestions should be links. A higher precision suggests fewer.", 90, 50, 99.9
    )
    most = forms.IntegerField(
        label="Pairs to judge at most",
        min_value=1000,
        max_value=MOST_CANDIDATES,
        initial=DEFAULT_CANDIDATES,
        help_text="Of more pairs than that, only the nearest of each record by each model are judged.",
    )
    next_count = forms.IntegerField(
        label="Pairs to ask about next",
        required=False,
        min_value=0,
        max_value=10_000,
        initial=0,
        help_text="0 for none.",
    )
    wish = forms.ChoiceField(
        label="Which",
        choices=[(wish, f"{words[0].upper()}{words[1:]}") for wish, words in NEXT_WISHES.items()],
        initial=LIKELY,
        required=False,
        help_text="The likeliest find most links; those that it is least sure of may teach it more.",
    )
    random_share = decimal_field(
        "Of them at random, %",
        "Drawn from all pairs, so that these answers say how many links there are, also where the model sees none.",
        100 * DEFAULT_RANDOM_SHARE,
        0,
        100,
    )
    next_name = forms.CharField(
        label="Name of their sampling",
        required=False,
        max_length=LONGEST_NAME,
        help_text="A campaign can be started from it.",
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["next_name"].initial = free_name(f"{campaign.name}, next pairs")

    def clean(self) -> None:
        if self.cleaned_data.get("next_count"):
            try:
                check_name(self.cleaned_data.get("next_name", ""))
            except UserError as error:
                self.add_error("next_name", str(error))

    def arguments(self) -> dict[str, Any]:
        """Of the job."""
        asked = self.cleaned_data
        count = asked["next_count"] or 0
        return {
            "precision": asked["precision"] / 100,
            "most": asked["most"],
            "next_count": count,
            "next_name": asked["next_name"] if count else "",
            "wish": asked["wish"] or LIKELY,
            "random_share": asked["random_share"] / 100,
        }
