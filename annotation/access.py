"""Which campaigns somebody leads: the only place that decides which rows a lead's page may reach.

Project leads and administrators (`User.is_lead`) lead all campaigns. Anybody else leads those that they were
granted, and of the others there is nothing: they answer 404. What annotators see is decided in `annotation.visibility`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from heritage.models import User

from .models import Campaign, CampaignLead

View = Callable[..., HttpResponse]


def led_campaigns(user: User) -> QuerySet[Campaign]:
    """The campaigns whose progress, results and people `user` may see and change."""
    if user.is_lead:
        return Campaign.objects.all()
    return Campaign.objects.filter(pk__in=_granted(user).values("campaign"))


def leads_campaigns(user: User | AnonymousUser) -> bool:
    """Whether there are pages of campaigns for `user` at all."""
    return isinstance(user, User) and (user.is_lead or _granted(user).exists())


def _granted(user: User) -> QuerySet[CampaignLead]:
    return CampaignLead.objects.filter(person=user, withdrawn=None)


def any_lead_required(view: View) -> View:
    """Only those who lead a campaign; others get 403, visitors the log-in page."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not leads_campaigns(request.user):  # type: ignore[arg-type]
            raise PermissionDenied("This page is for those who lead a campaign.")
        return view(request, *args, **kwargs)

    return guarded


def campaign_lead_required(view: View) -> View:
    """The view is given the campaign of the address in place of `campaign_id`, if the reader leads it."""

    @wraps(view)
    @any_lead_required
    def guarded(request: HttpRequest, campaign_id: Any, **kwargs: Any) -> HttpResponse:
        led = led_campaigns(request.user).select_related("sampling")  # type: ignore[arg-type]
        campaign = led.filter(pk=campaign_id).first()
        if campaign is None:
            raise Http404
        return view(request, campaign, **kwargs)

    return guarded


def roles(request: HttpRequest) -> dict[str, object]:
    """For templates: `leads_campaigns`, looked up only where a template asks."""
    return {"leads_campaigns": SimpleLazyObject(lambda: leads_campaigns(request.user))}  # type: ignore[arg-type]
