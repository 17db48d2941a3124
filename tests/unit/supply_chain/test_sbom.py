"""The bill of materials is valid, whole, and of what runs alone."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply_chain.sbom import CHECKOUT, normalised, pinned_names
from supply_chain.vendored import vendored_files


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    subprocess.run([sys.executable, "-m", "supply_chain.sbom", str(path)], cwd=CHECKOUT, check=True)
    return path.read_text()


def test_it_is_valid(written: str) -> None:
    document = json.loads(written)
    # An address takes a tenth of a second: those of a few packages stand for all.
    for component in document["components"][5:]:
        component.pop("externalReferences", None)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is None


def test_it_has_every_package_that_runs_and_none_of_development(written: str) -> None:
    document = json.loads(written)
    python = {normalised(each["name"]): each for each in document["components"] if each["purl"].startswith("pkg:pypi")}
    text = (CHECKOUT / "requirements.txt").read_text()
    assert set(python) == pinned_names(text)
    assert {"pytest", "ruff", "mypy"} & set(python) == set()
    assert f"django=={python['django']['version']}\n" in text
    assert sum("licenses" in each for each in python.values()) > 0.9 * len(python)
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    django = python["django"]["bom-ref"]
    assert any(django in others for others in needs.values())


def test_it_has_the_vendored_files_by_their_digests(written: str) -> None:
    components = [each for each in json.loads(written)["components"] if each["purl"].startswith("pkg:npm")]
    digests = {inner["name"]: inner["hashes"][0]["content"] for each in components for inner in each["components"]}
    assert len(digests) == len(vendored_files()) >= 10
    for name, digest in digests.items():
        assert hashlib.sha256(Path(CHECKOUT, name).read_bytes()).hexdigest() == digest
    assert "pkg:npm/htmx.org@2.0.11" in {each["purl"] for each in components}
