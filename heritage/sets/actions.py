"""Keeping and removing sets of records."""

from collections.abc import Sequence
from itertools import chain, count

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from heritage.errors import UserError
from heritage.models import Record, RecordSet, User
from heritage.sets.queries import get_set

MOST_RECORDS = 200_000  # as many as a map draws without effort, with room to spare
LONGEST_SLUG = 50


@transaction.atomic
def keep_set(*, name: str, keys: Sequence[int], origin: str, user: User | None) -> RecordSet:
    """Keep the records of these primary keys as a set; keys of records that are gone are passed over.

    Raises UserError for a name that cannot be used or is taken, for no records, and for more than MOST_RECORDS.
    """
    name = " ".join(name.split())
    slug = slugify(name)[:LONGEST_SLUG].strip("-_") or "set"
    if not name:
        raise UserError("Give the set a name.")
    if len(keys) > MOST_RECORDS:
        raise UserError(f"A set holds up to {MOST_RECORDS:,} records, and these are {len(keys):,}: choose fewer.")
    if RecordSet.objects.filter(name__iexact=name).exists():
        raise UserError(f"There is a set “{name}” already; choose another name.")
    there = sorted(Record.objects.filter(pk__in=list(keys)).order_by().values_list("pk", flat=True))
    if not there:
        raise UserError("None of these records is there any more: choose others.")
    made = RecordSet(slug=_free(slug), name=name, origin=origin, records=there, made_by=user)
    try:
        made.clean_fields()
    except ValidationError as error:
        raise UserError(f"The set's name cannot be used: {next(iter(error.message_dict.values()))[0]}") from error
    made.save()
    return made


def remove_set(slug: str) -> None:
    """The records stay, and so does what was drawn or learnt from the set. Raises UserError where there is none."""
    get_set(slug).delete()


def _free(slug: str) -> str:
    """The slug, or with the first number behind it that nobody has."""
    numbered = (f"{slug[: LONGEST_SLUG - 6]}-{number}" for number in count(2))
    return next(each for each in chain([slug], numbered) if not RecordSet.objects.filter(slug=each).exists())
