"""Two museums with namesakes, and a visitor of a public catalogue."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from heritage.models import Collection
from tests.factories import CollectionFactory, ImageFactory, RecordFactory


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "reconcile"}}
    cache.clear()


@pytest.fixture
def museums(db: None) -> tuple[Collection, Collection]:
    smg = CollectionFactory(slug="smg", name="Science Museum Group")
    nms = CollectionFactory(slug="nms", name="National Museums Scotland", simulated=True)
    candlestick = RecordFactory(
        collection=smg, name="Candlestick telephone", record_id="1950-12", taxonomy=["telephone", "communication"]
    )
    ImageFactory(record=candlestick, position=0, credit="© The Museum")
    RecordFactory(collection=smg, name="Wall telephone", record_id="1951-1", accession="E 7", kind="object")
    RecordFactory(collection=smg, name="Miner's lamp", record_id="L.1", description="Of brass.", sensitive=True)
    RecordFactory(collection=nms, name="Miner's lamp", record_id="000-1")
    RecordFactory(collection=nms, name="Sacred lamp", record_id="S.1", withheld=True)
    return smg, nms


@pytest.fixture
def visitor(client: Client, settings: Settings, museums: tuple[Collection, Collection]) -> Client:
    settings.PUBLIC_CATALOGUE = settings.CORS_ALLOW_ALL_ORIGINS = True
    return client
