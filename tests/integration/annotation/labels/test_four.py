"""A campaign's own names, keys, colours and order of the four labels: how leads set them, and where they are read."""

import re
import uuid
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from annotation.campaigns.actions import close_campaign
from annotation.campaigns.remarks.queries import RemarkFilter, read_remarks
from annotation.exchange.storing import import_annotations
from annotation.guidance.actions import Mark, mark_pair
from annotation.labels.actions import add_finer_labels, change_scheme
from annotation.labels.finer import FinerLabelDraft
from annotation.labels.four import DEFAULT_LABELS, LabelDraft, label_draft
from annotation.labels.queries import campaign_labels
from annotation.models import Annotation, Campaign, CampaignLabel, CampaignLabelName
from annotation.results.queries import as_shown
from annotation.results.sections.words import label_words
from annotation.vocabulary import Label
from heritage.errors import UserError
from tests.factories import RecordFactory, UserFactory, campaign_for, sampling_with_pairs
from tests.integration.annotation.labels.test_finer import give, pair
from tests.unit.annotation.labels.test_four import GERMAN

pytestmark = pytest.mark.django_db

TYPED = {f"{part}.{each.label}": getattr(each, part) for each in GERMAN for part in ("name", "shortcut", "colour")}


@pytest.fixture
def annotator():
    return UserFactory(username="ada")


@pytest.fixture
def campaign(annotator):
    campaign = campaign_for(annotator, pairs_each=4)
    change_scheme(campaign=campaign, labels=GERMAN)
    return campaign


@pytest.fixture
def web(client, annotator):
    client.force_login(annotator)
    return client


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


def stored(campaign):
    return tuple(map(label_draft, campaign_labels(campaign)))


def scheme_page(campaign):
    return reverse("campaign-labels", args=[campaign.pk])


# --- Setting them -----------------------------------------------------------------------------


def test_a_campaign_has_four_of_its_own_or_none(campaign):
    assert stored(campaign) == GERMAN
    assert stored(campaign_for(UserFactory())) == DEFAULT_LABELS
    change_scheme(campaign=campaign, labels=DEFAULT_LABELS)
    assert not CampaignLabel.objects.exists()


def test_two_may_change_places_names_and_keys(campaign):
    first, second, *others = GERMAN
    swapped = (
        replace(first, name=second.name, shortcut=second.shortcut),
        replace(second, name=first.name, shortcut="0"),
    )
    change_scheme(campaign=campaign, labels=[*others, *swapped])
    assert stored(campaign) == (*others, *swapped)
    assert not CampaignLabelName.objects.exists()  # nobody has read the earlier ones


def test_a_finer_label_has_neither_name_nor_letter_of_one_of_the_four(campaign):
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("unrelated", "Looks alike", "looks-alike", "l")])
    for wrong, sentence in (
        (FinerLabelDraft("unrelated", "Dasselbe Objekt"), "is one of the four labels here"),
        (FinerLabelDraft("unrelated", "Else", shortcut="d"), "The letter D is that of Dasselbe Objekt"),
    ):
        with pytest.raises(UserError, match=sentence):
            add_finer_labels(campaign=campaign, drafts=[wrong])
    with pytest.raises(UserError, match="The letter L is that of Ohne Bezug"):
        change_scheme(campaign=campaign, labels=[replace(GERMAN[0], shortcut="l"), *GERMAN[1:]])
    change_scheme(  # together they may change keys
        campaign=campaign,
        labels=[replace(GERMAN[0], shortcut="l"), *GERMAN[1:]],
        finer=[FinerLabelDraft("unrelated", "Looks alike", "looks-alike", "")],
    )


def test_models_are_kept_out_of_what_annotators_read(campaign):
    with pytest.raises(UserError, match="would read model-one"):
        change_scheme(campaign=campaign, labels=[replace(GERMAN[0], name="As model-one has it"), *GERMAN[1:]])


