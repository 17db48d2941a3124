"""How the source of a model is kept."""

import logging
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub.utils import logging as hub_logging

from models_ml.networks.sources import local_folder, stored_form


@pytest.fixture
def models(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DATA_DIR/models with a folder in it, while commands are called from elsewhere."""
    settings.MODELS_DIR = tmp_path / "data" / "models"
    (settings.MODELS_DIR / "ft-best").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return settings.MODELS_DIR


def test_a_carried_folder_goes_by_its_name_from_anywhere(models: Path) -> None:
    """The way in which finetune names it on a machine without a database."""
    assert stored_form("local-dir:ft-best") == "local-dir:ft-best"
    assert local_folder("local-dir:ft-best") == models / "ft-best"


def test_a_path_leads_to_the_same_folder(models: Path) -> None:
    assert stored_form("local-dir:data/models/ft-best") == "local-dir:ft-best"
    assert stored_form(f"local-dir:{models}/ft-best") == "local-dir:ft-best"


def test_a_folder_where_the_command_is_called_comes_first(models: Path, tmp_path: Path) -> None:
    (tmp_path / "ft-best").mkdir()
    assert stored_form("local-dir:ft-best") == f"local-dir:{tmp_path}/ft-best"


def test_the_hub_does_not_log_its_retries_beside_our_sentence() -> None:
    assert hub_logging.get_verbosity() >= logging.ERROR
