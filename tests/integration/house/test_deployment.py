"""What runs a museum's server starts commands that there are, with options that they have."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

CHECKOUT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())
UNITS = sorted((CHECKOUT / "deploy/systemd").iterdir())
STARTED = re.compile(r"manage\.py (\w+)([^\n;&']*)")


def started(text: str) -> list[tuple[str, list[str]]]:
    text = re.sub(r"\$\$\([^)]*\)", "DATE", text)
    return [(name, shlex.split(options)) for name, options in STARTED.findall(text)]


def check(name: str, options: list[str]) -> None:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(options)


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_each_service_starts_what_there_is(service: str) -> None:
    said = COMPOSE["services"][service]
    command = said.get("command", "")
    commands = started(command if isinstance(command, str) else "\n".join(command))
    assert bool(commands) == (said.get("image") == "heritage-weaver")
    for name, options in commands:
        check(name, options)


def test_images_are_pinned_and_data_outlive_their_containers() -> None:
    services = COMPOSE["services"].values()
    for image in (said["image"] for said in services if said["image"] != "heritage-weaver"):
        assert re.fullmatch(r"[\w/]+:\d+\.\d+\.\d+[\w-]*", image)
    kept = {volume.partition(":")[0] for said in services for volume in said["volumes"]}
    assert kept - {"./deploy/Caddyfile"} == COMPOSE["volumes"].keys()
    assert [name for name, said in COMPOSE["services"].items() if "ports" in said] == ["proxy"]


def test_the_containers_environment_is_of_variables_that_are_read() -> None:
    listed = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    of_the_machine = {"DATA_DIR", "PORT", "DEBUG", "CHROMIUM", "FETCH_ALLOW_LOOPBACK"}
    assert COMPOSE["services"]["web"]["environment"].keys() == listed - of_the_machine


def test_the_image_starts_what_there_is() -> None:
    text = (CHECKOUT / "Dockerfile").read_text()
    [command] = re.findall(r"^CMD (.*)$", text, re.MULTILINE)
    _, manage, name, *options = yaml.safe_load(command)
    assert manage == "manage.py"
    check(name, options)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_each_unit_starts_what_there_is(unit: Path) -> None:
    text = unit.read_text()
    assert bool(started(text)) == (unit.suffix == ".service")
    for name, options in started(text):
        check(name, options)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here to check its units by")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_each_unit(unit: Path, tmp_path: Path) -> None:
    for each in UNITS:  # their program stands for one that is installed
        text = each.read_text().replace("/opt/heritage-weaver/.venv/bin/python", "/bin/true")
        (tmp_path / each.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert unit.name not in done.stderr, done.stderr


def test_a_server_behind_its_proxy_passes_the_checks_of_a_deployment() -> None:
    own = {
        "BEHIND_TLS_PROXY": "1",
        "SECRET_KEY": "".join(map(chr, range(48, 122))),
        "DJANGO_SETTINGS_MODULE": "heritage.settings",
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")} | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
