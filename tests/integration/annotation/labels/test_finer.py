"""Finer labels of a campaign: how leads make them, and how they are given."""

import re
import threading
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign, deal_campaign
from annotation.labels.actions import add_finer_labels, change_scheme
from annotation.labels.finer import FinerLabelDraft, finer_draft
from annotation.models import Annotation, Campaign, FinerLabelName
from annotation.vocabulary import Label
from heritage.errors import UserError
from tests.factories import FinerLabelFactory, UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db

DRAFTS = (
    FinerLabelDraft("same_category", "Same maker", "same-maker", "m"),
    FinerLabelDraft("same_category", "Same process", "same-process", "p"),
    FinerLabelDraft("unrelated", "Looks alike", "looks-alike"),
)
SCRIPT = {"Accept": "application/json"}
NAMES = dict(Label.choices)


@pytest.fixture
def annotator():
    return UserFactory(username="ada")


@pytest.fixture
def campaign(annotator):
    campaign = campaign_for(annotator, pairs_each=4)
    add_finer_labels(campaign=campaign, drafts=DRAFTS)
    return campaign


@pytest.fixture
def web(client, annotator):
    client.force_login(annotator)
    return client


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


def keys(campaign):
    return list(campaign.finer_labels.values_list("key", flat=True))


def pair(campaign, position=1):
    return campaign.assignments.get(position=position)


def give(campaign, label="same_category", finer="same-maker", position=1, **changes):
    assignment = pair(campaign, position)
    return record_annotation(assignment=assignment, annotator=assignment.annotator, label=label, finer=finer, **changes)


def change(campaign, key="same-maker", name="Same maker", shortcut="m"):
    """Another name or letter for one of them."""
    change_scheme(campaign=campaign, finer=[FinerLabelDraft("same_category", name, key, shortcut)])


# --- Making them ------------------------------------------------------------------------------


def test_they_stand_in_the_order_in_which_they_were_added(campaign):
    assert [finer_draft(each) for each in campaign.finer_labels.all()] == list(DRAFTS)


def test_one_that_cannot_be_leaves_the_others_out_too(campaign):
    wrong = [FinerLabelDraft("same_object", "Twins"), FinerLabelDraft("same_object", "twins", "other")]
    with pytest.raises(UserError, match="named Twins already"):
        add_finer_labels(campaign=campaign, drafts=wrong)
    assert len(keys(campaign)) == 3


def test_two_campaigns_may_use_the_same_keys_and_letters(campaign):
    other = campaign_for(UserFactory())
    add_finer_labels(campaign=other, drafts=DRAFTS)
    assert keys(other) == keys(campaign)


def test_before_the_first_answer_they_are_changed_moved_and_removed(campaign):
    change(campaign, name=" One  maker ", shortcut="o")
    assert not FinerLabelName.objects.exists()  # nobody has chosen it by the first one
    change_scheme(campaign=campaign, moved=("same-maker", 1))
    change_scheme(campaign=campaign, moved=("same-maker", 1))  # the last under its label already
    change_scheme(campaign=campaign, removed="looks-alike")
    assert [(each.key, each.name, each.shortcut) for each in campaign.finer_labels.all()] == [
        ("same-process", "Same process", "p"),
        ("same-maker", "One maker", "o"),
    ]


def test_after_it_they_are_added_and_worded_better_alone(campaign):
    give(campaign, "similar_object", "")
    change(campaign, name="The same maker", shortcut="M")
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("same_object", "Twins")])
    other_letter = FinerLabelDraft("same_category", "Same maker", "same-maker", "x")
    for wrong in ({"finer": [other_letter]}, {"moved": ("same-maker", 1)}, {"removed": "same-maker"}):
        with pytest.raises(UserError, match="People have answered in this campaign"):
            change_scheme(campaign=campaign, **wrong)
    assert keys(campaign) == ["same-maker", "same-process", "looks-alike", "twins"]


def test_a_name_of_another_one_is_refused(campaign):
    with pytest.raises(UserError, match="named same process already"):
        change(campaign, name="same process")
    change(campaign, name="same maker")  # its own in other letters


def test_two_may_change_names_and_letters(campaign):
    swapped = [
        FinerLabelDraft("same_category", "Same process", "same-maker", "p"),
        FinerLabelDraft("same_category", "Same maker", "same-process", "m"),
    ]
    change_scheme(campaign=campaign, finer=swapped)
    assert [finer_draft(each) for each in campaign.finer_labels.all()] == [*swapped, DRAFTS[2]]


