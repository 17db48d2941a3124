"""Giving a collection another name, or another short name."""

from django.core.exceptions import ValidationError
from django.db import transaction

from heritage.catalogue.actions import RESERVED_SLUGS
from heritage.catalogue.removal import get_locked_collection, require_no_jobs, slug_dependents
from heritage.errors import UserError
from heritage.models import Collection


@transaction.atomic
def rename_collection(*, slug: str, name: str = "", new_slug: str = "") -> Collection:
    """Change the name, the short name or both; what is empty stays. Its addresses change with the short name.

    Raises UserError where one cannot be used, and for the short name where a job is at work on the collection or
    something has it written down.
    """
    name, new_slug = name.strip(), new_slug.strip()
    if not name and not new_slug:
        raise UserError("Give the collection's new name, its new short name or both.")
    collection = get_locked_collection(slug)
    collection.name = name or collection.name
    if new_slug and new_slug != slug:
        require_no_jobs(slug)
        if found := slug_dependents(slug):
            raise UserError(
                f"The short name {slug} cannot change, since these have it written down: "
                f"{'; '.join(map(str, found))}. Give the collection another name instead."
            )
        if new_slug in RESERVED_SLUGS:
            raise UserError(f"A collection cannot have the short name “{new_slug}”; choose another.")
        if Collection.objects.filter(slug=new_slug).exists():
            raise UserError(f"There is a collection “{new_slug}” already; choose another short name.")
        collection.slug = new_slug
    try:
        collection.clean_fields()
    except ValidationError as error:
        where, messages = next(iter(error.message_dict.items()))
        what = "short name" if where == "slug" else where
        raise UserError(f"The collection's {what} cannot be used: {messages[0]}") from error
    collection.save(update_fields=["name", "slug"])
    return collection
