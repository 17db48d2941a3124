"""Every form of the site with values drawn at random, as each kind of person: never a failure of the site's own,
nothing of a campaign elsewhere changed, and nothing of it shown to those who do not lead it.

The suite sends a few as each; `make fuzz-forms` sends FUZZ_FORMS=10000. Forms are found by links and by every address
that there is; an address that takes POST and has no form is sent the fields of all others.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pytest_django import Settings

from annotation.answers.actions import record_annotation
from annotation.campaigns.invitations import invite
from annotation.models import Campaign, CampaignLead
from annotation.permissions import PERMISSIONS
from heritage.models import Record, Role, User
from tests.factories import UserFactory, campaign_for
from tests.site_forms import Form, site_forms
from tests.whole_site import labelled_campaign, routes_of

pytestmark = pytest.mark.django_db
REQUESTS = int(os.environ.get("FUZZ_FORMS", "40"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PEOPLE = ("visitor", "annotator", "campaign lead", "project lead", "administrator")
SEES_ALL = ("project lead", "administrator")
MARK = "zerberus"
# They end the log-in that the next request needs, or nothing can be taken back that they do.
NEVER_SENT = ("logout", "own-sessions", "log-in-institution")
ODD = (
    *(
        "",
        " \t\u00a0",
        "x" * 20_000,
        "\"'><script>alert(1)</script>",
        "{{ 7 }}{% now 'Y' %}%(n)s{0}%s%n",
        "\u0000",
        "a\u0000b",
    ),
    *(
        "'; DROP TABLE annotation_campaign; --",
        "../../../../etc/passwd",
        "\u202eb\ufeff\u200d",
        "\ud7ff\U0001f9d1\u200d\U0001f3a8",
    ),
    *(
        "NaN",
        "-1",
        "0",
        "1",
        "9" * 400,
        "1e400",
        "-1e-400",
        "Infinity",
        "\u0661\u0662",
        "1_000",
        "0x10",
        "1,5",
        "2147483648",
    ),
    *(
        "9223372036854775808",
        "99999-12-31T23:59",
        "0001-01-01T00:00",
        "2026-02-30",
        "on",
        "true",
        "null",
        "[]",
        "{}",
        "[[[[",
        '{"a":',
    ),
    *(
        "00000000-0000-0000-0000-000000000000",
        "http://127.0.0.1:9/",
        "//evil.example/",
        "javascript:alert(1)",
        "en",
        "zz",
    ),
)


@dataclass(frozen=True)
class World:
    own: Campaign
    elsewhere: Campaign
    routes: list[tuple[str, str]]

    def moved(self, address: str) -> str:
        """The same address of the campaign elsewhere, where it names this one or something of it."""
        path, _, question = address.partition("?")
        match = resolve(path)
        moved = {name: self.counterparts.get(value, value) for name, value in match.kwargs.items()}
        if moved == match.kwargs:
            return address
        return reverse(match.view_name, kwargs=moved) + (f"?{question}" if question else "")

    @property
    def counterparts(self) -> Mapping[Any, Any]:
        sets = ("assignments", "invitations")
        pairs = [(self.own.pk, self.elsewhere.pk)]
        for name in sets:
            mine, theirs = (list(getattr(each, name).order_by("pk")) for each in (self.own, self.elsewhere))
            pairs += [(a.pk, b.pk) for a, b in zip(mine, theirs, strict=False)]
        return dict(pairs)


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    settings.DATA_DIR, settings.IMAGES_DIR, settings.MODELS_DIR = tmp_path, tmp_path / "images", tmp_path / "models"
    settings.FETCH_ALLOW_LOOPBACK = False
    own = labelled_campaign(UserFactory(username="ada"))
    routes = routes_of(own)
    stranger = UserFactory(username=f"{MARK}-person")
    elsewhere = campaign_for(stranger, pairs_each=4, name=f"{MARK} campaign")
    records = Record.objects.filter(pk__in=elsewhere.assignments.values("pair__a"))
    records.update(name=f"{MARK} record")
    for assignment in elsewhere.assignments.all()[:2]:
        record_annotation(assignment=assignment, annotator=stranger, label="unrelated", comment=f"{MARK} comment")
    invite(campaign=elsewhere, note=f"{MARK} note")
    return World(own, elsewhere, routes)


def account(person: str, world: World) -> User | None:
    match person:
        case "visitor":
            return None
        case "annotator":
            return world.own.assignments.first().annotator
        case "campaign lead":
            leads = UserFactory()
            CampaignLead.objects.create(campaign=world.own, person=leads)
            return leads
        case "project lead":
            return UserFactory(role=Role.LEAD)
    return UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)


def forms_for(client: Client, world: World) -> tuple[list[Form], list[Form]]:
    """Those that pages have; and those of addresses that take POST without one, and of the campaign elsewhere."""
    client.raise_request_exception = False
    asked = sorted({address for name, address in world.routes if "GET" in PERMISSIONS[name].methods})
    with transaction.atomic():
        found = list(site_forms(client, [address for address in asked if not address.startswith("/api/")]).values())
        transaction.set_rollback(True)
    pages = [form for form in found if form.name not in NEVER_SENT]
    names = {*NEVER_SENT, *(form.name for form in pages if form.method == "post")}
    fields = tuple(sorted({field for form in pages for field in form.typed}))
    others = [
        Form(page=address, method="post", action=address, values=(), typed=fields)
        for name, address in set(world.routes)
        if "POST" in PERMISSIONS[name].methods and name not in names and not address.startswith("/api/")
    ]
    others += [replace(form, action=world.moved(form.action)) for form in (*pages, *others)]

    def in_order(forms: list[Form]) -> list[Form]:
        return sorted(set(forms), key=lambda form: (form.name, form.method, form.action, form.values, form.typed))

    return in_order(pages), in_order([form for form in others if form not in pages])


@st.composite
def a_request(
    draw: st.DrawFn, pages: list[Form], others: list[Form], numbers: list[str]
) -> tuple[Form, dict[str, list[str]]]:
    """A form, mostly one that a page has, and what it is sent: as filled in, but for some fields; or these alone."""
    form = draw(st.sampled_from(pages if draw(st.integers(0, 3)) else others))
    anything = st.one_of(
        st.sampled_from(ODD),
        st.sampled_from(numbers),
        st.text(max_size=60),
        st.integers(-(2**70), 2**70).map(str),
        st.floats().map(str),
        st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
    )
    names = sorted({*form.typed, *(name for name, _ in form.values)} - set(form.files))
    values: dict[str, list[str]] = {}
    if draw(st.booleans()):
        for name, value in (*form.filled, *form.values):
            values.setdefault(name, []).append(value)
        values |= {name: ["1"] for name in form.texts if not "".join(values.get(name, []))}
    for name in draw(st.lists(st.sampled_from(names), max_size=3, unique=True)) if names else []:
        offered = [value for each, value in form.offered if each == name]
        one = st.one_of(st.sampled_from(offered), anything) if offered else anything
        values[name] = draw(st.lists(one, min_size=1, max_size=2))
    return form, values


def rows_of(campaign: Campaign) -> list[Any]:
    """All that the database has of a campaign."""
    paths = [("pk", Campaign)]
    for model in apps.get_app_config("annotation").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and not field.many_to_many:
                if field.related_model is Campaign:
                    paths.append((field.name, model))
                elif field.name == "assignment":
                    paths.append(("assignment__campaign", model))
    return [sorted(map(repr, model._base_manager.filter(**{path: campaign.pk}).values_list())) for path, model in paths]


def send(client: Client, form: Form, values: dict[str, list[str]], content: bytes) -> HttpResponse:
    cookies = client.cookies.output()
    try:
        files = {name: SimpleUploadedFile("a.csv", content) for name in form.files} if form.method == "post" else {}
        ask = client.get if form.method == "get" else client.post
        return ask(form.action, values | files)
    finally:
        client.cookies.clear()
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))


@pytest.mark.parametrize("person", PEOPLE)
def test_whatever_a_form_is_sent(world: World, person: str, capsys: pytest.CaptureFixture[str]) -> None:
    client = Client()
    if who := account(person, world):
        client.force_login(who)
    pages, others = forms_for(client, world)
    client.raise_request_exception = True
    numbers = [str(pk) for pair in world.counterparts.items() for pk in pair]
    before = rows_of(world.elsewhere)
    statuses: dict[int, int] = {}

    @seed(SEED)
    @settings(
        max_examples=REQUESTS,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=True,
    )
    @given(data=st.data())
    def fuzz(data: st.DataObject) -> None:
        form, values = data.draw(a_request(pages, others, numbers))
        content = data.draw(st.binary(max_size=200)) if form.files else b""
        with transaction.atomic():
            answer = send(client, form, values, content)
            shown = b"" if answer.streaming else answer.content
            after = rows_of(world.elsewhere)
            transaction.set_rollback(True)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        where = f"{form.method} {form.action} {values}"
        assert answer.status_code < 500, f"{answer.status_code}: {where}"
        assert b"<script>alert(1)" not in shown, where
        if person not in SEES_ALL:
            assert MARK.encode() not in shown, where
            assert after == before, where
        elif form.action != world.moved(form.action) and str(world.elsewhere.pk) not in where:
            assert after == before, where

    fuzz()
    assert sum(statuses.values()) >= REQUESTS
    assert len(pages) >= 2
    if "FUZZ_FORMS" in os.environ:
        count = f"{len(pages)} forms of pages and {len(others)} others, {sum(statuses.values()):,} requests"
        with capsys.disabled():
            sys.stderr.write(f"\nAs {person}: {count}, {dict(sorted(statuses.items()))}\n")
