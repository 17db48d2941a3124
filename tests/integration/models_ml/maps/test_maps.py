"""Maps are made of what may be shown, are kept, go stale, and can be taken away as files."""

import json
import struct

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from lxml import etree

from heritage.errors import UserError
from heritage.models import Collection, Image, JobRun, Record, Role, TextSegment
from heritage.progress import NoProgress
from models_ml.maps.actions import make_map
from models_ml.maps.kind import MapKind
from models_ml.models import EmbeddingModel, RecordMap
from models_ml.tasks import lay_out_map
from models_ml.vectors.store import write_vectors
from tests.factories import UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db

HEADER = struct.Struct("<I")


@pytest.fixture
def models() -> list[EmbeddingModel]:
    return collections_with_vectors({"smg": 14, "nms": 10}, ["base", "ft-best"])


@pytest.fixture
def lead() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.LEAD))
    return client


def made(model: EmbeddingModel, **kind: str) -> RecordMap:
    make_map(model=model, kind=MapKind(**kind), progress=NoProgress())  # type: ignore[arg-type]
    return RecordMap.objects.get(model=model, by=kind.get("by", "record"))


def address(name: str, slug: str = "base", **query: str) -> str:
    form = (query.pop("form"),) if "form" in query else ()
    return reverse(name, args=[slug, *form], query=query)


def read(content: bytes) -> tuple[dict, bytes]:
    (length,) = HEADER.unpack(content[:4])
    assert (4 + length) % 4 == 0
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def points(client: Client, **query: str) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray]:
    """Header, keys, places and colours by collection, as a browser takes them from the answer."""
    header, content = read(client.get(address("map-points", **query)).content)
    count = header["records"]
    assert len(content) == 10 * count
    return (
        header,
        np.frombuffer(content[: 4 * count], "<u4"),
        np.frombuffer(content[4 * count : 8 * count], "<u2").reshape(-1, 2),
        np.frombuffer(content[8 * count : 9 * count], "u1"),
    )


# --- Making ----------------------------------------------------------------------------------


def test_every_record_that_may_be_shown_is_on_the_map(models, lead) -> None:
    hidden, lost = Record.objects.all()[3], Record.objects.all()[4]
    Record.objects.filter(pk=hidden.pk).update(withheld=True)
    made(models[0])
    header, keys, places, of = points(lead)
    assert keys.tolist() == [pk for pk in Record.objects.values_list("pk", flat=True) if pk != hidden.pk]
    assert len(np.unique(places, axis=0)) > 20
    assert [(entry["name"], entry["count"]) for entry in header["collections"]] == [("Smg", 13), ("Nms", 10)]
    slugs = dict(Record.objects.values_list("pk", "collection__slug"))
    assert [("smg", "nms")[number] for number in of] == [slugs[key] for key in keys.tolist()]
    # What is withheld or removed later leaves the map at once.
    Record.objects.filter(pk=lost.pk).update(withheld=True)
    assert lost.pk not in points(lead)[1].tolist()
    Record.objects.filter(pk=lost.pk).update(withheld=False)
    lost.delete()
    assert lost.pk not in points(lead)[1].tolist()


def test_by_pictures_and_by_words_only_records_that_have_them_are_on_it(models, lead) -> None:
    made(models[0], by="image")
    made(models[0], by="text", style="with")
    with_picture = set(Image.objects.values_list("record", flat=True))
    assert set(points(lead, by="image")[1].tolist()) == with_picture
    assert len(points(lead, by="text", style="with")[1]) == TextSegment.objects.values("record").distinct().count()
    assert lead.get(address("map-points", by="text")).status_code == 404


def test_a_withheld_picture_has_no_say(models) -> None:
    kept = made(models[0], by="image").records
    Image.objects.filter(record=Image.objects.first().record).update(withheld=True)
    assert made(models[0], by="image").records == kept - 1
    assert RecordMap.objects.count() == 1


