"""Documentation points at what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_what_a_page_links_to_or_shows_is_there(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    for address in re.findall(r"\]\(([^)#\s]+)", text):
        if not address.startswith(("http://", "https://", "mailto:")):
            assert (document.parent / address).exists(), f"{address} is not there"