def test_models_are_kept_out_of_what_annotators_read(campaign):
    with pytest.raises(UserError, match="would read model-one"):
        add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("same_object", "As model-one has it")])


# --- The lead's page --------------------------------------------------------------------------


def test_the_lead_s_page_does_all_of_it_by_a_form(lead, campaign):
    page = reverse("campaign-labels", args=[campaign.pk])
    new = {"new.label": "same_object", "new.name": "Twins", "new.shortcut": "T", "new.key": ""}
    added = lead.post(page, new, follow=True)
    assert "Twins is a finer label under Same object now" in added.content.decode()
    lead.post(page, {"do": "save", "name.twins": "Twin pieces", "shortcut.twins": "w"})
    lead.post(page, {"do": "down:same-maker"})
    lead.post(page, {"do": "remove:looks-alike", "name.looks-alike": "", "name.same-process": "One process"})
    assert [(each.key, each.name, each.shortcut) for each in campaign.finer_labels.all()] == [
        ("same-process", "One process", "p"),
        ("same-maker", "Same maker", "m"),
        ("twins", "Twin pieces", "w"),
    ]
    for gone in ("up:looks-alike", "remove:looks-alike", "up:", "down:a b"):
        assert "no such finer label any more" in lead.post(page, {"do": gone}).content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"new.name": "Same maker"}, "There is a finer label named Same maker already"),
        ({"new.name": "Twins", "new.shortcut": "s"}, "The letter S has another use"),
        ({"new.name": "Twins", "new.key": "same_object"}, "has a meaning of its own"),
        ({"new.name": "x" * 61}, "at most 60 characters"),
        ({"new.name": "Twins", "new.label": "identical"}, "There is no label identical"),
        ({"name.same-maker": ""}, "Give the finer label a name"),
        ({"shortcut.same-maker": "u"}, "The letter U has another use"),
    ],
)
def test_a_bad_one_is_a_sentence_and_all_that_was_written_stays(lead, campaign, said, sentence):
    typed = {"new.label": "same_object", "new.name": "Twins", "name.same-process": "One process"} | said
    page = lead.post(reverse("campaign-labels", args=[campaign.pk]), typed)
    assert page.status_code == 422
    text = page.content.decode()
    assert sentence in text
    for name, value in typed.items():
        field = f'name="{name}" value="{value.upper() if "shortcut." in name and "new" not in name else value}"'
        assert name == "new.label" or field in text
    assert [finer_draft(each) for each in campaign.finer_labels.all()] == list(DRAFTS)


def test_once_answered_the_page_offers_names_alone(lead, campaign):
    page = reverse("campaign-labels", args=[campaign.pk])
    assert 'value="remove:' in lead.get(page).content.decode()
    give(campaign)
    text = lead.get(page).content.decode()
    assert "People have answered already" in text
    assert 'value="remove:' not in text
    assert 'value="up:' not in text
    assert re.findall(r'name="((?:shortcut|colour)\.[^"]*)"', text) == []
    changed = lead.post(page, {"do": "save", "name.same-maker": "One maker"}, follow=True).content.decode()
    assert re.search(r"Until [^<]*: Same maker, changed by person\d+", changed)
    assert Annotation.objects.get().said(NAMES) == "Same category: One maker"


def test_the_page_s_file_makes_the_same_labels_in_another_campaign(lead, campaign, tmp_path, capsys):
    path = tmp_path / "labels.csv"
    path.write_bytes(lead.get(reverse("campaign-labels-csv", args=[campaign.pk])).content)
    sampling = sampling_with_pairs()
    arguments = ["create_campaign", "Second", "--sampling", sampling.name, "--annotators", "ada", "--pairs-each", "2"]
    call_command(*arguments, "--labels", str(path), "--dry-run")
    assert not Campaign.objects.filter(name="Second").exists()
    call_command(*arguments, "--labels", str(path))
    assert "3 finer labels." in capsys.readouterr().out
    made = Campaign.objects.get(name="Second")
    assert [finer_draft(each) for each in made.finer_labels.all()] == list(DRAFTS)


