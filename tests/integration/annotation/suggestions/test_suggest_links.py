"""From a campaign's answers to suggested links and to the next campaign's pairs."""

import csv
import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from scipy.stats import norm

from annotation import tasks
from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.models import Assignment, ResultOpening
from annotation.suggestions import views as suggestion_views
from annotation.suggestions.actions import campaigns_behind, suggest
from heritage.database.statistics import MANY, gather_statistics
from heritage.models import Image, Record, Role, TextSegment
from heritage.progress import NoProgress
from linking.actions import check_name, free_name
from linking.models import CandidatePair, Sampling
from models_ml.models import ImageVector, SegmentVector
from tests.factories import UserFactory, campaign_for, collections_with_vectors

pytestmark = pytest.mark.django_db
MODELS = ("base", "tuned")


@pytest.fixture
def campaign():
    """An open one, whose expert links what `tuned` finds alike by pictures, with some noise."""
    collections_with_vectors({"smg": 260, "nms": 260}, MODELS)
    # As an import does: rolled-back rows of other tests leave the planner with numbers that are not these tables'.
    gather_statistics(Record, Image, TextSegment, ImageVector, SegmentVector, rows=MANY)
    options = ["--collections", "smg", "nms", "--models", *MODELS, "--comparisons", "image-image", "text-text"]
    arguments = [*options, "--percentile", "95", "--per-stratum", "15", "--patterns", "00", "11", "10", "01"]
    call_command("sample_pairs", "first", *arguments, stdout=StringIO())
    sampling = Sampling.objects.get(name="first")
    expert = UserFactory()
    campaign = create_campaign(name="First", sampling=sampling, annotators=[expert.username], pairs_each=120)
    random = np.random.default_rng(0)
    for assignment in campaign.assignments.select_related("pair"):
        alike = assignment.pair.similarity["image-image"]["tuned"]
        linked = (alike if alike is not None else 0.2) + 0.15 * random.normal() > 0.5
        label = "similar_object" if linked else "unrelated"
        record_annotation(assignment=assignment, annotator=expert, label=label)
    return campaign


def alike(link):
    """How alike `tuned` finds the pictures of a suggested link."""
    sides = []
    for collection, record_id, _ in (link["a"], link["b"]):
        vectors = ImageVector.objects.filter(
            model__slug="tuned", image__record__collection__slug=collection, image__record__record_id=record_id
        )
        sides.append(np.array([vector.vector for vector in vectors]))
    return float((sides[0] @ sides[1].T).max()) if all(map(len, sides)) else 0.2


