"""The labels of a campaign: the four, and the finer ones that its lead adds under them."""

from typing import IO, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import queries
from annotation.access import campaign_lead_required
from annotation.exchange.scheme_files import write_finer_labels
from annotation.finer_labels import FinerLabelDraft, draft_of
from annotation.forms import FinerLabelForm
from annotation.labelling_scheme import add_finer_labels, change_finer_label, move_finer_label, remove_finer_label
from annotation.models import Campaign, FinerLabel, Label
from heritage.errors import UserError

from .requests import PersonRequest


@campaign_lead_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def finer_labels(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """The page. A post adds a finer label, and comes back to add another one under the same of the four."""
    form = FinerLabelForm(request.POST or None, initial={"label": request.GET.get("under", "")})
    if request.method == "POST" and form.is_valid():
        try:
            [added] = add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft(**form.cleaned_data)])
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{added.name} is a finer label under {added.get_label_display()} now.")
            return redirect(f"{request.path}?under={added.label}#add")
    found = list(campaign.finer_labels.prefetch_related("earlier_names__changed_by"))
    context = {
        "campaign": campaign,
        "form": form,
        "groups": [(name, [each for each in found if each.label == label]) for label, name in Label.choices],
        "has_finer": bool(found),
        "is_fixed": queries.has_answers(campaign),
    }
    return render(request, "annotation/finer_labels.html", context, status=422 if form.errors else 200)


@campaign_lead_required
@require_POST
def finer_label(request: PersonRequest, campaign: Campaign, key: str) -> HttpResponse:
    """Change one of them, move it, or take it away, whichever button was pressed (`do`)."""
    do = request.POST.get("do", "")
    try:
        if do in ("up", "down"):
            finer = move_finer_label(campaign=campaign, key=key, by=-1 if do == "up" else 1)
            said = f"{finer.name} is in its new place."
        elif do == "remove":
            said = f"{remove_finer_label(campaign=campaign, key=key).name} is removed."
        else:
            said = f"{_change(request, campaign, key).name} is saved."
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect(reverse("finer-labels", args=[campaign.pk]))


def _change(request: PersonRequest, campaign: Campaign, key: str) -> FinerLabel:
    name, shortcut = request.POST.get("name", ""), request.POST.get("shortcut")
    return change_finer_label(campaign=campaign, key=key, name=name, shortcut=shortcut, changed_by=request.user)


@campaign_lead_required
@require_safe
def finer_labels_csv(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """As `create_campaign --labels` reads them, for another campaign."""
    name = f"{slugify(campaign.name)}-finer-labels.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    write_finer_labels(map(draft_of, campaign.finer_labels.all()), cast("IO[str]", response))
    return response
