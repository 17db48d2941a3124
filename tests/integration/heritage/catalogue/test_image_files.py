"""Who gets which picture file: displays and tiles for all who are logged in, originals for leads, withheld for none."""

import re
from pathlib import Path

import PIL.Image
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from heritage.catalogue.pictures import is_withheld, make_missing_tiles
from heritage.models import Role
from heritage.pictures.store import ImageStore, StoredImage
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, UserFactory
from tests.picture_files import encoded

pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator(client: Client) -> Client:
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    return client


def stored(width: int = 1500, height: int = 40, format: str = "JPEG") -> StoredImage:
    return ImageStore.from_settings().add(encoded(PIL.Image.new("RGB", (width, height), "teal"), format))


def fields(stored: StoredImage) -> dict[str, object]:
    return {"content_hash": stored.content_hash, "width": stored.width, "height": stored.height}


def without_tiles(stored: StoredImage) -> Path:
    """As pictures lie that came before there were tiles."""
    import shutil

    folder = ImageStore.from_settings().tiles_folder(stored.content_hash)
    shutil.rmtree(folder)
    return folder


def addresses(content_hash: str) -> list[str]:
    return [
        reverse("image", args=[content_hash, "display"]),
        reverse("image", args=[content_hash, "thumbnail"]),
        reverse("image-tiles", args=[content_hash]),
        reverse("image-tile", args=[content_hash, "11", "0", "0"]),
        reverse("image-original", args=[content_hash]),
    ]