def test_too_few_records_are_said_so() -> None:
    (model,) = collections_with_vectors({"smg": 4}, ["base"])
    with pytest.raises(UserError, match=r"10 records or more .* base has 4: compute its vectors first \(embed base\)"):
        make_map(model=model, kind=MapKind(), progress=NoProgress())
    assert not RecordMap.objects.exists()


def test_a_model_that_went_meanwhile_leaves_no_map(models) -> None:
    stale = EmbeddingModel.objects.get(pk=models[0].pk)
    stages = NoProgress()

    def start(what: str, total: int | None = None) -> None:
        if what == "Naming clusters":
            EmbeddingModel.objects.filter(pk=stale.pk).delete()

    stages.start = start  # type: ignore[method-assign]
    with pytest.raises(UserError, match="was removed"):
        make_map(model=stale, kind=MapKind(), progress=stages)
    assert not RecordMap.objects.exists()


def test_the_command_and_the_job_make_the_same_map(models, capsys) -> None:
    call_command("map", "base", "--json", "--dry-run")
    assert json.loads(capsys.readouterr().out)["records"] == 24
    assert not RecordMap.objects.exists()
    call_command("map", "base", "--json")
    assert json.loads(capsys.readouterr().out)["style"] == "without"
    first = bytes(RecordMap.objects.get().arrays)
    assert lay_out_map(NoProgress(), model="base", by="record", style="without").endswith("by=record&style=without")
    assert bytes(RecordMap.objects.get().arrays) == first


# --- The page --------------------------------------------------------------------------------


def test_the_page_offers_to_make_a_map_and_then_says_that_it_is_made(models, lead) -> None:
    assert "Make the map" in lead.get(address("map")).content.decode()
    lead.post(reverse("start-map", args=["base"]), {"by": "record", "style": "without"})
    assert JobRun.objects.get().arguments == {"model": "base", "by": "record", "style": "without"}
    page = lead.get(address("map")).content.decode()
    assert "This map is being made" in page
    assert "Make the map" not in page


def test_a_map_of_other_vectors_is_said_to_be_so(models, lead) -> None:
    record_map = made(models[0])
    assert "Vectors have changed" not in lead.get(address("map")).content.decode()
    image = Image.objects.first()
    Image.objects.filter(pk=image.pk).delete()
    record_map.save()  # the answer is held for a minute, of this state of the map
    assert "Vectors have changed" in lead.get(address("map")).content.decode()


def test_the_page_costs_the_same_queries_with_more_records(models, lead, django_assert_max_num_queries) -> None:
    made(models[0])
    for name in ("map", "map-points"):
        with django_assert_max_num_queries(12):
            lead.get(address(name))


def test_maps_are_for_leads(models) -> None:
    made(models[0])
    client = Client()
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    for url in (
        address("map"),
        address("map-points"),
        address("map-records", keys="1"),
        address("map-file", form="csv"),
    ):
        assert client.get(url).status_code in (302, 403)


@pytest.mark.parametrize("keys", ["x", "1,,2", "9" * 30, ",".join(["1"] * 101), "-1"])
def test_keys_that_are_none_are_refused(models, lead, keys: str) -> None:
    assert lead.get(address("map-records", keys=keys)).status_code == 400


def test_cards_show_no_sensitive_picture_and_no_withheld_record(models, lead) -> None:
    one, other, third = Image.objects.order_by("record_id").distinct("record_id")[:3]
    Image.objects.filter(record=one.record).update(sensitive=True)
    Record.objects.filter(pk=other.record_id).update(withheld=True)
    asked = f"{one.record_id},{other.record_id},{third.record_id},999999"
    cards = lead.get(address("map-records", keys=asked)).json()["records"]
    assert [(card["key"], bool(card["thumbnail"]), card["sensitive"]) for card in cards] == [
        (one.record_id, False, True),
        (third.record_id, True, False),
    ]


# --- Clusters, colours, files ----------------------------------------------------------------


