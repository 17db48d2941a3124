"""Collections, records and search for programs, and each record as a IIIF manifest and as Linked Art."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from heritage.catalogue.queries import get_collections
from heritage.models import Record

from . import linked_art, manifests
from .pagination import FoundPagination, RecordPagination
from .problems import ProblemSerializer
from .queries import (
    find_records,
    pair_to_publish,
    published,
    published_collections,
    record_to_publish,
    records_to_publish,
)
from .renderers import LinkedDataRenderer, linked_data
from .requests import PublishedView, checked_parameters
from .serializers import (
    FoundRecordSerializer,
    PublishedCollectionSerializer,
    PublishedRecordSerializer,
    RecordParametersSerializer,
    SearchParametersSerializer,
)

REFUSED = {401: ProblemSerializer, 403: ProblemSerializer, 429: ProblemSerializer}
# A parameter that makes no sense, and a page that there is not.
NO_SUCH_PAGE = {400: ProblemSerializer, 404: ProblemSerializer}
NOT_THERE = "There is no such record, or its museum does not want it shown."


class CollectionsView(PublishedView):
    @extend_schema(
        operation_id="list_collections", responses={200: PublishedCollectionSerializer(many=True), **REFUSED}
    )
    def get(self, request: Request) -> Response:
        """All collections."""
        found = published_collections(request.build_absolute_uri)
        return Response(PublishedCollectionSerializer(found, many=True).data)


class _PagedView(PublishedView):
    pagination_class: Any
    serializer_class = PublishedRecordSerializer  # of which the schema makes a page

    @property
    def paginator(self) -> Any:
        return self.pagination_class()

    def page(self, request: Request, records: Iterable[Record]) -> Response:
        paginator = self.pagination_class()
        rows = paginator.paginate_queryset(records, request, view=self)
        return paginator.get_paginated_response(_given(request, rows, many=True).data)


class RecordsView(_PagedView):
    pagination_class = RecordPagination

    @extend_schema(
        operation_id="list_records",
        parameters=[RecordParametersSerializer],
        responses={200: PublishedRecordSerializer(many=True), **NO_SUCH_PAGE, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Records that may be shown, in the order in which they came. `next` leads to the next page."""
        return self.page(request, records_to_publish(**checked_parameters(RecordParametersSerializer, request)))


class SearchView(_PagedView):
    pagination_class = FoundPagination
    serializer_class = FoundRecordSerializer

    @extend_schema(
        operation_id="search_records",
        parameters=[SearchParametersSerializer],
        responses={200: FoundRecordSerializer(many=True), **NO_SUCH_PAGE, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Records that the words are about, the best first, as the page of search finds them; at most a thousand."""
        asked = checked_parameters(SearchParametersSerializer, request)
        slug = asked.get("collection")
        return self.page(request, find_records(asked["q"], collection=get_collections([slug])[0] if slug else None))


class RecordView(PublishedView):
    @extend_schema(
        operation_id="read_record",
        responses={200: PublishedRecordSerializer, 404: ProblemSerializer, **REFUSED},
    )
    def get(self, request: Request, pk: int) -> Response:
        """One record."""
        return Response(_given(request, _record(pk)).data)


class _LinkedDataView(PublishedView):
    renderer_classes = [LinkedDataRenderer, JSONRenderer]


class ManifestView(_LinkedDataView):
    @extend_schema(
        operation_id="read_manifest",
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT, 404: ProblemSerializer, **REFUSED},
    )
    def get(self, request: Request, pk: int) -> Response:
        """One record as a IIIF Presentation 3 manifest, without what its museum marks as sensitive."""
        record = published(_record(pk), request.build_absolute_uri)
        return linked_data(request, manifests.record_manifest(record), manifests.MEDIA_TYPE)


class PairManifestView(_LinkedDataView):
    @extend_schema(
        operation_id="read_pair_manifest",
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT, 404: ProblemSerializer, **REFUSED},
    )
    def get(self, request: Request, pk: int, other_pk: int) -> Response:
        """Two records as one IIIF manifest of two canvases, to be compared in a viewer. Any two: it says nothing of
        whether they are linked."""
        pair = pair_to_publish(pk, other_pk)
        if pair is None:
            raise Http404("One of the two records is not there, or its museum does not want it shown.")
        absolute = request.build_absolute_uri
        one, other = pair
        document = manifests.pair_manifest(
            (published(one, absolute), published(other, absolute)), address=absolute(request.path)
        )
        return linked_data(request, document, manifests.MEDIA_TYPE)


class LinkedArtView(_LinkedDataView):
    @extend_schema(
        operation_id="read_linked_art",
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT, 404: ProblemSerializer, **REFUSED},
    )
    def get(self, request: Request, pk: int) -> Response:
        """One record as Linked Art 1.0 (JSON-LD), without what its museum marks as sensitive."""
        record = published(_record(pk), request.build_absolute_uri)
        return linked_data(request, linked_art.linked_art_object(record), linked_art.MEDIA_TYPE)


def _record(pk: int) -> Record:
    record = record_to_publish(pk)
    if record is None:
        raise Http404(NOT_THERE)
    return record


def _given(request: Request, records: Any, *, many: bool = False) -> BaseSerializer:
    absolute = request.build_absolute_uri
    if many:
        return PublishedRecordSerializer([published(record, absolute) for record in records], many=True)
    return PublishedRecordSerializer(published(records, absolute))
