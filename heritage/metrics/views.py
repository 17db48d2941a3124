"""`/metrics`, in the text format of Prometheus, for whoever knows METRICS_TOKEN."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from heritage.metrics.durations import request_durations
from heritage.metrics.state import state_of_site


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no token is set, 401 without it. An account is no key to this, an administrator's neither."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        refusal = "Send METRICS_TOKEN as a bearer token.\n"
        return HttpResponse(refusal, status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    said = generate_latest(request_durations()) + generate_latest(state_of_site())
    return HttpResponse(said, content_type=CONTENT_TYPE_PLAIN_0_0_4)
