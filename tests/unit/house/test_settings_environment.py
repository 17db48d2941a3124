"""`.env.example` lists every variable that the settings read, and no other."""

import ast
import re
from pathlib import Path

# torchrun tells its processes about each other; nobody sets these by hand.
TORCHRUN = {"RANK", "WORLD_SIZE"}
CHECKOUT = Path(__file__).resolve().parents[3]


def variables_read() -> set[str]:
    """First arguments of all calls env.something("NAME", ...), and of os.environ lookups, outside tests."""
    found = set()
    folders = [
        each for each in CHECKOUT.iterdir() if each.name not in ("tests", "data") and not each.name.startswith(".")
    ]
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            base = ast.unparse(node.func.value)
            first = node.args[0]
            reads = base == "env" or (base == "os.environ" and node.func.attr == "get")
            if reads and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def test_every_variable_is_listed_and_every_listed_one_is_read() -> None:
    listed = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    assert listed == variables_read() - TORCHRUN
