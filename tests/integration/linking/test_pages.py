"""The lead's pages about pairs: the list, the form that starts a sampling, and what one drew."""

import pytest
from django.test import Client
from django.urls import reverse

from heritage.errors import UserError
from heritage.jobs.registry import job_kind
from heritage.models import JobRun, Record, Role, User
from heritage.progress import NoProgress
from linking.actions import create_survey
from linking.models import Sampling
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.variants.kinds import RECOMMENDED
from models_ml.models import EmbeddingModel
from tests.factories import SamplingFactory, collections_with_vectors, sampling_with_pairs

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Pilot",
    "first_collection": "smg",
    "other_collections": ["nms"],
    "base_model": "base",
    "other_models": ["ft-best", "ft-last"],
    "comparisons": ["image-image", "text-text"],
    "percentile": "80",
    "percentile_over": "records",
    "patterns": ["default"],
    "per_stratum": "2",
    "keywords": "",
    "nearest": "200",
    "seed": "3",
}


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(User.objects.create_user("lead", role=Role.LEAD))
    return client


@pytest.fixture
def world():
    return collections_with_vectors({"smg": 20, "nms": 12}, ["base", "ft-best", "ft-last"])


def test_annotators_are_kept_out(client: Client):
    sampling = sampling_with_pairs()
    client.force_login(User.objects.create_user("annotator"))
    numbered = [reverse(name, args=[sampling.pk]) for name in ("survey", "sampling-changes")]
    for address in (reverse("samplings"), reverse("new-sampling"), sampling.get_absolute_url(), *numbered):
        assert client.get(address).status_code == 403
    assert client.post(reverse("new-sampling"), FORM).status_code == 403


def test_empty_list_says_what_to_do(lead: Client):
    assert "import_records" in lead.get(reverse("samplings")).text
    collections_with_vectors({"smg": 1, "nms": 1}, ["base"])
    assert reverse("new-sampling") in lead.get(reverse("samplings")).text


def test_form_starts_a_job_that_stores_the_sampling(lead: Client, world):
    assert lead.get(reverse("new-sampling")).status_code == 200
    answer = lead.post(reverse("new-sampling"), FORM)
    run = JobRun.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert run.title == "Sample pairs: Pilot"
    outcome = job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    assert outcome.url == sampling.get_absolute_url()
    assert outcome.words.startswith(f"{sampling.pairs.count()} pairs drawn of ")
    assert sampling.created_by.username == "lead"
    assert sampling.recipe["collections"] == ["smg", "nms"]
    assert sampling.recipe["models"] == ["base", "ft-best", "ft-last"]
    assert sampling.recipe["seed"] == 3
    assert sampling.pairs.count() == 2 * 5 * 2


@pytest.mark.parametrize("kind", ["centred", "centred+fused"])
def test_pages_say_which_similarity_pairs_were_drawn_by(lead: Client, world, kind):
    form = lead.get(reverse("new-sampling")).text
    assert "fused: All chosen comparisons are put on one scale" in form
    lead.post(reverse("new-sampling"), FORM | {"similarity": kind, "allow_fewer": "on"})
    run = JobRun.objects.get()
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    assert sampling.recipe["similarity"] == kind
    page = lead.get(sampling.get_absolute_url()).text
    assert f"{kind} similarity" in page
    assert f"--similarity {kind}" in page
    assert f'<span class="badge">{kind}</span>' in lead.get(reverse("samplings")).text
    repeated = lead.get(f"{reverse('new-sampling')}?from={sampling.pk}")
    assert repeated.context["form"].initial["similarity"] == kind
    assert ("Fused are image-image, text-text." in page) == (kind == "centred+fused")


def test_a_new_sampling_begins_with_what_found_most_links_and_a_plain_one_stays_plain(lead: Client, world):
    assert lead.get(reverse("new-sampling")).context["form"]["similarity"].value() == RECOMMENDED.name
    lead.post(reverse("new-sampling"), FORM | {"similarity": "plain"})
    run = JobRun.objects.get()
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    repeated = lead.get(f"{reverse('new-sampling')}?from={Sampling.objects.get().pk}")
    assert repeated.context["form"]["similarity"].value() == "plain"


def test_a_new_sampling_begins_with_what_came_of_the_newest_run(lead: Client, world):
    base = EmbeddingModel.objects.get(slug="base")
    for slug, run in (("ft-best", "first"), ("ft-last", "second")):
        EmbeddingModel.objects.filter(slug=slug).update(parent=base, training={"run": run})
    assert lead.get(reverse("new-sampling")).context["form"].initial["other_models"] == ["ft-last"]


