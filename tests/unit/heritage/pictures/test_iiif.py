"""The largest picture that a IIIF service gives within the limits, for every version and level of the two APIs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from heritage.pictures.downloading import Answer
from heritage.pictures.iiif import image_service, manifest_picture
from heritage.pictures.limits import DownloadError
from heritage.pictures.resolving import FoundPicture, find_picture

BASE = "https://iiif.museum.example/images/1"


def version_3(**said: Any) -> dict[str, Any]:
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": BASE,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": 8000,
        "height": 6000,
    } | said


def version_2(**said: Any) -> dict[str, Any]:
    return {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": BASE,
        "protocol": "http://iiif.io/api/image",
        "profile": ["http://iiif.io/api/image/2/level2.json"],
        "width": 8000,
        "height": 6000,
    } | said


def version_1(**said: Any) -> dict[str, Any]:
    return {
        "@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json",
        "@id": BASE,
        "profile": "http://library.stanford.edu/iiif/image-api/1.1/compliance.html#level1",
        "width": 8000,
        "height": 6000,
    } | said


SIZES = [{"width": 1000, "height": 750}, {"width": 3000, "height": 2250}, {"width": 8000, "height": 6000}]
LEVEL_0 = ["http://iiif.io/api/image/2/level0.json"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (version_3(width=3000, height=2000), "/full/max/0/default.jpg"),
        (version_3(), "/full/4000,3000/0/default.jpg"),
        (version_3(profile="level1"), "/full/4000,3000/0/default.jpg"),
        (version_3(maxWidth=2000), "/full/2000,1500/0/default.jpg"),
        (version_3(maxWidth=4000, maxHeight=1500), "/full/2000,1500/0/default.jpg"),
        (version_3(maxArea=3_000_000), "/full/2000,1500/0/default.jpg"),
        (version_3(profile="level0", sizes=SIZES), "/full/3000,2250/0/default.jpg"),
        (version_3(profile="level0"), "/full/max/0/default.jpg"),
        (version_3(profile="level0", sizes=SIZES[2:]), "/full/8000,6000/0/default.jpg"),
        (version_3(profile="level0", extraFeatures=["sizeByW"]), "/full/4000,3000/0/default.jpg"),
        (version_3(width=3000, height=2000, profile="level0", maxWidth=1000), "/full/max/0/default.jpg"),
        (version_3(width=20_000, height=3), "/full/4000,1/0/default.jpg"),
        (version_2(width=3000, height=2000), "/full/full/0/default.jpg"),
        (version_2(), "/full/4000,/0/default.jpg"),
        (version_2(profile="http://iiif.io/api/image/2/level1.json"), "/full/4000,/0/default.jpg"),
        (version_2(profile=LEVEL_0, sizes=SIZES), "/full/3000,/0/default.jpg"),
        (version_2(profile=LEVEL_0), "/full/full/0/default.jpg"),
        (version_2(profile=[*LEVEL_0, {"supports": ["sizeByW"]}]), "/full/4000,/0/default.jpg"),
        (
            version_2(profile=["http://iiif.io/api/image/2/level2.json", {"maxWidth": 2000}]),
            "/full/2000,/0/default.jpg",
        ),
        (version_1(), "/full/4000,/0/native.jpg"),
    ],
)
def test_the_largest_picture_within_the_limits(document: dict[str, Any], path: str) -> None:
    information = image_service(document)
    assert information is not None
    assert information.picture_path(4000) == path


@pytest.mark.parametrize(
    "document",
    [{}, {"width": 3, "height": 4}, version_3(width="8000"), version_3(height=-1), version_2(width=True), {"id": BASE}],
)
def test_other_documents_are_none(document: dict[str, Any]) -> None:
    assert image_service(document) is None


def body_3(**said: Any) -> dict[str, Any]:
    return {"id": f"{BASE}/full/max/0/default.jpg", "type": "Image"} | said


def manifest_3(*bodies: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": "https://museum.example/manifest",
        "type": "Manifest",
        "items": [{"type": "Canvas", "items": [{"items": [{"type": "Annotation", "body": body}]}]} for body in bodies],
    }


def manifest_2(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@type": "sc:Manifest",
        "sequences": [{"canvases": [{"images": [{"resource": resource}]} for resource in resources]}],
    }


SERVICE_3 = {"id": BASE, "type": "ImageService3", "profile": "level2"}
SERVICE_2 = {"@context": "http://iiif.io/api/image/2/context.json", "@id": BASE + "/"}
AUTH = {"@context": "http://iiif.io/api/auth/1/context.json", "@id": "https://museum.example/login"}


@pytest.mark.parametrize(
    "manifest",
    [
        manifest_3(body_3(service=[SERVICE_3])),
        manifest_3(body_3(service=[AUTH, SERVICE_2])),
        manifest_3({"type": "Choice", "items": [body_3(service=SERVICE_3), body_3()]}),
        manifest_2({"@id": f"{BASE}/full/full/0/default.jpg", "service": SERVICE_2}),
        manifest_2({"@type": "oa:Choice", "default": {"@id": "https://museum.example/1.jpg", "service": SERVICE_2}}),
    ],
)
def test_a_manifest_of_one_picture_names_its_service(manifest: dict[str, Any]) -> None:
    picture = manifest_picture(manifest)
    assert picture is not None
    assert picture.service == BASE


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (manifest_3(body_3(), body_3()), "manifest with 2 pictures; import it with the format iiif"),
        (manifest_2({"@id": "x"}, {"@id": "y"}, {"@id": "z"}), "manifest with 3 pictures"),
        (manifest_3(), "without a picture"),
        (manifest_3({"type": "TextualBody"}), "without a picture"),
        ({"type": "Manifest", "items": "nonsense"}, "without a picture"),
        ({"type": "Collection", "items": []}, "IIIF collection.*import it with the format iiif"),
    ],
)
def test_other_manifests_say_what_to_do(document: dict[str, Any], says: str) -> None:
    with pytest.raises(DownloadError, match=says):
        manifest_picture(document)


PICTURE = b"\xff\xd8\xff a picture"


class Museum:
    """Answers by address, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, bytes | dict[str, Any]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, url: str, validators: Mapping[str, str]) -> Answer:
        self.asked.append(url)
        if url not in self.answers:
            raise DownloadError("answer 404", "The server answers 404.", is_permanent=True)
        found = self.answers[url]
        return Answer(found if isinstance(found, bytes) else json.dumps(found).encode(), url, {})

    def find(self, url: str, **options: Any) -> FoundPicture:
        return find_picture(self, url, longest_side=4000, **options)


