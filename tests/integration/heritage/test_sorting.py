"""Tables are sorted by their headings: in the address, on the server, and told to screen readers."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from heritage.models import JobRun
from heritage.sets.actions import keep_set
from models_ml.models import Evaluation
from tests.factories import CollectionFactory, RecordFactory, UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(username="lead", role="lead"))
    return client


def rows(client, name, *args, **asked):
    """What stands first in each row, and {heading: aria-sort}."""
    text = client.get(reverse(name, args=args), asked).content.decode()
    found = re.findall(r'<tr>\s*<th scope="row">(?:<a [^>]*>)?([^<]*)', text)
    sorts = re.findall(
        r'<th scope="col" class="sortable [a-z]*" aria-sort="([a-z]+)"><a href="([^"]*)">([^<]*)</a>', text
    )
    return found, {words: (sort, address) for sort, address, words in sorts}


def test_samplings(lead):
    for name in ("beta", "Alpha", "gamma"):
        sampling = sampling_with_pairs(per_stratum=1)
        sampling.name = name
        sampling.save()
    newest_first, sorts = rows(lead, "samplings")
    assert newest_first == ["gamma", "Alpha", "beta"]
    assert sorts["Name"] == ("none", "?sort=name")
    ascending, sorts = rows(lead, "samplings", sort="name", page="1")
    assert ascending == ["Alpha", "beta", "gamma"]
    assert sorts["Name"] == ("ascending", "?sort=-name")
    assert sorts["Pairs"] == ("none", "?sort=pairs")
    descending, sorts = rows(lead, "samplings", sort="-name")
    assert descending == ["gamma", "beta", "Alpha"]
    assert sorts["Name"] == ("descending", "?sort=name")


@pytest.mark.parametrize("asked", ["password", "-", "--name", "name; drop", "'", "<b>"])
def test_what_is_no_column_changes_nothing(lead, asked):
    sampling_with_pairs(per_stratum=1)
    found, sorts = rows(lead, "samplings", sort=asked)
    assert len(found) == 1
    assert {sort for sort, _ in sorts.values()} == {"none"}


def test_jobs_and_what_there_is_none_of_comes_last(lead):
    for title, person in (("Embed", "zoe"), ("Sample", ""), ("Map", "ada")):
        JobRun.objects.create(kind="x", title=title, started_by=UserFactory(username=person) if person else None)
    assert rows(lead, "jobs", sort="by")[0] == ["Map", "Embed", "Sample"]
    assert rows(lead, "jobs", sort="-by")[0] == ["Embed", "Map", "Sample"]
    assert rows(lead, "jobs", sort="job")[0] == ["Embed", "Map", "Sample"]
    assert rows(lead, "jobs", sort="took")[0] == ["Embed", "Sample", "Map"]


def test_campaigns_and_the_people_at_work(lead):
    campaign_for(UserFactory(username="ada"), pairs_each=2, name="beta")
    campaign = campaign_for(UserFactory(username="eve"), UserFactory(username="ben"), pairs_each=3, name="Alpha")
    assert rows(lead, "campaigns", sort="name")[0] == ["Alpha", "beta"]
    assert rows(lead, "campaigns", sort="pairs")[0] == ["beta", "Alpha"]
    assert rows(lead, "campaigns", sort="-state")[1]["State"][0] == "descending"
    people, _ = rows(lead, "campaign-progress", campaign.pk, sort="-annotator")
    assert people == sorted(people, reverse=True)
    assert len(people) == 2


def test_sets_evaluations_and_imports(lead):
    collection = CollectionFactory(slug="mill")
    for name, by, count in (("beta", "zoe", 2), ("Alpha", "ada", 1)):
        person = UserFactory(username=by)
        keep_set(
            name=name, keys=[RecordFactory(collection=collection).pk for _ in range(count)], origin="", user=person
        )
        settings = {"models": [name], "source": "image", "target": "text", "across": False}
        document = {"settings": settings, "records": count}
        Evaluation.objects.create(kind="search", document=document, created_by=person)
        collection.imports.create(started_by=person, result={"created": count}, finished=timezone.now())
    assert rows(lead, "record-sets", sort="set")[0] == ["Alpha", "beta"]
    assert rows(lead, "record-sets", sort="-records")[0] == ["beta", "Alpha"]
    for asked, counts in (("created", ["1", "2"]), ("-created", ["2", "1"]), ("-by", ["2", "1"])):
        page = lead.get(reverse("imports", args=["mill"]), {"sort": asked}).content.decode()
        assert re.findall(r'</td>\s*<td class="number">([0-9]+)</td>', page) == counts, asked
    for asked, models in (("records", ["Alpha", "beta"]), ("-records", ["beta", "Alpha"])):
        page = lead.get(reverse("evaluations"), {"sort": asked}).content.decode()
        assert re.findall("<td>(Alpha|beta)</td>", page) == models


def test_models_by_what_they_have(lead):
    from models_ml.models import EmbeddingModel

    for slug, dimension in (("base", 64), ("Large", 512), ("alike", 64)):
        EmbeddingModel.objects.create(slug=slug, source=slug, dimension=dimension)
    as_registered = rows(lead, "models")[0]
    assert rows(lead, "models", sort="model")[0] == ["alike", "base", "heritage-mini", "Large"]
    assert rows(lead, "models", sort="-dimensions")[0][0] == "Large"
    assert rows(lead, "models", sort="accuracy")[0] == as_registered
