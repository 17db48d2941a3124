"""The search page: words, pictures, records, parts of pictures; what narrows it; what is said when something fails."""

import io
import json
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from heritage.models import Image, Record, Role, User
from models_ml.encoding.place import picture_store
from models_ml.queries import similar
from models_ml.search.finding import MOST_OF_A_WAY, search
from models_ml.search.fusion import fuse
from models_ml.search.request import SearchRequest
from models_ml.vectors.neighbours import nearest, nearest_records
from tests.encoder_server import DrawnEncoder, drawn_vector, encoder_running
from tests.factories import CollectionFactory, RecordFactory, collections_with_vectors

pytestmark = pytest.mark.django_db
SIZES = {"left": 12, "right": 9}


@pytest.fixture(autouse=True)
def own_place(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.IMAGES_DIR = tmp_path / "images"


@pytest.fixture
def model():
    [model] = collections_with_vectors(SIZES, ["one"])
    return model


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(User.objects.create_user("lead", role=Role.LEAD))
    return client


@pytest.fixture
def encoder(model):
    drawn = DrawnEncoder(model.dimension)
    with encoder_running(lambda source: drawn):
        yield drawn


def content(lead: Client, **parameters) -> str:
    response = lead.get(reverse("search"), parameters)
    assert response.status_code == 200
    return unescape(response.content.decode())


def found(**parameters) -> list[int]:
    from models_ml.search.finding import searchable_models

    models = searchable_models()
    return search(SearchRequest(**parameters), model=models[0] if models else None, user=None).keys


def picture(colour: str = "red", size: tuple[int, int] = (80, 40)) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


@pytest.mark.usefixtures("encoder")
def test_words_by_all_ways_with_what_each_was_found_by(lead, model):
    wanted = Record.objects.get(record_id="left-4")
    Record.objects.filter(pk=wanted.pk).update(name="Brass kettle")
    page = content(lead, q="kettle")
    assert "Brass kettle" in page
    assert "By the words" in page
    assert "its picture" in page
    assert "No record contains" not in page
    assert found(words="kettle", by="words") == [wanted.pk]
    # By meaning the vectors decide, however the words are.
    import numpy as np

    from models_ml.models import SegmentVector

    query = drawn_vector("kettle", model.dimension)
    cosines = {
        vector.segment.record_id: float(np.dot(vector.vector, query))
        for vector in SegmentVector.objects.select_related("segment")
    }
    assert found(words="kettle", by="text-text") == sorted(cosines, key=lambda pk: -cosines[pk])


def test_without_an_encoder_words_are_found_and_it_is_said_why_nothing_else_is(lead, model):
    RecordFactory(name="Brass kettle")
    page = content(lead, q="kettle")
    assert "Brass kettle" in page
    assert "No encoder answers, so words alone were searched" in page


def test_without_any_model(lead):
    RecordFactory(name="Brass kettle")
    page = content(lead, q="kettle")
    assert "Brass kettle" in page
    assert "No model has vectors yet" in page


def test_a_record_is_searched_with_without_an_encoder(lead, model):
    record = Record.objects.get(record_id="left-4")
    page = content(lead, record=record.pk)
    assert "encoder" not in page
    assert record.pk not in found(record=record.pk)
    others = set(found(record=record.pk, across=True))
    assert others
    assert others == set(
        Record.objects.filter(collection__slug="right", pk__in=found(record=record.pk)).values_list("pk", flat=True)
    )


def test_a_picture_that_is_brought(lead, encoder):
    file = SimpleUploadedFile("lamp.png", picture(), "image/png")
    response = lead.post(reverse("bring-picture") + "?q=lamp&by=", {"file": file})
    assert response.status_code == 302
    asked = parse_qs(urlsplit(response["Location"]).query)
    assert asked["q"] == ["lamp"]
    page = content(lead, picture=asked["picture"][0], q="lamp")
    assert "its picture" in page
    shown = lead.get(reverse("query-picture", args=[asked["picture"][0], "thumbnail"]))
    assert shown["Content-Type"] == "image/webp"
    assert lead.get(reverse("choose-part") + "?" + urlsplit(response["Location"]).query).status_code == 200
    content(lead, picture=asked["picture"][0], box="0.5,0.5,0.5,0.5")
    assert encoder.sizes == [(80, 40), (40, 20)]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.png", b"", "empty"),
        ("page.html", b"<!doctype html><p>Hello", "not an image that can be read"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image that can be read"),
        ("cut.png", picture(size=(800, 800))[:900], "damaged or cut off"),
    ],
)
def test_a_file_that_is_no_picture_is_said_to_be_none(lead, model, name, data, said):
    response = lead.post(reverse("bring-picture") + "?q=lamp", {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 422
    page = unescape(response.content.decode())
    assert said in page
    assert 'value="lamp"' in page


def test_a_picture_of_too_many_pixels(lead, model, settings):
    settings.IMAGE_MAX_PIXELS = 1_000
    response = lead.post(reverse("bring-picture"), {"file": SimpleUploadedFile("big.png", picture())})
    assert response.status_code == 422
    assert "the limit is" in response.content.decode()


def test_an_address_in_a_private_network_is_not_fetched(lead, model):
    response = lead.post(reverse("bring-picture"), {"address": "http://127.0.0.1/picture.png"})
    assert response.status_code == 422
    assert "private or local network" in response.content.decode()


@pytest.mark.parametrize(
    "parameters",
    [
        {"q": "x" * 10_000},
        {"record": "999999999999"},
        {"record": "-1"},
        {"record": "9" * 40},
        {"picture": "../../etc/passwd"},
        {"picture": "0" * 64},
        {"box": "2,2,2,2", "record": "1"},
        {"model": "no-such-model", "q": "lamp"},
        {"by": "magic", "q": "lamp"},
        {"more": "1e9", "q": "lamp"},
        {"more": [str(number) for number in range(60)], "q": "lamp"},
        {"collection": "nowhere", "q": "lamp"},
        {"page": "999", "q": "telephone"},
        {"linked": "maybe", "q": "lamp"},
    ],
)
@pytest.mark.usefixtures("encoder")
def test_whatever_the_address_says_the_page_works(lead, parameters):
    assert "<h1>Search</h1>" in content(lead, **parameters)


@pytest.mark.usefixtures("encoder")
def test_too_long_a_query_is_told(lead):
    assert "at most 500 characters" in content(lead, q="x" * 10_000)


def test_facets_count_and_narrow(lead, model):
    Record.objects.filter(collection__slug="left").update(taxonomy=["lamps", "lighting"], licence="CC BY 4.0")
    page = content(lead, q="telephone")
    for choice in ("lighting", "CC BY 4.0", "With a picture"):
        assert choice in page
    assert page.index('value="lighting"') < page.index('<li class="narrower-1">') < page.index('value="lamps"')
    both = set(found(words="telephone"))
    left = set(Record.objects.filter(collection__slug="left").values_list("pk", flat=True))
    assert both > left
    assert set(found(words="telephone", terms=("lamps",))) == left
    assert set(found(words="telephone", licences=("CC BY 4.0",))) == left
    pictured = set(Image.objects.values_list("record", flat=True))
    assert set(found(words="telephone", pictured=True)) == both & pictured
    # What was chosen stays on offer where nothing has it.
    assert "Search in everything" in content(lead, q="telephone", collection="nowhere")


@pytest.mark.usefixtures("encoder")
def test_more_and_less_like_what_was_found(lead, model):
    wanted, unwanted = Record.objects.get(record_id="left-4"), Record.objects.get(record_id="right-5")
    nearer = found(words="lamp", by="text-text", more=(wanted.pk,), less=(unwanted.pk,))
    before = found(words="lamp", by="text-text")
    assert nearer.index(wanted.pk) < before.index(wanted.pk) or before.index(wanted.pk) == 0
    assert found(more=(wanted.pk,))[0] == wanted.pk
    assert "More like" in content(lead, q="lamp", more=wanted.pk)


def test_two_models_side_by_side(lead, model):
    collections_with_vectors({"third": 3}, ["two"], seed=9)
    record = Record.objects.get(record_id="left-4")
    page = content(lead, record=record.pk, model="one", beside="two", by="text-text")
    assert "Only here." in page
    assert '<h2 id="column-2">two</h2>' in page


def test_words_are_looked_up_once_for_two_models(lead, model, monkeypatch):
    [other] = collections_with_vectors({"third": 3}, ["two"], seed=9)
    asked = SearchRequest(words="telephone", by="words")
    one = search(asked, model=model, user=None)
    monkeypatch.setattr("models_ml.search.finding.read_words", None)
    two = search(asked, model=other, user=None, beside=one)
    assert two.keys == one.keys
    assert two.keys
    assert two.spellings == one.spellings
    assert two.model == other


def test_withheld_records_are_found_by_nothing(lead, model):
    hidden = Record.objects.get(record_id="left-4")
    Record.objects.filter(pk=hidden.pk).update(withheld=True, name="Secret kettle")
    other = Record.objects.get(record_id="left-5")
    assert "Secret kettle" not in content(lead, q="kettle") + content(lead, record=other.pk) + content(
        lead, record=hidden.pk
    )


def test_the_cost_of_a_page_does_not_grow(lead, model, django_assert_max_num_queries: DjangoAssertNumQueries):
    record = Record.objects.get(record_id="left-4")
    with django_assert_max_num_queries(48):
        content(lead, record=record.pk, q="telephone")
    RecordFactory.create_batch(30, collection=CollectionFactory(slug="left"))
    with django_assert_max_num_queries(48):
        content(lead, record=record.pk, q="telephone")


def test_only_so_many_of_each_way(lead):
    RecordFactory.create_batch(MOST_OF_A_WAY + 5, collection=CollectionFactory(slug="left"))
    assert len(found(words="telephone")) == MOST_OF_A_WAY


def test_old_query_pictures_are_forgotten(lead, model):
    import os

    old = picture_store("queries").add(picture("blue")).content_hash
    folder = picture_store("queries").folder(old)
    os.utime(folder, (1, 1))
    lead.post(reverse("bring-picture"), {"file": SimpleUploadedFile("lamp.png", picture())})
    assert not folder.exists()
    assert "not kept any more" in content(lead, picture=old)


@pytest.mark.parametrize("name", ["search", "choose-part"])
def test_annotators_do_not_see_what_models_find_alike(client, name):
    client.force_login(User.objects.create_user("annotator", role=Role.ANNOTATOR))
    assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("bring-picture")).status_code == 403
    assert client.get(reverse("query-picture", args=["0" * 64, "display"])).status_code == 403


@pytest.mark.usefixtures("nothing_sealed")
def test_linked_by_experts_or_not(client, model):
    from annotation.answers.actions import record_annotation
    from annotation.models import Assignment
    from tests.factories import campaign_for

    annotator = User.objects.create_user("annotator", role=Role.ANNOTATOR)
    lead = User.objects.create_user("lead", role=Role.LEAD)
    campaign = campaign_for(annotator, pairs_each=2, created_by=lead)
    linked, unlinked = Assignment.objects.filter(campaign=campaign).select_related("pair")
    record_annotation(assignment=linked, annotator=annotator, label="same_object")
    record_annotation(assignment=unlinked, annotator=annotator, label="unrelated")
    asked = SearchRequest(words="telephone", linked="yes")
    assert set(search(asked, model=None, user=lead).keys) == {linked.pair.a_id, linked.pair.b_id}
    assert not search(asked, model=None, user=annotator).keys
    client.force_login(lead)
    assert "Links by experts" in content(client, q="telephone")


def test_from_result_to_result(lead, model):
    content(lead, q="telephone", by="words")
    first, second, *_ = found(words="telephone", by="words")
    page = unescape(lead.get(reverse("record", args=[second]) + "?list").content.decode())
    assert "2 of 21" in page
    assert "Search: telephone" in page
    assert f'rel="prev" href="{reverse("record", args=[first])}?list"' in page
    # Not from the list, and not of it.
    assert "In the list" not in lead.get(reverse("record", args=[second])).content.decode()
    other = RecordFactory(name="Loom")
    assert "In the list" not in lead.get(other.get_absolute_url() + "?list").content.decode()


def test_what_models_agree_on(lead):
    models = collections_with_vectors(SIZES, ["one", "two", "three"])
    record = Record.objects.get(record_id="left-4")
    lists = {
        model.slug: [pk for pk, _ in nearest_records(model=model, modality="text", record=record)] for model in models
    }
    found_similar = similar(record, model_slug="all-models", by="text", similarity="plain")["similar"]
    assert [item["record"].pk for item in found_similar] == [each.record for each in fuse(lists)][:12]
    assert all(
        item["found_by"] == sorted(slug for slug, keys in lists.items() if item["record"].pk in keys)
        for item in found_similar
    )
    page = lead.get(reverse("similar-records", args=[record.pk]), {"model": "all-models", "by": "text"})
    assert "all 3 models" in page.content.decode()


def test_spreadsheets_are_matched_by_meaning_where_no_name_has_the_words(lead, model):
    def candidates() -> list[dict]:
        form = urlencode({"queries": json.dumps({"q0": {"query": "Fernsprecher", "limit": 3}})})
        answer = lead.post(reverse("reconcile"), form, content_type="application/x-www-form-urlencoded")
        return answer.json()["q0"]["result"]

    assert candidates() == []  # no encoder
    drawn = DrawnEncoder(model.dimension)
    with encoder_running(lambda source: drawn):
        matched = candidates()
    assert drawn.texts == ["Fernsprecher"]
    nearest_keys = [
        pk
        for pk, _ in nearest(model=model, modality="text", query=drawn_vector("Fernsprecher", model.dimension), limit=3)
    ]
    assert {Record.objects.get(pk=pk).name for pk in nearest_keys} == {each["name"] for each in matched}
    assert not any(each["match"] for each in matched)


def test_a_sensitive_picture_is_shown_to_those_who_ask(lead, model):
    record = Record.objects.get(record_id="left-4")
    address = reverse("choose-part") + f"?record={record.pk}"
    assert "marks this as sensitive" not in lead.get(address).content.decode()
    record.images.update(sensitive=True)
    page = lead.get(address).content.decode()
    stage = page.index("data-stage")
    assert page.index("marks this as sensitive") < stage < page.index("</details>", stage) < page.index("data-edges")
