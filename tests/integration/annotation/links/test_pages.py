"""The links' pages: what experts agree on, for leads who do not label it, at any size."""

import csv
import itertools
import json
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.labels.actions import add_finer_labels, change_scheme
from annotation.labels.finer import FinerLabelDraft
from annotation.labels.four import LabelDraft
from annotation.links.consensus import CLOSENESS, agreed_links
from annotation.links.queries import LinkFilter, link_page, link_rows
from annotation.links.reading import campaign_answers
from annotation.models import Annotation, LinkReview
from heritage.models import Role
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sealed")]

LABELS = ("same_object", "similar_object", "same_category", "unrelated")


@pytest.fixture
def ada():
    return UserFactory(username="ada", role=Role.LEAD)


@pytest.fixture
def curator():
    return UserFactory(username="mary", role=Role.LEAD)


@pytest.fixture
def campaign(ada):
    campaign = campaign_for(ada, pairs_each=4, name="Pilot")
    for assignment, label in zip(campaign.assignments.order_by("position"), LABELS, strict=True):
        record_annotation(assignment=assignment, annotator=ada, label=label)
    return campaign


@pytest.fixture
def reader(client, curator):
    client.force_login(curator)
    return client


def pair_of(campaign, position):
    return campaign.assignments.select_related("pair__a", "pair__b").get(position=position).pair


def page(reader, **choices):
    return reader.get(reverse("links"), choices)


def shown(response):
    return [(link.pair.pk, link.label, link.state) for link in response.context["found"].links]


def verdict(reader, campaign, position, **data):
    said = {"label": LABELS[position - 1], "submission": str(uuid.uuid4())} | data
    return reader.post(reverse("link", args=[campaign.pk, pair_of(campaign, position).pk]), said)


def test_closest_first_with_both_records_and_who_says_so(reader, campaign):
    response = page(reader)
    assert [label for _, label, _ in shown(response)] == list(LABELS[:3])
    first = pair_of(campaign, 1)
    for record in (first.a, first.b):
        assert record.name in response.content.decode()
        assert record.get_absolute_url() in response.content.decode()
    assert response.context["found"].links[0].annotators == ("ada",)
    assert "1 record" not in response.content.decode()


def test_finer_labels_of_those_who_gave_the_label(reader):
    people = [UserFactory(username=name) for name in ("eve", "fay", "guy")]
    campaign = campaign_for(*people, pairs_each=1, overlap=1)
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("same_object", name) for name in ("<Cast>", "Lot")])
    for assignment, finer in zip(campaign.assignments.select_related("annotator"), ("cast", "cast", ""), strict=True):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="same_object", finer=finer)
    listed = page(reader, campaign=str(campaign.pk)).content.decode()
    assert "&lt;Cast&gt; 2 of 3" in listed
    one = reader.get(reverse("link", args=[campaign.pk, campaign.assignments.first().pair_id])).content.decode()
    assert "Of these, 2 say “&lt;Cast&gt;”." in one
    assert "Lot" not in listed + one


def test_filters(reader, campaign):
    assert [label for _, label, _ in shown(page(reader, label="same_category"))] == ["same_category"]
    assert len(shown(page(reader, collection="left"))) == 3
    assert not shown(page(reader, answers=2))
    assert shown(page(reader, campaign=str(campaign.pk), agreement=100, state="open"))
    assert not shown(page(reader, state="rejected"))


def test_a_wrong_filter_is_said_and_not_applied(reader, campaign):
    response = page(reader, agreement="most")
    assert response.status_code == 422
    assert "a number from 1 to 100" in response.content.decode()
    assert len(shown(response)) == 3
    assert page(reader, campaign=str(uuid.uuid4())).status_code == 404
    assert page(reader, campaign="1").status_code == 404


