"""Security keys: added, asked for at the log-in, and refused where their answer is not that of the key."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from heritage.accounts.actions import create_account
from heritage.accounts.second_factor.factors import second_factor_of
from heritage.models import AuditEntry, Role
from tests.authenticators import SoftKey

pytestmark = pytest.mark.django_db
PASSWORD = "a loom and a lamp"
AT_LOG_IN = "/login/second-factor/"
ORIGIN = "http://localhost"


@pytest.fixture
def ada():
    return create_account(username="ada", role=Role.ANNOTATOR, password=PASSWORD).user


@pytest.fixture
def device(ada):
    device = Client(headers={"host": "localhost"})
    device.force_login(ada)
    return device


def options_in(page):
    return json.loads(re.search(r'<script id="passkey-options" type="application/json">(.+?)</script>', page.text)[1])


def add(device, key, name="Blue key"):
    options = options_in(device.get(reverse("own-key")))
    return device.post(reverse("own-key"), {"name": name, "credential": key.make(options)})


def log_in(device):
    device.logout()
    assert device.post("/login/", {"username": "ada", "password": PASSWORD}).url == AT_LOG_IN
    return options_in(device.get(AT_LOG_IN))


def test_a_key_is_added_and_asked_for_at_the_next_log_in(device, ada):
    key = SoftKey(ORIGIN)
    added = add(device, key)
    assert added.status_code == 200, added.text
    assert len(re.findall(r"\b\d{4} \d{4}\b", added.text)) == 10
    assert "Blue key" in added.text
    assert list(AuditEntry.objects.filter(action="factor_added").values_list("subject", flat=True)) == [
        "ada: key Blue key"
    ]
    options = log_in(device)
    assert [each["id"] for each in options["publicKey"]["allowCredentials"]] == [json.loads(key.show(options))["id"]]
    assert device.post(AT_LOG_IN, {"credential": key.show(options)}).url == "/"
    assert device.get("/account/password/").status_code == 200
    assert second_factor_of(ada).keys[0].last_used is not None


def test_only_the_key_itself_lets_its_person_in(device, ada):
    key = SoftKey(ORIGIN)
    add(device, key)
    options = log_in(device)
    stranger, copied, elsewhere = SoftKey(ORIGIN), SoftKey(ORIGIN), SoftKey("https://localhost.elsewhere.example")
    copied.id = elsewhere.id = key.id
    elsewhere._private = key._private
    right = key.show(options)
    for answer in (stranger.show(options), copied.show(options), elsewhere.show(options)):
        refused = device.post(AT_LOG_IN, {"credential": answer})
        assert refused.status_code == 422
        assert "This code is not right" in refused.text or "was not understood" in refused.text
    assert device.post(AT_LOG_IN, {"credential": right}).status_code == 422, "the challenge is another one by now"
    assert device.get("/account/password/").status_code == 302
    options = options_in(device.get(AT_LOG_IN))
    assert device.post(AT_LOG_IN, {"credential": key.show(options)}).url == "/"


def test_a_key_made_for_an_earlier_question_is_not_added(device, ada):
    earlier = options_in(device.get(reverse("own-key")))
    device.get(reverse("own-key"))
    refused = device.post(reverse("own-key"), {"name": "Old", "credential": SoftKey(ORIGIN).make(earlier)})
    assert refused.status_code == 422
    assert 'value="Old"' in refused.text, "what was typed stays"
    assert not second_factor_of(ada).keys


BROKEN = ["", "{", "[]", '"x"', "1", "null", "{}", '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}']
BROKEN += ['{"id": "YQ", "rawId": "YQ", "response": {"clientDataJSON": "YQ", "attestationObject": "YQ"}}']
BROKEN += [
    '{"id": "YQ", "rawId": "YQ", "response": {"clientDataJSON": "e30", "authenticatorData": "YQ", "signature": ""}}'
]
BROKEN += ['{"id": [1], "rawId": {}, "type": 3, "response": []}', "9" * 30_000, "9" * 5_000, "[" * 19_000]


@pytest.mark.parametrize("answer", BROKEN)
def test_what_no_browser_says_is_refused(device, ada, answer):
    device.get(reverse("own-key"))
    assert device.post(reverse("own-key"), {"name": "", "credential": answer}).status_code == 422
    add(device, SoftKey(ORIGIN))
    log_in(device)
    assert device.post(AT_LOG_IN, {"credential": answer}).status_code == 422
    assert device.get("/account/password/").status_code == 302


def test_keys_are_not_tried_without_end(device, ada):
    add(device, SoftKey(ORIGIN))
    options = log_in(device)
    tries = [device.post(AT_LOG_IN, {"credential": SoftKey(ORIGIN).show(options)}).status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]


def test_recovery_codes_stand_in_for_a_lost_key(device, ada):
    codes = re.findall(r"\b\d{4} \d{4}\b", add(device, SoftKey(ORIGIN)).text)
    log_in(device)
    assert device.post(AT_LOG_IN, {"code": codes[5]}).url == "/"


def test_ten_keys_are_enough(device, ada):
    for number in range(10):
        assert add(device, SoftKey(ORIGIN), f"Key {number}").status_code == 200
    refused = add(device, SoftKey(ORIGIN), "One more")
    assert (refused.status_code, "You have ten keys" in refused.text) == (422, True)
    factors = second_factor_of(ada).keys
    device.post(reverse("remove-own-factor"), {"factor": factors[3].id})
    assert [each.name for each in second_factor_of(ada).keys] == [f"Key {n}" for n in range(10) if n != 3]


def test_a_key_is_offered_only_where_browsers_take_one(client, ada):
    client.force_login(ada)
    assert "https only" in client.get(reverse("own-second-factor")).text
    assert client.get(reverse("own-key")).url == reverse("own-second-factor")
    assert client.get(reverse("own-key"), secure=True).status_code == 200


def test_who_has_no_password_confirms_by_the_key(device, ada):
    key = SoftKey(ORIGIN)
    add(device, key)
    ada.set_unusable_password()
    ada.save()
    device.force_login(ada)
    session = device.session
    session["confirmed"] = 0
    session.save()
    options = options_in(device.get(reverse("confirm-account")))
    assert device.post(reverse("confirm-account"), {"credential": SoftKey(ORIGIN).show(options)}).status_code == 422
    options = options_in(device.get(reverse("confirm-account")))
    assert device.post(reverse("confirm-account"), {"credential": key.show(options)}).status_code == 302
    assert device.get(reverse("own-key")).status_code == 200
