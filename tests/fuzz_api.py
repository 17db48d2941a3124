"""Ask the API for whatever its schema allows, and what it does not: python -m tests.fuzz_api [EXAMPLES]

As annotator, lead and administrator, by token. An answer of 500 or more fails, and one that is not as the schema says.
EXAMPLES are tried for each operation and each of the three, 100 where none are named.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.served_site import served_site

CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"
SEED = 1


def fuzz(address: str, token: str, examples: int, report: Path) -> int:
    """Failures are on the terminal; returns schemathesis' exit status."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/schema/?format=json"),
        *("--header", f"Authorization: Token {token}", "--checks", CHECKS, "--max-examples", str(examples)),
        *("--seed", str(SEED), "--phases", "examples,coverage,fuzzing", "--no-color", "--continue-on-failure"),
        *("--generation-database", "none", "--warnings", "off", "--report-json-path", str(report)),
    ]
    return subprocess.run(command, check=False).returncode


def main() -> None:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    folder = Path(tempfile.mkdtemp(prefix="heritage-fuzz-"))
    failed = []
    try:
        with served_site(folder / "data", "http://127.0.0.1:9") as site:
            for role, token in site.tokens.items():
                sys.stdout.write(f"\nAs {role}:\n")
                sys.stdout.flush()
                if fuzz(f"http://127.0.0.1:{site.port}", token, examples, folder / f"{role}.json"):
                    failed.append(role)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(f"Something failed as {', '.join(failed)}: see above." if failed else 0)


if __name__ == "__main__":
    main()
