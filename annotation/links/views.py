"""Links that experts confirmed: a list, one link with its history, those of a record, downloads. For leads.

Whose links somebody sees is decided in `annotation.visibility`: those of campaigns that they lead, and of these none
that they label in while it may still take answers. Pages of records are for project leads, and so are their links.
"""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation.access import any_lead_required, led_campaigns
from annotation.links.actions import LinkChangedError, review_link
from annotation.links.export import export_of
from annotation.links.formats import FILE_KINDS, WRITERS
from annotation.links.forms import DownloadForm, LinkFilterForm, ReviewForm
from annotation.links.queries import find_link, link_counts, link_page, links_of_record, neighbours
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.visibility import campaigns_with_visible_links, has_open_hand, sealed_campaigns
from heritage.access import lead_required
from heritage.errors import UserError
from heritage.models import Record
from heritage.pages.downloads import attachment, file_name
from heritage.pages.fragments import page_or_fragment


@any_lead_required
@require_safe
@never_cache
def links(request: PersonRequest) -> HttpResponse:
    """A campaign's links, page by page; as a fragment, the links alone. Without `campaign`: the newest one's."""
    campaigns = campaigns_with_visible_links(request.user)
    named = _campaign_named(request)
    campaign = campaigns.select_related("sampling").filter(pk=named).first() if named else campaigns.first()
    if campaign is None:
        sealed = led_campaigns(request.user) & sealed_campaigns(request.user)
        of_name = sealed.filter(pk=named).first() if named else sealed.order_by("-created").first()
        if of_name is not None and has_open_hand(request.user, of_name):
            of_name = None  # opening its results would not open its links
        if named and of_name is None:
            raise Http404("There is no such campaign, or its links are not for you yet.")
        return render(request, "annotation/links/links.html", {"campaign": None, "sealed": of_name})
    form = LinkFilterForm(request.GET, campaigns=campaigns, campaign=campaign)
    is_valid = form.is_valid()
    choice = form.choice()
    found = link_page(user=request.user, campaign=campaign, choice=choice, number=request.GET.get("page"))
    context = {
        "campaign": campaign,
        "form": form,
        "choice": choice,
        "found": found,
        "counts": found.counts,
        "page": found.page,
        "here": request.get_full_path(),
        "suffix": _filter_of(request),
    }
    status = 200 if is_valid else 422
    return page_or_fragment(
        request, "annotation/links/links.html", "annotation/links/_links.html", context, status=status
    )


@any_lead_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@vary_on_headers("HX-Request")
def link(request: PersonRequest, campaign_id: uuid.UUID, pair_id: int) -> HttpResponse:
    """One link with everything said of it, between its neighbours in the list that the address asks for; POST adds a
    verdict. As a fragment, the link as it stands in the list, and the list's counts."""
    campaign = _visible_campaign(request, campaign_id)
    problem, status = "", 200
    if request.method == "POST":
        form = ReviewForm(request.POST)
        try:
            if not form.is_valid():
                raise UserError(" ".join(str(error) for errors in form.errors.values() for error in errors))
            review_link(campaign=campaign, pair_id=pair_id, reviewer=request.user, **form.cleaned_data)
        except UserError as error:
            problem, status = str(error), 409 if isinstance(error, LinkChangedError) else 422
        else:
            if not request.htmx:
                return redirect(_way_back(request) or request.get_full_path())
    found = find_link(user=request.user, campaign=campaign, pair_id=pair_id)
    if found is None:
        raise Http404("The answers make no link of these two records.")
    filters = LinkFilterForm(request.GET, campaigns=campaigns_with_visible_links(request.user), campaign=campaign)
    filters.is_valid()
    choice = filters.choice()
    context = {
        "link": found,
        "campaign": campaign,
        "problem": problem,
        "reason": request.POST.get("reason", "") if problem else "",
        "here": _way_back(request),
        "suffix": _filter_of(request),
    }
    if request.htmx:
        # Of htmx a refusal is shown, too.
        context |= {"counts": link_counts(user=request.user, campaign=campaign, choice=choice), "choice": choice}
        return render(request, "annotation/links/_reviewed_link.html", context, status=422 if status == 409 else status)
    context |= {"neighbours": neighbours(user=request.user, campaign=campaign, choice=choice, pair_id=pair_id)}
    return render(request, "annotation/links/link.html", context, status=status)


@lead_required
@require_safe
@never_cache
def record_links(request: PersonRequest, pk: int) -> HttpResponse:
    """What experts linked a record to; as a fragment, a part of the record's page."""
    record = get_object_or_404(Record.objects.select_related("collection"), pk=pk)
    context = {"record": record, "links": links_of_record(user=request.user, record=record)}
    return page_or_fragment(
        request, "annotation/links/record_links.html", "annotation/links/_record_links.html", context
    )


@any_lead_required
@require_safe
@never_cache
def download(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The form, and with a `format` the file."""
    campaign = _visible_campaign(request, campaign_id)
    if "format" not in request.GET:
        form = DownloadForm(initial=request.GET.dict(), campaign=campaign)
        return render(request, "annotation/links/download.html", {"campaign": campaign, "form": form})
    form = DownloadForm(request.GET, campaign=campaign)
    if form.is_valid():
        try:
            export = export_of(campaign, form.options(), reader=request.user)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            kind = form.cleaned_data["format"]
            return _file(campaign, kind, WRITERS[kind](export.links))
    return render(request, "annotation/links/download.html", {"campaign": campaign, "form": form}, status=422)


def _campaign_named(request: PersonRequest) -> uuid.UUID | None:
    """Of the address; one that is none names no campaign."""
    text = request.GET.get("campaign", "")
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Http404("There is no such campaign.") from error


def _filter_of(request: PersonRequest) -> str:
    """The list's filter, as the addresses of its links end with it."""
    asked = request.GET.copy()
    for other in ("campaign", "page"):
        asked.pop(other, None)
    return f"?{asked.urlencode()}" if asked else ""


def _visible_campaign(request: PersonRequest, campaign_id: uuid.UUID) -> Campaign:
    return get_object_or_404(campaigns_with_visible_links(request.user), pk=campaign_id)


def _way_back(request: PersonRequest) -> str:
    """The list that a link was reviewed in; nothing that leads off this site."""
    then = request.POST.get("then") or request.GET.get("then") or ""
    safe = url_has_allowed_host_and_scheme(then, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return then if safe and then.startswith("/") else ""


def _file(campaign: Campaign, kind: str, text: str) -> HttpResponse:
    content_type, ending = FILE_KINDS[kind]
    name = file_name(campaign.name, "links", ending=ending, simulated=campaign.simulated)
    return attachment(name, content_type, text)
