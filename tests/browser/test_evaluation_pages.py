"""A lead's pages of evaluations in a real browser: readable, accessible, and the forms lead to a job."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from models_ml.models import EmbeddingModel, Evaluation
from tests.browser.page_checks import check_page, follow
from tests.factories import CollectionFactory

TASK = {"target": "noun", "candidates": 5, "subset": "all"}
NOUNS = (("telephone", 0.25, 0.1), ("camera", -0.2, 0.15), ("valve", 0.05, 0.2))


@pytest.fixture
def evaluation(transactional_db: None) -> Evaluation:
    """Two models told apart, nouns either way, and a chat model that went astray once."""
    CollectionFactory(slug="smg")
    for slug in ("base", "ft-best"):
        EmbeddingModel.objects.create(slug=slug, source=f"local-dir:{slug}", dimension=6)
    rows = [
        {
            "model": model,
            **TASK,
            "n": 200,
            "accuracy": accuracy,
            "low": accuracy - 0.06,
            "high": accuracy + 0.06,
            "precision": accuracy,
            "f1": accuracy,
            "chance": 0.2,
            "majority": 0.04,
        }
        for model, accuracy in (("base", 0.63), ("ft-best", 0.82), ("chat:talker", 0.66))
    ]
    difference = {"mean": 0.19, "low": 0.12, "high": 0.26, "p": 0.00004}
    document = {
        "evaluation": "zero-shot",
        "settings": {"models": ["base", "ft-best"], "targets": ["noun"], "subsets": ["all", "sample"], "chat": True}
        | {"collections": [], "candidates": [5], "records": "held-out", "seed": 0},
        "collections": ["smg"],
        "fingerprints": {"base": "", "ft-best": ""},
        "records": 200,
        "split_seeds": [0],
        "rows": rows,
        "comparisons": [{"models": ["ft-best", "base"], "measure": "accuracy", **TASK, "n": 200, **difference}],
        "by_noun": [
            {"models": ["ft-best", "base"], "candidates": 5, "noun": noun, "n": 12, "mean": mean}
            | {"low": mean - half, "high": mean + half}
            for noun, mean, half in NOUNS
        ],
        "chat": {
            "asked": 200,
            "errors": [{"record": "smg/co1", "label": "valve", "answer": "A thermionic device <b>of glass</b>"}],
            "model": "talker",
            "host": "chat.example",
            "options": {},
        },
    }
    kept = Evaluation.objects.create(kind="zero-shot", document=document)
    kept.evaluated.set(EmbeddingModel.objects.filter(slug__in=["base", "ft-best"]))
    return kept


def test_an_evaluation_is_found_and_read(lead_page: Page, evaluation: Evaluation) -> None:
    lead_page.goto(reverse("models"))
    follow(lead_page, "Evaluations", "Evaluations")
    check_page(lead_page)
    lead_page.get_by_role("link", name=str(evaluation)).click()
    answer = lead_page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("ft-best is 19.0 points better than base")
    expect(lead_page.get_by_role("img", name=re.compile("^Accuracy"))).to_be_visible()
    expect(lead_page.get_by_role("img", name="By noun: ft-best")).to_be_visible()
    expect(lead_page.get_by_role("cell", name="A thermionic device <b>of glass</b>")).to_be_visible()
    check_page(lead_page)
    with lead_page.expect_download() as download:
        lead_page.get_by_role("link", name="Figures as LaTeX").click()
    assert download.value.suggested_filename == f"zero-shot-{evaluation.pk}-figures.tex"


@pytest.mark.parametrize("name", ["new-zero-shot", "new-search"])
def test_the_forms_start_a_job(lead_page: Page, evaluation: Evaluation, name: str) -> None:
    lead_page.goto(reverse(name))
    check_page(lead_page)
    lead_page.get_by_label("Base model").select_option("base")
    lead_page.get_by_role("group", name="Other models").get_by_label("ft-best").check()
    lead_page.get_by_role("button", name="Evaluate").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text(re.compile("Evaluate .*: base, ft-best"))
