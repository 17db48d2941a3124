"""Annotators' pages in their language: by the browser, by a choice that is kept; leads' pages stay in English."""

import gettext
import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from annotation.labels.actions import change_scheme
from annotation.labels.four import LabelDraft
from heritage.models import Role
from tests.factories import UserFactory, campaign_for, preference_study

HOUSE = Path(__file__).resolve().parents[3]
LANGUAGES = ("de", "fr")
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
IN_TEMPLATES = re.compile(r'{% (?:translate|trans) "([^"]+)"(?: context "([^"]+)")?|_\("([^"]+)"\)')
IN_CODE = re.compile(r'(?<![\w.])(?:gettext|gettext_lazy|gettext_noop|_)\(\s*"((?:[^"\\]|\\.)+)",?\s*\)')
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def catalogue(language: str, domain: str) -> dict[str, str]:
    """What is compiled; a plural by its first form."""
    path = HOUSE / f"locale/{language}/LC_MESSAGES/{domain}.mo"
    with path.open("rb") as file:
        found = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key[0] if isinstance(key, tuple) else key: text for key, text in found.items() if key}


def written(language: str, domain: str) -> dict[str, str]:
    """What stands in the file that people edit, singular sentences."""
    text = (HOUSE / f"locale/{language}/LC_MESSAGES/{domain}.po").read_text("utf-8")
    found = re.findall(r'(?:msgctxt "(.*)"\n)?msgid "(.+)"\nmsgstr "(.*)"', text)
    plain = [[part.encode().decode("unicode_escape").encode("latin-1").decode() for part in each] for each in found]
    return {f"{context}\x04{source}" if context else source: said for context, source, said in plain}


@pytest.mark.parametrize("domain", ["django", "djangojs"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_that_of_the_sentences_and_none_is_left_out(language, domain):
    sentences = written(language, domain)
    assert len(sentences) > (200 if domain == "django" else 15)
    assert [source for source, said in sentences.items() if not said] == []
    compiled = catalogue(language, domain)
    assert {source: compiled.get(source) for source in sentences} == sentences
    for source, said in compiled.items():
        assert set(PLACEHOLDER.findall(source)) == set(PLACEHOLDER.findall(said)), source


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_pages_is_there(language):
    sentences = catalogue(language, "django")
    for path in (HOUSE / "templates").rglob("*.html"):
        for plain, context, as_argument in IN_TEMPLATES.findall(path.read_text("utf-8")):
            source = plain or as_argument
            assert (f"{context}\x04{source}" if context else source) in sentences, path
    for app in ("annotation", "heritage"):
        for path in (HOUSE / app).rglob("*.py"):
            for source in IN_CODE.findall(path.read_text("utf-8")):
                assert source in sentences, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_scripts_is_there(language):
    sentences = catalogue(language, "djangojs")
    for path in (HOUSE / "static/js").rglob("*.js"):
        for source in IN_CODE.findall(path.read_text("utf-8")):
            assert source in sentences, path


@pytest.fixture
def campaign(client, db):
    annotator = UserFactory()
    client.force_login(annotator)
    return campaign_for(annotator)


def test_the_browser_s_language_is_spoken_from_log_in_to_the_end(client, campaign):
    pair = campaign.assignments.get(position=1).get_absolute_url()
    page = client.get(pair, headers=GERMAN)
    assert '<html lang="de"' in page.text
    for words in (
        "Paar <strong>1</strong> von 4",
        "Ohne Zusammenhang",
        "Sammlung A",
        "Warum überspringen Sie",
        "/words/de.js",
    ):
        assert words in page.text
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]
    for name, words in (("home", "Willkommen"), ("guide", "So wird beurteilt"), ("my-answers", "Noch keine Antworten")):
        assert words in client.get(reverse(name), headers=GERMAN).text
    assert (
        "Vos réflexions" in client.get(reverse("finished", args=[campaign.pk]), headers={"Accept-Language": "fr"}).text
    )
    assert "Wählen Sie eine der vier Antworten" in client.post(pair, {"submission": "1" * 32}, headers=GERMAN).text
    assert "An dieser Adresse ist nichts" in client.get("/nowhere/", headers=GERMAN).text
    client.logout()
    assert "Benutzername" in client.get(reverse("login"), headers=GERMAN).text


def test_one_reader_s_language_is_not_another_s(client, campaign):
    pair = campaign.assignments.get(position=1).get_absolute_url()
    asked = ["de", "en", "fr", "xx", "de"]
    said = ["Gleiche Kategorie", "Same category", "Même catégorie", "Same category", "Gleiche Kategorie"]
    for language, words in zip(asked, said, strict=True):
        assert words in client.get(pair, headers={"Accept-Language": language}).text


def test_a_choice_is_kept_and_stronger_than_the_browser(client, campaign):
    home = reverse("home")
    answer = client.post(reverse("set_language"), {"language": "fr", "next": home}, headers=GERMAN)
    assert answer.url == home
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME]["max-age"] == 365 * 24 * 3600
    assert "Bienvenue" in client.get(home, headers=GERMAN).text


