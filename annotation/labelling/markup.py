"""Markup of pairs, as a page carries them and the script asks for them. What is alike in many is drawn once."""

from collections.abc import Iterable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext

from annotation.answers.actions import LONGEST_COMMENT
from annotation.labels.shown import Scheme
from annotation.visibility import BlindRecord, captions
from annotation.vocabulary import SkipReason

# In each web process, a few kilobytes each. People who share pairs come to the same ones at about the same time.
RECORDS_HELD = 500


def form_markup(scheme: Scheme, **said: str) -> dict[str, str]:
    """The labels and the panels for skipping and commenting, with what was said of the pair."""
    context = {
        "scheme": scheme,
        "reasons": [(reason.value, gettext(reason.label)) for reason in SkipReason],
        "longest_comment": LONGEST_COMMENT,
        "captions": captions(),
        **said,
    }
    return {
        name: render_to_string(f"annotation/labelling/_answer_{name}.html", context) for name in ("labels", "panels")
    }


@lru_cache(maxsize=100)
def unanswered_form(scheme: Scheme, language: str) -> dict[str, str]:
    """The same for every pair without an answer in one language."""
    return form_markup(scheme)


def record_panels(records: Iterable[BlindRecord]) -> list[str]:
    """The two objects of a pair, side by side."""
    return [_record_panel(record, side, get_language()) for side, record in enumerate(records, start=1)]


@lru_cache(maxsize=RECORDS_HELD)
def _record_panel(record: BlindRecord, side: int, language: str) -> str:
    """By all that is shown of it: a record that was changed or withheld is another one."""
    return render_to_string("annotation/labelling/_record.html", {"record": record, "side": side})
