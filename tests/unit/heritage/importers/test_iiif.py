"""Manifests and collections of IIIF, versions 2 and 3, as records."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.errors import UserError
from heritage.importers import iiif
from heritage.importers.iiif import ManifestReference, items_of_manifest, open_source, references
from heritage.importers.merging import merge_rows
from heritage.importers.source_records import Notice, RowProblem, SourceItem, SourceRecord, SourceRights

IIIF = Path(__file__).parent / "standards" / "iiif"


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((IIIF / name).read_text(encoding="utf-8"))
    return document


def record(document: dict[str, Any], **options: Any) -> SourceRecord:
    (item,) = items_of_manifest(document, file="m.json", **{"prefer": ["en"], **options})
    assert isinstance(item, SourceRecord)
    return item


class Museum:
    """Answers by address, and remembers who asked for what."""

    def __init__(self, **changed: dict[str, Any]) -> None:
        self.asked: list[str] = []
        self.documents = {
            "https://iiif.museum.example/3/manifest": load("manifest-3.json"),
            "https://iiif.museum.example/2/manifest.json": load("manifest-2.json"),
            "https://iiif.museum.example/collection": load("collection-3.json"),
            "https://iiif.museum.example/sub": load("collection-2.json"),
        } | changed

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.documents:
            raise UserError(f"{url} answers 404 Not Found.")
        return json.dumps(self.documents[url]).encode()


def test_a_manifest_of_version_3_is_a_record() -> None:
    vane = record(load("manifest-3.json"))
    assert vane.record_id == "https://iiif.museum.example/3/manifest"
    assert vane.name == "Weather vane"
    assert vane.description == "A cockerel of gilt copper. Material: copper; gold leaf. Date: 1788."
    assert dict(vane.languages) == {"name": "en", "description": "en"}
    assert vane.page == "https://museum.example/objects/3"
    assert vane.rights == SourceRights(
        licence="http://creativecommons.org/licenses/by/4.0/", statement="Museum of Examples"
    )


def test_pictures_of_version_3_are_what_is_painted_on_the_canvases_in_order() -> None:
    images = record(load("manifest-3.json")).images
    assert [(image.url, image.service, image.view, image.order) for image in images] == [
        (
            "https://iiif.museum.example/3-front/full/max/0/default.jpg",
            "https://iiif.museum.example/3-front",
            "Front",
            0,
        ),
        ("https://media.museum.example/3-natural.jpg", "", "", 1),
    ]


def test_a_manifest_of_version_2_is_a_record() -> None:
    globe = record(load("manifest-2.json"))
    assert globe.record_id == "https://iiif.museum.example/2/manifest.json"
    assert globe.name == "Terrestrial globe"
    assert globe.description == "A globe on a stand. Maker: Unknown. Size: 12 in."
    assert globe.page == "https://museum.example/objects/2"
    assert globe.rights == SourceRights(
        licence="https://creativecommons.org/publicdomain/mark/1.0/", statement="Museum of Examples"
    )
    assert [(image.url, image.service, image.view) for image in globe.images] == [
        ("https://iiif.museum.example/2-a/full/full/0/default.jpg", "https://iiif.museum.example/2-a", "f. 1r"),
        ("https://media.museum.example/2-b.jpg", "", "f. 1v"),
    ]


def test_another_language_may_be_preferred() -> None:
    assert record(load("manifest-3.json"), prefer=["de"]).name == "Wetterfahne"
    assert record(load("manifest-2.json"), prefer=["fr"]).name == "Globe terrestre"
    assert record(load("manifest-3.json"), prefer=["ja"]).name == "Wetterfahne"


@pytest.mark.parametrize(
    "label",
    [
        "Lamp",
        ["Lamp"],
        {"none": "Lamp"},
        {"@none": ["Lamp"]},
        {"@value": "Lamp"},
        [{"value": "Lamp", "language": "en"}],
    ],
)
def test_labels_are_read_as_sloppily_as_they_are_written(label: Any) -> None:
    assert record({"id": "https://m.example/1", "type": "Manifest", "label": label}).name == "Lamp"


def test_a_manifest_may_lack_almost_everything() -> None:
    bare = record({"@id": "https://m.example/1", "@type": "sc:Manifest", "label": None, "sequences": None})
    assert (bare.name, bare.description, bare.images, bare.page) == ("", "", (), "")


def test_a_manifest_without_identifier_is_known_by_its_address_or_refused() -> None:
    document = {"type": "Manifest", "label": {"en": ["Lamp"]}}
    assert record(document, address="https://m.example/1").record_id == "https://m.example/1"
    (problem,) = items_of_manifest(document, file="m.json")
    assert isinstance(problem, RowProblem)
    assert "missing" in problem.reason


def test_a_picture_without_a_web_address_is_left_out_with_a_notice() -> None:
    document = load("manifest-2.json")
    document["sequences"][0]["canvases"][1]["images"][0]["resource"] = {"@id": "urn:b", "@type": "dctypes:Image"}
    notice, globe = items_of_manifest(document, file="m.json")
    assert isinstance(notice, Notice)
    assert isinstance(globe, SourceRecord)
    assert len(globe.images) == 1


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("https://i.example/a/full/max/0/default.jpg", "https://i.example/a"),
        ("https://i.example/a/full/full/0/default.jpg", "https://i.example/a"),
        ("https://i.example/a/1,2,3,4/full/0/default.jpg", ""),
        ("https://i.example/full/a.jpg", ""),
    ],
)
def test_a_request_to_an_image_api_tells_its_service(address: str, service: str) -> None:
    body = {"id": address, "type": "Image"}
    canvas = {"type": "Canvas", "items": [{"items": [{"motivation": "painting", "body": body}]}]}
    (image,) = record({"id": "https://m.example/1", "type": "Manifest", "items": [canvas]}).images
    assert (image.url, image.service) == (address, service)


def test_a_collection_lists_what_it_refers_to() -> None:
    assert references(load("collection-3.json")) == [
        ManifestReference("https://iiif.museum.example/3/manifest", False),
        ManifestReference("https://iiif.museum.example/sub", True),
    ]
    assert references(load("collection-2.json")) == [
        ManifestReference("https://iiif.museum.example/collection", True),
        ManifestReference("https://iiif.museum.example/2/manifest.json", False),
        ManifestReference("https://iiif.museum.example/3/manifest", False),
        ManifestReference("https://iiif.museum.example/gone", False),
    ]


def test_the_manifests_of_a_collection_are_fetched_once_in_both_readings() -> None:
    museum = Museum()
    source = open_source(["https://iiif.museum.example/collection"], museum)
    items = list(merge_rows(source))
    assert [item.record_id for item in items if isinstance(item, SourceRecord)] == [
        "https://iiif.museum.example/3/manifest",
        "https://iiif.museum.example/2/manifest.json",
    ]
    (problem,) = [item for item in items if isinstance(item, RowProblem)]
    assert str(problem) == "https://iiif.museum.example/gone:0: https://iiif.museum.example/gone answers 404 Not Found."
    assert sorted(museum.asked) == sorted(set(museum.asked))


def test_what_was_fetched_into_a_folder_is_not_asked_for_again(tmp_path: Path) -> None:
    first, second = Museum(), Museum()
    address = "https://iiif.museum.example/3/manifest"
    expected = list(open_source([address], first, folder=tmp_path / "kept").items())
    assert list(open_source([address], second, folder=tmp_path / "kept").items()) == expected
    assert (first.asked, second.asked) == ([address], [])


def test_pages_of_a_long_collection_follow_one_another() -> None:
    count = 1500
    pages = {
        f"https://m.example/{number}": {
            "@id": f"https://m.example/{number}",
            "@type": "sc:Collection",
            "manifests": [{"@id": f"https://m.example/m{number}", "@type": "sc:Manifest", "sequences": [{}]}],
            "next": f"https://m.example/{number + 1}",
        }
        for number in range(count)
    }
    museum = Museum()
    museum.documents |= pages
    items = list(open_source(["https://m.example/0"], museum).items())
    # The manifests are embedded; the page after the last is missing.
    assert sum(isinstance(item, SourceRecord) for item in items) == count
    assert isinstance(items[-1], RowProblem)


def test_collections_inside_collections_come_to_an_end() -> None:
    def endless(url: str) -> bytes:
        deeper = {"id": f"{url}/c", "type": "Collection", "label": {"none": ["deeper"]}}
        return json.dumps({"id": url, "type": "Collection", "items": [deeper]}).encode()

    (problem,) = open_source(["https://m.example/c"], endless).items()
    assert isinstance(problem, RowProblem)
    assert "inside 8 others" in problem.reason


def test_no_more_documents_are_fetched_than_the_limit() -> None:
    museum = Museum()
    source = open_source(["https://iiif.museum.example/collection"], museum)
    source.most_documents = 2
    items = list(source.items())
    assert sum(isinstance(item, SourceRecord) for item in items) == 1
    assert [item.example for item in items if isinstance(item, Notice)] == ["https://iiif.museum.example/sub"]


def test_a_folder_of_manifests_and_their_collection_needs_no_fetching(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    for name in ("manifest-2.json", "manifest-3.json", "collection-3.json"):
        shutil.copy(IIIF / name, folder / name)
    (folder / "zz.json").write_text('{"a": 1}')
    items = list(merge_rows(open_source([folder])))
    assert sum(isinstance(item, SourceRecord) for item in items) == 2
    assert [item.example for item in items if isinstance(item, Notice)] == ["https://iiif.museum.example/sub"]
    (problem,) = [item for item in items if isinstance(item, RowProblem)]
    assert "neither a IIIF manifest nor a collection" in problem.reason


def test_a_collection_in_a_file_may_be_followed() -> None:
    items = list(open_source([IIIF / "collection-3.json"], Museum()).items())
    assert sum(isinstance(item, SourceRecord) for item in items) == 2


@pytest.mark.parametrize("content", ["", "<html>", "[]", '{"id": 1}', "[" * 100_000])
def test_a_file_that_is_no_manifest_says_so(content: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(UserError, match="IIIF manifest"):
        list(open_source([path]).items())


def test_an_address_that_gives_nothing_is_the_end() -> None:
    with pytest.raises(UserError, match="404"):
        list(open_source(["https://iiif.museum.example/nowhere"], Museum()).identifiers())


def test_an_address_needs_a_function_that_fetches() -> None:
    with pytest.raises(UserError, match="nothing is fetched here"):
        open_source(["https://iiif.museum.example/3/manifest"])


def identifiers_agree(fetch: Callable[[str], bytes]) -> bool:
    source = open_source(["https://iiif.museum.example/collection"], fetch)
    rows = [item.record_id for item in source.items() if not isinstance(item, Notice)]
    return list(source.identifiers()) == rows


def test_both_readings_have_the_same_rows() -> None:
    assert identifiers_agree(Museum())


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("https://m.example/1"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "@id",
                    "type",
                    "items",
                    "body",
                    "service",
                    "label",
                    "value",
                    "sequences",
                    "canvases",
                    "images",
                    "resource",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(sorted(load("manifest-3.json")) + sorted(load("manifest-2.json"))), anything))
def test_no_manifest_however_broken_ends_the_reading(document: dict[str, Any]) -> None:
    items: list[SourceItem] = items_of_manifest(document, file="m.json", address="https://m.example/1")
    assert isinstance(items[-1], SourceRecord | RowProblem)
    assert iiif.references(document) is not None
