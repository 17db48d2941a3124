"""What `/api/links/` takes and gives. The schema describes it by these classes."""

from typing import Any, get_args

from rest_framework import serializers

from annotation.links.consensus import CLOSENESS
from annotation.links.link import State
from annotation.links.queries import LinkFilter
from annotation.vocabulary import Label, Verdict

LINK_KINDS = [label for label in CLOSENESS if label != Label.UNRELATED]


class LinkedRecordSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its number here.")
    collection = serializers.CharField(help_text="Short name of its collection.")
    record_id = serializers.CharField(help_text="The museum's own identifier.")
    name = serializers.CharField(allow_blank=True, help_text="Empty where it may not be shown.")
    language = serializers.CharField(allow_blank=True, help_text="Tag of its name; empty where it is not known.")
    page = serializers.URLField()


class LinkReviewSerializer(serializers.Serializer):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    label = serializers.ChoiceField(choices=Label.choices, help_text="On which it was given.")
    reason = serializers.CharField(allow_blank=True)
    reviewer = serializers.CharField()
    created = serializers.DateTimeField()


class LinkSerializer(serializers.Serializer):
    campaign = serializers.UUIDField()
    campaign_name = serializers.CharField()
    simulated = serializers.BooleanField(help_text="A program made the answers, for demonstration.")
    pair = serializers.IntegerField()
    records = serializers.ListField(child=LinkedRecordSerializer(), min_length=2, max_length=2)
    label = serializers.ChoiceField(choices=Label.choices, help_text="The one that most answers give; not unrelated.")
    agreement = serializers.FloatField(help_text="Share of the answers that link, 0 to 1.")
    answers = serializers.IntegerField()
    annotators = serializers.ListField(child=serializers.CharField(), help_text="Who gave the label.")
    finer = serializers.DictField(child=serializers.IntegerField(), help_text="Finer labels, by how many gave each.")
    state = serializers.ChoiceField(choices=get_args(State))
    review = LinkReviewSerializer(allow_null=True, help_text="A curator's newest verdict.")
    page = serializers.URLField()
    manifest = serializers.URLField(help_text="Both records as one IIIF manifest.")


class LinkParametersSerializer(serializers.Serializer):
    """Which links to list: as the page of links does, all but rejected ones on which half agree."""

    campaign = serializers.UUIDField(required=False, help_text="Of one campaign; of all without.")
    collection = serializers.CharField(required=False, max_length=50, help_text="With a record of this collection.")
    label = serializers.ChoiceField(required=False, choices=LINK_KINDS)
    state = serializers.ChoiceField(required=False, choices=get_args(State), help_text="All but rejected without.")
    agreement = serializers.FloatField(
        required=False, default=0.5, min_value=0, max_value=1, help_text="Least share of the answers, 0 to 1."
    )
    answers = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=2**31 - 1, help_text="Least number of answers."
    )

    @staticmethod
    def choice(checked: dict[str, Any]) -> LinkFilter:
        return LinkFilter(
            least_agreement=checked["agreement"],
            least_answers=checked["answers"],
            collection=checked.get("collection", ""),
            label=checked.get("label", ""),
            state=checked.get("state", ""),
        )
