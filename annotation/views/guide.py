"""What the four labels mean, and the keys."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.visibility import visible_campaigns

from .requests import PersonRequest


@login_required
@never_cache
@require_safe
def guide(request: PersonRequest) -> HttpResponse:
    """The guide, with the instructions of the reader's open campaigns."""
    campaigns = visible_campaigns(request.user).filter(closed=None).exclude(instructions="")
    return render(
        request,
        "annotation/guide.html",
        {"instructions": [(campaign.name, campaign.instructions) for campaign in campaigns]},
    )
