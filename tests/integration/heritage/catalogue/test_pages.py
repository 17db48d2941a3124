"""The catalogue's pages: who may see them, what they show, and that their cost does not grow with the records."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from heritage.catalogue.queries import PAGE_RECORDS
from heritage.models import Collection, JobRun, Record, Role
from heritage.pictures.store import ImageStore
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def smg() -> Collection:
    return CollectionFactory(slug="smg", name="Science Museum Group")


def pages(record: Record) -> list[str]:
    slug = record.collection.slug
    return [
        reverse("collections"),
        reverse("collection", args=[slug]),
        reverse("record", args=[record.pk]),
        reverse("search") + "?q=telephone",
        reverse("new-collection"),
        reverse("import-into-collection", args=[slug]),
    ]


def test_only_leads_read_the_catalogue(client: Client, smg: Collection) -> None:
    record = RecordFactory(collection=smg)
    for url in pages(record):
        client.logout()
        assert client.get(url).status_code == 302
        client.force_login(UserFactory(role=Role.ANNOTATOR))
        assert client.get(url).status_code == 403
        client.force_login(UserFactory(role=Role.LEAD))
        assert client.get(url).status_code == 200
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    assert client.post(reverse("fetch-pictures", args=["smg"])).status_code == 403
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("number", [2, 40])
def test_the_cost_of_a_page_does_not_grow(
    lead: Client, smg: Collection, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Two queries are the session's and the account's."""
    for _ in range(number):
        record = RecordFactory(collection=smg)
        ImageFactory.create_batch(3, record=record)
        CollectionFactory()
    limits = [3, 2 + 5, 2 + 2, 2 + 17, 2, 2 + 1]
    for url, limit in zip(pages(record), limits, strict=True):
        with django_assert_max_num_queries(limit):
            lead.get(url)


def test_collections_show_their_counts_and_covers(lead: Client, smg: Collection) -> None:
    CollectionFactory(slug="bare", name="Bare Museum", simulated=True)
    record = RecordFactory(collection=smg)
    image = ImageFactory(record=record, position=0)
    ImageFactory(record=record, content_hash="", position=1)
    page = lead.get(reverse("collections")).content.decode()
    assert "1 of 2 pictures here" in page
    assert image.thumbnail_url in page
    assert "0 records" in page
    assert "simulated" in page


def test_the_first_page_of_all_tells_what_to_do(lead: Client) -> None:
    page = lead.get(reverse("collections")).content.decode()
    assert "No collections yet" in page
    assert reverse("new-collection") in page


def names(content: str) -> list[str]:
    return re.findall(r'class="object-name"[^>]*>([^<]+)<', content)


def test_a_collection_page_by_page(lead: Client, smg: Collection) -> None:
    total = 2 * PAGE_RECORDS + 3
    for number in range(total):
        RecordFactory(collection=smg, name=f"Lamp {number:03}")
    RecordFactory(name="Of another museum")
    url = reverse("collection", args=["smg"])
    seen: list[str] = []
    visited = [url]
    while True:
        content = lead.get(visited[-1]).content.decode()
        seen += names(content)
        following = re.search(r'rel="next" href="([^"]+)"', content)
        if following is None:
            break
        visited.append(url + following[1].replace("&amp;", "&"))
    assert seen == [f"Lamp {number:03}" for number in range(total)]
    assert len(visited) == 3
    back = re.search(r'rel="prev" href="([^"]+)"', content)
    assert back is not None
    assert names(lead.get(url + back[1]).content.decode())[0] == f"Lamp {PAGE_RECORDS:03}"


def test_filters_of_a_collection(lead: Client, smg: Collection) -> None:
    with_picture = RecordFactory(collection=smg, name="Bakelite telephone")
    ImageFactory(record=with_picture)
    RecordFactory(collection=smg, name="Loom", description="Of wood.")
    url = reverse("collection", args=["smg"])
    assert names(lead.get(url, {"images": "with"}).content.decode()) == ["Bakelite telephone"]
    assert names(lead.get(url, {"images": "without"}).content.decode()) == ["Loom"]
    assert names(lead.get(url, {"q": "telephones"}).content.decode()) == ["Bakelite telephone"]
    assert "Nothing of this kind" in lead.get(url, {"q": "spaceship"}).content.decode()