def test_a_curator_signs_off_rejects_and_takes_back(reader, campaign):
    there = reverse("links") + "?label=same_object"
    response = verdict(reader, campaign, 1, verdict="signed_off", then=there)
    assert (response.status_code, response.url) == (302, there)
    assert shown(page(reader, state="signed_off"))[0][1] == "same_object"
    assert verdict(reader, campaign, 2, verdict="rejected").status_code == 422
    assert verdict(reader, campaign, 2, verdict="rejected", reason="Another <maker>").status_code == 302
    assert [label for _, label, _ in shown(page(reader))] == ["same_object", "same_category"]
    one = reader.get(reverse("link", args=[campaign.pk, pair_of(campaign, 2).pk])).content.decode()
    assert "Rejected by mary" in one
    assert "Another &lt;maker&gt;" in one
    verdict(reader, campaign, 2, verdict="reopened")
    assert len(shown(page(reader))) == 3
    assert LinkReview.objects.count() == 3


def test_the_way_back_leads_nowhere_else(reader, campaign):
    for then in ("https://elsewhere.example/", "elsewhere", "?label=same_object", "//elsewhere.example"):
        response = verdict(reader, campaign, 1, verdict="signed_off", then=then)
        assert response.url == reverse("link", args=[campaign.pk, pair_of(campaign, 1).pk])


