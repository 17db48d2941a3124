"""A room imports only rooms above it; the library part of models_ml knows no ORM."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# Each may import those before it.
ROOMS = ("heritage", "models_ml", "linking", "annotation")
# What runs on a machine without a database, and pure functions over arrays and data frames.
WITHOUT_ORM = (
    "models_ml/encoders.py",
    "models_ml/tokenizer.py",
    "models_ml/losses.py",
    "models_ml/metrics.py",
    "models_ml/split.py",
    "models_ml/training",
    "linking/similarity.py",
    "linking/strata.py",
    "linking/thresholds.py",
    "linking/tiles.py",
    "linking/devices.py",
    "linking/vector_rows.py",
    "linking/census.py",
    "linking/sampling.py",
    "annotation/analysis",
    "annotation/charts",
    "annotation/preference/arrangement.py",
    "annotation/preference/recipe.py",
    "annotation/demonstration/drawing",
    "annotation/demonstration/objects",
    "annotation/demonstration/assortment.py",
    "annotation/demonstration/cataloguing.py",
    "annotation/demonstration/generation.py",
    "annotation/demonstration/photography.py",
    "annotation/demonstration/truth.py",
)
KNOW_THE_DATABASE = tuple(f"{room}.{module}" for room in ROOMS for module in ("models", "queries", "actions"))


def modules(*places: str) -> Iterator[Path]:
    for place in places:
        path = CHECKOUT / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


def imported(path: Path) -> set[str]:
    """Dotted names of all modules that `path` imports, at its top or inside functions."""
    package = path.relative_to(CHECKOUT).parts[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else [])))
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_rooms_above_it(room: str) -> None:
    below = set(ROOMS[ROOMS.index(room) + 1 :])
    offences = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in modules(room)
        for name in imported(path)
        if name.split(".")[0] in below
    ]
    assert not offences


@pytest.mark.parametrize("place", WITHOUT_ORM)
def test_pure_parts_know_no_database(place: str) -> None:
    paths = list(modules(place))
    assert all(path.exists() for path in paths)
    offences = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in paths
        for name in imported(path)
        if name.startswith(("django.", *KNOW_THE_DATABASE))
    ]
    assert not offences
