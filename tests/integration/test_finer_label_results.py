"""Results of a campaign with finer labels: the four as ever, and the finer ones counted beside them."""

import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from annotation.finer_results import finer_counts
from annotation.frames import annotation_frame
from annotation.labelling_scheme import add_finer_labels
from tests.factories import UserFactory, campaign_for
from tests.integration.test_finer_labels import DRAFTS, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    campaign = campaign_for(UserFactory(username="ada"), pairs_each=4)
    add_finer_labels(campaign=campaign, drafts=DRAFTS)
    return campaign


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


def test_results_count_the_four_and_the_finer_ones_beside_them(campaign, lead, capsys):
    give(campaign, finer="same-process")
    give(campaign)  # a correction: it alone counts
    give(campaign, finer="", position=2)
    give(campaign, "unrelated", "looks-alike", position=3)
    counts = [(each.label, each.key, each.count) for each in finer_counts(campaign)]
    assert counts == [
        ("same_category", "same-maker", 1),
        ("same_category", "same-process", 0),
        ("same_category", "", 1),
        ("unrelated", "looks-alike", 1),
        ("unrelated", "", 0),
    ]
    frame = annotation_frame(campaign).frame
    assert sorted(frame["label"]) == ["same_category", "same_category", "unrelated"]
    assert sorted(frame["linked"]) == [0, 1, 1]

    lead.post(reverse("campaign-open", args=[campaign.pk]))
    page = lead.get(campaign.get_absolute_url()).content.decode()
    assert "left at Same category" in page
    assert "Same category: Same maker" not in page
    out = io.StringIO()
    call_command("analyse", campaign.name, "--json", "--shuffles", "10", stdout=out)
    document = json.loads(out.getvalue())
    assert [each["count"] for each in document["finer_labels"]] == [1, 0, 1, 1, 0]
    assert document["labels"]["same_category"] == 2


def test_without_finer_labels_there_is_no_table_of_them(lead):
    campaign = campaign_for(UserFactory())
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    assert "Finer label" not in lead.get(campaign.get_absolute_url()).content.decode()


def test_remarks_say_the_finer_label(lead, campaign):
    give(campaign, comment="Both by Platt")
    page = lead.get(reverse("campaign-progress", args=[campaign.pk])).content.decode()
    assert "Same category: Same maker" in page
