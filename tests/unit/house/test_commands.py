"""Every command of ours has a manual, a summary and --json."""

import importlib
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from heritage.commands import HeritageCommand

ROOMS = ("heritage", "models_ml", "linking", "annotation")
OURS = sorted(name for name, app in get_commands().items() if app in ROOMS)


@pytest.mark.parametrize("name", OURS)
def test_command_has_a_manual(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, HeritageCommand)
    manual = importlib.import_module(type(command).__module__).__doc__
    assert manual, "the module's docstring is what --help prints"
    printed = command.create_parser("manage.py", name).format_help()
    assert manual.strip() in printed
    assert "--json" in printed


def test_there_are_commands_at_all() -> None:
    assert {"serve", "work", "create_account"} <= set(OURS)
    assert all(Path(room).is_dir() for room in ROOMS)
