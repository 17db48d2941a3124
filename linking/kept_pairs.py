"""Pairs that somebody is still asked about. Campaigns are a room above: it enters here which pairs those are, so that
no page of this room tells a lead who labels how similar models find them."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from heritage.models import User
from linking.models import CandidatePair

KeptPairs = Callable[[User], QuerySet[CandidatePair]]

_kept: list[KeptPairs] = []


def register_kept_pairs(kept: KeptPairs) -> None:
    """In place of what was entered before."""
    _kept[:] = [kept]


def refuse_kept(user: User, pairs: QuerySet[CandidatePair]) -> None:
    """Raises PermissionDenied where `user` may still answer one of these pairs."""
    for kept in _kept:
        if pairs.filter(pk__in=kept(user).order_by().values("pk")).exists():
            raise PermissionDenied(
                "You label pairs among these: what models find of them is kept from you until you have stopped "
                "labelling, on the page of your campaign, or it is closed."
            )
