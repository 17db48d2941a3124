"""Importing in the browser: files, a look at the first records, corrections, a job, and what came of it."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from heritage.catalogue.importing.drafts import get_draft, start_draft
from heritage.errors import UserError
from heritage.jobs import Outcome
from heritage.models import Collection, Import, JobRun, Record, Role, SavedMapping
from heritage.progress import NoProgress
from heritage.tasks import import_prepared_records
from tests.factories import CollectionFactory, UserFactory

pytestmark = pytest.mark.django_db

GERMAN = "Inv.-Nr.;Titel;Beschreibung;Schlagwörter;Bilddatei\nT.1;Kanne;Für Öl – groß;Gefäß;kanne.jpg\nT.2;Krug;;;\n"


def upload(name: str = "records.csv", content: bytes = b"record_id,name\n1,Loom\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def zipped(**files: bytes) -> SimpleUploadedFile:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return SimpleUploadedFile("pictures.zip", packed.getvalue())


def jpeg() -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (30, 20), "red").save(file, "JPEG")
    return file.getvalue()


def begin(lead: Client, *records: SimpleUploadedFile, **values: Any) -> str:
    """Upload files for a new collection; the address of the page that shows them."""
    data = {"name": "Mill Museum", "slug": "mill", "records": list(records), **values}
    answer = lead.post(reverse("new-collection"), data)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def start(lead: Client, page: str, **values: Any) -> Outcome:
    """Press Import, and do what the worker would."""
    answer = lead.post(page, {"start": "1", **values})
    run = JobRun.objects.latest("pk")
    assert answer["Location"] == run.get_absolute_url()
    return import_prepared_records(NoProgress(), **run.arguments)


def test_a_german_export_and_a_zip_of_pictures_go_in_as_they_are(lead: Client) -> None:
    page = begin(lead, upload("Export.csv", GERMAN.encode("cp1252")), pictures=zipped(kanne_jpg=jpeg()))
    shown = lead.get(page).content.decode()
    for text in ("Windows-1252", "semicolons", "Kanne", "Für Öl – groß", "Of the first 2 rows, 2 go in", "1 is among"):
        assert text in shown
    outcome = start(lead, page)
    imported = Import.objects.get()
    assert outcome.url == imported.get_absolute_url()
    assert outcome.words == "Records: 2 created."
    assert lead.get(page).status_code == 404  # All is in: the upload is gone.
    assert imported.files == ["Export.csv"]
    record = Record.objects.get(record_id="T.1")
    assert (record.name, record.description, record.taxonomy) == ("Kanne", "Für Öl – groß", ["Gefäß"])
    assert record.images.get().is_here
    assert record.collection.name == "Mill Museum"


def test_what_the_columns_mean_is_corrected_and_kept(lead: Client) -> None:
    table = b"Code,What,Words,More\nA1,Lamp,Brass.,Old\nA2,Loom,Oak.,New\n"
    page = begin(lead, upload(content=table))
    changes = {
        "record_id": "Code",
        "name": "What",
        "description": "Words",
        "description_too": ["More"],
        "taxonomy": "More",
        "terms_separator": ";",
        "save_as": "mill-export",
    }
    fragment = lead.post(page, changes, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert "Brass. Old" in fragment.content.decode()
    start(lead, page, **changes)
    assert Record.objects.get(record_id="A1").description == "Brass. Old"
    assert SavedMapping.objects.get().name == "mill-export"
    # The next time it is found by itself.
    again = lead.post(reverse("import-into-collection", args=["mill"]), {"records": upload(content=table)})
    assert "Your mapping “mill-export” fits its columns." in lead.get(again["Location"]).content.decode()
    mapping = json.loads(lead.get(again["Location"] + "mapping.json").content)
    assert mapping["fields"]["record_id"] == "Code"


def test_a_mapping_comes_from_a_file_or_by_its_name(lead: Client) -> None:
    page = begin(lead, upload(content=b"Nr;Was;record_id\n1;Lamp;x\n2;Loom;y\n"))
    document = {"fields": {"record_id": "Nr", "name": "Was"}, "table": True}
    shown = lead.post(page, {"mapping_file": upload("m.json", json.dumps(document).encode())}).content.decode()
    assert "Lamp" in shown
    assert get_draft(page.split("/")[2]).mapping["fields"] == document["fields"]
    lead.post(page, {"mapping_name": "uniform", "mapping_before": ""})
    assert get_draft(page.split("/")[2]).mapping["fields"]["record_id"] == "record_id"
    broken = lead.post(page, {"mapping_file": upload("m.json", b"{not json")})
    assert (broken.status_code, "is no mapping" in broken.content.decode()) == (422, True)


def test_without_an_identifier_the_page_asks_which_it_is(lead: Client) -> None:
    page = begin(lead, upload(content=b"Colour,Weight\nred,1\nred,1\n"))
    shown = lead.get(page).content.decode()
    assert "Which is the identifier?" in shown
    assert 'name="start"' not in shown
    answer = lead.post(page, {"start": "1"})
    assert (answer.status_code, JobRun.objects.count()) == (422, 0)
    assert "Say which column is the identifier" in answer.content.decode()


def test_refused_rows_are_grouped_before_and_told_after(lead: Client) -> None:
    table = b"record_id,name\n1,Loom\n,Nothing\n,Nobody\n"
    page = begin(lead, upload(content=table))
    shown = lead.get(page).content.decode()
    assert "<strong>2</strong> × record_id is missing" in shown
    assert "(rows 3, 4)" in shown
    outcome = start(lead, page)
    assert outcome.words == (
        "Records: 1 created. 2 of 3 rows did not go in: record_id is missing; every row needs the museum's identifier "
        "of its record (2 rows, first in line 3)."
    )
    assert lead.get(page).status_code == 200  # Another mapping may take them.


def test_an_import_of_nothing_fails_and_leads_back(lead: Client) -> None:
    page = begin(lead, upload(content=b"record_id,name\n,Nothing\n"))
    with pytest.raises(UserError, match=r"None of the 1 rows made a record.*\(1 row, first in line 2\)"):
        start(lead, page)
    assert not Collection.objects.exists()
    run = JobRun.objects.get()
    JobRun.objects.update(queue_job_id=None)  # What the queue has lost has failed.
    shown = lead.get(run.get_absolute_url()).content.decode()
    assert "Change it and try again" in shown
    assert page in shown


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("old.xls", b"\xd0\xcf\x11\xe0 no workbook", "no spreadsheet that can be read"),
        ("empty.csv", b"", "empty"),
        ("table.zip", b"PK\x03\x04 no archive", "damaged or cut off zip"),
        ("records.json", b'{"a": [1, 2', "is not JSON"),
        ("picture.zip", None, "no file of records"),
        ("gone.csv.gz", b"\x1f\x8b no gzip", "gone.csv.gz"),
        ("latin.csv", "Gefäß;Größe\nKanne;3\n".encode("latin-1"), "latin.csv"),
        ("nul.csv", b"na\x00me,what\nKanne,3\n", "nul.csv"),
        ("noise.csv", bytes(range(256)) * 40, "noise.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_on_the_page(
    lead: Client, name: str, content: bytes | None, says: str
) -> None:
    file = upload(name, content) if content is not None else zipped(lamp_jpg=jpeg())
    if content == b"":
        answer = lead.post(reverse("new-collection"), {"name": "Mill", "records": file})
        assert "empty" in answer.content.decode()
        return
    page = begin(lead, file)
    answer = lead.get(page)
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert says in answer.content.decode()
    assert "/uploads/" not in answer.content.decode()
    assert "\x00" not in answer.content.decode()
    # A job that was started all the same has a reason that names the file as people know it, and stores nothing.
    with pytest.raises(UserError) as refused:
        import_prepared_records(NoProgress(), draft=page.strip("/").split("/")[-1], collection="mill", files=name)
    assert "uploads" not in str(refused.value)
    assert not Collection.objects.exists()


class CancelledError(Exception):
    pass


class CancelAfter(NoProgress):
    """Cancels once so many steps were told, as a job's progress does when somebody presses Cancel."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, steps: int = 1) -> None:
        self.left -= 1
        if self.left <= 0:
            raise CancelledError


