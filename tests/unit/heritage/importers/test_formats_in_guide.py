"""docs/guides/collections.md lists every format that there is, and reads from the mappings what it says of each."""

import json
import re
from pathlib import Path

from heritage.importers.mapping import Mapping
from heritage.importers.shipped import shipped_mappings

ROOT = Path(__file__).resolve().parents[4]
GUIDE = ROOT / "docs" / "guides" / "collections.md"
_PICTURES = {"url": "addresses", "file": "file names", "service": "IIIF"}
_RIGHTS = ("licence", "credit", "statement", "sensitive", "withheld")
_IIIF = (
    "| `iiif` | IIIF Presentation 2 or 3, manifests and collections | `id` |  | yes | yes |  | addresses, IIIF "
    "| licence, statement | yes | by text |"
)


def row(name: str, mapping: Mapping) -> str:
    """The format's row of the guide's table."""
    fields, pictures = mapping.fields, mapping.pictures
    written = json.dumps([fields, pictures])
    said = [
        ", ".join(label for key, label in _PICTURES.items() if any(key in each for each in pictures)),
        ", ".join(right for right in _RIGHTS if right in fields or any(right in each for each in pictures)),
    ]
    by_text = '"languages":' in written or '"language":' in json.dumps(list(fields.values()))
    identifier = mapping.identifiers[0].replace("|", "\\|") if mapping.identifiers else "a path"
    cells = [
        f"`{name}`",
        mapping.title,
        f"`{identifier}`",
        *("yes" if field in fields else "" for field in ("accession", "name", "description", "taxonomy")),
        *said,
        "yes" if "page" in fields else "",
        "by text" if by_text else "yes" if "language" in fields else "",
    ]
    return "| " + " | ".join(cells) + " |"


def table() -> list[str]:
    return [*(row(name, mapping) for name, mapping in shipped_mappings().items()), _IIIF]


def test_the_guide_lists_every_format_and_what_is_read_of_it() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    section = text[text.index("## Formats that ship") :]
    listed = [line for line in section.splitlines() if line.startswith("| `")]
    assert [re.sub(r" +", " ", line) for line in listed] == [re.sub(r" +", " ", line) for line in table()]


def test_the_guide_says_of_every_warning_what_to_do() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    sources = [*(ROOT / "heritage" / "importers").rglob("*.py"), *(ROOT / "heritage/catalogue/importing").rglob("*.py")]
    kinds = {kind for path in sources for kind in re.findall(r'Notice\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))}
    assert len(kinds) > 10
    assert [kind for kind in sorted(kinds) if f"| {kind} |" not in text] == []


def test_the_examples_of_mappings_in_the_guide_are_mappings() -> None:
    examples = re.findall(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        Mapping.from_document(json.loads(example), name="example")
