"""A room imports only rooms above it; pure modules know no ORM; a folder stays small enough to be read."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
# Each may import those before it.
ROOMS = ("heritage", "models_ml", "linking", "annotation")
# What runs on a machine without a database, and pure functions over arrays and data frames.
WITHOUT_ORM = (
    "models_ml/networks/encoders.py",
    "models_ml/networks/tokenizer.py",
    "models_ml/metrics.py",
    "models_ml/split.py",
    "models_ml/training",
    "models_ml/vectors/house_style.py",
    "linking/sampling/similarity.py",
    "linking/sampling/adjusted.py",
    "linking/sampling/sections.py",
    "linking/sampling/variants",
    "linking/sampling/strata.py",
    "linking/sampling/thresholds.py",
    "linking/sampling/tiles.py",
    "linking/sampling/devices.py",
    "linking/sampling/vector_rows.py",
    "linking/sampling/census.py",
    "linking/pairs/pair_features.py",
    "linking/sampling/sample.py",
    "annotation/analysis",
    "annotation/suggestions/judging.py",
    "annotation/suggestions/wishes.py",
    "annotation/results/charts",
    "annotation/preference/arrangement.py",
    "annotation/preference/recipe.py",
    "heritage/demonstration/drawing",
    "heritage/demonstration/objects",
    "heritage/demonstration/assortment.py",
    "heritage/demonstration/cataloguing.py",
    "heritage/demonstration/generation.py",
    "heritage/demonstration/photography.py",
    "heritage/demonstration/truth.py",
)
MOST_MODULES = 16
# Packages and modules of `annotation`, the lowest first: each imports only those of the lines before its own.
LAYERS = (
    ("vocabulary", "analysis", "requests"),
    ("models",),
    ("access", "submissions"),
    ("visibility",),
    ("labels",),
    ("answers",),
    ("guidance", "links", "api"),
    ("campaigns", "labelling"),
    ("exchange", "preference", "demonstration"),
    ("results", "home"),
    ("suggestions", "privacy", "permissions"),
    ("urls", "tasks", "management", "templatetags", "apps"),
)
KNOW_THE_DATABASE = tuple(f"{room}.{module}" for room in ROOMS for module in ("models", "queries", "actions"))


def modules(*places: str) -> Iterator[Path]:
    for place in places:
        path = CHECKOUT / place
        yield from path.rglob("*.py") if path.is_dir() else [path]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> set[str]:
    """Dotted names of all modules that `path` imports, at its top or inside functions."""
    package = path.relative_to(CHECKOUT).parts[:-1]
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
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


def test_modules_that_say_pure_know_neither_django_nor_tables() -> None:
    pure = [path for path in modules(*ROOMS) if re.search(r"\bPure[.:;]", ast.get_docstring(parsed(path)) or "")]
    assert len(pure) > 40
    offences = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in pure
        for name in imported(path)
        if name.startswith(("django", *KNOW_THE_DATABASE))
    ]
    assert not offences


def test_folders_hold_at_most_sixteen_modules() -> None:
    counts = Counter(path.parent for path in modules(*ROOMS) if path.name != "__init__.py")
    full = {str(folder.relative_to(CHECKOUT)) for folder, count in counts.items() if count > MOST_MODULES}
    # A kind of object each, and a command each, which Django looks for in this one folder.
    assert full == {"heritage/demonstration/objects", "annotation/management/commands"}


def test_every_package_says_what_it_owns() -> None:
    silent = [
        str(folder.relative_to(CHECKOUT))
        for folder in {path.parent for path in modules(*ROOMS)}
        if folder.name not in {*ROOMS, "management", "commands", "templatetags", "migrations"}
        and not ast.get_docstring(parsed(folder / "__init__.py"))
    ]
    assert not silent


def test_packages_of_annotation_import_only_lower_ones() -> None:
    layer = {name: number for number, names in enumerate(LAYERS) for name in names}
    here = CHECKOUT / "annotation"
    assert {path.stem for path in here.iterdir()} - {"__init__", "__pycache__", "migrations"} == set(layer)
    offences = []
    for path in modules("annotation"):
        own = path.relative_to(here).parts[0].removesuffix(".py")
        if own not in layer:
            continue
        for name in imported(path):
            room, _, other = name.partition(".")
            other = other.partition(".")[0]
            if room == "annotation" and other in layer and other != own and layer[other] >= layer[own]:
                offences.append(f"{path.relative_to(CHECKOUT)} imports {name}")
    assert not offences


@pytest.mark.parametrize("room", ROOMS)
def test_neighbours_in_a_folder_form_no_circle(room: str) -> None:
    circles = []
    folders = sorted({path.parent for path in modules(room)} - {CHECKOUT / room / "migrations"})
    for folder in folders:
        prefix = ".".join(folder.relative_to(CHECKOUT).parts)
        neighbours: dict[str, set[str]] = {}
        for path in folder.rglob("*.py"):
            own = path.relative_to(folder).parts[0].removesuffix(".py")
            if own in {"__init__", "migrations"}:
                continue
            names = (
                name.removeprefix(f"{prefix}.").partition(".")[0]
                for name in imported(path)
                if f"{name}.".startswith(f"{prefix}.")
            )
            neighbours.setdefault(own, set()).update(set(names) - {own})
        try:
            tuple(
                TopologicalSorter(
                    {name: others & set(neighbours) for name, others in neighbours.items()}
                ).static_order()
            )
        except CycleError as error:
            circles.append(f"{prefix}: {' -> '.join(error.args[1])}")
    assert not circles


@pytest.mark.parametrize("room", ROOMS)
def test_no_public_name_stands_for_two_things(room: str) -> None:
    places: dict[str, list[str]] = {}
    for path in modules(room):
        if {"migrations", "commands"} & set(path.parts):
            continue
        for node in parsed(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(CHECKOUT)))
    assert not {name: found for name, found in places.items() if len(found) > 1}