@pytest.mark.parametrize("after", [3, 3_003])
def test_a_cancelled_import_ends_while_rows_are_read_for_the_first_or_second_time(lead: Client, after: int) -> None:
    rows = "".join(f"1,Loom,{number}.jpg\n" for number in range(3_000))  # of one record
    lead.post(begin(lead, upload(content=f"record_id,name,img_path\n{rows}".encode())), {"start": "1"})
    progress = CancelAfter(after)
    with pytest.raises(CancelledError):
        import_prepared_records(progress, **JobRun.objects.latest("pk").arguments)
    assert progress.left == 0
    assert not Collection.objects.exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"slug": "two words"}, "short name"),
        ({"slug": "new"}, "choose another"),
        ({"slug": "smg"}, "already"),
        ({"records": None}, "Choose a file of records, or give their address."),
        ({"records": None, "address": "file:///etc/passwd"}, "Enter a valid URL"),
        ({"records": upload(content=b"x" * 101)}, "the limit is"),
        ({"pictures": upload("p.zip", content=b"x" * 101)}, "the limit is"),
        ({"language": "German"}, "Write a language tag"),
        ({"slug": "smg", "language": "de"}, "already"),
    ],
)
def test_a_form_with_mistakes_says_which(
    lead: Client, settings: Settings, values: dict[str, object], says: str
) -> None:
    CollectionFactory(slug="smg")
    settings.UPLOAD_MAX_BYTES = 100
    usual = {"name": "Mill Museum", "slug": "mill", "records": upload()}
    data = {key: value for key, value in (usual | values).items() if value is not None}
    answer = lead.post(reverse("new-collection"), data)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not JobRun.objects.exists()