def suggested(campaign, *options):
    out = StringIO()
    call_command("suggest_links", campaign.name, *options, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_suggested_links_are_likely_new_and_fit_the_wanted_precision(campaign, tmp_path):
    file = tmp_path / "links.csv"
    found = suggested(campaign, "--precision", "0.8", "-o", str(file))
    # AUC is of the strata drawn from, where hardly a pair is linked and most links are the noise of the answers.
    assert found["model"]["auc"]["value"] > 0.7
    # What the expert looks for is known: as many would be linked as is said.
    would_be_linked = np.mean(norm.cdf([(alike(link) - 0.5) / 0.15 for link in found["links"]]))
    assert would_be_linked == pytest.approx(found["suggestion"]["precision"], abs=0.08)
    assert found["suggestion"]["precision"] >= 0.8
    assert found["suggestion"]["count"] == len(found["links"]) > 0
    chances = [link["probability"] for link in found["links"]]
    assert chances == sorted(chances, reverse=True)
    assert np.mean(chances) == pytest.approx(found["suggestion"]["precision"])
    asked = {
        (pair.a.record_id, pair.b.record_id)
        for pair in CandidatePair.objects.filter(assignments__campaign=campaign).select_related("a", "b")
    }
    assert not asked & {(link["a"][1], link["b"][1]) for link in found["links"]}
    assert found["candidates"] + found["asked_already"] == found["available"] == 260 * 260
    assert found["asked_already"] == len(asked)
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [(row["a"], row["b"]) for row in rows] == [(link["a"][1], link["b"][1]) for link in found["links"]]
    assert ResultOpening.objects.get().person is None


def test_a_higher_precision_suggests_fewer_and_the_same_seed_the_same(campaign, tmp_path):
    counts = [suggested(campaign, "--precision", precision)["suggestion"]["count"] for precision in ("0.6", "0.9")]
    assert counts[0] > counts[1]
    few = ["--candidates", "60000", "--precision", "0.6"]
    once = suggested(campaign, *few)
    assert 1000 < once["candidates"] + once["asked_already"] <= 3000
    file = tmp_path / "links.csv"
    again = suggested(campaign, *few, "--next", "5", "--name", "Second", "-o", str(file), "--dry-run")
    assert again | {"dry_run": False} == once
    assert not file.exists()
    assert not Sampling.objects.filter(name="Second").exists()
    with pytest.raises(CommandError, match="let 20,800 be judged at least"):
        suggested(campaign, "--candidates", "20799")


def test_the_next_pairs_are_a_sampling_that_a_campaign_can_use(client, campaign):
    found = suggested(campaign, "--next", "12", "--name", "Second", "--random", "0.25")
    assert (found["next_sampling"], found["next_pairs"], found["at_random"]) == ("Second", 12, 3)
    sampling = Sampling.objects.get(name="Second")
    assert sampling.recipe["chosen"] == {
        "campaign": "First",
        "campaigns": [str(campaign.pk)],
        "answers": 120,
        "candidates": found["candidates"],
        "wish": "likely",
        "at_random": 3,
        "seed": 0,
    }
    pairs = list(sampling.pairs.all())
    assert all(pair.similarity and pair.similar for pair in pairs)
    # Given the answers, each pair that was not chosen had the same chance; that of chosen ones is not known.
    chances = [pair.inclusion_probability for pair in pairs if pair.control == "random"]
    assert chances == [pytest.approx(3 / (found["candidates"] - 9))] * 3
    assert sum(pair.inclusion_probability is None and pair.control == "" for pair in pairs) == 9
    asked = set(Assignment.objects.filter(campaign=campaign).values_list("pair__a", "pair__b"))
    assert not asked & {(pair.a_id, pair.b_id) for pair in pairs}
    client.force_login(UserFactory(role=Role.LEAD))
    shown = client.get(sampling.get_absolute_url()).content.decode()
    assert "the likeliest links by 120 answers to First, 3 of them drawn at random" in shown
    second = create_campaign(name="Second round", sampling=sampling, annotators=[UserFactory().username], pairs_each=12)
    assert second.assignments.count() == 12


def test_the_next_pairs_are_the_likeliest_or_those_of_which_the_model_is_less_sure(campaign):
    found = suggest(campaign, precision=0.5, next_count=20, next_name="Likely", progress=NoProgress())
    chances = {(link.a[1], link.b[1]): link.probability for link in found.links}
    likely = found.next_sampling.pairs.filter(control="").values_list("a__record_id", "b__record_id")
    assert set(likely) == set(list(chances)[:18])
    asked = suggest(
        campaign, precision=0.5, next_count=20, next_name="Unsure", wish="unsure", random_share=0, progress=NoProgress()
    )
    unsure = asked.next_sampling.pairs.values_list("a__record_id", "b__record_id")
    assert not set(unsure) & set(likely)
    near = [chances[pair] for pair in unsure if pair in chances]
    assert near
    assert np.mean(near) < np.mean([chances[pair] for pair in likely])


def test_a_campaign_on_chosen_pairs_goes_on_from_the_answers_before_it(campaign):
    suggested(campaign, "--next", "30", "--name", "Second")
    expert = UserFactory()
    second = create_campaign(
        name="Second round",
        sampling=Sampling.objects.get(name="Second"),
        annotators=[expert.username],
        pairs_each=30,
    )
    for assignment in second.assignments.select_related("pair"):
        record_annotation(assignment=assignment, annotator=expert, label="similar_object")
    found = suggested(second, "--next", "10", "--name", "Third")
    assert found["campaigns"] == ["Second round", "First"]
    assert (found["model"]["n"], found["asked_already"]) == (150, 150)
    third = Sampling.objects.get(name="Third")
    assert third.thresholds == campaign.sampling.thresholds
    assert set(third.recipe["chosen"]["campaigns"]) == {str(campaign.pk), str(second.pk)}
    before = set(Assignment.objects.values_list("pair__a", "pair__b"))
    assert not before & set(third.pairs.values_list("a", "b"))


def test_pairs_that_were_chosen_before_campaigns_were_kept_by_key_go_on_too(campaign):
    suggested(campaign, "--next", "20", "--name", "Second")
    sampling = Sampling.objects.get(name="Second")
    sampling.recipe["chosen"] = {"campaign": "First", "answers": 120, "candidates": 1, "seed": 0}
    for kept_since in ("cross", "terms", "keywords", "nearest", "allow_missing"):
        del sampling.recipe[kept_since]
    sampling.save()
    second = create_campaign(name="Again", sampling=sampling, annotators=[UserFactory().username], pairs_each=20)
    assert [each.name for each in campaigns_behind(second)] == ["Again", "First"]
    assert suggested(second)["model"]["n"] == 120


def test_answers_to_records_that_may_no_longer_be_shown_are_left_out(campaign):
    pair = campaign.assignments.first().pair
    Record.objects.filter(pk=pair.a_id).update(withheld=True)
    found = suggested(campaign)
    gone = campaign.assignments.filter(pair__a=pair.a_id).count()
    assert found["model"]["n"] == 120 - gone
    assert found["available"] == 259 * 260


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--precision", "1.5"], "between 0 and 1"),
        (["--random", "1.5"], "at random is between 0 and 1"),
        (["--candidates", "0"], "candidates"),
        (["--next", "5"], "a name for the sampling"),
        (["--name", "Second"], "--next"),
        (["--next", "5", "--name", "{taken}"], "already"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(options, sentence):
    campaign = campaign_for(UserFactory())
    options = [option.format(taken=campaign.sampling.name) for option in options]
    before = Sampling.objects.count()
    with pytest.raises(CommandError, match=sentence) as error:
        suggested(campaign, *options)
    assert "\n" not in str(error.value)
    assert Sampling.objects.count() == before


def test_few_answers_make_no_model():
    person = UserFactory()
    campaign = campaign_for(person)
    assignment = campaign.assignments.first()
    record_annotation(assignment=assignment, annotator=person, label="unrelated")
    with pytest.raises(CommandError, match="do not make a model"):
        suggested(campaign)


def test_a_lead_has_links_suggested_in_the_browser(client, campaign, monkeypatch):
    """The job's work is done here, with the arguments that the page gave it."""
    started = {}

    def start_job(kind, *, user, **arguments):
        started.update(arguments)
        return "/jobs/1/"

    monkeypatch.setattr(suggestion_views, "start_job", start_job)
    close_campaign(campaign=campaign)
    lead = UserFactory(role=Role.LEAD)
    page, file = (reverse(name, args=[campaign.pk]) for name in ("campaign-suggestions", "campaign-suggestions-csv"))
    client.force_login(lead)
    assert client.get(file).status_code == 404
    assert client.get(page).status_code == 200
    asked = {"precision": "70", "most": "100000", "next_count": "6", "next_name": "Second", "random_share": "20"}
    assert client.post(page, asked | {"precision": "7"}).status_code == 422
    assert client.post(page, asked | {"next_name": campaign.sampling.name}).status_code == 422
    assert client.post(page, asked).status_code == 302
    assert tasks.suggest_links_after(NoProgress(), **started) == page
    shown = client.get(page).content.decode()
    assert "likely link" in shown
    assert "no expert has confirmed them" in shown
    assert Sampling.objects.get(name="Second").pairs.count() == 6
    assert Sampling.objects.get(name="Second").created_by == lead
    rows = list(csv.DictReader(b"".join(client.get(file).streaming_content).decode().splitlines()))
    assert f"{len(rows):,} likely link" in shown


def test_the_page_offers_a_name_that_is_free(client):
    campaign = campaign_for(UserFactory(), name="First")
    close_campaign(campaign=campaign)
    client.force_login(UserFactory(role=Role.LEAD))
    page = reverse("campaign-suggestions", args=[campaign.pk])
    for offered in ("First, next pairs", "First, next pairs 2", "First, next pairs 3"):
        assert client.get(page).context["form"]["next_name"].value() == offered
        Sampling.objects.create(name=offered, recipe={})


def test_a_free_name_is_no_longer_than_a_name_may_be():
    for _ in range(3):
        name = free_name("x" * 300)
        check_name(name)
        Sampling.objects.create(name=name, recipe={})


def test_suggestions_are_kept_from_annotators_and_while_results_are_sealed(client):
    expert, lead = UserFactory(), UserFactory(role=Role.LEAD)
    campaign = campaign_for(expert)
    for name in ("campaign-suggestions", "campaign-suggestions-csv"):
        for person in (expert, lead):
            client.force_login(person)
            assert client.get(reverse(name, args=[campaign.pk])).status_code in (403, 404)
