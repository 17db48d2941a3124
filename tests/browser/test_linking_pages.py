"""A lead's pages about pairs in a real browser: readable, accessible, and the form leads to a job."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from heritage.models import JobRun
from heritage.progress import NoProgress
from linking.actions import create_sampling, create_survey
from linking.sampling.recipe import SamplingRecipe
from tests.browser.page_checks import check_page
from tests.factories import collections_with_vectors

MODELS = ("base", "ft-best", "ft-last")


@pytest.fixture
def world(transactional_db: None) -> None:
    collections_with_vectors({"smg": 18, "nms": 12}, MODELS)


@pytest.mark.page_errors_expected  # the records' pictures have rows, but no files
def test_a_sampling_shows_strata_and_examples(lead_page: Page, world: None) -> None:
    recipe = SamplingRecipe(collections=("smg", "nms"), models=MODELS, percentile=80, per_stratum=1)
    sampling = create_sampling(name="Pilot", recipe=recipe, progress=NoProgress()).sampling
    assert sampling is not None
    lead_page.goto(reverse("samplings"))
    check_page(lead_page)
    lead_page.get_by_role("link", name="Pilot").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("Pilot")
    part = lead_page.locator("section", has=lead_page.get_by_role("heading", name="image-image", exact=True))
    expect(
        part.get_by_role("row").filter(has_text="only ft-last").get_by_role("img", name="not similar")
    ).to_have_count(2)
    part.get_by_text("Examples: all agree").click()
    expect(part.get_by_role("link", name=re.compile("smg-")).first).to_be_visible()
    check_page(lead_page)


@pytest.mark.page_errors_expected  # the records' pictures have rows, but no files
def test_a_dot_of_the_figure_opens_its_pair(lead_page: Page, world: None) -> None:
    recipe = SamplingRecipe(collections=("smg", "nms"), models=MODELS, percentile=80, per_stratum=2, allow_fewer=True)
    sampling = create_sampling(name="Pilot", recipe=recipe, progress=NoProgress()).sampling
    assert sampling is not None
    lead_page.goto(reverse("sampling", args=[sampling.pk]))
    lead_page.get_by_role("link", name="Figure").click()
    lead_page.get_by_label("Up", exact=True).select_option("image-image/ft-last")
    lead_page.get_by_role("button", name="Show").click()
    expect(lead_page.get_by_role("group", name=re.compile("base, image-image across and ft-last"))).to_be_visible()
    check_page(lead_page)
    dot = lead_page.locator(".scatter a").first
    name = dot.locator("title").text_content()
    dot.click(force=True)  # dots may lie over each other
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("A pair of Pilot")
    check_page(lead_page)
    lead_page.go_back()
    lead_page.get_by_role("link", name=name or "").first.click()
    expect(lead_page.get_by_role("heading", name="How similar each model finds them")).to_be_visible()


@pytest.mark.page_errors_expected  # 422 is reported by the browser as an error
def test_the_form_says_what_is_wrong_and_then_starts_a_job(lead_page: Page, world: None) -> None:
    lead_page.goto(reverse("new-sampling"))
    lead_page.get_by_label("Name", exact=True).fill("Pilot")
    lead_page.get_by_label("Percentile", exact=True).fill("100")
    lead_page.get_by_label("Base model").select_option("base")
    for model in MODELS[1:]:
        lead_page.get_by_role("group", name="Other models").get_by_label(model).check()
    lead_page.get_by_role("button", name="Draw pairs").click()
    expect(lead_page.get_by_role("alert").filter(visible=True)).to_contain_text("above 0 and below 100")
    check_page(lead_page)
    lead_page.get_by_label("Percentile", exact=True).fill("80")
    lead_page.get_by_role("group", name="Similarity").get_by_role("radio", name=re.compile("^centred:")).check()
    lead_page.get_by_text("Strata, keywords").click()
    check_page(lead_page)
    lead_page.get_by_role("button", name="Draw pairs").click()
    expect(lead_page.get_by_role("heading", level=1)).to_contain_text("Sample pairs: Pilot")
    assert JobRun.objects.get().arguments["recipe"]["similarity"] == "centred"


@pytest.mark.page_errors_expected  # the records' pictures have rows, but no files
def test_a_lead_looks_at_the_strata_and_then_draws(lead_page: Page, world: None) -> None:
    recipe = SamplingRecipe(collections=("smg", "nms"), models=MODELS, percentile=80, per_stratum=1)
    survey = create_survey(recipe=recipe, progress=NoProgress())
    lead_page.goto(reverse("samplings"))
    check_page(lead_page)
    lead_page.get_by_role("link", name="smg × nms").click()
    expect(lead_page.get_by_role("img", name=re.compile("text-text: how ft-best’s similarities"))).to_be_visible()
    check_page(lead_page)
    lead_page.get_by_label("Name", exact=True).fill("Pilot")
    for stratum in ("only base", "only ft-best"):
        lead_page.get_by_role("group", name="Strata").get_by_label(re.compile(f"{stratum}:")).uncheck()
    lead_page.get_by_role("button", name="Draw pairs").click()
    expect(lead_page.get_by_role("heading", level=1)).to_contain_text("Sample pairs: Pilot")
    drawn = JobRun.objects.get().arguments["recipe"]
    assert drawn["patterns"] == ["111", "011", "001"]
    assert drawn["collections"] == survey.recipe["collections"]