def test_htmx_gets_the_link_alone_and_hears_what_is_wrong(reader, campaign):
    address = reverse("link", args=[campaign.pk, pair_of(campaign, 1).pk])
    data = {"verdict": "signed_off", "label": "same_object", "submission": str(uuid.uuid4())}
    response = reader.post(address, data, headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith("<li")
    assert "Signed off by mary" in response.content.decode()
    response = reader.post(address, data | {"label": "unrelated", "submission": ""}, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert "reload the page" in response.content.decode() or "required" in response.content.decode()


def test_a_link_that_changed_is_answered_409(reader, campaign):
    assert verdict(reader, campaign, 1, verdict="signed_off", label="same_category").status_code == 409
    assert not LinkReview.objects.exists()


def test_a_record_shows_what_it_is_linked_to(reader, campaign):
    pair, unrelated = pair_of(campaign, 1), pair_of(campaign, 4)
    response = reader.get(reverse("record-links", args=[pair.a_id]))
    assert pair.b.name in response.content.decode()
    assert reverse("record-links", args=[pair.a_id]) in reader.get(pair.a.get_absolute_url()).content.decode()
    assert "No expert has linked" in reader.get(reverse("record-links", args=[unrelated.a_id])).content.decode()
    verdict(reader, campaign, 1, verdict="rejected", reason="Another maker")
    assert "No expert has linked" in reader.get(reverse("record-links", args=[pair.a_id])).content.decode()


# --- One after another -------------------------------------------------------------------------


def one(reader, campaign, position, **choices):
    address = reverse("link", args=[campaign.pk, pair_of(campaign, position).pk])
    return reader.get(address, choices)


def test_next_and_previous_stay_in_the_lists_filter(reader, campaign):
    keys = {position: pair_of(campaign, position).pk for position in (1, 2, 3)}
    listed = page(reader, agreement=60).content.decode()
    assert f"{reverse('link', args=[campaign.pk, keys[1]])}?agreement=60" in listed
    first = one(reader, campaign, 1, agreement=60).context["neighbours"]
    assert (first.place, first.total, first.before, first.after) == (1, 3, None, keys[2])
    last = one(reader, campaign, 3, agreement=60).context["neighbours"]
    assert (last.place, last.before, last.after) == (3, keys[2], None)
    alone = one(reader, campaign, 2, label="similar_object").context["neighbours"]
    assert (alone.place, alone.total, alone.before, alone.after) == (1, 1, None, None)


def test_a_verdict_leads_to_the_next_of_the_list_also_when_the_link_leaves_it(reader, campaign):
    open_ones = one(reader, campaign, 1, state="open")
    following = reverse("link", args=[campaign.pk, pair_of(campaign, 2).pk]) + "?state=open"
    assert f'name="then" value="{following}"' in open_ones.content.decode()
    response = verdict(reader, campaign, 1, verdict="signed_off", then=following)
    assert response.url == following
    gone = one(reader, campaign, 1, state="open")
    assert "No longer among the 2 of the list" in gone.content.decode()
    assert gone.context["neighbours"].after == pair_of(campaign, 2).pk
    assert one(reader, campaign, 2, state="open").context["neighbours"].before is None


def test_a_verdict_in_the_list_brings_the_counts_of_its_filter(reader, campaign):
    address = reverse("link", args=[campaign.pk, pair_of(campaign, 1).pk]) + "?label=same_object"
    data = {"verdict": "signed_off", "label": "same_object", "submission": str(uuid.uuid4())}
    said = reader.post(address, data, headers={"HX-Request": "true"})
    assert said.context["counts"].states == {"signed_off": 1}
    assert 'id="link-counts" hx-swap-oob="true"' in said.content.decode()
    assert "0 await a verdict · 1 signed off" in said.content.decode()
    refused = reader.post(address, data | {"verdict": "rejected", "submission": str(uuid.uuid4()), "reason": " "})
    assert refused.status_code == 422


def test_what_was_typed_as_a_reason_is_kept(reader, campaign):
    said = verdict(reader, campaign, 1, verdict="rejected", label="same_category", reason="Another <maker>")
    assert said.status_code == 409
    assert "Another &lt;maker&gt;</textarea>" in said.content.decode()


def test_thresholds_say_how_many_links_each_gives(reader):
    people = [UserFactory(username=name) for name in ("eve", "fay", "guy")]
    campaign = campaign_for(*people, pairs_each=2, overlap=1)
    first, second = campaign.assignments.order_by("pair").values_list("pair", flat=True).distinct()
    for pair, labels in ((first, LABELS[:3]), (second, ("same_object", "same_object", "unrelated"))):
        for assignment, label in zip(
            campaign.assignments.filter(pair=pair).select_related("annotator"), labels, strict=True
        ):
            record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)
    record_annotation(assignment=assignment, annotator=assignment.annotator, label="unrelated")
    counts = page(reader, campaign=str(campaign.pk), agreement=100).context["counts"]
    assert [(each.value, each.links) for each in counts.by_agreement] == [(50, 2), (60, 2), (75, 1), (90, 1), (100, 1)]
    assert [(each.value, each.links) for each in counts.by_answers] == [(3, 1)]
    assert counts.states == {"open": 1}


def test_the_doubtful_or_the_most_answered_first_and_next_goes_by_it(reader):
    eve, fay = UserFactory(username="eve"), UserFactory(username="fay")
    campaign = campaign_for(eve, fay, pairs_each=2, overlap=1)
    sure, doubtful = campaign.assignments.order_by("pair").values_list("pair", flat=True).distinct()
    answers = {(sure, eve): "same_object", (doubtful, eve): "same_object", (doubtful, fay): "same_category"}
    for (pair, person), label in answers.items():
        assignment = campaign.assignments.get(pair=pair, annotator=person)
        record_annotation(assignment=assignment, annotator=person, label=label)
    third = campaign_for(eve, fay, UserFactory(username="guy"), pairs_each=1, overlap=1, name="Third")
    for assignment, label in zip(
        third.assignments.select_related("annotator"), ("same_object", "same_object", "unrelated"), strict=True
    ):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)

    def order(campaign, **asked):
        return [key for key, _, _ in shown(page(reader, campaign=str(campaign.pk), **asked))]

    assert order(campaign) == [sure, doubtful]
    assert order(campaign, order="answered") == [doubtful, sure]
    address = reverse("link", args=[campaign.pk, doubtful])
    assert reader.get(address, {"order": "answered"}).context["neighbours"].after == sure
    rows = link_rows(user=UserFactory(role=Role.LEAD), choice=LinkFilter(order="doubtful"))
    assert [round(row.agreement, 2) for row in rows] == [0.67, 1, 1]
    assert page(reader, campaign=str(campaign.pk), order="; drop").status_code == 422


