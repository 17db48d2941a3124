"""The full analysis on the campaign's page: worked out by a job, kept, said in words, drawn, tabled, downloadable."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.analysis import order_and_time
from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, set_campaign_state
from annotation.models import Annotation, Assignment, Campaign, KeptAnalysis, ResultOpening
from annotation.results.actions import keep_analysis
from annotation.results.quality import FAST_SECONDS, answer_quality
from annotation.results.queries import MOST_ANALYSED_AT_ONCE, campaign_analysis, full_results
from annotation.results.sealing import openings, openings_words
from annotation.results.sections.whole import result_sections, result_tables
from annotation.vocabulary import Label
from heritage.jobs.worker import run_worker
from heritage.models import JobRun, Role
from heritage.progress import NoProgress
from models_ml.models import EmbeddingModel, Evaluation
from models_ml.queries import newest_by_noun
from tests.factories import UserFactory, campaign_for
from tests.result_pages import all_results, section_addresses

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(UserFactory(username="lead", role=Role.LEAD))
    return client


def answered_campaign(*, pairs_each: int = 40, **arguments: object) -> Campaign:
    """Two people with a shared part, links and others in every stratum; model-two's pairs are linked more often."""
    people = UserFactory(username="ann"), UserFactory(username="=bob")
    campaign = campaign_for(*people, pairs_each=pairs_each, overlap=0.5, **arguments)
    turns: dict[tuple[int, int], int] = {}
    for assignment in campaign.assignments.select_related("annotator", "pair__stratum"):
        key = assignment.annotator_id, assignment.pair.stratum_id
        turn = turns[key] = turns.get(key, 0) + 1
        often = 3 if assignment.pair.stratum.pattern["model-two"] else 2
        label = Label.UNRELATED if turn % often == 0 else Label.SIMILAR_OBJECT
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label, seconds=1 + turn)
    return campaign


@pytest.fixture
def closed_campaign() -> Campaign:
    campaign = answered_campaign()
    close_campaign(campaign=campaign)
    return campaign


@pytest.fixture
def empty_queue() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


# --- Working it out --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_job_is_started_once_and_its_result_takes_the_place_of_waiting(
    lead: Client, closed_campaign: Campaign, empty_queue: None
) -> None:
    page = lead.get(closed_campaign.get_absolute_url()).content.decode()
    address = reverse("campaign-analysis", args=[closed_campaign.pk])
    assert 'hx-trigger="load, submit"' in page
    for _ in range(2):
        waiting = lead.post(address, headers=HTMX)
        assert "is being worked out" in waiting.content.decode()
    assert JobRun.objects.count() == 1
    still = lead.get(address, headers=HTMX)
    assert "every 2s" in still.content.decode()
    assert "HX-Retarget" not in still
    run_worker(wait=False)
    done = lead.get(address, headers=HTMX)
    assert done["HX-Retarget"] == "#sections"
    assert "All 80 answers" in done.content.decode()
    assert "every 2s" not in done.content.decode()


