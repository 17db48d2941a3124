"""What views may count on of a request; the decorators above them see to it."""

from django.http import HttpRequest, JsonResponse
from django_htmx.middleware import HtmxDetails

from heritage.models import User


class PersonRequest(HttpRequest):
    """A request of somebody who is logged in, as far as types go: no request is made of this class."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails


def is_script(request: HttpRequest) -> bool:
    """Whether the page's own script asks, which gets JSON with markup in it instead of a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refuse_other_sender(request: PersonRequest) -> JsonResponse | None:
    """Of an answer that waited in the browser while somebody else logged in: it is not stored under their name."""
    sender = request.POST.get("annotator", request.user.username)
    if sender == request.user.username:
        return None
    problem = f"This answer is {sender}'s, and you are logged in as {request.user.username}: log in as {sender}."
    return JsonResponse({"problem": problem}, status=403)