def test_labels_are_named_as_the_campaign_names_them(reader, campaign):
    drafts = [
        LabelDraft(label, name) for label, name in zip(LABELS, ("Gleich", "Ähnlich", "Art", "Nichts"), strict=True)
    ]
    change_scheme(campaign=campaign, labels=drafts)
    listed = page(reader).content.decode()
    assert "Gleich" in listed
    assert "Same object" not in listed
    assert "Gleich" in one(reader, campaign, 1).content.decode()
    assert "Gleich" in reader.get(reverse("download-links", args=[campaign.pk])).content.decode()
    assert "Gleich" in reader.get(reverse("record-links", args=[pair_of(campaign, 1).a_id])).content.decode()


# --- Blindness ---------------------------------------------------------------------------------


def links_addresses(campaign, pair):
    one = [campaign.pk, pair.pk]
    return {
        "list": reverse("links") + f"?campaign={campaign.pk}",
        "newest": reverse("links"),
        "one": reverse("link", args=one),
        "download": reverse("download-links", args=[campaign.pk]) + "?format=csv",
        "record": reverse("record-links", args=[pair.a_id]),
    }


def test_whoever_labels_in_an_open_campaign_sees_none_of_its_links(client, campaign, ada):
    """A lead who labels too: the role opens the pages, the open hand closes these."""
    client.force_login(ada)
    pair = pair_of(campaign, 1)
    found = {name: client.get(url) for name, url in links_addresses(campaign, pair).items()}
    assert {name: response.status_code for name, response in found.items()} == {
        "list": 404, "newest": 200, "one": 404, "download": 404, "record": 200,
    }  # fmt: skip
    assert "No links to see yet" in found["newest"].content.decode()
    assert pair.b.name not in found["record"].content.decode()
    assert client.post(links_addresses(campaign, pair)["one"], {"verdict": "signed_off"}).status_code == 404
    close_campaign(campaign=campaign)
    after = {name: client.get(url) for name, url in links_addresses(campaign, pair).items()}
    assert {response.status_code for response in after.values()} == {200}
    assert pair.b.name in after["record"].content.decode()


def test_nor_links_that_another_campaign_found_between_the_records_of_an_open_hand(client, campaign, ada):
    close_campaign(campaign=campaign)
    curator = UserFactory(role=Role.LEAD)
    again = create_campaign(name="Again", sampling=campaign.sampling, annotators=[curator.username], pairs_each=2)
    held = set(again.assignments.values_list("pair", flat=True))
    client.force_login(curator)
    visible = {pair for pair, _, _ in shown(client.get(reverse("links"), {"campaign": str(campaign.pk)}))}
    linked = {pair_of(campaign, position).pk for position in (1, 2, 3)}
    assert visible == linked - held
    text = client.get(reverse("download-links", args=[campaign.pk]), {"format": "csv"}).content.decode()
    assert len(list(csv.DictReader(text.splitlines()))) == len(visible)


@pytest.mark.parametrize("name", ["list", "newest", "one", "download", "record"])
def test_annotators_and_visitors_are_kept_out(client, campaign, name):
    url = links_addresses(campaign, pair_of(campaign, 1))[name]
    assert client.get(url).url.startswith(reverse("login"))
    client.force_login(UserFactory())
    assert client.get(url).status_code == 403


# --- Downloads ---------------------------------------------------------------------------------


def test_every_format_is_downloaded_as_its_kind(reader, campaign):
    address = reverse("download-links", args=[campaign.pk])
    for kind, ending in (("csv", "csv"), ("skos", "ttl"), ("skos-json-ld", "jsonld"), ("web-annotation", "jsonld")):
        response = reader.get(address, {"format": kind, "address_left": "https://left.example/{id}"})
        assert response.headers["Content-Disposition"] == f'attachment; filename="pilot-links.{ending}"'
        assert "https://left.example/1900-" in response.content.decode()
    assert json.loads(response.content)["total"] == 3
    mapped = reader.get(address, {"format": "skos", "map_same_object": "exactMatch"}).content.decode()
    assert "skos:exactMatch" in mapped
    assert "sameAs" not in mapped


