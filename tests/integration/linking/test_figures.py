"""Figures of a sampling's pairs: each dot leads to its pair, and what may not be shown is not named."""

import csv
from html import unescape

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from lxml import etree
from pytest_django import DjangoAssertNumQueries

from heritage.models import Record, Role
from linking.models import CandidatePair, Sampling
from tests.factories import UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db
OPTIONS = ("--collections", "smg", "nms", "--models", "base", "ft", "--percentile", "70", "--allow-fewer", "--json")


@pytest.fixture
def sampling() -> Sampling:
    collections_with_vectors({"smg": 16, "nms": 12}, ["base", "ft"])
    call_command("sample_pairs", "pilot", *OPTIONS, "--patterns", "every")
    return Sampling.objects.get()


@pytest.fixture
def lead() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.LEAD))
    return client


def test_every_pair_that_can_be_compared_is_a_dot_that_opens_it(lead: Client, sampling: Sampling) -> None:
    response = lead.get(
        reverse("sampling-figure", args=[sampling.pk]), {"x": "image-image/base", "y": "text-text/base"}
    )
    comparable = [
        pair.pk
        for pair in CandidatePair.objects.all()
        if all(pair.similarity[comparison]["base"] is not None for comparison in ("image-image", "text-text"))
    ]
    page = response.content.decode()
    for pk in comparable:
        assert reverse("sampled-pair", args=[sampling.pk, pk]) in page
    assert page.count('class="dot dot-') == len(comparable) + len(response.context["plot"].legend)
    assert response.context["missing"] == CandidatePair.objects.count() - len(comparable) > 0


def test_the_pair_shows_both_records_and_what_each_model_finds(lead: Client, sampling: Sampling) -> None:
    pair = CandidatePair.objects.select_related("a", "b").first()
    page = unescape(lead.get(reverse("sampled-pair", args=[sampling.pk, pair.pk])).content.decode())
    assert pair.a.get_absolute_url() in page
    assert pair.b.get_absolute_url() in page
    for by_model in pair.similarity.values():
        for value in by_model.values():
            assert value is None or f"{value:.3f}" in page
    other = Sampling.objects.create(name="other", recipe={"models": ["base"]})
    assert lead.get(reverse("sampled-pair", args=[other.pk, pair.pk])).status_code == 404


def test_withheld_records_are_neither_named_nor_shown(lead: Client, sampling: Sampling) -> None:
    pair = CandidatePair.objects.select_related("a").first()
    Record.objects.filter(pk=pair.a_id).update(withheld=True, name="Not to be named")
    for address in (
        reverse("sampling-figure", args=[sampling.pk]),
        reverse("sampled-pair", args=[sampling.pk, pair.pk]),
        reverse("sampling-figure-file", args=[sampling.pk, "csv"]),
    ):
        assert "Not to be named" not in lead.get(address).content.decode()


def test_files_have_the_same_pairs(lead: Client, sampling: Sampling) -> None:
    query = {"x": "text-text/base", "y": "text-text/ft"}
    rows = list(
        csv.DictReader(
            lead.get(reverse("sampling-figure-file", args=[sampling.pk, "csv"]), query)
            .content.decode("utf-8-sig")
            .splitlines()
        )
    )
    pairs = CandidatePair.objects.in_bulk()
    assert len(rows) == len(pairs)
    for row in rows:
        assert float(row["text-text/ft"]) == pairs[int(row["pair"])].similarity["text-text"]["ft"]
    drawn = lead.get(reverse("sampling-figure-file", args=[sampling.pk, "svg"]), query)
    tree = etree.fromstring(drawn.content)
    assert len(tree.findall("{*}path")) == len(pairs)
    assert b"<a " not in drawn.content
    png = lead.get(reverse("sampling-figure-file", args=[sampling.pk, "png"]), query)
    assert png.content.startswith(b"\x89PNG")


def test_a_figure_costs_a_fixed_number_of_queries(
    lead: Client, sampling: Sampling, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9):
        lead.get(reverse("sampling-figure", args=[sampling.pk]))


def test_pairs_without_similarities_have_no_figure(lead: Client) -> None:
    imported = Sampling.objects.create(name="imported", recipe={"models": ["base"], "imported_from": "x.csv"})
    assert lead.get(reverse("sampling-figure", args=[imported.pk])).status_code == 404


def test_annotators_see_neither(client: Client, sampling: Sampling) -> None:
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    pair = CandidatePair.objects.first()
    for address in (
        reverse("sampling-figure", args=[sampling.pk]),
        reverse("sampling-figure-file", args=[sampling.pk, "csv"]),
        reverse("sampled-pair", args=[sampling.pk, pair.pk]),
    ):
        assert client.get(address).status_code == 403
