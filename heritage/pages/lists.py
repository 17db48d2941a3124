"""The list that somebody last came from, so that a record's page can lead to the one before and the one after."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

KEY = "list"
MOST_KEPT = 400


@dataclass(frozen=True)
class PlaceInList:
    """Where a record stands in the list: the list's address and title, its place from 1, its neighbours' keys."""

    url: str
    title: str
    place: int
    count: int
    before: int | None
    after: int | None


def remember_list(request: HttpRequest, *, title: str, keys: Sequence[int]) -> None:
    """Keep the first MOST_KEPT of a list's records, in their order, for as long as the session lasts.

    Nothing of those without an account: each robot that searches a public catalogue would leave a session behind.
    """
    if not request.user.is_authenticated:
        return
    request.session[KEY] = {"url": request.get_full_path(), "title": title[:80], "keys": list(keys[:MOST_KEPT])}


def place_in_list(request: HttpRequest, key: int) -> PlaceInList | None:
    """None where the page was not reached from a list that has the record."""
    kept = request.session.get(KEY)
    if KEY not in request.GET or not kept or key not in kept["keys"]:
        return None
    keys = kept["keys"]
    place = keys.index(key)
    return PlaceInList(
        url=kept["url"],
        title=kept["title"],
        place=place + 1,
        count=len(keys),
        before=keys[place - 1] if place else None,
        after=keys[place + 1] if place + 1 < len(keys) else None,
    )