@pytest.fixture
def heaps(models) -> list[EmbeddingModel]:
    """Two kinds of things, far apart for both models."""
    for model in models:
        model.image_vectors.all().delete()
        model.segment_vectors.all().delete()
        segments = list(TextSegment.objects.select_related("record").order_by("pk"))
        random = np.random.default_rng(model.pk)
        of = np.arange(len(segments)) % 2
        vectors = np.eye(6)[of * 3] + 0.05 * random.normal(size=(len(segments), 6))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        keys = [segment.pk for segment in segments]
        write_vectors(model=model, modality="text", keys=keys, vectors=vectors.astype(np.float32))
        for segment, kind in zip(segments, of, strict=True):
            Record.objects.filter(pk=segment.record_id).update(taxonomy=[("Lamps", "Clocks")[kind]])
        made(model)
    return models


def test_clusters_are_named_counted_and_listed(heaps, lead) -> None:
    page = lead.get(address("map")).content.decode()
    assert "Lamps" in page
    assert "Clocks" in page
    kept = RecordMap.objects.get(model=heaps[0]).document
    assert {cluster["name"] for cluster in kept["clusters"]} == {"Lamps", "Clocks"}
    assert sum(sum(cluster["collections"].values()) for cluster in kept["clusters"]) + kept["loose"] == 24
    number = [cluster["name"] for cluster in kept["clusters"]].index("Lamps") + 1
    url = reverse("map-cluster", args=["base", number], query={"by": "record", "style": "without"})
    shown = {record.pk for record in lead.get(url).context["page"].records}
    assert shown <= set(Record.objects.filter(taxonomy=["Lamps"]).values_list("pk", flat=True))
    assert len(shown) == kept["clusters"][number - 1]["size"]
    assert lead.get(reverse("map-cluster", args=["base", 9])).status_code == 404


def test_another_models_map_colours_this_one(heaps, lead) -> None:
    _header, keys, _, _ = points(lead)
    found, colours = read(lead.get(address("map-colours", colour="clusters", other="ft-best")).content)
    assert len(colours) == len(keys)
    assert {entry["name"] for entry in found["legend"]} == {"Lamps", "Clocks"}
    found, colours = read(lead.get(address("map-colours", colour="disagreement", other="ft-best")).content)
    assert sum(entry["count"] for entry in found["legend"]) == len(colours) == len(keys)
    for wrong in (
        {"colour": "disagreement"},
        {"colour": "clusters", "other": "base"},
        {"colour": "x", "other": "base"},
    ):
        assert lead.get(address("map-colours", **wrong)).status_code == 404


def test_the_map_can_be_taken_away(heaps, lead) -> None:
    Record.objects.filter(taxonomy=["Clocks"]).update(name="=cmd()")
    csv = lead.get(address("map-file", form="csv"))
    lines = csv.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "collection,record_id,name,x,y,cluster,cluster_name"
    assert len(lines) == 25
    assert "'=cmd()" in csv.content.decode()
    document = lead.get(address("map-file", form="json")).json()
    assert document["model"] == "base"
    assert len(document["records"]) == 24
    assert all(0 <= row["x"] <= 1 and 0 <= row["y"] <= 1 for row in document["records"])
    svg = lead.get(address("map-file", form="svg", colour="term"))
    assert svg["Content-Type"] == "image/svg+xml"
    strokes = [path.get("d", "").count("M") for path in etree.fromstring(svg.content).iter() if path.get("d")]
    assert sum(strokes) == 24
    png = lead.get(address("map-file", form="png", colour="disagreement", other="ft-best"))
    assert png.content.startswith(b"\x89PNG")
    assert lead.get(address("map-file", form="svg", colour="clusters")).status_code == 404


def test_files_of_simulated_records_say_so(heaps, lead) -> None:
    Collection.objects.update(simulated=True)
    svg = lead.get(address("map-file", form="svg"))
    assert "simulated" in svg["Content-Disposition"]
    assert "simulated" in svg.content.decode()
