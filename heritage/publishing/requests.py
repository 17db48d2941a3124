"""How an address for programs is answered: to whom, how often, and with what a cache may do with the answer."""

from typing import Any, TypeVar

from django.http import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from heritage.access import may_read_catalogue
from heritage.errors import UserError

from .problems import problem_sentence

_Checked = TypeVar("_Checked", bound=Serializer)


class CatalogueReader(BasePermission):
    """Leads, and visitors where PUBLIC_CATALOGUE admits them: annotators label blind, by program too."""

    message = "The catalogue is for project leads: an account that labels would learn whose records it compares."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may_read_catalogue(request.user)


class CatalogueThrottle(UserRateThrottle):
    """By account, or by address of the network for those without one. Ten a second are plenty for a viewer."""

    scope = "catalogue"
    rate = "600/min"


@method_decorator(conditional_page, name="dispatch")
class PublishedView(APIView):
    """An answer from the catalogue. Caches ask each time whether it still holds (ETag): rights may change any day."""

    permission_classes = [CatalogueReader]
    throttle_classes = [CatalogueThrottle]

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        found = super().finalize_response(request, response, *args, **kwargs)
        whose = "private" if request.user.is_authenticated else "public"
        found.headers.setdefault("Cache-Control", f"{whose}, no-cache")
        return found

    def handle_exception(self, exc: Exception) -> Any:
        """What a person can put right is said as that."""
        return super().handle_exception(ValidationError({"detail": str(exc)}) if isinstance(exc, UserError) else exc)


def checked_parameters(kind: type[_Checked], request: Request) -> dict[str, Any]:
    """The address's parameters as `kind` reads them. Raises ValidationError with one sentence in `detail`."""
    parameters = kind(data=request.query_params)
    if not parameters.is_valid():
        raise ValidationError({"detail": problem_sentence(parameters.errors)})
    return parameters.validated_data
