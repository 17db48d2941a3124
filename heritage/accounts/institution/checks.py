"""Settings of logging in that would leave people outside, or let others in."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def check_institution(**_: Any) -> list[CheckMessage]:
    """Errors of OIDC_* and PASSWORD_LOGIN."""
    problems: list[CheckMessage] = []
    address = urlsplit(settings.OIDC_SERVER_URL)
    if not settings.OIDC_SERVER_URL:
        if not settings.PASSWORD_LOGIN:
            said = "PASSWORD_LOGIN is off and OIDC_SERVER_URL empty: only administrators could log in."
            problems.append(Error(said, hint="Name the institution, or leave passwords on.", id="heritage.E001"))
        return problems
    if address.scheme != "https" and not (address.scheme == "http" and _is_this_machine(address.hostname)):
        said = f"OIDC_SERVER_URL is {settings.OIDC_SERVER_URL}, where others can listen and answer."
        problems.append(Error(said, hint="Give its https address.", id="heritage.E002"))
    if not (settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET):
        said = "OIDC_SERVER_URL needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it."
        problems.append(Error(said, hint="The institution gives both when it registers this site.", id="heritage.E003"))
    return problems


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
