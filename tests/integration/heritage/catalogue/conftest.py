"""What tests of the catalogue begin with: a folder of their own, and a lead who is logged in."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from heritage.models import Role
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.IMAGES_DIR = tmp_path / "images"
    return tmp_path


@pytest.fixture
def images_dir(data_dir: Path) -> Path:
    return data_dir / "images"


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(UserFactory(role=Role.LEAD))
    return client
