"""What annotators send: answers, practice and reflections."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.answers.actions import LONGEST_REFLECTION
from annotation.labels.shown import FINER_SIGN


class AnswerForm(forms.Form):
    """The form around the four labels. Whether label and reason exist is for the actions to say.

    One button sends one value: that of a finer label has its key behind the label (`same_category:same-maker`).
    """

    label = forms.CharField(required=False)
    skip = forms.CharField(required=False)  # the reason; or anything, with `reason` beside it
    reason = forms.CharField(required=False)
    comment = forms.CharField(required=False, strip=True)
    unsure = forms.BooleanField(required=False)
    faulty_a = forms.BooleanField(required=False)
    faulty_b = forms.BooleanField(required=False)
    seconds = forms.FloatField(required=False)
    active_seconds = forms.FloatField(required=False)
    submission = forms.UUIDField(error_messages={"invalid": _("The form was damaged on its way: reload the page.")})
    then = forms.CharField(required=False)
    # Of the script: the place of the last pair that the browser holds, and how many more it has room for.
    held = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    wanted = forms.IntegerField(required=False, min_value=0)

    def clean(self) -> None:
        label, _sign, finer = self.cleaned_data.get("label", "").partition(FINER_SIGN)
        self.cleaned_data |= {"label": label, "finer": finer}
        if not (label or self.cleaned_data["skip"] or self.errors):
            self.add_error("label", _("Choose one of the four labels."))

    @property
    def is_skip(self) -> bool:
        return bool(self.cleaned_data["skip"])

    def answer(self) -> dict[str, Any]:
        """Arguments of `record_annotation`."""
        return self._common() | self._values("label", "finer", "unsure", "seconds", "active_seconds")

    def skip_of_pair(self) -> dict[str, Any]:
        """Arguments of `record_skip`."""
        return self._common() | {"reason": self.cleaned_data["reason"] or self.cleaned_data["skip"]}

    def _common(self) -> dict[str, Any]:
        faulty = "".join(side for side in "ab" if self.cleaned_data[f"faulty_{side}"])
        return self._values("comment", "submission") | {"faulty": faulty}

    def _values(self, *names: str) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in names}

    def problem(self) -> str:
        """All that is wrong, in one line."""
        return " ".join(str(message) for messages in self.errors.values() for message in messages)


class ReflectionForm(forms.Form):
    text = forms.CharField(
        label=_("Your reflections"),
        help_text=_(
            "How did you decide? Did you look at the pictures or the texts first? What was missing, "
            "and which pairs were hard to place among the four labels?"
        ),
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LONGEST_REFLECTION}),
        error_messages={"required": _("Write a sentence or two before you send your reflections.")},
    )


class PracticeForm(forms.Form):
    """The form around the four labels of a practice pair."""

    label = forms.CharField(error_messages={"required": _("Choose one of the four labels.")})
    submission = forms.UUIDField(error_messages={"invalid": _("The form was damaged on its way: reload the page.")})

    def problem(self) -> str:
        """All that is wrong, in one line."""
        return " ".join(str(message) for messages in self.errors.values() for message in messages)