def test_a_plain_sampling_is_as_published_and_says_nothing_of_it(lead: Client, world):
    lead.post(reverse("new-sampling"), FORM)
    run = JobRun.objects.get()
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    assert sampling.recipe["similarity"] == "plain"
    assert "plain" not in lead.get(sampling.get_absolute_url()).text


def test_records_are_compared_by_one_vector_each_where_that_is_chosen(lead: Client, world):
    words = "each record’s images and texts pooled to one vector"
    form = lead.get(reverse("new-sampling")).text
    assert f"record-record: {words}" in form
    lead.post(reverse("new-sampling"), FORM | {"comparisons": ["record-record"], "allow_fewer": "on"})
    run = JobRun.objects.get()
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    assert {stratum.comparison for stratum in sampling.strata.all()} == {"record-record"}
    page = lead.get(sampling.get_absolute_url()).text
    assert words.capitalize() in page
    assert "--comparisons record-record" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"similarity": "centered"}, "centered is not one of the available choices"),
        ({"similarity": "fused", "comparisons": ["image+text"]}, "name its comparisons instead"),
        ({"percentile": "100"}, "above 0 and below 100"),
        ({"other_collections": ["smg"]}, "cannot be compared with itself"),
        ({"other_collections": []}, "Choose the collection to compare with"),
        ({"comparisons": []}, "Choose at least one comparison"),
        ({"patterns": ["11"]}, "Select a valid choice. 11 is not one"),
        ({"patterns": ["<b>"]}, "Select a valid choice"),
        ({"per_stratum": "0"}, "at least 1 pair"),
        ({"name": "taken"}, "a sampling called"),
    ],
)
def test_what_makes_no_sense_is_said_on_the_form_and_starts_nothing(lead: Client, world, change, sentence):
    SamplingFactory(name="taken")
    answer = lead.post(reverse("new-sampling"), FORM | change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not JobRun.objects.exists()


def test_ticking_everything_means_all_others(lead: Client, world):
    everything = {"other_collections": ["nms", "smg"], "other_models": ["base", "ft-best", "ft-last"]}
    lead.post(reverse("new-sampling"), FORM | everything)
    recipe = JobRun.objects.get().arguments["recipe"]
    assert recipe["collections"] == ["smg", "nms"]
    assert recipe["models"] == ["base", "ft-best", "ft-last"]


def test_page_shows_thresholds_strata_examples_and_the_command(lead: Client, world):
    lead.post(reverse("new-sampling"), FORM)
    run = JobRun.objects.get()
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    page = lead.get(sampling.get_absolute_url()).text
    assert f"{sampling.thresholds['image-image']['ft-best']:.4f}" in page
    assert "only ft-last" in page
    assert "ft-best and ft-last" in page
    assert "sample_pairs &#x27;Pilot again&#x27; --collections smg nms --models base ft-best ft-last" in page
    assert f"{reverse('new-campaign')}?sampling={sampling.pk}" in page
    pair = sampling.pairs.select_related("a", "b", "stratum").first()
    assert pair.a.get_absolute_url() in page
    assert f"{pair.similarity[pair.stratum.comparison]['base']:.3f}" in page
    again = lead.get(reverse("new-sampling"), {"from": sampling.pk}).text
    assert 'value="default" id="id_patterns_0" checked' in again
    assert 'name="seed" value="3"' in again


def test_pages_of_imported_samplings_have_no_recipe_to_repeat(lead: Client):
    recipe = {"models": ["model-one", "model-two"], "imported_from": "published.csv"}
    sampling = sampling_with_pairs(recipe=recipe)
    sampling.strata.update(available=None)
    sampling.pairs.update(a=None, b=None)
    page = lead.get(sampling.get_absolute_url())
    assert page.status_code == 200
    assert "imported with their annotations" in page.text
    assert "Repeat" not in page.text
    assert "imported" in lead.get(reverse("samplings")).text
    assert lead.get(reverse("new-sampling"), {"from": sampling.pk}).status_code == 200


def test_pages_cost_the_same_queries_however_much_there_is(lead: Client, django_assert_max_num_queries):
    for number in (1, 8):
        sampling = sampling_with_pairs(per_stratum=number)
        with django_assert_max_num_queries(12):
            lead.get(sampling.get_absolute_url())
    with django_assert_max_num_queries(6):
        lead.get(reverse("samplings"))


def surveyed(lead: Client, **change) -> Sampling:
    answer = lead.post(reverse("new-sampling"), FORM | {"name": "", "survey": "1"} | change)
    run = JobRun.objects.latest("pk")
    assert answer["Location"] == run.get_absolute_url()
    address = job_kind(run.kind).work(NoProgress(), **run.arguments)
    survey = Sampling.with_surveys.get(is_survey=True)
    assert address == survey.get_absolute_url()
    return survey


def test_strata_are_chosen_by_words_and_told_so_when_a_recipe_is_repeated(lead: Client, world):
    form = lead.get(reverse("new-sampling")).content.decode()
    assert "Where all models agree" in form
    assert "111" not in form
    lead.post(reverse("new-sampling"), FORM | {"patterns": ["agree", "alone"]})
    run = JobRun.objects.latest("pk")
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    assert sampling.recipe["patterns"] == ["111", "100", "010", "001"]
    repeated = lead.get(f"{reverse('new-sampling')}?from={sampling.pk}")
    assert repeated.context["form"]["patterns"].value() == ["111", "100", "010", "001"]
    assert "only ft-best" in repeated.content.decode()
    again = FORM | {"name": "Again", "patterns": ["111", "010"]}
    assert lead.post(reverse("new-sampling"), again).status_code == 302
    assert JobRun.objects.latest("pk").arguments["recipe"]["patterns"] == ["111", "010"]


def test_a_survey_shows_all_strata_and_is_no_sampling(lead: Client, world):
    survey = surveyed(lead)
    assert not Sampling.objects.exists()
    page = lead.get(survey.get_absolute_url()).text
    # Names are texts, and every record has one.
    assert sum(survey.strata.filter(comparison="text-text").values_list("available", flat=True)) == 20 * 12
    assert f"{survey.thresholds['text-text']['ft-last']:.4f}" in page
    assert page.count("<figcaption>ft-last</figcaption>") == 2
    assert "Examples: all agree" in page
    assert survey.get_absolute_url() in lead.get(reverse("samplings")).text
    assert f'value="{survey.pk}"' not in lead.get(reverse("new-campaign")).text
    assert lead.get(reverse("sampling", args=[survey.pk])).status_code == 404


def test_pairs_are_drawn_from_a_survey_as_its_recipe_would(lead: Client, world):
    survey = surveyed(lead)
    chosen = {"name": "Drawn", "patterns": ["111", "011"], "controls": ["random"], "per_stratum": "2", "seed": "3"}
    lead.post(survey.get_absolute_url(), chosen)
    run = JobRun.objects.latest("pk")
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    sampling = Sampling.objects.get()
    assert sampling.name == "Drawn"
    assert sampling.thresholds == survey.thresholds
    assert sampling.pairs.count() == 2 * 3 * 2

    def sizes(of: Sampling) -> dict[tuple[str, str], int]:
        strata = of.strata.filter(available__gt=0)
        return {(stratum.comparison, str(stratum.pattern)): stratum.available for stratum in strata}

    assert sizes(survey) == sizes(sampling)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Give the sampling a name"),
        ({"patterns": []}, "Choose at least one stratum"),
        ({"patterns": ["999"]}, "Select a valid choice"),
        ({"per_stratum": "0"}, "at least 1 pair"),
    ],
)
def test_a_draw_that_makes_no_sense_is_said(lead: Client, world, change, sentence):
    survey = surveyed(lead)
    chosen = {"name": "Drawn", "patterns": ["111"], "per_stratum": "2", "seed": "3"} | change
    answer = lead.post(survey.get_absolute_url(), chosen)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert JobRun.objects.count() == 1


