"""Every answer carries the policy; only Django's pages for developers go without."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from heritage.pages.content_security import POLICY, ContentSecurityMiddleware


def policy_of(response: HttpResponse) -> str | None:
    return ContentSecurityMiddleware(lambda request: response)(HttpRequest()).headers.get("Content-Security-Policy")


def test_pages_may_load_and_run_only_what_this_site_serves() -> None:
    assert policy_of(HttpResponse()) == POLICY
    assert "unsafe" not in POLICY


def test_an_answer_may_carry_a_policy_of_its_own() -> None:
    assert policy_of(HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})) == "default-src 'none'"


@pytest.mark.parametrize(("debug", "carries"), [(True, False), (False, True)])
def test_error_pages_for_developers_go_without(settings: Any, debug: bool, carries: bool) -> None:
    settings.DEBUG = debug
    assert (policy_of(HttpResponse(status=500)) is not None) == carries
