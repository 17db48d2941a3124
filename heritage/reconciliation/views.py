"""The reconciliation service: its manifest, batches of queries, suggestions, previews, and values for new columns."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from heritage.access import catalogue_reader_required
from heritage.errors import UserError
from heritage.models import Collection, Record
from heritage.pages.content_security import POLICY
from heritage.publishing.problems import ProblemSerializer
from heritage.publishing.queries import published, record_to_publish, records_with_numbers
from heritage.publishing.requests import PublishedView

from . import answers, questions
from .candidates import Candidate, find_candidates, records_beginning
from .properties import PROPERTIES

REFUSED = dict.fromkeys((400, 401, 403, 413, 429), ProblemSerializer)
MOST_SKIPPED = 1000
# OpenRefine shows a preview in a frame on its own page.
FRAMED_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")

_QUERIES = OpenApiParameter("queries", OpenApiTypes.STR, description="A batch: JSON, by names of the client's.")
_EXTEND = OpenApiParameter("extend", OpenApiTypes.STR, description="Records and the properties wanted: JSON.")
_PREFIX = OpenApiParameter("prefix", OpenApiTypes.STR, required=True, description="What was typed so far.")


class ReconciliationThrottle(UserRateThrottle):
    """A batch costs as much as fifty searches. OpenRefine sends one at a time, and waits."""

    scope = "reconciliation"
    rate = "240/min"


class TooLargeProblem(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class _ServiceView(PublishedView):
    throttle_classes = [ReconciliationThrottle]

    def handle_exception(self, exc: Exception) -> Any:
        return super().handle_exception(TooLargeProblem(str(exc)) if isinstance(exc, questions.TooLargeError) else exc)


class ReconciliationView(_ServiceView):
    parser_classes = [FormParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > questions.MOST_BYTES:
            raise TooLargeProblem(
                f"The request has {int(length):,} bytes, and {questions.MOST_BYTES:,} are read: send it in parts."
            )

    @extend_schema(
        operation_id="reconcile",
        parameters=[_QUERIES, _EXTEND],
        responses={200: OpenApiTypes.OBJECT, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Without parameters the service's manifest; with `queries` candidates for each, with `extend` values."""
        return self._answer(request, request.query_params)

    @extend_schema(
        operation_id="reconcile_batch",
        request={"application/x-www-form-urlencoded": OpenApiTypes.OBJECT},
        responses={200: OpenApiTypes.OBJECT, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """A batch in the form field `queries`, or `extend`, as by GET."""
        return self._answer(request, request.data)

    def _answer(self, request: Request, asked: Any) -> Response:
        collections = list(Collection.objects.all())
        if "queries" in asked:
            batch = questions.read_batch(asked["queries"])
            return Response(
                {
                    name: {"result": [_candidate(each) for each in find_candidates(question, collections)]}
                    for name, question in batch.items()
                }
            )
        if "query" in asked:
            question = questions.read_query(asked["query"])
            return Response({"result": [_candidate(each) for each in find_candidates(question, collections)]})
        if "extend" in asked:
            wanted = questions.read_extension(asked["extend"])
            absolute = request.build_absolute_uri
            records = records_with_numbers([each for each in wanted.ids if each.isdecimal()])
            return Response(
                answers.extension(wanted, {str(record.pk): published(record, absolute) for record in records})
            )
        if request.method == "POST":
            raise UserError("Ask in the form's field queries or extend; by GET comes the service's manifest.")
        return Response(_manifest(request, collections))


@extend_schema(exclude=True)
class BareReconciliationView(ReconciliationView):
    """The same without the slash, where a client's POST would be sent on as a GET and lose what it asks."""


class SuggestEntityView(_ServiceView):
    @extend_schema(
        operation_id="suggest_records",
        parameters=[_PREFIX, OpenApiParameter("cursor", OpenApiTypes.INT, description="Suggestions to skip.")],
        responses={200: OpenApiTypes.OBJECT, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Records while somebody types."""
        skip = request.query_params.get("cursor") or "0"
        if not skip.isdecimal() or int(skip) > MOST_SKIPPED:
            raise UserError(f"cursor is the number of suggestions to skip, up to {MOST_SKIPPED:,}.")
        found = records_beginning(_prefix(request), list(Collection.objects.all()), skip=int(skip))
        return Response(
            {
                "result": [
                    {
                        "id": str(record.pk),
                        "name": str(record),
                        "description": _about(record),
                        "notable": [_type(record.collection)],
                    }
                    for record in found
                ]
            }
        )


class SuggestPropertyView(_ServiceView):
    @extend_schema(
        operation_id="suggest_properties", parameters=[_PREFIX], responses={200: OpenApiTypes.OBJECT, **REFUSED}
    )
    def get(self, request: Request) -> Response:
        """Properties that queries may give."""
        return Response(answers.suggested_properties(_prefix(request)))


class SuggestTypeView(_ServiceView):
    @extend_schema(operation_id="suggest_types", parameters=[_PREFIX], responses={200: OpenApiTypes.OBJECT, **REFUSED})
    def get(self, request: Request) -> Response:
        """Collections, which are the types of records."""
        types = [_type(collection) for collection in Collection.objects.all()]
        return Response(answers.suggested_types(_prefix(request), types))


class PropertiesView(_ServiceView):
    @extend_schema(
        operation_id="propose_properties",
        parameters=[OpenApiParameter("type", OpenApiTypes.STR), OpenApiParameter("limit", OpenApiTypes.INT)],
        responses={200: OpenApiTypes.OBJECT, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """Properties that new columns may be filled with."""
        limit = request.query_params.get("limit") or ""
        if limit and (not limit.isdecimal() or not 1 <= int(limit[:9]) <= 10**6):
            raise UserError("limit has to be a number from 1 up.")
        known = min(int(limit[:9]), len(PROPERTIES)) if limit else None
        return Response(answers.proposed_properties(request.query_params.get("type", ""), known))


@require_safe
@xframe_options_exempt
@catalogue_reader_required
def record_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A record in a few words with its picture, to be shown in a frame of another site."""
    record = record_to_publish(pk)
    if record is None:
        raise Http404("There is no such record.")
    pictures = [image for image in record.pictures if not image.sensitive]  # type: ignore[attr-defined]
    context = {"record": record, "picture": pictures[0] if pictures else None}
    response = render(request, "heritage/reconciliation/preview.html", context)
    if settings.PUBLIC_CATALOGUE:
        response["Content-Security-Policy"] = FRAMED_POLICY
    return response


def _manifest(request: Request, collections: list[Collection]) -> dict[str, Any]:
    absolute = request.build_absolute_uri
    return answers.service_manifest(
        site=absolute(reverse("reconcile")),
        types=[_type(collection) for collection in collections],
        records=absolute(reverse("record", args=[0]).removesuffix("0/")),
        documentation=absolute(reverse("api-schema")),
        logo=absolute(static("images/mark.svg")),
    )


def _prefix(request: Request) -> str:
    return request.query_params.get("prefix", "").replace("\x00", "")[: questions.LONGEST_TEXT]


def _type(collection: Collection) -> dict[str, Any]:
    return answers.collection_type(collection.slug, collection.name, collection.simulated)


def _about(record: Record) -> str:
    of = record.collection
    return answers.about(identifier=record.record_id, collection=of.name, simulated=of.simulated, terms=record.taxonomy)


def _candidate(found: Candidate) -> dict[str, Any]:
    record = found.record
    return {
        "id": str(record.pk),
        "name": str(record),
        "description": _about(record),
        "type": [_type(record.collection)],
        "score": found.score.total,
        "features": [{"id": name, "value": value} for name, value in found.score.features],
        "match": found.match,
    }
