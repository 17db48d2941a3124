"""A campaign's result in the browser: readable by all, toggled in place, changing while people label."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.answers.actions import record_annotation, write_reflection
from annotation.models import Campaign
from annotation.results.actions import keep_analysis, open_results
from annotation.vocabulary import Label
from heritage.models import User
from heritage.progress import NoProgress
from tests.browser.page_checks import check_page
from tests.factories import UserFactory, campaign_for
from tests.reference.published_annotations import write_published_csv


@pytest.fixture
def campaign(lead: User) -> Campaign:
    """An open campaign of two annotators with links and others in every stratum, two pairs still to answer, and
    results that the lead has opened."""
    campaign = campaign_for(UserFactory(username="ann"), UserFactory(username="bob"), pairs_each=15)
    turns: dict[int, int] = {}
    for assignment in campaign.assignments.select_related("annotator", "pair").filter(position__lt=15):
        turn = turns[assignment.pair.stratum_id] = turns.get(assignment.pair.stratum_id, 0) + 1
        label = Label.SIMILAR_OBJECT if turn % 3 else Label.UNRELATED
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)
    open_results(campaign=campaign, person=lead)
    return campaign


def test_the_published_campaign(lead_page: Page, tmp_path: Path) -> None:
    path = tmp_path / "annotations.csv"
    write_published_csv(path)
    call_command("import_annotations", "Published counts", str(path), stdout=StringIO())
    campaign = Campaign.objects.get()
    lead_page.goto(campaign.get_absolute_url())
    answer = lead_page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("experts link those of ft-best more often: the odds of a link are 1.9 times those")
    expect(answer).to_contain_text("errors that allow for records; p after Holm’s method for 3 differences")
    expect(answer).to_contain_text("ft-best against base: odds ratio 1.87")
    expect(answer).to_contain_text("p = 0.030 after Holm (p = 0.010 alone)")
    expect(lead_page.get_by_role("img", name="Odds ratios of a link, by model")).to_be_visible()
    check_page(lead_page)


def test_the_toggle_works_in_place_and_by_keyboard(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(campaign.get_absolute_url())
    as_published = lead_page.get_by_role("link", name="As published").first
    as_published.focus()
    lead_page.keyboard.press("Enter")
    expect(lead_page.get_by_role("img", name="Odds of a link as published, by model")).to_be_visible()
    expect(lead_page).to_have_url(f"{lead_page.url.split('?')[0]}?intercept=no")
    expect(as_published).to_have_attribute("aria-current", "true")
    expect(as_published).to_be_focused()
    lead_page.reload()
    expect(as_published).to_have_attribute("aria-current", "true")


def test_the_page_changes_as_people_label_and_keeps_the_toggle(lead_page: Page, campaign: Campaign) -> None:
    lead_page.goto(f"{campaign.get_absolute_url()}?intercept=no")
    expect(lead_page.locator("#results-lead")).to_contain_text("28 annotations")
    last = campaign.assignments.select_related("annotator").filter(position=15)[0]
    record_annotation(assignment=last, annotator=last.annotator, label=Label.SAME_OBJECT)
    expect(lead_page.locator("#results-lead")).to_contain_text("29 annotations", timeout=15_000)
    expect(lead_page.get_by_role("link", name="As published").first).to_have_attribute("aria-current", "true")
    check_page(lead_page)


def test_in_depth(lead_page: Page, campaign: Campaign) -> None:
    keep_analysis(campaign=campaign, progress=NoProgress())
    lead_page.goto(campaign.get_absolute_url())
    assert lead_page.evaluate("document.documentElement.scrollHeight") < 1600
    check_page(lead_page)
    lead_page.get_by_role("link", name="How many more links?").focus()
    lead_page.keyboard.press("Enter")
    expect(lead_page.get_by_role("heading", name="How many more links?")).to_be_visible()
    expect(lead_page.get_by_role("img", name="Percentage points")).to_be_visible()
    check_page(lead_page)
    lead_page.get_by_role("link", name="All sections").click()
    lead_page.get_by_role("link", name="Report").click()
    expect(lead_page.get_by_role("button", name="Write it")).to_be_visible()
    check_page(lead_page)


@pytest.mark.parametrize("section", ["estimates", "parts", "agreement", "chance", "modality", "labels", "regressions"])
def test_sections_are_readable_by_all(lead_page: Page, campaign: Campaign, section: str) -> None:
    keep_analysis(campaign=campaign, progress=NoProgress())
    lead_page.goto(reverse("campaign-section", args=[campaign.pk, section]))
    check_page(lead_page)


def test_what_annotators_wrote(lead_page: Page, campaign: Campaign) -> None:
    annotator = campaign.assignments.select_related("annotator")[0].annotator
    write_reflection(campaign=campaign, annotator=annotator, text="Images first, always.")
    lead_page.goto(campaign.get_absolute_url())
    lead_page.get_by_role("link", name="What annotators wrote").click()
    expect(lead_page.get_by_text("Images first, always.")).to_be_visible()
    check_page(lead_page)


def test_results_are_opened_knowingly(lead_page: Page) -> None:
    campaign = campaign_for(UserFactory(), pairs_each=3)
    lead_page.goto(campaign.get_absolute_url())
    expect(lead_page.get_by_text("The results are sealed")).to_be_visible()
    check_page(lead_page)
    lead_page.get_by_role("button", name="Open the results now").click()
    expect(lead_page.get_by_text("No answer can be given yet.")).to_be_visible()
    expect(lead_page.get_by_text("Who looked while people labelled")).to_be_visible()


@pytest.mark.page_errors_expected
def test_without_scripts_everything_is_there(lead_page: Page, campaign: Campaign) -> None:
    lead_page.route("**/*.js", lambda route: route.abort())
    lead_page.goto(campaign.get_absolute_url())
    lead_page.get_by_role("link", name="As published").first.click()
    expect(lead_page.get_by_role("img", name="Odds of a link as published, by model")).to_be_visible()


def test_a_campaign_without_answers(lead_page: Page) -> None:
    campaign = campaign_for(UserFactory(), pairs_each=3, simulated=True)
    lead_page.goto(reverse("campaign", args=[campaign.pk]))
    expect(lead_page.get_by_text("No answer can be given yet.")).to_be_visible()
    expect(lead_page.get_by_text("A program made these labels")).to_be_visible()
    check_page(lead_page)