INFO = f"{BASE}/info.json"
LARGEST = f"{BASE}/full/4000,3000/0/default.jpg"


@pytest.mark.parametrize(
    ("url", "more"),
    [
        (INFO, {}),
        (BASE, {BASE: version_3()}),
        (BASE, {}),  # not redirected to its info.json, as the specification asks
        (BASE + "/", {}),
        (
            "https://museum.example/manifest",
            {"https://museum.example/manifest": manifest_3(body_3(service=[SERVICE_3]))},
        ),
    ],
    ids=["info.json", "base address", "base address without redirect", "with a slash", "manifest"],
)
def test_every_address_of_a_service_leads_to_its_picture(url: str, more: dict[str, Any]) -> None:
    museum = Museum({INFO: version_3(), LARGEST: PICTURE} | more)
    found = museum.find(url)
    assert (found.answer.data, found.service) == (PICTURE, BASE)
    assert museum.asked[-1] == LARGEST


def test_a_service_that_is_known_is_asked_at_once() -> None:
    museum = Museum({INFO: version_3(), LARGEST: PICTURE})
    assert museum.find("https://museum.example/small.jpg", service=BASE).answer.data == PICTURE
    assert museum.asked == [INFO, LARGEST]


def test_where_a_service_is_gone_the_pictures_own_address_is_asked() -> None:
    museum = Museum({"https://museum.example/small.jpg": PICTURE})
    found = museum.find("https://museum.example/small.jpg", service=BASE)
    assert (found.answer.data, found.service) == (PICTURE, "")
    with pytest.raises(DownloadError, match="404"):
        Museum({}).find("pictures/1.jpg", service=BASE)
    with pytest.raises(DownloadError, match="404"):
        Museum({}).find(LARGEST, service=BASE)


def test_a_service_is_asked_where_it_answered() -> None:
    """Not where a proxy's configuration says it is."""
    museum = Museum({INFO: version_3(id="http://localhost:8182/iiif/3/1"), LARGEST: PICTURE})
    assert museum.find(INFO).service == BASE


def test_a_picture_is_a_picture() -> None:
    museum = Museum({"https://museum.example/1.jpg": PICTURE})
    found = museum.find("https://museum.example/1.jpg")
    assert (found.answer.data, found.service, len(museum.asked)) == (PICTURE, "", 1)


def test_a_manifest_without_a_service_gives_its_picture() -> None:
    manifest, picture = "https://museum.example/manifest", "https://museum.example/1.jpg"
    museum = Museum({manifest: manifest_3({"id": picture, "type": "Image"}), picture: PICTURE})
    assert museum.find(manifest).answer.data == PICTURE


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"error": "gone"}', "data"),
        (b'["a", "list"]', "data"),
        (b'{"broken', "data"),
        (b'{"a":' * 200_000, "data"),
        (b'{"a": "' + b"x" * 6_000_000 + b'"}', "document of 6 MB"),
    ],
    ids=["other", "list", "broken", "deep", "large"],
)
def test_other_data_are_no_picture(data: bytes, says: str) -> None:
    with pytest.raises(DownloadError, match=says) as caught:
        Museum({"https://museum.example/x": data}).find("https://museum.example/x")
    assert caught.value.is_permanent


def test_a_refusal_is_that_of_the_address_itself() -> None:
    museum = Museum({})
    with pytest.raises(DownloadError, match="404"):
        museum.find("https://museum.example/1")
    assert museum.asked == ["https://museum.example/1"]


def test_no_circle_of_documents_is_followed() -> None:
    manifest = "https://museum.example/manifest"
    museum = Museum({manifest: manifest_3({"id": manifest, "type": "Image"})})
    assert museum.find(manifest).answer.data.startswith(b"{")  # which the store refuses as no picture
    assert museum.asked == [manifest, manifest]
