"""Mirador opens our manifests: a link's, as a lead on this site; any two records', from another site if public."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from annotation.answers.actions import record_annotation
from annotation.models import Campaign
from heritage.models import Role, User
from tests.factories import ImageFactory, UserFactory, campaign_for
from tests.image_server import ImageServer, body
from tests.npm import unpacked
from tests.picture_files import stored_picture

VIEWER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mirador</title><link rel="icon" href="data:,"></head>
<body><div id="viewer"></div><script src="mirador.min.js"></script>
<script>
  window.viewer = Mirador.viewer({
    id: "viewer",
    workspaceControlPanel: { enabled: false },
    windows: [{ manifestId: MANIFEST, thumbnailNavigationPosition: "off" }],
  });
</script></body></html>"""


@pytest.fixture(scope="session")
def mirador(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("mirador@4.0.0", tmp_path_factory.mktemp("mirador")) / "dist" / "mirador.min.js"


@pytest.fixture
def campaign(transactional_db: None) -> Campaign:
    """One pair that an annotator finds similar; both records have a picture, one larger than pages show."""
    annotator = UserFactory(username="ada", role=Role.ANNOTATOR)
    campaign = campaign_for(annotator, pairs_each=1, name="Pilot")
    assignment = campaign.assignments.get()
    record_annotation(assignment=assignment, annotator=annotator, label="similar_object", submission=uuid.uuid4())
    for record, size in zip((assignment.pair.a, assignment.pair.b), ((1800, 1200), (300, 400)), strict=True):
        record.images.all().delete()
        ImageFactory(record=record, position=0, credit=f"© The museum of {record.name}", **stored_picture(*size))
    return campaign


def viewer(manifest: str) -> str:
    return VIEWER.replace("MANIFEST", f'"{manifest}"')


def check_viewer(page: Page, campaign: Campaign, address: str, *, said: str) -> None:
    """Both canvases are shown one after the other, each with its picture, and the museums' words beside them."""
    pair = campaign.assignments.get().pair
    records = (pair.a, pair.b)
    drawn: set[str] = set()
    errors: list[str] = []
    page.on(
        "response", lambda response: drawn.add(response.url) if response.ok and "/images/" in response.url else None
    )
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    window = page.get_by_role("region", name=f"Window: {pair.a.name} · {pair.b.name}")
    for place, record in enumerate(records, start=1):
        expect(window.get_by_text(f"{place} of 2 • {record.name}")).to_be_visible()
        expect(window.get_by_role("img", name="Digitized view")).to_be_visible()
        if place == 1:
            window.get_by_role("button", name="Next item").click()
    window.get_by_role("button", name="Toggle sidebar").click()
    expect(window.get_by_role("definition").filter(has_text=said)).to_be_visible()
    window.get_by_role("tab", name="Rights").click()
    for record in records:
        expect(window.get_by_text(f"© The museum of {record.name}").first).to_be_visible()
    shown = {record.images.get().display_url for record in records}
    assert {picture for picture in shown if any(url.endswith(picture) for url in drawn)} == shown
    # React's, of Mirador's own elements.
    assert [error for error in errors if "element.ref was removed in React 19" not in error] == []


@pytest.mark.page_errors_expected
@pytest.mark.usefixtures("nothing_sealed")
def test_a_lead_opens_a_link_on_this_site(
    page: Page, lead: User, log_in: Callable[[User], None], base_url: str, campaign: Campaign, mirador: Path
) -> None:
    log_in(lead)
    manifest = reverse("link-manifest", args=[campaign.pk, campaign.assignments.get().pair_id])
    page.route("**/viewer/mirador.min.js", lambda route: route.fulfill(path=mirador, content_type="text/javascript"))
    page.route("**/viewer/", lambda route: route.fulfill(body=viewer(manifest), content_type="text/html"))
    check_viewer(page, campaign, f"{base_url}/viewer/", said="Similar object")


@pytest.mark.page_errors_expected
def test_another_site_opens_two_records_of_a_public_catalogue(
    page: Page, base_url: str, campaign: Campaign, mirador: Path, settings: Settings
) -> None:
    settings.PUBLIC_CATALOGUE = settings.CORS_ALLOW_ALL_ORIGINS = True
    pair = campaign.assignments.get().pair
    manifest = base_url + reverse("pair-manifest", args=[pair.a.pk, pair.b.pk])
    with ImageServer().running() as site:
        site.answers["/"] = body(viewer(manifest).encode(), "text/html")
        site.answers["/mirador.min.js"] = body(mirador.read_bytes(), "text/javascript")
        check_viewer(page, campaign, f"{site.url}/", said=pair.a.record_id)
