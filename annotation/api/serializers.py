"""What the API takes and gives, in one place: the answers are made by these classes, and the schema describes them."""

from rest_framework import serializers

from annotation.vocabulary import Label


class ProgressSerializer(serializers.Serializer):
    answered = serializers.IntegerField(help_text="Pairs with an answer.")
    total = serializers.IntegerField(help_text="Pairs that the caller was dealt.")


class CampaignSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    is_open = serializers.BooleanField(help_text="Whether it takes answers now.")
    deadline = serializers.DateTimeField(allow_null=True, help_text="After it no answers are taken.")
    progress = ProgressSerializer()


class RecordSerializer(serializers.Serializer):
    name = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    images = serializers.ListField(child=serializers.URLField(), help_text="Addresses, the main picture first.")
    licences = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        help_text="Of each picture, by its short name; empty where that is not known or would name the museum.",
    )
    sensitive = serializers.ListField(
        child=serializers.BooleanField(),
        help_text="Of each picture, whether it is to be shown only to those who ask to see it.",
    )


class LabelSerializer(serializers.Serializer):
    label = serializers.ChoiceField(choices=Label.choices, help_text="To be given with an answer.")
    name = serializers.CharField(help_text="What the campaign calls it.")


class FinerLabelSerializer(serializers.Serializer):
    label = serializers.ChoiceField(choices=Label.choices, help_text="The one of the four that it is under.")
    key = serializers.CharField(help_text="To be given with an answer of that label, as `finer`.")
    name = serializers.CharField()


class AssignmentSerializer(serializers.Serializer):
    assignment = serializers.UUIDField(help_text="To be given with the answer.")
    records = serializers.ListField(child=RecordSerializer(), min_length=2, max_length=2)
    labels = LabelSerializer(many=True, help_text="The four, in the order in which the campaign shows them.")
    finer_labels = FinerLabelSerializer(many=True, help_text="Those of the campaign; most have none.")
    progress = ProgressSerializer()


class AnswerSerializer(serializers.Serializer):
    """Whether the label exists, and how long a comment may be, is for `record_annotation` to say."""

    label = serializers.CharField(help_text=f"One of {', '.join(Label.values)}.")
    finer = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text="Key of a finer label under that label; empty leaves it at the label itself.",
    )
    comment = serializers.CharField(required=False, allow_blank=True, default="")
    unsure = serializers.BooleanField(required=False, default=False)
    faulty = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text="Which record is broken: a, b or ab; empty for none.",
    )
    seconds = serializers.FloatField(
        required=False, allow_null=True, default=None, help_text="Time that the pair was looked at."
    )
    active_seconds = serializers.FloatField(
        required=False, allow_null=True, default=None, help_text="Of these, with attention: seen, in focus, not idle."
    )
    submission = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="One per answer, so that a resend is known as such."
    )


class StoredAnswerSerializer(serializers.Serializer):
    assignment = serializers.UUIDField()
    label = serializers.ChoiceField(choices=Label.choices)
    finer = serializers.CharField(allow_blank=True, help_text="Key of the finer label, or empty.")
    comment = serializers.CharField(allow_blank=True)
    progress = ProgressSerializer()