def test_once_answered_names_alone_are_worded_better_and_the_earlier_ones_stay(campaign):
    give(campaign, "same_object", "")
    for wrong in (
        [replace(GERMAN[0], shortcut="9"), *GERMAN[1:]],
        [replace(GERMAN[0], colour="brown"), *GERMAN[1:]],
        [GERMAN[1], GERMAN[0], *GERMAN[2:]],
    ):
        with pytest.raises(UserError, match="People have answered in this campaign, so keys, colours and order"):
            change_scheme(campaign=campaign, labels=wrong)
    change_scheme(campaign=campaign, labels=[GERMAN[0], replace(GERMAN[1], name="Das gleiche Stück"), *GERMAN[2:]])
    change_scheme(campaign=campaign, labels=[replace(each, name="") for each in stored(campaign)])
    earlier = CampaignLabelName.objects.values_list("label", "name")
    assert earlier[0] == ("same_object", "Dasselbe Objekt")
    assert ("same_object", "Das gleiche Stück") in earlier
    assert len(earlier) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"label": "identical"},
        {"name": ""},
        {"shortcut": "Ä"},
        {"colour": "#f00"},
        {"position": 5},
        {"name": "ohne bezug"},
    ],
)
def test_the_database_holds_nothing_else(campaign, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        campaign.own_labels.filter(label="same_category").update(**change)


# --- The lead's page --------------------------------------------------------------------------


def test_the_page_names_colours_and_moves_them_by_a_form(lead):
    campaign = campaign_for(UserFactory())
    saved = lead.post(scheme_page(campaign), {"do": "save"} | TYPED, follow=True)
    assert "The labels are saved" in saved.content.decode()
    lead.post(scheme_page(campaign), {"do": "up:unrelated", "name.unrelated": "Fremd"})
    lead.post(scheme_page(campaign), {"do": "up:unrelated"})
    lead.post(scheme_page(campaign), {"do": "up:unrelated"})
    lead.post(scheme_page(campaign), {"do": "up:unrelated"})  # the first already
    assert stored(campaign) == (replace(GERMAN[0], name="Fremd"), *GERMAN[1:])


def test_a_refusal_keeps_all_that_was_typed_and_stores_nothing(lead, campaign):
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("unrelated", "Looks alike", "looks-alike", "l")])
    typed = {
        "do": "up:same_category",
        "name.same_object": "Ein und dasselbe",
        "colour.same_object": "brown",
        "shortcut.unrelated": "d",
        "name.looks-alike": "Sieht <ähnlich> aus",
        "new.label": "same_object",
        "new.name": "Zwillinge",
    }
    refused = lead.post(scheme_page(campaign), typed)
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "The key D is that of Ohne Bezug already: give Ein und dasselbe another one." in text
    for shown in (
        'name="name.same_object" value="Ein und dasselbe"',
        '<option value="brown" selected>',
        'name="shortcut.unrelated" value="D"',
        'name="name.looks-alike" value="Sieht &lt;ähnlich&gt; aus"',
        'name="new.name" value="Zwillinge"',
        '<option value="same_object" selected>',
    ):
        assert shown in text
    assert stored(campaign) == GERMAN
    assert campaign.finer_labels.get().name == "Looks alike"


def test_once_answered_the_page_changes_names_alone(lead, campaign):
    give(campaign, "same_object", "")
    assert not re.search(r'name="(?:shortcut|colour)\.|value="up:', lead.get(scheme_page(campaign)).content.decode())
    text = lead.post(scheme_page(campaign), {"name.same_object": "Ein Stück"}, follow=True).content.decode()
    assert re.search(r"Until [^<]*: Dasselbe Objekt, changed by person\d+", text)
    for wrong in ({"do": "up:same_object"}, {"shortcut.same_object": "x"}):
        assert "People have answered in this campaign" in lead.post(scheme_page(campaign), wrong).content.decode()


# --- Where they are read ----------------------------------------------------------------------


