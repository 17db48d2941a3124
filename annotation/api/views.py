"""Campaigns, the next pair, an answer: by token or by the browser's session.

A caller sees own assignments only, whatever the role; everything else answers 404. What is told of a pair
comes from `annotation.visibility` alone.
"""

import uuid

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from annotation.answers import queries
from annotation.answers.actions import AssignmentWithdrawnError, CampaignClosedError, record_annotation
from annotation.answers.progress import progress_of
from annotation.labels.shown import shown_scheme
from annotation.visibility import BlindRecord, blind_pair, visible_assignments, visible_campaigns
from heritage.errors import UserError
from heritage.publishing.problems import ProblemSerializer, problem_sentence

from .serializers import (
    AnswerSerializer,
    AssignmentSerializer,
    CampaignSerializer,
    StoredAnswerSerializer,
)


class AnnotatorThrottle(UserRateThrottle):
    """Far above what anybody labels; stops a script that runs away."""

    rate = "3000/min"


class ConflictError(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "closed"


class GoneError(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "withdrawn"


class LabellingView(APIView):
    throttle_classes = [AnnotatorThrottle]


class CampaignsView(LabellingView):
    @extend_schema(operation_id="list_campaigns", responses=CampaignSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The campaigns in which the caller labels."""
        campaigns = [
            {
                "id": campaign.pk,
                "name": campaign.name,
                "is_open": campaign.is_open,
                "deadline": campaign.deadline,
                "progress": progress_of(campaign=campaign, annotator=request.user),
            }
            for campaign in visible_campaigns(request.user)
        ]
        return Response(CampaignSerializer(campaigns, many=True).data)


class NextPairView(LabellingView):
    @extend_schema(
        operation_id="next_pair",
        request=None,
        responses={200: AssignmentSerializer, 204: None, 404: ProblemSerializer, 409: ProblemSerializer},
    )
    def post(self, request: Request, campaign_id: uuid.UUID) -> Response:
        """The caller's next pair without an answer; 204 when there is none. Asking again gives the same one."""
        campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
        assignment = queries.next_unanswered(visible_assignments(request.user, campaign))
        if assignment is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        if campaign.refusal:
            raise ConflictError(campaign.refusal)
        pair, scheme = blind_pair(assignment), shown_scheme(campaign)
        return Response(
            AssignmentSerializer(
                {
                    "assignment": pair.assignment_id,
                    "records": [_record(request, record) for record in pair.records],
                    "labels": [{"label": label.value, "name": label.name} for label in scheme.labels],
                    "finer_labels": [
                        {"label": step.label.value, "key": choice.key, "name": choice.name}
                        for step in scheme.steps
                        for choice in step.choices
                    ],
                    "progress": progress_of(campaign=campaign, annotator=request.user),
                }
            ).data
        )


class LabelView(LabellingView):
    @extend_schema(
        operation_id="label_pair",
        request=AnswerSerializer,
        responses={
            200: StoredAnswerSerializer,
            400: ProblemSerializer,
            404: ProblemSerializer,
            409: ProblemSerializer,
            410: ProblemSerializer,
        },
    )
    def post(self, request: Request, assignment_id: uuid.UUID) -> Response:
        """Store an answer. The same answer sent again is stored once; another one corrects it.

        A `submission` (a UUID of the caller's, one per answer) keeps a delayed resend from undoing a correction.
        """
        assignment = get_object_or_404(visible_assignments(request.user).select_related("campaign"), pk=assignment_id)
        answer = AnswerSerializer(data=request.data)
        if not answer.is_valid():
            raise ValidationError({"detail": problem_sentence(answer.errors)})
        try:
            annotation = record_annotation(assignment=assignment, annotator=request.user, **answer.validated_data)
        except CampaignClosedError as error:
            raise ConflictError(str(error)) from error
        except AssignmentWithdrawnError as error:
            raise GoneError(str(error)) from error
        except UserError as error:
            raise ValidationError({"detail": str(error)}) from error
        return Response(
            StoredAnswerSerializer(
                {
                    "assignment": assignment.pk,
                    "label": annotation.label,
                    "finer": annotation.finer.key if annotation.finer else "",
                    "comment": annotation.comment,
                    "progress": progress_of(campaign=assignment.campaign, annotator=request.user),
                }
            ).data
        )


def _record(request: Request, record: BlindRecord) -> dict[str, object]:
    return {
        "name": record.name,
        "description": record.description,
        "images": [request.build_absolute_uri(picture.display_url) for picture in record.pictures],
        "licences": [picture.licence for picture in record.pictures],
        "sensitive": [picture.sensitive for picture in record.pictures],
    }
