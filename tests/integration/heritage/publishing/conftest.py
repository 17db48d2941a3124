"""What these tests begin with: nobody has asked for anything yet, so nobody is told to wait."""

import pytest
from django.core.cache import cache
from pytest_django import Settings


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "publishing"}
    }
    cache.clear()