def test_a_survey_can_be_discarded_and_a_sampling_cannot(lead: Client, world):
    survey, sampling = surveyed(lead), sampling_with_pairs()
    assert lead.post(reverse("discard-survey", args=[sampling.pk])).status_code == 404
    assert lead.get(reverse("discard-survey", args=[survey.pk])).status_code == 405
    lead.post(reverse("discard-survey", args=[survey.pk]))
    assert list(Sampling.with_surveys.all()) == [sampling]


def test_a_page_says_what_has_changed_since(lead: Client, world):
    survey = surveyed(lead)
    address = reverse("sampling-changes", args=[survey.pk])
    assert address in lead.get(survey.get_absolute_url()).text
    assert not lead.get(address).text.strip()
    EmbeddingModel.objects.filter(slug="base").update(fingerprint="other")
    assert "The model base has other weights." in lead.get(address).text


def test_only_pairs_with_a_record_of_the_term(lead: Client, world):
    few = list(Record.objects.filter(collection__slug="nms").values_list("pk", flat=True)[:3])
    Record.objects.filter(pk__in=few).update(taxonomy=["Telephony", "Communications"])
    survey = surveyed(lead, terms="Telephony")
    assert sum(survey.strata.filter(comparison="text-text").values_list("available", flat=True)) == 20 * 3
    with pytest.raises(UserError, match="has the taxonomy term 'telephony'"):
        create_survey(recipe=SamplingRecipe(("smg", "nms"), ("base",), terms=("telephony",)), progress=NoProgress())
