"""Links over REST, and a link's two records as a IIIF manifest. For those who lead a campaign, public catalogue or not.

Which links somebody sees is decided in `annotation.visibility`, as on the pages of links.
"""

import uuid
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.access import leads_campaigns
from annotation.links.queries import ListedLink, find_link, link_rows, links_in_state, listed_links
from annotation.visibility import campaigns_with_visible_links
from heritage.models import Record
from heritage.publishing import manifests
from heritage.publishing.pagination import FoundPagination
from heritage.publishing.problems import ProblemSerializer
from heritage.publishing.queries import Absolute, pair_to_publish, published
from heritage.publishing.renderers import LinkedDataRenderer, linked_data
from heritage.publishing.requests import PublishedView, checked_parameters

from .serializers import LinkParametersSerializer, LinkSerializer

REFUSED = {401: ProblemSerializer, 403: ProblemSerializer, 404: ProblemSerializer, 429: ProblemSerializer}
STATE_WORDS = {"open": "Awaiting a verdict", "signed_off": "Signed off by a curator", "rejected": "Rejected"}
SIMULATED_ANSWERS = "Simulated: a program gave the answers, for demonstration."


class LeadsSomeCampaign(BasePermission):
    message = "Links are for those who lead a campaign."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return leads_campaigns(request.user)


class LinksView(PublishedView):
    permission_classes = [LeadsSomeCampaign]
    serializer_class = LinkSerializer
    pagination_class = FoundPagination

    @property
    def paginator(self) -> FoundPagination:
        return self.pagination_class()

    @extend_schema(
        operation_id="list_links",
        parameters=[LinkParametersSerializer],
        responses={200: LinkSerializer(many=True), 400: ProblemSerializer, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Links on which experts agree, of campaigns that the caller leads, the closest first; none of a campaign in
        which the caller labels and that may still take answers."""
        checked = checked_parameters(LinkParametersSerializer, request)
        choice, campaign = LinkParametersSerializer.choice(checked), None
        if "campaign" in checked:
            campaign = get_object_or_404(campaigns_with_visible_links(request.user), pk=checked["campaign"])
        rows = links_in_state(link_rows(user=request.user, choice=choice, campaign=campaign), choice.state)
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(rows, request, view=self)
        found = [_given(link, request.build_absolute_uri) for link in listed_links(request.user, page)]
        return paginator.get_paginated_response(LinkSerializer(found, many=True).data)


class LinkManifestView(PublishedView):
    permission_classes = [LeadsSomeCampaign]
    renderer_classes = [LinkedDataRenderer, JSONRenderer]

    @extend_schema(
        operation_id="read_link_manifest",
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT, **REFUSED},
    )
    def get(self, request: Request, campaign_id: uuid.UUID, pair_id: int) -> Response:
        """The two records of a link as a IIIF manifest of two canvases, with what experts say of them."""
        campaign = get_object_or_404(campaigns_with_visible_links(request.user), pk=campaign_id)
        link = find_link(user=request.user, campaign=campaign, pair_id=pair_id)
        if link is None:
            raise Http404("The answers make no link of these two records.")
        pair = pair_to_publish(*(record.pk for record in link.records))
        if pair is None:
            raise Http404("The museum of one of the two records does not want it shown.")
        absolute = request.build_absolute_uri
        one, other = pair
        said = [
            ("How they are related", link.label_words),
            ("Agreement", f"{round(100 * link.agreement)} % of {link.answers}"),
            ("Curator's verdict", STATE_WORDS[link.state]),
            ("Campaign", campaign.name),
        ]
        document = manifests.pair_manifest(
            (published(one, absolute), published(other, absolute)),
            address=absolute(request.path),
            metadata=said,
            summary=SIMULATED_ANSWERS if campaign.simulated else "",
        )
        return linked_data(request, document, manifests.MEDIA_TYPE)


def _given(link: ListedLink, absolute: Absolute) -> dict[str, Any]:
    of_link = [link.campaign.pk, link.pair.pk]
    newest = link.newest
    return {
        "campaign": link.campaign.pk,
        "campaign_name": link.campaign.name,
        "simulated": link.campaign.simulated,
        "pair": link.pair.pk,
        "records": [_record(record, absolute) for record in link.records],
        "label": link.label,
        "agreement": link.agreement,
        "answers": link.answers,
        "annotators": link.annotators,
        "finer": dict(link.finer),
        "state": link.state,
        "review": newest
        and {
            "verdict": newest.verdict,
            "label": newest.label,
            "reason": newest.reason,
            "reviewer": newest.reviewer.username,
            "created": newest.created,
        },
        "page": absolute(reverse("link", args=of_link)),
        "manifest": absolute(reverse("link-manifest", args=of_link)),
    }


def _record(record: Record, absolute: Absolute) -> dict[str, Any]:
    return {
        "id": record.pk,
        "collection": record.collection.slug,
        "record_id": record.record_id,
        "name": "" if record.withheld else record.name,
        "language": record.name_language,
        "page": absolute(record.get_absolute_url()),
    }
