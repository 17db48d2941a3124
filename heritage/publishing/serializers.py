"""What the catalogue's REST addresses take and give. The schema describes them by these classes."""

from rest_framework import serializers


class PublishedCollectionSerializer(serializers.Serializer):
    slug = serializers.CharField(help_text="Its short name, by which records are asked for.")
    name = serializers.CharField()
    language = serializers.CharField(
        allow_blank=True, help_text="Tag of its texts, such as de; empty if mixed or not known."
    )
    simulated = serializers.BooleanField(help_text="Drawn by Heritage Weaver for demonstration.")
    records = serializers.IntegerField(help_text="That may be shown.")
    pictures = serializers.IntegerField(help_text="That are here and may be shown.")
    page = serializers.URLField()


class PublishedRightsSerializer(serializers.Serializer):
    licence = serializers.CharField(allow_blank=True, help_text="Address or name, as the museum gives it.")
    credit = serializers.CharField(allow_blank=True, help_text="To be shown with it.")
    statement = serializers.CharField(allow_blank=True, help_text="What else has to be said wherever it is shown.")


class PublishedPictureSerializer(serializers.Serializer):
    image = serializers.URLField(help_text="WebP, at most 1,200 pixels on the longer side.")
    thumbnail = serializers.URLField(help_text="WebP, at most 480 pixels on the longer side.")
    width = serializers.IntegerField(help_text="Of the museum's file, in pixels.")
    height = serializers.IntegerField(help_text="Of the museum's file, in pixels.")
    view = serializers.CharField(allow_blank=True, help_text="What it shows of the object, such as back.")
    service = serializers.CharField(allow_blank=True, help_text="Base address of the museum's IIIF image service.")
    sensitive = serializers.BooleanField(help_text="To be shown only to those who ask to see it.")
    rights = PublishedRightsSerializer()


class PublishedRecordSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its number here.")
    collection = serializers.CharField(help_text="Short name of its collection.")
    record_id = serializers.CharField(help_text="The museum's own identifier.")
    name = serializers.CharField(allow_blank=True)
    name_language = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    description_language = serializers.CharField(allow_blank=True)
    taxonomy = serializers.ListField(child=serializers.CharField(), help_text="Terms, from narrow to broad.")
    accession = serializers.CharField(allow_blank=True, help_text="A second identifier.")
    kind = serializers.CharField(allow_blank=True)
    simulated = serializers.BooleanField(help_text="Drawn by Heritage Weaver for demonstration.")
    sensitive = serializers.BooleanField(help_text="Its texts are to be shown only to those who ask to see them.")
    rights = PublishedRightsSerializer(help_text="Of its texts.")
    updated = serializers.DateTimeField(help_text="When its texts changed last.")
    pictures = PublishedPictureSerializer(many=True, help_text="The main one first.")
    page = serializers.URLField(help_text="Its page here.")
    museum_page = serializers.CharField(allow_blank=True, help_text="The museum's own page.")
    manifest = serializers.URLField(help_text="The record as a IIIF Presentation 3 manifest.")
    linked_art = serializers.URLField(help_text="The record as Linked Art.")


class FoundRecordSerializer(PublishedRecordSerializer):
    """The same, for a page of its own in the schema: one that says how many were found."""


class RecordParametersSerializer(serializers.Serializer):
    """Which records to list; all without."""

    collection = serializers.CharField(required=False, max_length=50, help_text="Short name of a collection.")
    q = serializers.CharField(
        required=False,
        max_length=200,
        help_text='Words that they contain: all of them, "side by side", either or other, -without; or an identifier.',
    )
    picture = serializers.ChoiceField(
        required=False, choices=["with", "without"], help_text="Whether a picture is here that may be shown."
    )
    licence = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Name or address of a licence of its texts or of one of its pictures, such as CC BY 4.0 or cc0.",
    )
    modified_since = serializers.DateTimeField(
        required=False, help_text="Records whose texts changed since then, such as 2026-01-31 or 2026-01-31T12:00Z."
    )

    def to_internal_value(self, data):  # type: ignore[no-untyped-def]
        """A day alone is its beginning; a parameter without a value is none."""
        given = {name: value for name, value in data.items() if value != ""}
        since = given.get("modified_since", "")
        if len(since) == len("2026-01-31"):
            given["modified_since"] = f"{since}T00:00"
        return super().to_internal_value(given)


class SearchParametersSerializer(serializers.Serializer):
    q = serializers.CharField(max_length=200, help_text="What to look for.")
    collection = serializers.CharField(required=False, max_length=50, help_text="Short name of a collection.")
