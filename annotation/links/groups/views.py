"""Pages of groups: the list, one group with its pictures side by side, files of the network. For leads."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.access import any_lead_required
from annotation.requests import PersonRequest
from annotation.visibility import campaigns_with_visible_links
from heritage.models import Collection
from heritage.pages.downloads import attachment, csv_download, file_name

from .drawing import network_svg
from .forms import GroupFilterForm
from .queries import (
    COLUMNS,
    GROUPS_PER_PAGE,
    LINKS_PER_PAGE,
    Network,
    group_cards,
    group_rows,
    links_of_ties,
    network_document,
    read_network,
    records_of_ties,
)


@any_lead_required
@require_safe
@never_cache
def link_groups(request: PersonRequest) -> HttpResponse:
    form, network = _asked_network(request)
    page = Paginator(network.groups, GROUPS_PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "network": network,
        "page": page,
        "cards": group_cards(network, list(page.object_list)),
        "query": _query(request),
        "simulated": _is_simulated(network),
    }
    return render(request, "annotation/links/groups/groups.html", context, status=422 if form.errors else 200)


@any_lead_required
@require_safe
@never_cache
def link_group(request: PersonRequest, key: int) -> HttpResponse:
    """The group of the record with that key, by the links that the address asks for."""
    _, network = _asked_network(request)
    group = network.group_of(key)
    if group is None:
        raise Http404("No such links hold this record in a group.")
    closest_first = sorted(group.ties, key=lambda tie: tie.link)  # as the links' page has them
    page = Paginator(closest_first, LINKS_PER_PAGE).get_page(request.GET.get("page"))
    ties = list(page.object_list)
    records = records_of_ties(ties)
    context = {
        "group": group,
        "page": page,
        "records": records,
        "links": links_of_ties(network, ties, records),
        "query": _query(request),
        "simulated": any(record.collection.simulated for record in records),
    }
    return render(request, "annotation/links/groups/group.html", context)


@any_lead_required
@require_safe
@never_cache
def groups_file(request: PersonRequest, form: str) -> HttpResponse:
    _, network = _asked_network(request)
    simulated = _is_simulated(network)
    name = file_name("link-groups", ending=form, simulated=simulated)
    if form == "csv":
        return csv_download(name, [COLUMNS, *group_rows(network)])
    if form == "json":
        response = JsonResponse(network_document(network))
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    drawn = network_svg(
        title=f"Groups of linked records{' (simulated)' if simulated else ''}",
        groups=network.groups,
        collections=network.collections,
        names=dict(Collection.objects.values_list("pk", "name")),
        labels=[row.label for row in network.rows],
    )
    if form == "svg":
        return attachment(name, "image/svg+xml", drawn)
    import vl_convert

    return attachment(name, "image/png", vl_convert.svg_to_png(drawn, scale=2))


def _asked_network(request: PersonRequest) -> tuple[GroupFilterForm, Network]:
    chosen = {"agreement": "50", "answers": "1", "label": "similar_object"} | request.GET.dict()
    form = GroupFilterForm(chosen, campaigns=campaigns_with_visible_links(request.user))
    form.is_valid()
    return form, read_network(user=request.user, choice=form.choice())


def _query(request: PersonRequest) -> str:
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()


def _is_simulated(network: Network) -> bool:
    return Collection.objects.filter(pk__in=set(network.collections.values()), simulated=True).exists()