def buttons(text):
    """Value, key, colour and name of the label buttons in a page, in the order of showing."""
    button = r'value="(\w+)"[^>]* data-key="(\w)" data-colour="(\w+)"[^>]*><kbd[^>]*>\w</kbd> <span>([^<]*)<'
    found = re.findall(rf'<button class="label-button" name="label" {button}', text)
    return tuple(LabelDraft(label, name, key, colour) for label, key, colour, name in found[:4])


def test_annotators_label_practise_and_look_back_under_these_names(web, campaign):
    for kind, label in (("example", "same_object"), ("practice", "unrelated")):
        a, b = RecordFactory(collection__slug="left"), RecordFactory(collection__slug="right")
        mark = Mark(kind, a.record_id, b.record_id, label, note="So ist es.")
        mark_pair(campaign=campaign, mark=mark)
    address = reverse("instructions", args=[campaign.pk])
    assert web.get(reverse("label", args=[campaign.pk])).url == address
    headings = re.findall(r"<h2[^>]*><kbd[^>]*>(\w)</kbd> ([^<]*)</h2>", web.get(address).content.decode())
    assert headings == [(each.shortcut.upper(), each.name) for each in GERMAN]
    practice = web.get(reverse("practice", args=[campaign.pk])).url
    assert buttons(web.get(practice).content.decode()) == GERMAN
    said = web.post(practice, {"label": "same_object", "submission": uuid.uuid4()}, follow=True).content.decode()
    assert "You say: Dasselbe Objekt. The lead says: Ohne Bezug" in said
    address = pair(campaign).get_absolute_url()
    page = web.get(address).content.decode()
    assert buttons(page) == GERMAN
    assert "Same object" not in page
    web.post(address, {"label": "same_object", "submission": uuid.uuid4()})
    assert Annotation.objects.get().label == "same_object"
    listed = web.get(reverse("my-answers")).content.decode()
    assert '<strong class="shown-label" data-colour="blue">Dasselbe Objekt</strong>' in listed
    assert "Gleiche Gattung" in web.get(reverse("guide")).content.decode()


def test_the_pairs_that_an_answer_brings_have_them_too(web, campaign):
    said = {"label": "unrelated", "submission": uuid.uuid4(), "wanted": 2}
    reply = web.post(pair(campaign).get_absolute_url(), said, headers={"Accept": "application/json"}).json()
    assert [buttons(markup) for markup in reply["pairs"]] == [GERMAN, GERMAN]


def test_the_api_names_them_in_their_order(annotator, campaign):
    api = APIClient()
    api.force_authenticate(annotator)
    task = api.post(reverse("api-next", args=[campaign.pk])).json()
    assert task["labels"] == [{"label": each.label, "name": each.name} for each in GERMAN]


def test_leads_read_them_in_remarks(campaign, nothing_sealed):
    give(campaign, "same_category", "", unsure=True)
    assert [remark.said for remark in read_remarks(campaign, RemarkFilter(), reader=UserFactory(role="lead"))] == [
        "Gleiche Gattung"
    ]


def test_leads_read_them_in_results_and_guidance(lead, campaign):
    for position, label in enumerate(Label.values, start=1):
        give(campaign, label, "", position)
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("unrelated", "Looks alike", "looks-alike")])
    close_campaign(campaign=campaign)
    text = lead.get(campaign.get_absolute_url()).content.decode()
    assert "Dasselbe Objekt" in text  # of the table
    assert "left at Ohne Bezug" in text
    assert "Gleiche Gattung: 1" in text  # of the chart, in words
    assert "Same category" not in text
    assert (
        '<option value="same_object">Dasselbe Objekt</option>'
        in lead.get(reverse("campaign-guidance", args=[campaign.pk])).content.decode()
    )


def test_tables_of_an_analysis_say_what_the_campaign_calls_them_now(campaign):
    document = as_shown({"models": [], "label_names": {"same_object": "What it was"}}, campaign)
    assert label_words("same_object", document) == "Dasselbe Objekt"
    assert label_words("same_object", {}) == "Same object"
    assert list(document["label_names"]) == Label.values


