"""Making collections.

Callers have parsed and authorised. Bad input raises `heritage.errors.UserError` before anything is written.
"""

from django.core.exceptions import ValidationError

from heritage.errors import UserError
from heritage.models import Collection

RESERVED_SLUGS = frozenset({"new"})  # /collections/new/ is a page


def create_collection(*, slug: str, name: str = "", simulated: bool = False) -> Collection:
    """A new, empty collection, named as its slug unless told otherwise. Raises UserError."""
    collection = check_new_collection(slug=slug, name=name, simulated=simulated)
    collection.save()
    return collection


def check_new_collection(*, slug: str, name: str = "", simulated: bool = False) -> Collection:
    """The collection that `create_collection` would save. Raises UserError."""
    collection = unsaved_collection(slug=slug, name=name, simulated=simulated)
    if Collection.objects.filter(slug=slug).exists():
        raise UserError(f"There is a collection “{slug}” already; choose another short name.")
    return collection


def unsaved_collection(*, slug: str, name: str, simulated: bool, language: str = "") -> Collection:
    """A collection with these fields, checked but not stored, whether or not there is one. Raises UserError."""
    language = language.strip()
    collection = Collection(slug=slug, name=name.strip() or slug, simulated=simulated, language=language)
    try:
        collection.clean_fields()
    except ValidationError as error:
        where, messages = next(iter(error.message_dict.items()))
        what = {"slug": f"short name “{slug}”", "name": "name", "language": f"language “{language}”"}[where]
        raise UserError(f"The collection's {what} cannot be used: {messages[0]}") from error
    if slug in RESERVED_SLUGS:
        raise UserError(f"A collection cannot have the short name “{slug}”; choose another.")
    return collection
