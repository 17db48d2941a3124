"""What views may count on of a request; the decorators above them see to it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from heritage.models import User


class PersonRequest(HttpRequest):
    """A request of somebody who is logged in, as far as types go: no request is made of this class."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails
