"""What may be chosen: labels, states, reasons, verdicts. Tables and forms take their choices from here."""

from django.db import models
from django.utils.translation import gettext_noop


class Label(models.TextChoices):
    """How two records relate, in order of closeness. A link is any label but *unrelated*."""

    SAME_OBJECT = "same_object", gettext_noop("Same object")
    SIMILAR_OBJECT = "similar_object", gettext_noop("Similar object")
    SAME_CATEGORY = "same_category", gettext_noop("Same category")
    UNRELATED = "unrelated", gettext_noop("Unrelated")


class LabelColour(models.TextChoices):
    """What a campaign may mark a label with, besides its name and key. A style sheet says what each looks like."""

    GREY = "grey", "Grey"
    BROWN = "brown", "Brown"
    OCHRE = "ochre", "Ochre"
    RED = "red", "Red"
    BLUE = "blue", "Blue"


class CampaignState(models.TextChoices):
    """How far a campaign is. Only an open one takes answers, and that until its deadline."""

    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class SkipReason(models.TextChoices):
    """Why somebody passes a pair over."""

    CANNOT_TELL = "cannot_tell", gettext_noop("I cannot tell from what is here")
    NO_PICTURE = "no_picture", gettext_noop("A picture is missing or useless")
    NOT_MY_FIELD = "not_my_field", gettext_noop("It is outside my field")
    OTHER = "other", gettext_noop("Another reason (say which in a comment)")


class Faulty(models.TextChoices):
    """Which records of a pair somebody found broken: wrong picture, garbled text, not an object at all."""

    NONE = "", "Neither"
    A = "a", "The first"
    B = "b", "The second"
    BOTH = "ab", "Both"


class Guidance(models.TextChoices):
    """What annotators are shown a pair for. Both tell its label, so such a pair is not asked about in earnest."""

    EXAMPLE = "example", "Example"
    PRACTICE = "practice", "Practice"


class Verdict(models.TextChoices):
    """What a curator says of a link."""

    SIGNED_OFF = "signed_off", "Signed off"
    REJECTED = "rejected", "Rejected"
    REOPENED = "reopened", "Taken back"
