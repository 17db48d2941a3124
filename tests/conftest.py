"""What all tests share: where the shared records lie, and cleaning up after the run."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile("heritage", deadline=None)
hypothesis_settings.load_profile("heritage")

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real records beside the checkout. Mark the tests that use it with `shared_data`."""
    folder = CHECKOUT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no real records at {folder}")
    return folder


@pytest.fixture
def nothing_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of links whatever the seal says; what it says has tests of its own."""
    from annotation import visibility
    from annotation.links import views  # noqa: F401 - which takes the function by its name, as it is
    from annotation.models import Campaign

    monkeypatch.setattr(visibility, "sealed_campaigns", lambda user: Campaign.objects.none())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright leaves its event loop running in the process, where none can be started then."""
    items.sort(key=lambda item: "browser" in item.path.parts)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that made the temporary DATA_DIR removes it, after the embedded server has stopped."""
    from tests import settings

    if not settings.CREATED_HERE:
        return
    from django.db import connections

    from heritage.database import embedded

    connections.close_all()
    embedded.leave(settings.DATA_DIR, wait=10)
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)