@pytest.mark.parametrize("query", ["after=x", "after=" + "9" * 40, "before=-1", "images=both", "q=" + "x" * 500])
def test_nonsense_in_an_address_is_no_error(lead: Client, smg: Collection, query: str) -> None:
    assert lead.get(reverse("collection", args=["smg"]) + "?" + query).status_code == 200
    assert lead.get(reverse("search") + "?" + query).status_code == 200


def test_one_address_answers_page_and_fragment(lead: Client, smg: Collection) -> None:
    RecordFactory(collection=smg, name="Loom")
    for url in (reverse("collection", args=["smg"]), reverse("search") + "?q=loom"):
        page, fragment = lead.get(url), lead.get(url, headers={"HX-Request": "true"})
        assert "HX-Request" in page["Vary"]
        assert b"<html" in page.content
        assert b"<html" not in fragment.content
        assert b"Loom" in fragment.content


def test_a_record_says_all_that_the_museum_does(lead: Client, smg: Collection) -> None:
    record = RecordFactory(
        collection=smg,
        record_id="T.1 <b>",
        name="Telephone & <i>",
        description="It rings.",
        taxonomy=["<phone>", "object"],
    )
    here = ImageFactory.create_batch(2, record=record)
    ImageFactory(
        record=record, content_hash="", source="https://museum.example/3.jpg", problem="The server answers 404."
    )
    content = lead.get(record.get_absolute_url()).content.decode()
    for text in (
        "T.1 &lt;b&gt;",
        "Telephone &amp; &lt;i&gt;",
        "It rings.",
        '<span dir="auto">&lt;phone&gt;</span> · <span dir="auto">object</span>',
        "The server answers 404.",
    ):
        assert text in content
    assert here[0].display_url in content
    assert here[1].display_url not in content
    assert here[1].display_url in lead.get(record.get_absolute_url() + "?picture=2").content.decode()
    assert lead.get(record.get_absolute_url() + "?picture=99").status_code == 200
    assert lead.get(reverse("record", args=[10**18])).status_code == 404


def test_search_ranks_names_before_descriptions(lead: Client, smg: Collection) -> None:
    RecordFactory(collection=smg, name="Lamp", description="Stood beside a telephone.", record_id="T.1932.119")
    RecordFactory(name="Telephone", description="Black.")
    RecordFactory(name="Loom", description="Of wood.", taxonomy=["weaving machines"])

    def found(words: str) -> list[str]:
        return names(lead.get(reverse("search"), {"q": words}).content.decode())

    assert found("telephones") == ["Telephone", "Lamp"]
    assert found("telephone -lamp") == ["Telephone"]
    assert found('"beside a telephone" or loom') == ["Loom", "Lamp"]
    assert found("machine") == ["Loom"]
    assert found("T.1932.119") == ["Lamp"]
    assert "Nothing found" in lead.get(reverse("search"), {"q": "spaceship"}).content.decode()
    assert found("' & | ! <-> :*") == []


def test_pictures_are_served_to_the_logged_in_and_kept_by_the_browser(client: Client) -> None:
    import io

    import PIL.Image

    file = io.BytesIO()
    PIL.Image.new("RGB", (30, 20)).save(file, "PNG")
    stored = ImageStore.from_settings().add(file.getvalue())
    url = reverse("image", args=[stored.content_hash, "thumbnail"])
    assert client.get(url).status_code == 302
    client.force_login(UserFactory(role=Role.ANNOTATOR))
    answer = client.get(url)
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert b"".join(answer)[8:12] == b"WEBP"  # type: ignore[arg-type]
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.get(reverse("image", args=["0" * 64, "display"])).status_code == 404
    assert client.get(f"/images/{stored.content_hash}/original").status_code == 403
    for path in ("/images/../../etc/passwd/display", "/images/%2e%2e/display"):
        assert client.get(path).status_code == 404


def test_fetching_is_a_job(lead: Client, smg: Collection) -> None:
    answer = lead.post(reverse("fetch-pictures", args=["smg"]))
    run = JobRun.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert run.arguments == {"collection": "smg", "retry_failed": False}