# --- In files ---------------------------------------------------------------------------------


def test_the_page_s_file_makes_the_same_labels_in_another_campaign(lead, campaign, tmp_path, capsys):
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("unrelated", "Looks alike", "looks-alike", "l")])
    path = tmp_path / "labels.csv"
    path.write_bytes(lead.get(reverse("campaign-labels-csv", args=[campaign.pk])).content)
    command = ["create_campaign", "Second", "--sampling", campaign.sampling.name, "--annotators", "ada"]
    call_command(*command, "--pairs-each", "2", "--labels", str(path))
    assert "Labels of its own. 1 finer labels." in capsys.readouterr().out
    made = Campaign.objects.get(name="Second")
    assert stored(made) == GERMAN
    assert made.finer_labels.get().shortcut == "l"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("unrelated,unrelated,Ohne Bezug,0,grey\n", "Name each of the four labels once, in the order of showing"),
        ("unrelated,same_object,Ohne Bezug,,\n", "The key same_object has a meaning of its own"),
        ("".join(f"{label},{label},,7,\n" for label in Label.values), "The key 7 is that of Same object already"),
        ("".join(f"{label},{label},,,pink\n" for label in Label.values), "There is no colour pink"),
        ("".join(f"{label},{label},model-one,,\n" for label in Label.values), "would read model-one"),
    ],
)
def test_a_bad_file_makes_no_campaign(tmp_path, text, sentence):
    UserFactory(username="ada")
    path = tmp_path / "labels.csv"
    path.write_text("label,key,name,shortcut,colour\n" + text)
    command = ["create_campaign", "Second", "--sampling", sampling_with_pairs().name, "--annotators", "ada"]
    with pytest.raises(CommandError, match=sentence):
        call_command(*command, "--pairs-each", "2", "--labels", str(path))
    assert not Campaign.objects.exists()


def test_files_name_the_four_by_their_keys(campaign, tmp_path):
    give(campaign, "same_object", "")
    for form in ("csv", "jsonl", "label-studio"):
        path = tmp_path / f"answers.{form}"
        call_command("export_annotations", campaign.name, "--format", form, "-o", path)
        assert "Dasselbe" not in path.read_text()
        assert ("Same object" if form == "label-studio" else "same_object") in path.read_text()


def test_label_studio_shows_the_campaign_s_names_and_stores_the_usual_ones(campaign, tmp_path, capsys):
    change_scheme(campaign=campaign, labels=[*GERMAN[:3], replace(GERMAN[3], name='"Gattung" & <Art>')])
    path = tmp_path / "interface.xml"
    call_command("export_annotations", campaign.name, "--format", "label-studio-interface", "-o", path)
    assert "Wrote the labelling interface" in capsys.readouterr().out
    found = ElementTree.parse(path).findall(".//Choices[@name='label']/Choice")  # noqa: S314  # our own
    assert [(each.get("value"), each.get("alias")) for each in found] == [
        ("Ohne Bezug", "Unrelated"),
        ("Dasselbe Objekt", "Same object"),
        ("Ähnliches Objekt", "Similar object"),
        ('"Gattung" & <Art>', "Same category"),
    ]


def test_answers_under_the_campaign_s_names_are_read_from_label_studio(campaign, tmp_path):
    give(campaign, "same_object", "")
    path = tmp_path / "project.json"
    call_command("export_annotations", campaign.name, "--format", "label-studio", "-o", path)
    path.write_text(path.read_text().replace("Same object", "gleiche gattung"))
    Annotation.objects.all().delete()
    assert import_annotations(name=campaign.name, path=path).stored == 1
    assert Annotation.objects.get().label == "same_category"
    with pytest.raises(UserError, match="gleiche_gattung"):
        import_annotations(name="Elsewhere", path=path)  # which calls them otherwise