def test_a_picture_that_is_not_among_the_files_is_told_before(lead: Client) -> None:
    table = b"record_id,img_path\n1,A.jpg\n2,b.jpg\n"
    page = begin(lead, upload(content=table), pictures=zipped(a_jpg=jpeg()))
    assert "1 is among yours, 1 is not, such as b.jpg." in lead.get(page).content.decode()


def test_pictures_may_come_one_by_one(lead: Client) -> None:
    table = b"record_id,img_path\n1,folder/a.jpg\n2,b.jpg\n"
    page = begin(lead, upload(content=table), pictures=[upload("a.jpg", jpeg()), upload("b.jpg", jpeg())])
    start(lead, page)
    assert [record.images.get().is_here for record in Record.objects.all()] == [True, True]


def test_forgotten_drafts_are_removed_and_no_other_folder_is_opened(data_dir: Path) -> None:
    old = start_draft(collection="mill", files=[upload()])
    with patch("heritage.catalogue.importing.drafts.KEPT_DAYS", -1):
        new = start_draft(collection="mill", files=[upload()])
    assert get_draft(new.key).files == ("records.csv",)
    for key in (old.key, "../secret", "0" * 32):
        with pytest.raises(UserError, match="upload it again"):
            get_draft(key)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, None])
def test_drafts_are_for_leads(client: Client, data_dir: Path, role: Role | None) -> None:
    draft = start_draft(collection="mill", files=[upload()])
    if role:
        client.force_login(UserFactory(role=role))
    for name in ("import-draft", "draft-mapping"):
        assert client.get(reverse(name, args=[draft.key])).status_code == (403 if role else 302)
    assert client.post(reverse("import-draft", args=[draft.key]), {"start": "1"}).status_code == (403 if role else 302)
    assert not JobRun.objects.exists()


MANIFEST = {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    "id": "https://museum.example/lamp/manifest.json",
    "type": "Manifest",
    "label": {"en": ["Lamp"]},
    "summary": {"en": ["Of brass."]},
    "items": [
        {
            "id": "https://museum.example/lamp/1",
            "type": "Canvas",
            "label": {"en": ["front"]},
            "items": [
                {
                    "type": "AnnotationPage",
                    "items": [
                        {
                            "type": "Annotation",
                            "motivation": "painting",
                            "body": {"id": "https://museum.example/1.jpg", "type": "Image", "format": "image/jpeg"},
                        }
                    ],
                }
            ],
        }
    ],
}


def test_manifests_say_themselves_what_is_what(lead: Client) -> None:
    page = begin(lead, upload("manifest.json", json.dumps(MANIFEST).encode()))
    shown = lead.get(page).content.decode()
    assert "Of brass." in shown
    assert "Identifier" not in shown
    outcome = start(lead, page)
    assert outcome.words == "Records: 1 created. Pictures still to be fetched: 1."
    record = Record.objects.get()
    assert (record.record_id, record.name, record.images.get().view) == (MANIFEST["id"], "Lamp", "front")


@pytest.fixture
def repository(settings: Settings) -> Iterator[str]:
    """A web server on this machine with a manifest and a repository of one record."""
    settings.FETCH_ALLOW_LOOPBACK = True
    settings.FETCH_PAUSE_SECONDS = 0.0

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_manifest = self.path == "/manifest.json"
            body = json.dumps(MANIFEST).encode() if is_manifest else HARVEST.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json" if is_manifest else "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


HARVEST = """<?xml version="1.0"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record>
<header><identifier>oai:museum.example:7</identifier></header>
<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier>M.7</dc:identifier><dc:title>Kettle</dc:title><dc:description>Of copper.</dc:description>
</oai_dc:dc></metadata></record></ListRecords></OAI-PMH>"""


@pytest.mark.parametrize(
    ("path", "name"), [("/manifest.json", "Lamp"), ("/oai?verb=ListRecords&metadataPrefix=oai_dc", "Kettle")]
)
def test_records_come_from_an_address(lead: Client, repository: str, path: str, name: str) -> None:
    data = {"name": "Mill Museum", "slug": "mill", "address": repository + path}
    page = lead.post(reverse("new-collection"), data)["Location"]
    assert name in lead.get(page).content.decode()
    start(lead, page)
    assert Record.objects.get().name == name
    assert Import.objects.get().files == [repository + path]


def test_this_machine_is_not_asked(lead: Client) -> None:
    data = {"name": "Mill Museum", "slug": "mill", "address": "http://127.0.0.1:9/manifest.json"}
    answer = lead.get(lead.post(reverse("new-collection"), data)["Location"])
    assert answer.status_code == 422
    assert "private or local network" in answer.content.decode()