def test_a_bad_file_makes_no_campaign(annotator, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("label,name,shortcut\nsame_object,Twins,t\nunrelated,Other,t\n")
    sampling = sampling_with_pairs()
    with pytest.raises(CommandError, match="The letter T is that of Twins already"):
        call_command("create_campaign", "Second", "--sampling", sampling.name, "--annotators", "ada", "--labels", path)
    assert not Campaign.objects.exists()
    arguments = {"sampling": sampling, "annotators": ["ada"], "pairs_each": 1, "overlap": 0, "seed": 0}
    for action in (deal_campaign, create_campaign):
        with pytest.raises(UserError, match="no label"):
            action(name="Second", instructions="", finer_labels=[FinerLabelDraft("x", "y")], **arguments)


# --- Answers ----------------------------------------------------------------------------------


def test_an_answer_is_its_label_with_the_finer_one_beside_it(campaign):
    assert give(campaign).said(NAMES) == "Same category: Same maker"
    assert Annotation.objects.get().label == "same_category"


def test_a_resend_is_known_and_another_finer_label_is_a_correction(campaign):
    key = uuid.uuid4()
    first = give(campaign, submission=key)
    assert give(campaign, submission=key) == first
    assert give(campaign, finer="same-process", submission=key) != first
    assert give(campaign, finer="") != first
    assert give(campaign, submission=key) == first  # a late resend undoes nothing
    stored = Annotation.objects.order_by("pk").values_list("finer__key", flat=True)
    assert list(stored) == ["same-maker", "same-process", None]


@pytest.mark.parametrize(
    ("label", "finer", "sentence"),
    [
        ("same_category", "no-such", "There is no finer label no-such in this campaign"),
        ("same_object", "same-maker", "is under same_category, not under same_object"),
        ("same_category", "elsewhere", "There is no finer label elsewhere"),
    ],
)
def test_a_finer_label_that_does_not_fit_is_refused(campaign, label, finer, sentence):
    FinerLabelFactory(name="Elsewhere")  # of another campaign
    with pytest.raises(UserError, match=sentence):
        give(campaign, label, finer)
    assert not Annotation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_finer_label_is_not_removed_under_an_answer_that_is_naming_it(campaign):
    answered, done = threading.Event(), []

    def answer():
        try:
            with transaction.atomic():
                give(campaign)
                answered.set()
                threading.Event().wait(0.5)
            done.append(True)
        finally:
            connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    assert answered.wait(timeout=10)
    with pytest.raises(UserError, match="People have answered"):
        change_scheme(campaign=campaign, removed="same-maker")
    thread.join(timeout=10)
    assert done
    assert Annotation.objects.get().finer.key == "same-maker"


def test_one_button_of_the_page_answers_without_a_script(web, campaign):
    url = pair(campaign).get_absolute_url()
    page = web.get(url).content.decode()
    assert page.count('value="same_category:same-maker"') == 4  # of this pair and of three that wait
    said = {"label": "same_category:same-maker", "submission": uuid.uuid4()}
    assert web.post(url, said).url == pair(campaign, 2).get_absolute_url()
    assert Annotation.objects.get().said(NAMES) == "Same category: Same maker"
    assert '<small class="finer-given">Same maker</small>' in web.get(url).content.decode()
    assert "Same category: Same maker" in web.get(reverse("my-answers")).content.decode()
    assert "Same process" in web.get(reverse("guide")).content.decode()


def test_the_script_is_told_what_is_wrong(web, campaign):
    said = {"label": "same_object:same-maker", "submission": uuid.uuid4()}
    refused = web.post(pair(campaign).get_absolute_url(), said, headers=SCRIPT)
    assert refused.status_code == 400
    assert "not under same_object" in refused.json()["problem"]


def test_without_finer_labels_the_page_is_as_it_was(client):
    person = UserFactory()
    client.force_login(person)
    page = client.get(pair(campaign_for(person)).get_absolute_url()).content.decode()
    assert "finer" not in page
    assert "finer" not in client.get(reverse("guide")).content.decode().lower()


def test_the_api_lists_them_takes_one_and_says_what_is_wrong(annotator, campaign):
    api = APIClient()
    api.force_authenticate(annotator)
    task = api.post(reverse("api-next", args=[campaign.pk])).json()
    assert task["finer_labels"][0] == {"label": "same_category", "key": "same-maker", "name": "Same maker"}
    assert len(task["finer_labels"]) == 3
    url = reverse("api-label", args=[task["assignment"]])
    for wrong in ("no-such", "looks-alike", ["same-maker"], "a\0b"):
        refused = api.post(url, {"label": "same_category", "finer": wrong}, format="json")
        assert refused.status_code == 400
        assert isinstance(refused.json()["detail"], str)
    for finer, stored in (("same-maker", "same-maker"), ("", "")):
        answer = {"label": "same_category", "finer": finer}
        assert api.post(url, answer, format="json").json()["finer"] == stored
