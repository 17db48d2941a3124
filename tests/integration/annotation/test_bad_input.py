"""Every form of the site with missing, long, odd and hostile values: a sentence at the field, what was typed kept,
never a 500. The forms are found as people find them, by following links from the first page."""

from collections.abc import Mapping
from typing import Any

import lxml.html
import pytest
from django.db import transaction
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign
from annotation.campaigns.invitations import invite
from heritage.models import Role
from models_ml.models import EmbeddingModel
from tests.factories import ImageFactory, UserFactory, campaign_for, preference_study, sampling_with_pairs
from tests.site_forms import Form, site_forms

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_sealed")]

# Text that a field may keep, and a page has to show as text.
TYPED = "typed <b>&amp; kept"
HOSTILE = {
    "missing": "",
    "blanks": " \t\u00a0\u2003",
    "long": "x" * 20_000,
    "markup": "\"'><script>alert(1)</script>",
    "template": "{{ 7 }}{% now 'Y' %}%(name)s{0}%s%n",
    "sql and path": "'; DROP TABLE annotation_campaign; -- ../../../../etc/passwd",
    "controls": "a\u0007\u202eb\ufeff\u200d\ud7ff" + "\U0001f9d1\u200d\U0001f3a8" * 20,
    "not a number": "NaN",
    "negative": "-1",
    "huge": "9" * 400,
    "exponent": "1e400",
    "other digits": "\u0661\u0662\u0663",
    "date": "99999-12-31T23:59",
}


def typed_forms(client) -> dict[tuple[Any, ...], Form]:
    """Files have tests of their own."""
    return {kind: form for kind, form in site_forms(client).items() if not form.files}


def sent(client, form: Form, values: Mapping[str, str]) -> Any:
    """The answer; whatever it did is taken back."""
    data = dict(form.values) | values
    point = transaction.savepoint()
    try:
        send = client.get if form.method == "get" else client.post
        return send(form.action, data)
    finally:
        transaction.savepoint_rollback(point)


@pytest.fixture
def world():
    """Something of all that there are pages of."""
    annotator = UserFactory(username="ada")
    EmbeddingModel.objects.create(slug="base", source="local-dir:base", dimension=8)
    ended = campaign_for(annotator, pairs_each=4, name="Ended")
    for assignment in ended.assignments.all():
        record_annotation(assignment=assignment, annotator=annotator, label="same_object", comment="Once.")
    close_campaign(campaign=ended)
    running = campaign_for(annotator, pairs_each=4, name="Running")
    invite(campaign=running, note="Kim")
    draft = campaign_for(annotator, pairs_each=2, name="Draft")
    draft.opened = None
    draft.save()
    sampling_with_pairs(per_stratum=1)
    preference_study(annotator, name="Lamps")
    ImageFactory(record=ended.assignments.first().pair.a, position=5)
    return annotator


def faults(client, forms: dict[tuple[Any, ...], Form]) -> list[str]:
    """What is wrong with the answers, a line each."""
    found = []
    client.raise_request_exception = False
    for kind, form in forms.items():
        if kind[0] in ("logout", "set_language"):
            continue
        for what, hostile in HOSTILE.items():
            response = sent(client, form, dict.fromkeys(form.typed, hostile))
            where = f"{form.page} {form.method} {form.action} {dict(form.values)} with {what}"
            if response.status_code >= 500:
                found.append(f"{where}: {response.status_code}")
                continue
            text = "" if response.streaming else response.content.decode()
            if "<script>alert(1)" in text:
                found.append(f"{where}: runs what was typed")
            if response.status_code == 422 and 'class="error"' not in text and 'role="alert"' not in text:
                found.append(f"{where}: refused without a word")
    return found


@pytest.mark.parametrize("role", [Role.LEAD, Role.ANNOTATOR])
def test_no_form_breaks_whatever_is_sent(client, world, role):
    client.force_login(UserFactory(username="lead", role=role) if role == Role.LEAD else world)
    forms = typed_forms(client)
    assert len(forms) > (25 if role == Role.LEAD else 5)
    assert faults(client, forms) == []


def test_what_was_typed_is_kept_where_a_form_is_refused(client, world):
    """With one field as somebody typed it and all else missing."""
    client.force_login(UserFactory(username="lead", role=Role.LEAD))
    refused, lost = 0, []
    for form in typed_forms(client).values():
        for name in form.texts:
            response = sent(client, form, dict.fromkeys(form.typed, "") | {name: TYPED})
            if response.status_code == 422:
                refused += 1
                page = lxml.html.fromstring(response.content.decode())
                kept = [each.value for each in page.xpath(f'//*[@name="{name}"]') if hasattr(each, "value")]
                # Keys of labels are shown as capitals.
                if TYPED.casefold() not in [(value or "").strip().casefold() for value in kept]:
                    lost.append(f"{form.action} {dict(form.values)}: {name}")
    assert refused > 5
    assert lost == []


def test_no_address_breaks_whatever_it_asks_for(client, world):
    client.force_login(UserFactory(username="lead", role=Role.LEAD))
    client.raise_request_exception = False
    names = ("name", "next", "page", "sort", "campaign", "kind", "from", "pair", "then", "around", "sampling", "label")
    pages = ["campaigns", "samplings", "new-sampling", "new-campaign", "plan-campaign", "links", "link-groups", "jobs"]
    pages += ["models", "evaluations", "preference-studies", "collections", "home", "login", "search"]
    broken = [
        f"{page} {what}"
        for page in pages
        for what, hostile in HOSTILE.items()
        if client.get(reverse(page), dict.fromkeys(names, hostile[:500])).status_code >= 500
    ]
    assert broken == []
