"""A curator's export and pictures, from the file on the desk to records that are found, and back."""

import io
import zipfile
from pathlib import Path

import PIL.Image
import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from heritage.jobs.registry import job_kind
from heritage.models import Collection, JobRun, Record
from heritage.progress import NoProgress
from tests.browser.page_checks import check_page

# As a German spreadsheet saves it, with columns that no mapping knows.
EXPORT = """Sig;Bezeichnung;Zustand;Ausführliches;Rubrik;Foto
K.1;Kaffeekanne;gut;Aus Kupfer – für sechs Tassen.;Geschirr|Küche;Kanne 1.JPG
K.2;Krug;gut;Steinzeug, salzglasiert.;Geschirr;krug
;Ohne Nummer;schlecht;;;
"""


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.IMAGES_DIR = tmp_path / "data" / "images"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "Bestand.csv"
    path.write_bytes(EXPORT.encode("cp1252"))
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    path = tmp_path / "Bilder.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, colour in (("Bilder/kanne 1.jpg", "brown"), ("Bilder/krug.jpg", "grey"), ("Bilder/rest.jpg", "red")):
            file = io.BytesIO()
            PIL.Image.new("RGB", (400, 300), colour).save(file, "JPEG")
            archive.writestr(name, file.getvalue())
    return path


def work() -> None:
    """What the worker does with the job that was started last."""
    run = JobRun.objects.latest("pk")
    outcome = job_kind(run.kind).work(NoProgress(), **run.arguments)
    JobRun.objects.filter(pk=run.pk).update(result_url=outcome.url, outcome=outcome.words)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [run.queue_job_id])


def choose(page: Page, label: str, option: str) -> None:
    """Choose a column, and wait for the records to be shown anew."""
    # The form that stands here now is replaced by another: what is chosen on the old one too late is lost.
    page.evaluate("document.getElementById('draft').dataset.old = ''")
    page.get_by_label(label, exact=True).select_option(option)
    expect(page.locator("#draft[data-old]")).to_have_count(0)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def test_an_export_with_pictures_goes_in_is_found_and_undone(lead_page: Page, export: Path, pictures: Path) -> None:
    page = lead_page
    page.goto(reverse("new-collection"))
    check_page(page)
    page.get_by_label("Files of records").set_input_files(export)
    page.get_by_label("Pictures", exact=True).set_input_files(pictures)
    page.get_by_label("Name", exact=True).fill("Heimatmuseum")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_text("Windows-1252: it is not UTF-8")).to_be_visible()
    choose(page, "Identifier", "Sig")
    choose(page, "Description", "Ausführliches")
    choose(page, "Terms", "Rubrik")
    choose(page, "Terms are separated by", "|")
    expect(page.get_by_role("heading", name="Kaffeekanne")).to_be_visible()
    expect(page.locator(".description").first).to_have_text("Aus Kupfer – für sechs Tassen.")
    expect(page.get_by_text("Geschirr › Küche")).to_be_visible()
    expect(page.get_by_text("Sig is missing")).to_have_count(2)
    check_page(page)
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_role("heading", name="Import Bestand.csv into heimatmuseum")).to_be_visible()
    work()
    page.reload()
    expect(page.get_by_text("Records: 2 created. 1 of 3 rows did not go in: Sig is missing")).to_be_visible()
    page.get_by_role("link", name="See the result").click()
    expect(page.get_by_text("Bilder/rest.jpg")).to_be_visible()
    check_page(page)
    assert Record.objects.filter(images__content_hash__gt="").count() == 2

    page.goto(reverse("search") + "?q=Kaffeekanne")
    page.get_by_role("link", name="Kaffeekanne Heimatmuseum").click()
    expect(page.get_by_text("Aus Kupfer – für sechs Tassen.")).to_be_visible()

    page.goto(reverse("collection", args=["heimatmuseum"]))
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Bestand.csv").first.click()
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert not Record.objects.exists()
    assert not Collection.objects.exists()


def test_a_known_format_takes_six_clicks(lead_page: Page, tmp_path: Path) -> None:
    """New collection, choose the file, name it, Continue, Import, See the result."""
    export = tmp_path / "records.csv"
    export.write_text("record_id,name,description\n1,Loom,Of oak.\n")
    page = lead_page
    page.goto(reverse("collections"))
    page.get_by_role("link", name="New collection").first.click()
    page.get_by_label("Files of records").set_input_files(export)
    page.get_by_label("Name", exact=True).fill("Mill Museum")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Uniform table").first).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Import records.csv")).to_be_visible()
    work()
    page.reload()
    page.get_by_role("link", name="See the result").click()
    expect(page.get_by_text("1 record created")).to_be_visible()


@pytest.mark.page_errors_expected  # It misses its scripts.
def test_without_scripts_the_same_page_is_shown_again(lead_page: Page, export: Path) -> None:
    """Every control is a plain form underneath."""
    page = lead_page
    page.route("**/*.js", lambda route: route.abort())
    page.goto(reverse("new-collection"))
    page.get_by_label("Files of records").set_input_files(export)
    page.get_by_label("Name", exact=True).fill("Heimatmuseum")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Identifier", exact=True).select_option("Sig")
    page.get_by_role("button", name="Show again").click()
    expect(page.get_by_role("heading", name="Kaffeekanne")).to_be_visible()
