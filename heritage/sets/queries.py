"""What pages, searches, samplings and trainings read of sets. Keys stay in the database: a set may hold very many."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, F, Func, QuerySet

from heritage.errors import UserError
from heritage.models import Record, RecordSet


def sets_with_counts() -> QuerySet[RecordSet]:
    """All sets, the newest first, each with the `count` of records that it was made of."""
    return RecordSet.objects.annotate(count=F("records__len")).defer("records").select_related("made_by")


def get_set(slug: str) -> RecordSet:
    """Raises UserError where there is no set of that short name."""
    found = RecordSet.objects.defer("records").filter(slug=slug).first()
    if found is None:
        known = ", ".join(RecordSet.objects.order_by("slug").values_list("slug", flat=True)[:20])
        how = f"choose from {known}" if known else "keep one on a map or in a search first"
        raise UserError(f"There is no set of records {slug!r}: {how}.")
    return found


def keys_of(slugs: Sequence[str]) -> QuerySet[RecordSet, Any]:
    """Primary keys of all records of these sets, as a subquery for `pk__in`."""
    key = Func(F("records"), function="unnest", output_field=BigIntegerField(), set_returning=True)
    return RecordSet.objects.filter(slug__in=slugs).order_by().values_list(key, flat=True)


def records_of(kept: RecordSet) -> QuerySet[Record]:
    """Those of the set that may be shown."""
    return Record.objects.filter(pk__in=keys_of([kept.slug]), withheld=False)
