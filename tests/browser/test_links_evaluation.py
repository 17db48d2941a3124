"""A lead measures links in a real browser: the form takes a file, and what was found is readable and accessible."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from heritage.progress import NoProgress
from linking.evaluation.settings import LinkSettings
from models_ml.evaluation.actions import evaluate_models
from models_ml.models import Evaluation
from tests.browser.page_checks import check_page, follow
from tests.factories import collections_with_vectors


@pytest.fixture
def truth(transactional_db: None, tmp_path: Path) -> Path:
    collections_with_vectors({"left": 24, "right": 16}, ["base", "ft-best"])
    path = tmp_path / "partners.csv"
    lines = [f"{slug}-{number},{number % 6}" for slug, size in (("left", 24), ("right", 16)) for number in range(size)]
    path.write_text("\n".join(["record,key", *lines]))
    return path


def test_the_form_takes_a_truth_and_starts_a_job(lead_page: Page, truth: Path) -> None:
    lead_page.goto(reverse("evaluations"))
    follow(lead_page, "Links found", "Links found")
    check_page(lead_page)
    lead_page.get_by_label("Base model").select_option("base")
    lead_page.get_by_role("group", name="Other models").get_by_label("ft-best").check()
    lead_page.get_by_label("Known pairs").set_input_files(truth)
    lead_page.get_by_role("button", name="Evaluate").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text(re.compile("Evaluate links: base, ft-best"))


def test_what_was_found_is_read_in_words_drawings_and_tables(lead_page: Page, truth: Path) -> None:
    settings = LinkSettings(models=("base", "ft-best"), truth=str(truth))
    kept = evaluate_models(settings, progress=NoProgress()).kept
    assert isinstance(kept, Evaluation)
    lead_page.goto(kept.get_absolute_url())
    expect(lead_page.get_by_role("region", name="The answer")).to_contain_text("Of the most similar 1 % of")
    expect(lead_page.get_by_role("img", name="The top of the list")).to_be_visible()
    check_page(lead_page)
    with lead_page.expect_download() as download:
        lead_page.get_by_role("link", name="Partners found as LaTeX").click()
    assert download.value.suggested_filename == f"links-{kept.pk}-ranks.tex"