def test_a_campaign_s_own_names_stay_as_they_are(client, campaign):
    change_scheme(
        campaign=campaign,
        labels=[
            LabelDraft("same_object", "Twins"),
            *map(LabelDraft, ("similar_object", "same_category", "unrelated")),
        ],
    )
    page = client.get(campaign.assignments.get(position=1).get_absolute_url(), headers=GERMAN).text
    assert "Twins" in page
    assert "Ähnliches Objekt" in page


def test_leads_pages_and_the_interface_for_programs_stay_in_english(client, campaign):
    api = client.post(f"/api/campaigns/{campaign.pk}/next/", headers=GERMAN)
    assert "Collection A" in api.text or api.status_code == 200
    assert "Sammlung" not in api.text
    client.force_login(UserFactory(role=Role.LEAD))
    for address in (reverse("home"), reverse("campaigns"), reverse("campaign-progress", args=[campaign.pk])):
        page = client.get(address, headers=GERMAN).text
        assert '<html lang="en"' in page
        assert "/words/" not in page


def test_the_scripts_words_come_in_the_languages_that_there_are(client, db):
    assert "Gespeichert" in client.get(reverse("words", args=["de"])).text
    for unknown in ("xx", "..", "de'"):
        assert client.get(f"/words/{unknown}.js").status_code == 404


def test_preference_studies_speak_the_language_of_who_chooses(client, db):
    expert = UserFactory()
    client.force_login(expert)
    study = preference_study(expert, name="Lampen")
    home = client.get(reverse("home"), headers=GERMAN).content.decode()
    assert "wählen die beste Reihe" in home
    address = client.get(reverse("choose", args=[study.pk])).url
    page = client.get(address, headers=GERMAN).content.decode()
    for words in (
        "Entscheidung <strong>1</strong> von 4",
        "Welche Reihe zeigt am besten",
        "Keine ist besser",
        "Reihe 1",
    ):
        assert words in page
    script = {**GERMAN, "Accept": "application/json"}
    ahead = client.get(address, headers=script).json()["choices"][0]
    assert "Welche Reihe zeigt am besten" in ahead
    refused = client.post(address, {"row": "9", "submission": str(uuid.uuid4())}, headers=script)
    assert refused.json()["problem"] == "Es gibt keine Reihe 9: Wählen Sie eine der 3, oder 0, wenn keine besser ist."
    mine = client.get(reverse("my-choices", args=[study.pk]), headers={"Accept-Language": "fr"}).content.decode()
    assert "Aucun choix pour l’instant" in mine


def test_who_labels_changes_the_password_in_their_language_and_a_lead_in_english(client, db):
    client.force_login(UserFactory())
    address = reverse("own-password")
    page = client.get(address, headers=GERMAN)
    assert "<h2>Passwort ändern</h2>" in page.content.decode()
    assert page.headers["Content-Language"] == "de"
    wrong = client.post(address, {"old_password": "x", "new_password1": "y", "new_password2": "z"}, headers=GERMAN)
    assert wrong.status_code == 422
    assert "Das alte Passwort war falsch" in wrong.content.decode()
    client.force_login(UserFactory(role=Role.LEAD))
    assert "<h2>Change your password</h2>" in client.get(address, headers=GERMAN).content.decode()