@pytest.mark.django_db
def test_without_scripts_the_button_goes_back_to_the_page(lead: Client, closed_campaign: Campaign) -> None:
    answer = lead.post(reverse("campaign-analysis", args=[closed_campaign.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == f"{closed_campaign.get_absolute_url()}#sections"
    assert "is being worked out" in lead.get(closed_campaign.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_an_open_campaign_says_that_answers_have_come_since_and_does_not_start_by_itself(lead: Client) -> None:
    campaign = answered_campaign(pairs_each=8)
    keep_analysis(campaign=campaign, progress=NoProgress())
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    assert full_results(campaign).is_current
    assignment = campaign.assignments.select_related("annotator").first()
    assert assignment is not None
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=Label.SAME_OBJECT)
    assert not full_results(campaign).is_current
    page = lead.get(campaign.get_absolute_url()).content.decode()
    assert "More have come since" in page
    assert "load, submit" not in page


@pytest.mark.django_db
def test_it_is_what_analyse_prints(closed_campaign: Campaign) -> None:
    kept = keep_analysis(campaign=closed_campaign, progress=NoProgress())
    out = StringIO()
    call_command("analyse", closed_campaign.name, "--json", stdout=out)
    printed = json.loads(out.getvalue())
    del printed["authors_check"]
    assert kept.document == {**printed, "seed": 0}


@pytest.mark.django_db
def test_very_many_answers_are_never_analysed_by_the_page(
    lead: Client, closed_campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotation.results.queries.MOST_ANALYSED_AT_ONCE", 10)
    assert MOST_ANALYSED_AT_ONCE > 10
    page = lead.get(closed_campaign.get_absolute_url()).content.decode()
    assert "the answer will stand here then" in page
    regressions = reverse("campaign-section", args=[closed_campaign.pk, "regressions"])
    assert "they are analysed" in lead.get(regressions).content.decode()
    assert lead.get(reverse("campaign-label-counts", args=[closed_campaign.pk])).status_code == 404
    keep_analysis(campaign=closed_campaign, progress=NoProgress())
    analysis = campaign_analysis(closed_campaign)
    assert analysis is not None
    assert analysis.n == 80
    assert "As published, no intercept, n = 80" in lead.get(regressions).content.decode()


# --- What it says ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_words_drawings_tables_and_downloads(lead: Client, closed_campaign: Campaign) -> None:
    document = keep_analysis(campaign=closed_campaign, progress=NoProgress()).document
    page = all_results(lead, closed_campaign)
    [effect] = [each for each in document["model_comparison"]["effects"] if each["term"] == "model-two"]
    assert f"{abs(effect['points']):.1f} percentage points" in page
    assert "Krippendorff" in page
    assert "None" not in page
    assert "nan" not in page.lower().split()
    tables = result_tables(document)
    expected = {
        "estimates",
        "points",
        "population",
        "comparisons",
        "agreement",
        "confusion",
        "order",
        "times",
    }
    assert expected <= set(tables)
    for name in tables:
        address = reverse("campaign-table", args=[closed_campaign.pk, name])
        assert address in page
        rows = list(csv.DictReader(StringIO(lead.get(address).content.decode("utf-8-sig"))))
        assert len(rows) == len(tables[name].raw)
        assert {row["simulated"] for row in rows} == {"0"}
    for section in result_sections(document):
        if section.charts:
            assert section.tables, f"{section.id} has a chart and no table"
    times = lead.get(reverse("campaign-table", args=[closed_campaign.pk, "times"])).content.decode()
    assert "'=bob" in times  # a spreadsheet does not run it
    for forbidden in (" style=", "<style", "onclick", "hx-on"):
        assert forbidden not in page


def evaluated(*models: str, candidates: int = 5, **changes: object) -> Evaluation:
    """A zero-shot evaluation by noun of models that are registered; the first is the base."""
    for slug in models:
        EmbeddingModel.objects.get_or_create(
            slug=slug, defaults={"source": f"local-dir:{slug}", "dimension": 8, "fingerprint": "first"}
        )
    nouns = [("camera", 0.4, 12), ("radio", -0.1, 7)]
    document = {
        "settings": {"models": list(models), "records": "held-out"},
        "fingerprints": dict.fromkeys(models, "first"),
        "by_noun": [
            {"models": [other, models[0]], "candidates": asked, "noun": noun, "n": n}
            | {"mean": mean, "low": mean - 0.2, "high": mean + 0.2}
            for other in models[1:]
            for asked in (candidates, 2 * candidates)
            for noun, mean, n in nouns
        ],
    }
    return Evaluation.objects.create(kind="zero-shot", document=document | changes)


@pytest.mark.django_db
def test_a_regression_that_knows_no_pair_fills_no_table_with_dashes(closed_campaign: Campaign) -> None:
    document = keep_analysis(campaign=closed_campaign, progress=NoProgress()).document
    known = len(result_tables(document)["estimates"].raw)
    document["regressions"].append(document["regressions"][0] | {"name": "nothing", "n": 0})
    assert len(result_tables(document)["estimates"].raw) == known


@pytest.mark.django_db
def test_the_newest_evaluation_of_the_models_stands_beside_noun_by_noun(
    lead: Client, closed_campaign: Campaign
) -> None:
    base, other = keep_analysis(campaign=closed_campaign, progress=NoProgress()).document["models"]
    assert "name better" not in lead.get(closed_campaign.get_absolute_url()).content.decode()
    evaluated(base, other, candidates=3)
    newest = evaluated(base, other)
    evaluated(other, base)  # against another base
    evaluated(base, other, by_noun=[])
    evaluated(base, other, settings={"models": [base, other], "records": "all"})
    assert "name better" in lead.get(closed_campaign.get_absolute_url()).content.decode()
    page = lead.get(reverse("campaign-section", args=[closed_campaign.pk, "nouns"])).content.decode()
    assert (
        f"{other} gains most on “camera” (40 percentage points, 95 % interval 20 to 60, n = 12) and least on “radio” "
        "(−10 percentage points, 95 % interval −30 to 10, n = 7)." in page
    )
    assert f"evaluation {newest.pk} of" in page
    assert "chose the noun of a picture among 5" in page
    csv_address = reverse("campaign-table", args=[closed_campaign.pk, "nouns"])
    rows = list(csv.DictReader(StringIO(lead.get(csv_address).content.decode("utf-8-sig"))))
    assert [(row["noun"], row["points"]) for row in rows] == [("camera", "40.0"), ("radio", "-10.0")]
    drawing = lead.get(reverse("campaign-chart", args=[closed_campaign.pk, "nouns", "svg"]))
    assert "camera (12): 40.0 (20.0 to 60.0)" in drawing.content.decode()


@pytest.mark.django_db
def test_an_evaluation_of_weights_that_have_changed_is_passed_over(closed_campaign: Campaign) -> None:
    models = ["model-one", "model-two"]
    evaluated(*models)
    assert newest_by_noun(models) is not None
    assert newest_by_noun(models[:1]) is None
    assert newest_by_noun([]) is None
    EmbeddingModel.objects.filter(slug=models[1]).update(fingerprint="retrained")
    assert newest_by_noun(models) is None


@pytest.mark.django_db
def test_robust_errors_stand_beside_the_published_ones(closed_campaign: Campaign) -> None:
    table = result_tables(keep_analysis(campaign=closed_campaign, progress=NoProgress()).document)["estimates"]
    kinds = {(row["estimator"], row["errors"]) for row in table.raw if row["coding"] == "stratum"}
    assert {
        ("as published, no intercept", "nothing"),
        ("logit", "nothing"),
        ("logit", "annotators and records"),
        ("weighted logit", "annotators and records"),
    } <= kinds


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [0, 1])
def test_a_campaign_that_tells_nothing_has_sentences(lead: Client, answers: int) -> None:
    campaign = campaign_for(UserFactory(), pairs_each=3)
    for assignment in campaign.assignments.select_related("annotator")[:answers]:
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=Label.SAME_OBJECT)
    close_campaign(campaign=campaign)
    keep_analysis(campaign=campaign, progress=NoProgress())
    assert all_results(lead, campaign).count("Not estimable") >= 4


@pytest.mark.django_db
def test_a_table_that_is_not_there(lead: Client, closed_campaign: Campaign) -> None:
    assert lead.get(reverse("campaign-table", args=[closed_campaign.pk, "points"])).status_code == 404
    keep_analysis(campaign=closed_campaign, progress=NoProgress())
    assert lead.get(reverse("campaign-table", args=[closed_campaign.pk, "none-such"])).status_code == 404


@pytest.mark.django_db
def test_an_analysis_of_an_earlier_format_is_made_anew(closed_campaign: Campaign) -> None:
    keep_analysis(campaign=closed_campaign, progress=NoProgress())
    KeptAnalysis.objects.update(version="1-80-0", document={"something": "else"})
    found = full_results(closed_campaign)
    assert (found.document, found.is_current) == (None, False)


@pytest.mark.django_db
def test_each_section_is_at_its_own_address_and_leads_on(lead: Client, closed_campaign: Campaign) -> None:
    page = lead.get(closed_campaign.get_absolute_url()).content.decode()
    quick = section_addresses(page, closed_campaign)
    document = keep_analysis(campaign=closed_campaign, progress=NoProgress()).document
    page = lead.get(closed_campaign.get_absolute_url()).content.decode()
    sections = section_addresses(page, closed_campaign)
    assert len(sections) == len(result_sections(document)) + len(quick)
    assert "<table" not in page  # the page answers; tables are behind it
    for before, here, after in zip(sections, sections[1:], sections[2:], strict=False):
        shown = lead.get(here).content.decode()
        assert f'rel="prev" href="{before}"' in shown
        assert f'rel="next" href="{after}"' in shown
        assert closed_campaign.get_absolute_url() in shown
    for unknown in ("none-such", "finer-labels"):
        assert lead.get(reverse("campaign-section", args=[closed_campaign.pk, unknown])).status_code == 404


@pytest.mark.django_db
def test_a_section_of_sealed_results_leads_to_the_seal(lead: Client) -> None:
    campaign = answered_campaign(pairs_each=8)
    keep_analysis(campaign=campaign, progress=NoProgress())
    for section in ("agreement", "labels", "reflections"):
        answer = lead.get(reverse("campaign-section", args=[campaign.pk, section]))
        assert (answer.status_code, answer["Location"]) == (302, campaign.get_absolute_url())
    assert not ResultOpening.objects.exists()


@pytest.mark.django_db
def test_the_page_takes_few_queries_whatever_was_answered(
    lead: Client, closed_campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    keep_analysis(campaign=closed_campaign, progress=NoProgress())
    lead.get(closed_campaign.get_absolute_url())
    with django_assert_max_num_queries(32):
        lead.get(closed_campaign.get_absolute_url())
    with django_assert_max_num_queries(32):
        lead.get(reverse("campaign-section", args=[closed_campaign.pk, "agreement"]))


# --- Sealed while people label ---------------------------------------------------------------

SEALED = ("campaign-analysis", "campaign-regressions", "campaign-label-counts", "export-annotations")


@pytest.mark.django_db
def test_results_are_sealed_until_a_lead_opens_them(lead: Client) -> None:
    campaign = answered_campaign(pairs_each=8)
    keep_analysis(campaign=campaign, progress=NoProgress())
    page = lead.get(campaign.get_absolute_url()).content.decode()
    assert "The results are sealed" in page
    assert "16 of 16 pairs answered" in page
    for forbidden in ("Similar object", "odds", "link:", "<svg", "model-two"):
        assert forbidden not in page
    addresses = [reverse(name, args=[campaign.pk]) for name in SEALED]
    addresses.append(reverse("campaign-table", args=[campaign.pk, "points"]))
    for address in addresses:
        assert lead.get(address).status_code == 403
    assert lead.post(addresses[0]).status_code == 403
    opening = reverse("campaign-open", args=[campaign.pk])
    assert lead.get(opening).status_code == 405
    for _ in range(2):
        lead.post(opening)
    [found] = openings(campaign)
    assert (found.by, found.answers) == ("lead", 16)
    page = lead.get(campaign.get_absolute_url()).content.decode()
    assert "The answer" in page
    assert "at 16 answers" in page


@pytest.mark.django_db
def test_each_lead_opens_for_himself_and_annotators_not_at_all(client: Client) -> None:
    campaign = answered_campaign(pairs_each=8)
    opening = reverse("campaign-open", args=[campaign.pk])
    for name in ("first", "second"):
        client.force_login(UserFactory(username=name, role=Role.LEAD))
        assert "The results are sealed" in client.get(campaign.get_absolute_url()).content.decode()
        client.post(opening)
    client.force_login(UserFactory())
    assert client.post(opening).status_code == 403
    assert [each.by for each in openings(campaign)] == ["first", "second"]
    assert "first on" in openings_words(openings(campaign), imported=False)


@pytest.mark.django_db
def test_closed_and_simulated_campaigns_are_not_sealed(lead: Client, closed_campaign: Campaign) -> None:
    simulated = campaign_for(UserFactory(), pairs_each=3, simulated=True)
    for campaign in (closed_campaign, simulated):
        lead.post(reverse("campaign-open", args=[campaign.pk]))
        assert "sealed" not in lead.get(campaign.get_absolute_url()).content.decode()
    # A look at what a program made is none; at a closed campaign it counts only once answers come after it.
    assert {each.campaign for each in ResultOpening.objects.all()} == {closed_campaign}
    assert openings(closed_campaign) == []
    assert openings_words([], imported=False) == "Nobody opened the results before labelling ended."


@pytest.mark.django_db
def test_a_look_while_closed_is_one_once_the_campaign_goes_on(lead: Client, closed_campaign: Campaign) -> None:
    lead.get(closed_campaign.get_absolute_url())
    lead.get(reverse("campaign-section", args=[closed_campaign.pk, "labels"]))
    assert ResultOpening.objects.count() == 1
    set_campaign_state(campaign=closed_campaign, state="open")
    first = closed_campaign.assignments.first()
    assert first is not None
    Annotation.objects.create(assignment=first, label="unrelated", created=timezone.now())
    set_campaign_state(campaign=closed_campaign, state="closed")
    [found] = openings(closed_campaign)
    assert found.by == "lead"
    assert "before labelling ended: lead on" in openings_words([found], imported=False)


def test_of_imported_answers_nothing_is_claimed() -> None:
    assert openings_words([], imported=True) == "Who saw answers before they were imported is not known here."


@pytest.mark.django_db
def test_a_sealed_page_that_stays_open_turns_into_the_results_when_the_campaign_is_closed(lead: Client) -> None:
    campaign = answered_campaign(pairs_each=8)
    address = campaign.get_absolute_url()
    version = lead.get(address).context["version"]
    assert lead.get(address, {"seen": version, "sealed": 1}, headers=HTMX).status_code == 204
    close_campaign(campaign=campaign)
    assert lead.get(address, {"seen": version, "sealed": 1}, headers=HTMX)["HX-Refresh"] == "true"


@pytest.mark.django_db
def test_analyse_writes_down_that_it_showed_sealed_results() -> None:
    campaign = answered_campaign(pairs_each=8)
    call_command("analyse", campaign.name, "--json", stdout=StringIO())
    [found] = openings(campaign)
    assert (found.by, found.answers) == ("a command", 16)


@pytest.mark.django_db
def test_the_quality_of_answers_tells_who_is_too_fast() -> None:
    assert FAST_SECONDS == order_and_time.FASTEST_SECONDS
    campaign = campaign_for(UserFactory(username="ann"), UserFactory(username="bob"), pairs_each=4)
    for assignment in Assignment.objects.select_related("annotator").order_by("annotator__username", "position"):
        if assignment.annotator.username == "ann":
            seconds = 0.5 if assignment.position < 4 else 30.0
            record_annotation(
                assignment=assignment,
                annotator=assignment.annotator,
                label=Label.UNRELATED,
                seconds=seconds,
                unsure=assignment.position == 1,
            )
    [found] = answer_quality(campaign)
    assert (found.annotator, found.answers, found.seconds, found.fast, found.unsure) == ("ann", 4, 0.5, 0.75, 1)
