"""Headers of what is not for everybody: browsers and proxies keep none of it, and leads may send files."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header

from heritage.serving.body_limits import offer_uploads

Answer = Callable[[HttpRequest], HttpResponseBase]


class PrivatePagesMiddleware:
    """`Cache-Control: no-store` on whatever depended on who asks, unless the view said how long it may be kept."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Cache-Control" not in response and depends_on_person(request, response):
            response["Cache-Control"] = "no-store, private"
        # Who asks is known here without a query only where the view wanted to know.
        person = getattr(request, "_cached_user", None)
        if person is not None and getattr(person, "is_lead", False):
            offer_uploads(request, response)
        return response


def depends_on_person(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether another person could have got something else: by cookie, or by a token. Visitors all get the same."""
    has_account = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    return has_account or (has_vary_header(response, "Cookie") and not settings.PUBLIC_CATALOGUE)
