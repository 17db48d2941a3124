"""At 200 % zoom in a window of 1280 by 1024: all is in reach, by key and by click (WCAG 1.4.4, 2.4.11).

That every page fits a width of 320 px is checked wherever a page is: see `page_checks`.
"""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.answers.actions import record_annotation
from annotation.models import Campaign
from heritage.models import User
from tests.browser.page_checks import check_page, keep_screenshots
from tests.browser.test_labelling import answers, campaign, draw_pictures, expect_pair  # noqa: F401 - a fixture
from tests.factories import campaign_for

pytestmark = [
    pytest.mark.usefixtures("nothing_sealed"),
    pytest.mark.browser_context_args(viewport={"width": 640, "height": 512}, device_scale_factor=2),
]

# Controls that lie beside the page, whose words are cut off, or that something covers wherever one scrolls to.
FLAWS = """() => {
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const controls = [...document.querySelectorAll("a:not(.skip-link), button, summary, label.action")].filter(visible);
  const flaws = controls.flatMap((control) => {
    control.scrollIntoView({ block: "center", behavior: "instant" });
    const box = control.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const name = control.textContent.trim().replace(/\\s+/g, " ") || control.outerHTML.slice(0, 80);
    return [
      ...(box.left < -0.5 || box.right > innerWidth + 0.5 ? [`${name} lies beside the page`] : []),
      ...(control.scrollWidth > control.clientWidth + 1 && control.clientWidth ? [`${name} is cut`] : []),
      ...(control.contains(at) ? [] : [`${at?.outerHTML.slice(0, 80)} lies on ${name}`]),
    ];
  });
  scrollTo(0, 0);
  return flaws;
}"""

# What has the focus, and whether something lies over its middle or it is not in the window.
FOCUSED = """() => {
  const element = document.activeElement;
  const shown = element.closest("label") ?? element;
  const box = shown.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return [element.outerHTML.slice(0, 100), Boolean(at) && (shown.contains(at) || at.contains(shown))];
}"""


@pytest.fixture
def zoomed(annotator_page: Page, campaign: Campaign) -> Page:  # noqa: F811
    annotator_page.goto(reverse("label", args=[campaign.pk]))
    return annotator_page


def test_nothing_is_cut_or_covered(zoomed: Page) -> None:
    expect_pair(zoomed, 1)
    assert zoomed.evaluate(FLAWS) == []
    keep_screenshots(zoomed, "zoomed-first")
    zoomed.keyboard.press("1")
    expect_pair(zoomed, 2)
    assert zoomed.evaluate(FLAWS) == []
    check_page(zoomed)


def test_what_has_the_focus_is_seen(zoomed: Page) -> None:
    expect_pair(zoomed, 1)
    seen: list[str] = []
    while True:
        zoomed.keyboard.press("Tab")
        element, is_seen = zoomed.evaluate(FOCUSED)
        if element.startswith("<body") or element in seen:
            break
        assert is_seen, f"{element} has the focus and is hidden"
        seen.append(element)
    assert sum('name="label"' in element for element in seen) == 4


def test_answering_by_key_and_by_click(zoomed: Page, campaign: Campaign) -> None:  # noqa: F811
    for position, act in enumerate(
        (
            lambda: zoomed.keyboard.press("3"),
            lambda: zoomed.get_by_role("button", name="Same object").click(),
            lambda: (zoomed.get_by_role("button", name="Unrelated").focus(), zoomed.keyboard.press("Enter")),
        ),
        start=1,
    ):
        expect_pair(zoomed, position)
        act()
    expect_pair(zoomed, 4)
    zoomed.keyboard.press("c")
    expect(zoomed.get_by_label("Comment on this pair")).to_be_focused()
    expect(zoomed.get_by_label("Comment on this pair")).to_be_in_viewport(ratio=1)
    keep_screenshots(zoomed, "zoomed-comment")
    assert answers(zoomed, campaign) == [(1, "same_category"), (2, "same_object"), (3, "unrelated")]


def test_links_with_long_names_fit(lead_page: Page, annotator: User) -> None:
    campaign = campaign_for(annotator, pairs_each=3, name="Thermionic valves of the wireless telegraphy collections")  # noqa: F811
    for assignment in campaign.assignments.select_related("pair__a"):
        assignment.pair.a.name = "Hochspannungsgleichstromübertragungsmessgeräteanzeigetafel"
        assignment.pair.a.save()
        record_annotation(assignment=assignment, annotator=annotator, label="same_object")
    draw_pictures()
    lead_page.goto(reverse("links"))
    expect(lead_page.locator(".link-list > li")).to_have_count(3)
    keep_screenshots(lead_page, "zoomed-links")
    check_page(lead_page)
