"""Write the bill of materials: python -m supply_chain.sbom FILE

CycloneDX 1.6 in JSON, of what runs: the packages of requirements.txt as they are installed here, with licences and what
needs what, and the vendored front-end files. Packages for development are left out. The same installation gives the
same file.
"""

import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from supply_chain.vendored import VendoredFile, vendored_files

CHECKOUT = Path(__file__).resolve().parent.parent
VERSION = "1.6"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)

Document = dict[str, Any]


def pinned_names(requirements: str) -> set[str]:
    """Names of a compiled requirements file, as PyPI compares them (PEP 503)."""
    return {normalised(name) for name in _PIN.findall(requirements)}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bill_of_materials(installed: Document, runtime: Collection[str], vendored: Iterable[VendoredFile]) -> Document:
    """`installed`, a CycloneDX document of all that is here, with those in `runtime` alone and the vendored files."""
    kept = [each for each in installed["components"] if normalised(each["name"]) in runtime]
    kept += [_component(package, files) for package, files in _by_package(vendored).items()]
    root = installed["metadata"]["component"]["bom-ref"]
    references = {root, *(each["bom-ref"] for each in kept)}
    needs = [
        {**each, "dependsOn": sorted(set(each.get("dependsOn", ())) & references)}
        for each in installed.get("dependencies", ())
        if each["ref"] in references
    ]
    return {**installed, "components": kept, "dependencies": needs}


def _by_package(vendored: Iterable[VendoredFile]) -> dict[tuple[str, str, str], list[VendoredFile]]:
    found: dict[tuple[str, str, str], list[VendoredFile]] = {}
    for file in vendored:
        found.setdefault((file.package, file.version, file.licence), []).append(file)
    return found


def _component(package: tuple[str, str, str], files: list[VendoredFile]) -> Document:
    name, version, licence = package
    group, _, plain = name.rpartition("/")
    place = f"pkg:npm/{name.replace('@', '%40')}@{version}"
    return {
        "type": "library",
        "bom-ref": place,
        **({"group": group} if group else {}),
        "name": plain,
        "version": version,
        "licenses": [{"license": {"id": licence}}],
        "purl": place,
        "components": [
            {
                "type": "file",
                "bom-ref": f"static/vendor/{file.file}",
                "name": f"static/vendor/{file.file}",
                "hashes": [{"alg": "SHA-256", "content": file.sha256}],
            }
            for file in files
        ],
    }


def installed_here() -> Document:
    """All packages of this Python's environment, as cyclonedx-py finds them."""
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "environment", sys.executable),
        *("--pyproject", str(CHECKOUT / "pyproject.toml"), "--output-reproducible"),
        *("--spec-version", VERSION, "--output-format", "JSON", "--output-file", "-"),
        "--no-validate",  # takes minutes; a test does it
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: Document = json.loads(done.stdout)
    return found


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("Name the file to write: python -m supply_chain.sbom sbom.cdx.json")
    runtime = pinned_names((CHECKOUT / "requirements.txt").read_text())
    document = bill_of_materials(installed_here(), runtime, vendored_files())
    missing = runtime - {normalised(each["name"]) for each in document["components"]}
    Path(sys.argv[1]).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"Wrote {sys.argv[1]}: {len(document['components'])} components.\n")
    if missing:
        sys.exit(f"Not installed here and missing in it: {', '.join(sorted(missing))}. Run `make install` first.")


if __name__ == "__main__":
    main()
