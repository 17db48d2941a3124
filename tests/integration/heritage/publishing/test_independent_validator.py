"""Manifests before a validator of others: the JSON schema of IIIF Presentation 3, as Digirati packages it for npm."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from heritage.publishing.manifests import pair_manifest, record_manifest
from tests.npm import installed
from tests.unit.heritage.publishing.published_records import SITE, picture, record

PROGRAM = """
const { Validator } = require("@hyperion-framework/validator");
const documents = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(documents.map((document) => {
  const validator = new Validator();
  return validator.validateManifest(document) ? [] : validator.validators.manifest.errors;
})));
"""


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed("@hyperion-framework/validator@1.1.0", tmp_path_factory.mktemp("validator"))


def problems(validator: Path, *documents: dict[str, Any]) -> list[list[Any]]:
    ran = subprocess.run(
        ["node", "-e", PROGRAM], input=json.dumps(documents), cwd=validator, capture_output=True, text=True, check=True
    )
    found: list[list[Any]] = json.loads(ran.stdout)
    return found


def test_all_kinds_of_manifests_are_valid(validator: Path) -> None:
    pair = (
        record(),
        record(8, name="Candlestick telephone", pictures=[picture(3, service="https://iiif.x.example/2")]),
    )
    documents = [
        record_manifest(record()),
        record_manifest(record(name="", description="", taxonomy=[], pictures=[])),
        record_manifest(record(simulated=True, sensitive=True, pictures=[picture(sensitive=True), picture(2)])),
        pair_manifest(pair, address=f"{SITE}/records/7/beside/8/manifest.json", summary="Said by experts."),
    ]
    assert problems(validator, *documents) == [[], [], [], []]


def test_the_validator_would_notice(validator: Path) -> None:
    for broken in ({"label": "a text alone"}, {"rights": "CC BY"}, {"items": [{"type": "Canvas"}]}):
        [found] = problems(validator, record_manifest(record()) | broken)
        assert found, broken
