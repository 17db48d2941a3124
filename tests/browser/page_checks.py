"""What holds for every page: accessible in light and dark, no wider than its window, easy to hit with a finger."""

import os
import re
from collections.abc import Sequence
from typing import cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

# WCAG 2.2 up to level AA. axe names each version's additions apart.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# What WCAG 1.4.10 asks for (a laptop at 400 %, a small telephone), a tablet held upright, a laptop.
WIDTHS = (320, 820, 1366)

# What a finger must hit and is smaller than 44 px. Links within text are exempt (WCAG 2.5.8), so are labels' boxes.
SMALL_TARGETS = """() => {
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const controls = "button, .button, summary, select, textarea, .site-nav a, .tabs a, .segmented a, .chips a";
  return [...document.querySelectorAll(controls)]
    .filter((element) => visible(element) && element.getBoundingClientRect().height < 43.5)
    .map((element) => `${element.outerHTML.slice(0, 120)} ${element.getBoundingClientRect().height}`);
}"""


def follow(page: Page, link: str, heading: str | re.Pattern[str]) -> None:
    """Follows the link and waits for the page of that heading: a click does not wait for the page it leads to."""
    page.get_by_role("link", name=link).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def check_accessibility(page: Page) -> None:
    """axe finds nothing on the page as it stands, in light and in dark. Leaves the page in the system's colours."""
    for color_scheme in ("light", "dark"):
        page.emulate_media(color_scheme=color_scheme)
        results = Axe().run(page, options=RULES)
        assert results.violations_count == 0, f"{page.url} in {color_scheme}:\n{results.generate_report()}"
    page.emulate_media(color_scheme="null")


def check_fits(page: Page) -> None:
    """No page scrolls sideways, from a telephone to a laptop. Leaves the window as it was."""
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        needed = cast(int, page.evaluate("document.documentElement.scrollWidth"))
        assert needed <= width, f"{page.url} needs {needed} px where there are {width}"
    if before:
        page.set_viewport_size(before)


def check_targets(page: Page) -> None:
    """Nothing that is pressed is lower than 44 px."""
    small = page.evaluate(SMALL_TARGETS)
    assert not small, f"{page.url} has targets under 44 px:\n" + "\n".join(small)


def check_page(page: Page) -> None:
    """All of the above."""
    check_fits(page)
    check_targets(page)
    check_accessibility(page)


def keep_screenshots(page: Page, name: str, *, full_page: bool = False, widths: Sequence[int] = ()) -> None:
    """For whoever wants to look: the page in light and dark, in the folder that SCREENSHOTS names."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for width in widths or [None]:
        if width:
            page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            names = [name, *([str(width)] if width else []), scheme]
            page.screenshot(path=f"{folder}/{'-'.join(names)}.png", full_page=full_page)
    page.emulate_media(color_scheme="null")


def invitation_shown(page: Page) -> str:
    """The address on the page of people. An element stands there before the parser has come to its text."""
    shown = page.locator("#invitation-link")
    expect(shown).to_contain_text("/invitation/")
    return shown.inner_text()
