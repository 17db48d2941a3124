"""What fails an audit and what does not. The service is a program that says what a test has it say."""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from supply_chain import audit
from supply_chain.audit import KnownException, Vulnerability, not_excepted, pins, read_exceptions, vulnerabilities

TODAY = date(2027, 1, 31)
FOUND = Vulnerability("lamp", "1.0", ("PYSEC-1", "CVE-1"), ("1.1",))
SAID = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["5.3"]}
VULNERABLE = json.dumps({"dependencies": [{"name": "django", "version": "5.2", "vulns": [SAID]}]})
CLEAN = json.dumps({"dependencies": [{"name": "django", "version": "5.2", "vulns": []}]})
KNOWS_NOTHING = '{"dependencies": [{"name": "django", "skip_reason": "not found"}]}'


def test_pins_of_both_files_each_once() -> None:
    one = "django==5.2.19\n    # via\n    #   -r requirements.in\npsycopg[binary]==3.3.0 ; python_version > '3'\n"
    assert pins(one, "django==5.2.19\n# torch==1\n") == ["django==5.2.19", "psycopg[binary]==3.3.0"]


def test_the_files_of_this_checkout_are_all_pins() -> None:
    for name in audit.REQUIREMENTS:
        text = (audit.CHECKOUT / name).read_text()
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert len(pins(text)) == len(lines) > 50


@pytest.mark.parametrize(
    ("package", "known", "until", "left"),
    [
        ("lamp", "PYSEC-1", TODAY, []),
        ("lamp", "CVE-1", TODAY, []),
        ("lamp", "PYSEC-2", TODAY, [FOUND]),
        ("loom", "PYSEC-1", TODAY, [FOUND]),
        ("lamp", "PYSEC-1", date(2027, 1, 30), [FOUND]),
    ],
)
def test_an_exception_is_for_one_vulnerability_of_one_package_and_ends(
    package: str, known: str, until: date, left: list[Vulnerability]
) -> None:
    exceptions = [KnownException(known, package, "a reason", until)]
    assert not_excepted([FOUND], exceptions, today=TODAY) == left


def test_the_exceptions_of_this_checkout_have_reasons() -> None:
    for exception in read_exceptions(audit.EXCEPTIONS.read_text()):
        assert len(exception.reason.split()) > 3


@pytest.mark.parametrize("missing", ["reason", "until", "package"])
def test_an_exception_without_a_reason_or_a_day_is_none(missing: str) -> None:
    entry = {"id": '"X-1"', "package": '"lamp"', "reason": '"because"', "until": "2027-01-31"}
    text = "[[exception]]\n" + "".join(f"{name} = {value}\n" for name, value in entry.items())
    assert read_exceptions(text)
    with pytest.raises(ValueError, match="X-1 needs"):
        read_exceptions("".join(line + "\n" for line in text.splitlines() if not line.startswith(missing)))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], list[str]]:
    """Has pip-audit print and complain so; returns what it was asked about, one text each time."""

    def says(out: str, error: str = "") -> list[str]:
        asked: list[str] = []

        def run(command: list[str], **_: Any) -> SimpleNamespace:
            asked.append(Path(command[command.index("--requirement") + 1]).read_text())
            return SimpleNamespace(stdout=out, stderr=error)

        monkeypatch.setattr(subprocess, "run", run)
        return asked

    return says


def test_a_vulnerability_fails_and_says_where_it_is_mended(service: Callable[..., list[str]]) -> None:
    service(VULNERABLE)
    with pytest.raises(SystemExit, match=r"django 5\.2: PYSEC-1, CVE-1, mended in 5\.3"):
        audit.main()


def test_none_passes(service: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    asked = service(CLEAN)
    audit.main()
    assert "No known vulnerability in" in capsys.readouterr().out
    assert asked[0].startswith("django==")
    assert len(asked[1].splitlines()) > 100


@pytest.mark.parametrize(
    ("out", "error"),
    [("", "requests.exceptions.ConnectionError: Max retries exceeded"), (KNOWS_NOTHING, "")],
    ids=["no answer", "knows nothing"],
)
def test_no_service_passes_and_says_so_after_one_question(
    service: Callable[..., list[str]], capsys: pytest.CaptureFixture[str], out: str, error: str
) -> None:
    asked = service(out, error)
    audit.main()
    assert "cannot be reached: the packages were not audited" in capsys.readouterr().out
    assert len(asked) == 1


def test_whatever_else_goes_wrong_fails(service: Callable[..., list[str]]) -> None:
    service("", "ModuleNotFoundError: No module named pip_audit")
    with pytest.raises(RuntimeError, match="No module named"):
        audit.main()


def test_a_package_that_the_service_does_not_know_is_no_reason_to_be_silent_of_others() -> None:
    report = {
        "dependencies": [
            {
                "name": "lamp",
                "version": "1.0",
                "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"]}],
            },
            {"name": "loom", "skip_reason": "not found"},
        ]
    }
    assert vulnerabilities(report) == [FOUND]
