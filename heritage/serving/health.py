"""For whoever watches the server: does it answer (`/healthz`), and can it work (`/readyz`)? Neither tells more."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heritage.database.schema import require_current
from heritage.errors import UserError

TEXT = "text/plain; charset=utf-8"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers requests at all."""
    return HttpResponse("ok\n", content_type=TEXT)


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where the database answers and has the tables of this version, else 503 with the reason."""
    try:
        require_current()
    except UserError as error:
        return HttpResponse(f"{error}\n", content_type=TEXT, status=503)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", content_type=TEXT, status=503)
    return HttpResponse("ready\n", content_type=TEXT)
