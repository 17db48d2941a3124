"""Which role may open which page. Annotators are kept from everything that shows a model at work.

With PUBLIC_CATALOGUE anybody without an account reads the catalogue. An account that labels does not, even then: its
pages stay as they are, and who wants to peek has to log out on purpose.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

View = Callable[..., HttpResponse]


def lead_required(view: View) -> View:
    """Only project leads and administrators; others get 403, visitors the log-in page."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_lead:  # type: ignore[union-attr]
            raise PermissionDenied("This page is for project leads.")
        return view(request, *args, **kwargs)

    return guarded


def administrator_required(view: View) -> View:
    """Only administrators; others get 403, visitors the log-in page."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied("This page is for administrators.")
        return view(request, *args, **kwargs)

    return guarded


def is_admitted_visitor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` has no account and may read the catalogue all the same."""
    return not user.is_authenticated and settings.PUBLIC_CATALOGUE


def may_read_catalogue(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether `user` may see collections, records and where their pictures are: leads, and visitors if admitted."""
    return is_admitted_visitor(user) or getattr(user, "is_lead", False)


def catalogue_reader_required(view: View) -> View:
    """Those who may read the catalogue; annotators get 403, visitors who are not admitted the log-in page."""
    for_leads = lead_required(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        admitted = may_read_catalogue(request.user)
        return (view if admitted else for_leads)(request, *args, **kwargs)

    return guarded


def picture_viewer_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Everybody with an account, whose pages name the picture by its hash, and visitors if admitted."""
    with_account = login_required(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        admitted = is_admitted_visitor(request.user)
        return (view if admitted else with_account)(request, *args, **kwargs)

    return guarded
