"""How much may be sent in one request: little by most, files by leads.

Read by the web server while a request comes in, so without the database: a lead's browser carries a signed cookie.
"""

from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponseBase

COOKIE = "uploads"
COOKIE_SECONDS = 7 * 24 * 3600
_signer = TimestampSigner(salt="heritage.uploads")


def largest_body(cookies: str) -> int:
    """Bytes that a request with this Cookie header may have."""
    return settings.UPLOAD_REQUEST_MAX_BYTES if may_upload(cookies) else settings.REQUEST_MAX_BYTES


def may_upload(cookies: str) -> bool:
    """Whether the Cookie header carries the cookie that `offer_uploads` gave, not long ago."""
    if f"{COOKIE}=" not in cookies:
        return False
    try:
        value = SimpleCookie(cookies)[COOKIE].value
        _signer.unsign(value, max_age=COOKIE_SECONDS)
    except (CookieError, KeyError, BadSignature):
        return False
    return True


def offer_uploads(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give a lead's browser the cookie, where it has none that is good for a day more."""
    try:
        _signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=COOKIE_SECONDS - 24 * 3600)
    except BadSignature:
        response.set_cookie(
            COOKIE,
            _signer.sign(str(request.user.pk)),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
