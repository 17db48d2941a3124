"""A lead's page of a campaign's example, practice and gold pairs."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.access import campaign_lead_required
from annotation.guidance.actions import GOLD, Marked, mark_pair, withdraw_mark
from annotation.guidance.forms import MarkForm
from annotation.guidance.listing import listed_gold, listed_guidance, listed_pairs
from annotation.guidance.queries import campaign_collections, choosable_pairs
from annotation.guidance.visibility import may_see_gold
from annotation.labels.queries import label_names
from annotation.models import Campaign, GoldPair, GuidancePair
from annotation.requests import PersonRequest
from annotation.vocabulary import CampaignState, Guidance
from heritage.errors import UserError

PAIRS_PER_PAGE = 12


@campaign_lead_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guidance(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """What is marked, a form to mark a pair, and the campaign's pairs to pick from (`?pair=`, `?q=`, `?page=`)."""
    sees_gold = may_see_gold(request.user, campaign)
    words = request.GET.get("q", "").replace("\0", "").strip()
    picked = choosable_pairs(campaign).filter(pk=_number(request.GET.get("pair", "")))
    records = [record for row in listed_pairs(picked) for record in row.records]
    names = [f"{record.collection.slug}:{record.record_id}" for record in records]
    initial = dict(zip("ab", names, strict=False)) | {"kind": request.GET.get("kind", Guidance.EXAMPLE)}
    labels = label_names(campaign)
    form = MarkForm(request.POST or None, with_gold=sees_gold, label_names=labels, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            done = mark_pair(campaign=campaign, mark=form.mark(), marked_by=request.user)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _said(campaign, done))
            return redirect("campaign-guidance", campaign.pk)
    page = Paginator(choosable_pairs(campaign, words), PAIRS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "form": form,
        "picked": records,
        "sees_gold": sees_gold,
        "is_draft": campaign.state == CampaignState.DRAFT,
        "examples": listed_guidance(campaign, Guidance.EXAMPLE),
        "practice": listed_guidance(campaign, Guidance.PRACTICE),
        "gold": listed_gold(campaign) if sees_gold else [],
        "annotators": campaign.assignments.order_by().values("annotator").distinct().count(),
        "collections": campaign_collections(campaign),
        "page": page,
        "pairs": listed_pairs(page.object_list),
        "words": words,
    }
    return render(request, "annotation/guidance/guidance.html", context, status=422 if form.errors else 200)


def _said(campaign: Campaign, done: Marked) -> str:
    if not done.changed:
        return "That pair is marked so already: nothing has changed."
    if done.kind == GOLD:
        everybody = campaign.assignments.order_by().values("annotator").distinct().count()
        return f"The pair is gold. {done.holders} of {everybody} annotators have it; whoever joins gets it."
    taken = f" It was taken out of {done.taken_back} hands." if done.taken_back else ""
    what = "an example" if done.kind == Guidance.EXAMPLE else "a practice pair"
    return f"The pair is {what}, and is not dealt to annotators.{taken}"


@campaign_lead_required
@require_POST
def withdraw_guidance(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """Take a mark away: `guidance` or `gold` names it."""
    mark: GuidancePair | GoldPair
    if number := request.POST.get("gold", ""):
        found = campaign.gold_pairs.filter(pk=_number(number))
        mark = get_object_or_404(found if may_see_gold(request.user, campaign) else found.none())
    else:
        mark = get_object_or_404(campaign.guidance_pairs, pk=_identifier(request.POST.get("guidance", "")))
    withdraw_mark(mark=mark)
    messages.success(request, "The mark is taken away.")
    return redirect("campaign-guidance", campaign.pk)


def _number(text: str) -> int:
    """A primary key, and one that there is not for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1


def _identifier(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
