"""The row of answers from a telephone to a large screen, and at up to 200 %: no name is broken inside a word."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.labels.actions import change_scheme
from annotation.labels.four import LabelDraft
from annotation.models import Campaign
from heritage.models import User
from tests.browser.page_checks import keep_screenshots
from tests.browser.test_labelling import draw_pictures
from tests.factories import campaign_for

# Names as museums give them, as the labelling page is translated, and the longest word that German labels came with.
NAMES = {
    "English": ("Same object", "Similar object", "Same category", "Unrelated"),
    "German": ("Dasselbe Objekt", "Ähnliches Objekt", "Gleiche Kategorie", "Ohne Zusammenhang"),
    "French": ("Même objet", "Objet semblable", "Même catégorie", "Sans rapport"),
    "long German": ("Identisch", "Vergleichbar", "Funktionsverwandtschaft", "Zusammenhanglos"),
}
WIDTHS = (320, 360, 390, 480, 600, 768, 769, 820, 960, 1024, 1025, 1100, 1180, 1280, 1366, 1440, 1600, 1920, 2560)
ZOOMS = (100, 110, 125, 133, 150, 175, 200)

# Words of the buttons that stand in more than one line, and buttons that do not lie in the window.
BROKEN = """() => {
  const broken = [];
  for (const button of document.querySelectorAll(".labels .label-button")) {
    const box = button.getBoundingClientRect();
    if (box.left < 0 || box.right > document.documentElement.clientWidth) broken.push(`${button.textContent} outside`);
    const text = button.querySelector(":scope > span").firstChild;
    for (const { index, 0: word } of text.data.matchAll(/[^ ]+/g)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(`${word} in ${lines.size} lines`);
    }
  }
  return broken;
}"""


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    campaign = campaign_for(annotator, pairs_each=3)
    draw_pictures()
    return campaign


@pytest.mark.parametrize("names", NAMES)
def test_no_label_breaks_inside_a_word(annotator_page: Page, campaign: Campaign, names: str) -> None:
    """Enlarged by 200 % a window of 1366 px has 683 px of the page."""
    labels = campaign_labels(NAMES[names])
    change_scheme(campaign=campaign, labels=labels)
    annotator_page.goto(campaign.assignments.get(position=2).get_absolute_url())
    expect(annotator_page.get_by_role("button", name=NAMES[names][2])).to_be_visible()
    shown = sorted({round(width * 100 / zoom) for width in WIDTHS for zoom in ZOOMS if width >= 640 or zoom == 100})
    problems: dict[int, Any] = {}
    for width in shown:
        annotator_page.set_viewport_size({"width": width, "height": 800})
        if broken := annotator_page.evaluate(BROKEN):
            problems[width] = broken
    assert not problems
    keep_screenshots(annotator_page, f"label-buttons-{names.replace(' ', '-')}", widths=(320, 390, 820, 1100, 1366))


def campaign_labels(names: tuple[str, ...]) -> list[LabelDraft]:
    keys = ("same_object", "similar_object", "same_category", "unrelated")
    return [LabelDraft(label=key, name=name) for key, name in zip(keys, names, strict=True)]


def test_by_the_reader_s_own_size_of_letters(annotator_page: Page, campaign: Campaign) -> None:
    annotator_page.goto(reverse("label", args=[campaign.pk]))
    annotator_page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width in (640, 820, 1024, 1366, 1920):
        annotator_page.set_viewport_size({"width": width, "height": 900})
        assert annotator_page.evaluate(BROKEN) == [], width


@pytest.mark.parametrize("names", ["English", "French"])
def test_the_row_is_as_high_for_the_first_pair_as_for_the_next(
    annotator_page: Page, campaign: Campaign, names: str
) -> None:
    change_scheme(campaign=campaign, labels=campaign_labels(NAMES[names]))
    heights: list[dict[int, int]] = []
    for position in (1, 2):
        annotator_page.goto(campaign.assignments.get(position=position).get_absolute_url())
        found = {}
        for width in (390, 820, 1180, 1280, 1366):
            annotator_page.set_viewport_size({"width": width, "height": 800})
            box = annotator_page.locator(".action-bar").bounding_box()
            assert box
            found[width] = round(box["height"])
        heights.append(found)
    assert heights[0] == heights[1]
