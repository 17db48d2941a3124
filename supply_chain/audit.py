"""Hold the pinned packages against known vulnerabilities: python -m supply_chain.audit

Asks PyPI's vulnerability service by pip-audit. Where that cannot be reached nothing is known, which is said and is no
failure: whoever works without a network can go on. A vulnerability fails, unless exceptions.toml has it with a reason.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
_UNREACHABLE = re.compile(r"ConnectionError|Timeout|NameResolution|Could not connect|ProxyError|SSLError|Max retries")
_PIN = re.compile(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^\s;]+", re.MULTILINE)


@dataclass(frozen=True)
class KnownException:
    """A vulnerability that is lived with, until a day."""

    id: str
    package: str
    reason: str
    until: date


@dataclass(frozen=True)
class Vulnerability:
    package: str
    version: str
    ids: tuple[str, ...]  # its own and those that others know it by
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        mended = f"mended in {', '.join(self.fixed_in)}" if self.fixed_in else "nowhere mended yet"
        return f"{self.package} {self.version}: {', '.join(self.ids)}, {mended}"


class ServiceUnreachableError(Exception):
    """Nobody answers what is vulnerable."""


def pins(*texts: str) -> list[str]:
    """`name==version` of compiled requirements files, each once."""
    return sorted({pin for text in texts for pin in _PIN.findall(text)})


def read_exceptions(text: str) -> list[KnownException]:
    """ValueError, saying which, for one without a reason or a day."""
    found = []
    for entry in tomllib.loads(text).get("exception", ()):
        if set(entry) != {"id", "package", "reason", "until"} or not str(entry["reason"]).strip():
            raise ValueError(f"exceptions.toml: {entry.get('id', 'an entry')} needs id, package, reason and until.")
        found.append(KnownException(**entry))
    return found


def vulnerabilities(report: Mapping[str, Any]) -> list[Vulnerability]:
    """Of pip-audit's JSON. ServiceUnreachableError where it was told of none of the packages."""
    asked = report["dependencies"]
    if asked and all("skip_reason" in each for each in asked):
        raise ServiceUnreachableError
    return [
        Vulnerability(
            each["name"], each["version"], (said["id"], *said.get("aliases", ())), tuple(said["fix_versions"])
        )
        for each in asked
        for said in each.get("vulns", ())
    ]


def not_excepted(
    found: Iterable[Vulnerability], exceptions: Sequence[KnownException], *, today: date
) -> list[Vulnerability]:
    """Those that no exception names which still holds."""
    held = {(each.package, each.id) for each in exceptions if each.until >= today}
    return [each for each in found if not any((each.package, known) in held for known in each.ids)]


def asked_of_service(pinned: Sequence[str]) -> Mapping[str, Any]:
    """pip-audit's report. ServiceUnreachableError where nobody answers; RuntimeError, with what it said, else."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pinned))
        file.flush()
        command = [
            *(sys.executable, "-m", "pip_audit", "--requirement", file.name, "--no-deps", "--disable-pip"),
            *("--format", "json", "--progress-spinner", "off"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        if _UNREACHABLE.search(done.stderr):
            raise ServiceUnreachableError from None
        raise RuntimeError(done.stderr.strip()[-2_000:]) from None
    return report


def main() -> None:
    pinned = pins(*((CHECKOUT / name).read_text() for name in REQUIREMENTS))
    exceptions = read_exceptions(EXCEPTIONS.read_text())
    try:
        # One package first: a service that knows nothing of Django is none, and is not asked for all the others.
        vulnerabilities(asked_of_service([pin for pin in pinned if pin.startswith("django==")]))
        found = vulnerabilities(asked_of_service(pinned))
    except ServiceUnreachableError:
        sys.stdout.write("The vulnerability service cannot be reached: the packages were not audited.\n")
        return
    left = not_excepted(found, exceptions, today=date.today())
    if left:
        advice = "Upgrade them, or write a reason into supply_chain/exceptions.toml."
        sys.exit("\n".join(["Known vulnerabilities:", *map(str, left), advice]))
    sys.stdout.write(f"No known vulnerability in {len(pinned)} packages, {len(exceptions)} exceptions aside.\n")


if __name__ == "__main__":
    main()