def test_tiles_are_described_and_served(annotator: Client) -> None:
    picture = stored()
    description = annotator.get(reverse("image-tiles", args=[picture.content_hash]))
    assert description["Content-Type"] == "application/xml"
    text = b"".join(description).decode()  # type: ignore[arg-type]
    assert re.search(r'Width="1500"', text)
    assert re.search(r'Format="jpg"', text)
    # OpenSeadragon puts "_files" for ".dzi" and appends level, column and row.
    address = f"/images/{picture.content_hash}/tiles_files/11/2_0.jpg"
    tile = annotator.get(address)
    assert (tile["Content-Type"], tile["Cache-Control"]) == ("image/jpeg", "private, max-age=31536000, immutable")
    assert b"".join(tile)[:3] == b"\xff\xd8\xff"  # type: ignore[arg-type]
    assert annotator.get(address, headers={"If-None-Match": tile["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "tiles_files/11/9_0.jpg",
        "tiles_files/99/0_0.jpg",
        "tiles_files/11/0_0.png",
        "tiles_files/../tiles.dzi",
        "tiles_files/11/..%2f..%2f..%2foriginal",
        "tiles_files/vips-properties.xml",
        "tiles/pyramid.dzi",
    ],
)
def test_nothing_but_tiles_is_served(annotator: Client, path: str) -> None:
    assert annotator.get(f"/images/{stored().content_hash}/{path}").status_code == 404


def test_visitors_are_sent_to_log_in(client: Client) -> None:
    assert {client.get(address).status_code for address in addresses(stored().content_hash)} == {302}


def test_a_small_picture_has_no_tiles(annotator: Client) -> None:
    assert annotator.get(reverse("image-tiles", args=[stored(1200, 900).content_hash])).status_code == 404
    assert annotator.get(reverse("image-tiles", args=["0" * 64])).status_code == 404


def test_tiles_of_an_older_picture_are_made_when_asked_for(annotator: Client) -> None:
    picture = stored()
    folder = without_tiles(picture)
    assert annotator.get(reverse("image-tiles", args=[picture.content_hash])).status_code == 200
    assert folder.is_dir()
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_the_command_makes_tiles_of_older_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    large, small = stored(), stored(100, 100)
    record = RecordFactory(collection=CollectionFactory(slug="smg"))
    for each in (large, small):
        ImageFactory(record=record, **fields(each))
    ImageFactory(**fields(large))
    folder = without_tiles(large)
    assert make_missing_tiles(collection="absent") == 0
    call_command("fetch_images", "smg", "--make-tiles", "--json")
    assert '"tiles": 1' in capsys.readouterr().out
    assert folder.is_dir()
    assert make_missing_tiles() == 0


@pytest.mark.parametrize(
    ("format", "content_type", "ending"), [("JPEG", "image/jpeg", "jpg"), ("TIFF", "image/tiff", "tif")]
)
def test_leads_save_the_original(lead: Client, format: str, content_type: str, ending: str) -> None:
    picture = stored(30, 20, format)
    record = RecordFactory(collection=CollectionFactory(slug="smg"), record_id="1950/12 “a”\r\nX: y")
    ImageFactory(record=record, position=1, **fields(picture))
    answer = lead.get(reverse("image-original", args=[picture.content_hash]))
    assert answer["Content-Type"] == content_type
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f'attachment; filename="smg-1950_12__a___X__y-2.{ending}"'
    assert b"".join(answer) == ImageStore.from_settings().original_path(picture.content_hash).read_bytes()  # type: ignore[arg-type]


def test_annotators_get_no_originals(annotator: Client) -> None:
    assert annotator.get(reverse("image-original", args=[stored().content_hash])).status_code == 403


def test_a_withheld_picture_is_nowhere(lead: Client) -> None:
    picture = stored()
    ImageFactory(withheld=True, **fields(picture))
    etag = f'"{picture.content_hash[:32]}-display"'
    for address in addresses(picture.content_hash):
        assert lead.get(address, headers={"If-None-Match": etag}).status_code == 404, address
    ImageFactory(withheld=False, **fields(picture))
    for address in addresses(picture.content_hash):
        assert lead.get(address).status_code == 200, address


def test_the_pictures_of_a_withheld_record_are_nowhere(lead: Client) -> None:
    picture = stored()
    ImageFactory(record__withheld=True, **fields(picture))
    for address in addresses(picture.content_hash):
        assert lead.get(address).status_code == 404, address


def test_whether_a_picture_is_withheld_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    image = ImageFactory(withheld=True)
    with django_assert_num_queries(1):
        assert is_withheld(image.content_hash)
    assert not is_withheld("f" * 64)


def page(lead: Client, **rights: object) -> str:
    image = ImageFactory(position=0, **fields(stored(300, 200)), **rights)
    return lead.get(image.record.get_absolute_url()).content.decode()


def test_below_a_picture_stands_what_the_museum_asks_for(lead: Client) -> None:
    content = page(
        lead,
        credit="© The Museum",
        licence="https://creativecommons.org/licenses/by/4.0/",
        statement="Provided by <the> museum.",
        view="back",
    )
    for text in ("© The Museum", "Provided by &lt;the&gt; museum.", '<p class="picture-view" dir="auto">back</p>'):
        assert text in content
    assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license noreferrer">CC BY 4.0</a>' in content
    assert "<a href=" not in re.findall(r"<p>Licence: .*?</p>", page(lead, licence="javascript:alert(1)"))[0]


def test_a_sensitive_picture_is_covered(lead: Client) -> None:
    content = page(lead, sensitive=True)
    assert re.search(
        r'<details class="cover"><summary>.*marks this picture as sensitive.*Show.*</summary><img ', content
    )


def test_lists_show_no_sensitive_and_no_withheld_picture(lead: Client) -> None:
    collection = CollectionFactory(slug="smg")
    for rights in ({"sensitive": True}, {"withheld": True}):
        ImageFactory(record__collection=collection, position=0, **rights)
    ImageFactory(record__collection=collection, position=0)
    content = lead.get(reverse("collection", args=["smg"])).content.decode()
    assert content.count("/thumbnail") == 1
    assert "Sensitive" in content
    assert "Not to be shown" not in content, "words stand in its place"


def test_a_withheld_picture_is_not_on_its_page(lead: Client) -> None:
    content = page(lead, withheld=True)
    assert "Not to be shown" in content
    assert not re.search(r'(?:src|href)="/images/', content)
