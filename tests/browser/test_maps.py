"""The map of a model's records: drawn under the page's policy, with keys, a lasso, and a table beside it."""

import re

from playwright.sync_api import Page, expect

from heritage.models import Image, Record
from heritage.progress import NoProgress
from models_ml.maps.actions import make_map
from models_ml.maps.kind import MapKind
from tests.browser.page_checks import check_page, keep_screenshots
from tests.factories import ImageFactory, collections_with_vectors
from tests.picture_files import stored_picture

MAP = "/models/base/map/?by=record&style=without"
NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null"


def two_maps() -> None:
    models = collections_with_vectors({"smg": 30, "nms": 20}, ["base", "ft-best"])
    for place, record in enumerate(Record.objects.order_by("pk")):
        Record.objects.filter(pk=record.pk).update(taxonomy=[("Lamps", "Clocks", "Radios")[place % 3]])
    Image.objects.all().delete()  # they have no files
    for model in models:
        make_map(model=model, kind=MapKind(), progress=NoProgress())


def ready(page: Page) -> None:
    page.goto(MAP)
    expect(page.locator(".map-stage")).to_have_attribute("data-ready", "")


def lasso_all(page: Page) -> None:
    page.get_by_role("button", name="Lasso").click()
    box = page.locator(".map-stage").bounding_box()
    assert box
    left, top, right, bottom = box["x"] + 3, box["y"] + 3, box["x"] + box["width"] - 3, box["y"] + box["height"] - 3
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        page.mouse.move(x, y, steps=3)
    page.mouse.up()


def test_a_map_is_drawn_walked_by_keys_and_left_by_enter(lead_page: Page) -> None:
    two_maps()
    ready(lead_page)
    stage = lead_page.locator(".map-stage")
    expect(lead_page.locator(".map-canvas canvas")).to_be_visible()
    expect(lead_page.locator(".map-legend li")).to_have_count(2)
    keep_screenshots(lead_page, "map", full_page=True, widths=(1366, 820, 390))
    lead_page.set_viewport_size({"width": 1366, "height": 850})
    check_page(lead_page)
    stage.focus()
    stage.press("ArrowRight")
    says = lead_page.locator("#map-says")
    expect(says).to_have_text(re.compile(r"Telephone \d+, (Smg|Nms)"))
    card, focused = lead_page.locator(".map-focus"), lead_page.locator(".map-focus .object-name")
    met = []
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowUp"):
        stage.press(key)
        expect(card).to_have_attribute("aria-busy", "false")
        expect(focused).to_have_text(re.compile(r"Telephone \d+"))
        met.append(focused.text_content() or "")
        expect(says).to_contain_text(met[-1])
    assert len(set(met)) > 1
    stage.press("Enter")
    expect(lead_page.get_by_role("heading", level=1)).to_have_text(met[-1])


def test_pictures_appear_on_the_map_but_for_sensitive_ones(lead_page: Page) -> None:
    two_maps()
    picture = stored_picture(90, 60)
    for place, record in enumerate(Record.objects.order_by("pk")):
        ImageFactory(record=record, position=0, sensitive=place % 2 == 1, **picture)
    ready(lead_page)
    thumbnails = lead_page.locator(".map-thumbnail")
    expect(thumbnails.first).to_be_visible()
    shown = thumbnails.count()
    assert 0 < shown <= 25
    keep_screenshots(lead_page, "map-pictures")
    for _ in range(3):
        lead_page.get_by_role("button", name="Closer").click()
    expect(thumbnails).not_to_have_count(shown)
    stage = lead_page.locator(".map-stage")
    stage.focus()
    stage.press("ArrowRight")
    expect(lead_page.locator(".map-focus .object-name")).to_be_visible()


def test_colours_follow_the_choice_and_so_do_the_files(lead_page: Page) -> None:
    two_maps()
    ready(lead_page)
    lead_page.get_by_label("Colour").select_option("Term")
    expect(lead_page.locator(".map-legend li")).to_have_count(3)
    expect(lead_page.get_by_role("link", name="SVG")).to_have_attribute("href", re.compile("colour=term"))
    lead_page.get_by_label("Colour").select_option("Nearest records not shared with ft-best")
    expect(lead_page.locator(".map-legend li")).to_have_count(5)
    with lead_page.expect_download() as saved:
        lead_page.get_by_role("link", name="SVG").click()
    assert saved.value.suggested_filename == "map-base-record.svg"
    assert "not shared" in saved.value.path().read_text("utf-8")


def test_a_lasso_lists_what_it_holds(lead_page: Page) -> None:
    two_maps()
    ready(lead_page)
    lasso_all(lead_page)
    chosen = lead_page.locator(".map-chosen")
    expect(chosen.get_by_role("heading")).to_have_text("50 records chosen")
    expect(chosen.get_by_role("link")).to_have_count(24)
    check_page(lead_page)


def test_what_a_lasso_holds_is_kept_searched_and_paired(lead_page: Page) -> None:
    two_maps()
    ready(lead_page)
    lasso_all(lead_page)
    lead_page.get_by_label("Keep as a set called").fill("All of them")
    lead_page.get_by_role("button", name="Keep").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("All of them")
    expect(lead_page.get_by_text("50 records · kept")).to_be_visible()
    keep_screenshots(lead_page, "record-set", full_page=True, widths=(1366, 820, 390))
    lead_page.set_viewport_size({"width": 1366, "height": 850})
    check_page(lead_page)
    lead_page.get_by_role("link", name="Draw pairs with them").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("New sampling")
    expect(lead_page.locator("summary", has_text="Strata, keywords")).to_be_visible()
    expect(lead_page.get_by_label("All of them")).to_be_checked()
    lead_page.go_back()
    lead_page.get_by_role("link", name="Search among them").click()
    lead_page.get_by_label("Words").fill("telephone")
    lead_page.get_by_label("Words").press("Enter")
    expect(lead_page.get_by_text("Among the set")).to_be_visible()
    expect(lead_page.get_by_role("button", name="Keep")).to_be_visible()
    check_page(lead_page)


def test_without_webgl_the_picture_and_the_table_are_there(lead_page: Page) -> None:
    two_maps()
    lead_page.add_init_script(NO_WEBGL)
    lead_page.goto(MAP)
    picture = lead_page.get_by_role("img", name=re.compile("Map of 50 records"))
    expect(picture).to_be_visible()
    expect(lead_page.get_by_text("it has no WebGL")).to_be_visible()
    lead_page.wait_for_function("() => document.querySelector('.map-still img').naturalWidth > 500")
    check_page(lead_page)


def test_a_cluster_is_a_page_of_records(lead_page: Page) -> None:
    two_maps()
    ready(lead_page)
    row = lead_page.get_by_role("region", name="Clusters by collection").get_by_role("link").first
    expect(row).to_have_text(re.compile(r"\w"))
    name = row.text_content() or ""
    row.click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text(name)
    check_page(lead_page)


def test_a_map_that_is_not_there_is_offered(lead_page: Page) -> None:
    collections_with_vectors({"smg": 12}, ["base"])
    lead_page.goto(MAP)
    check_page(lead_page)
    lead_page.get_by_role("button", name="Make the map").click()
    expect(lead_page.get_by_role("heading", level=1)).to_have_text("Map of base")
    lead_page.goto(MAP)
    expect(lead_page.get_by_text("This map is being made.")).to_be_visible()