def test_the_download_says_what_is_wrong(reader, campaign):
    address = reverse("download-links", args=[campaign.pk])
    assert reader.get(address).status_code == 200
    wrong = ({"format": "rdf"}, {"format": "skos", "map_same_object": "sameAs"}, {"format": "csv", "address_left": "x"})
    for data in wrong:
        assert reader.get(address, data).status_code == 422
    assert "is no address of records" in reader.get(address, wrong[2]).content.decode()


# --- One definition, any size ------------------------------------------------------------------


def answers_at_random(sampling, labels):
    """Three people who answer as `labels` says, pair by pair; empty where one left the pair empty."""
    people = [UserFactory() for _ in range(3)]
    campaign = create_campaign(
        name=f"Random {uuid.uuid4()}",
        sampling=sampling,
        annotators=[person.username for person in people],
        pairs_each=6,
        overlap=1,
    )
    assignments = campaign.assignments.order_by("pair", "annotator")
    Annotation.objects.bulk_create(
        Annotation(assignment=assignment, label=label, created=datetime(2026, 3, 2, tzinfo=UTC))
        for assignment, label in zip(assignments, labels, strict=True)
    )
    return campaign


@given(
    labels=st.lists(st.sampled_from([*CLOSENESS, ""]), min_size=18, max_size=18),
    agreement=st.sampled_from([0.3, 0.5, 0.6, 0.7, 1.0]),
    least=st.integers(1, 3),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_counts_links_as_they_are_defined(labels, agreement, least):
    curator = UserFactory(role=Role.LEAD)
    campaign = answers_at_random(sampling_with_pairs(per_stratum=2), labels)
    expected = {
        (link.a.record_id, link.b.record_id): (link.label, link.agreement, link.answers, link.annotators)
        for link in agreed_links(campaign_answers(campaign).answers, least_agreement=agreement, least_answers=least)
    }
    choice = LinkFilter(least_agreement=agreement, least_answers=least)
    found = {
        tuple(record.record_id for record in link.records): (
            link.label,
            link.agreement,
            link.answers,
            link.annotators,
        )
        for link in link_page(user=curator, campaign=campaign, choice=choice, number=None).links
    }
    assert found == {keys: (*values[:3], tuple(sorted(values[3]))) for keys, values in expected.items()}


def many_links(people, pairs):
    campaign = campaign_for(*people, pairs_each=pairs, overlap=1)
    labels = itertools.cycle(LABELS[:3])
    by_pair = {pair: next(labels) for pair in campaign.assignments.values_list("pair", flat=True).distinct()}
    Annotation.objects.bulk_create(
        Annotation(assignment=each, label=by_pair[each.pair_id], created=datetime(2026, 3, 2, tzinfo=UTC))
        for each in campaign.assignments.all()
    )
    return campaign


def test_a_page_costs_the_same_queries_whatever_the_number_of_links(reader, curator):
    counts = set()
    for pairs in (3, 30):
        campaign = many_links([UserFactory(), UserFactory()], pairs)
        first = link_rows(user=curator, choice=LinkFilter(), campaign=campaign)[0]
        LinkReview.objects.create(
            campaign=campaign,
            pair_id=first.pair,
            verdict="signed_off",
            label=first.label,
            reviewer=curator,
            created=datetime(2026, 3, 2, tzinfo=UTC),
        )
        with CaptureQueriesContext(connection) as queries:
            response = page(reader, campaign=str(campaign.pk))
        assert response.context["page"].paginator.count == pairs
        counts.add(len(queries))
    assert len(counts) == 1
    assert len(response.context["found"].links) == 24
    assert len(shown(page(reader, campaign=str(campaign.pk), page=2))) == 6
