"""What annotators see of rights: withheld and sensitive pictures, licences, credit lines, and the texts' languages."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign
from annotation.models import Assignment, Campaign
from heritage.models import Collection, Image, Record, User
from linking.models import CandidatePair
from tests.factories import ImageFactory, UserFactory, campaign_for, preference_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def annotator() -> User:
    return UserFactory()


@pytest.fixture
def campaign(annotator: User) -> Campaign:
    campaign = campaign_for(annotator)
    Image.objects.all().delete()
    return campaign


@pytest.fixture
def web(client: Client, annotator: User) -> Client:
    client.force_login(annotator)
    return client


def first(campaign: Campaign) -> Assignment:
    return campaign.assignments.get(position=1)


def pair_of(campaign: Campaign) -> CandidatePair:
    pair = first(campaign).pair
    assert pair is not None
    return pair


def page(web: Client, campaign: Campaign) -> str:
    """The first pair, without those behind it."""
    return web.get(first(campaign).get_absolute_url()).content.decode().split('id="ahead"')[0]


def task(annotator: User, campaign: Campaign) -> list[dict[str, object]]:
    """The records of the first pair, as programs get them."""
    caller = APIClient()
    caller.force_authenticate(annotator)
    return caller.post(reverse("api-next", args=[campaign.pk])).json()["records"]


def test_a_withheld_picture_is_shown_to_nobody_who_labels(web: Client, annotator: User, campaign: Campaign) -> None:
    shown, hidden = (ImageFactory(record=pair_of(campaign).a, withheld=withheld) for withheld in (False, True))
    seen = page(web, campaign)
    assert shown.display_url in seen
    assert hidden.content_hash not in seen
    assert task(annotator, campaign)[0]["images"] == [f"http://testserver{shown.display_url}"]


def test_of_a_withheld_record_neither_words_nor_pictures_are_shown(
    web: Client, annotator: User, campaign: Campaign
) -> None:
    record = pair_of(campaign).a
    image = ImageFactory(record=record)
    Record.objects.filter(pk=record.pk).update(withheld=True)
    seen = page(web, campaign)
    assert "May no longer be shown" in seen
    assert "Skip the pair" in seen
    for secret in (record.name, record.description, image.content_hash):
        assert secret not in seen.split("</article>")[0]
    assert task(annotator, campaign)[0] == {
        "name": "",
        "description": "",
        "images": [],
        "licences": [],
        "sensitive": [],
    }
    answered = record_annotation(assignment=first(campaign), annotator=annotator, label="unrelated", comment="")
    assert answered.pk
    listed = web.get(reverse("my-answers", args=[campaign.pk])).content.decode()
    assert record.name not in re.split(r"\W*<", listed.replace("&#x27;", "'"))


def test_a_sensitive_picture_is_covered_and_no_key_uncovers_it(web: Client, campaign: Campaign) -> None:
    image = ImageFactory(record=pair_of(campaign).a, sensitive=True, statement="Shown by kind leave of the museum.")
    seen = page(web, campaign)
    cover = re.search(r'<details class="cover">(.*?)</details>', seen, re.DOTALL)
    assert cover
    assert f'src="{image.display_url}"' in cover[1]
    assert 'loading="lazy"' in cover[1], "a browser loads nothing of it before it is uncovered"
    assert "data-action" not in cover[1]
    assert image.content_hash not in seen.replace(cover[0], "")
    assert "kind leave" not in seen, "a museum's own words may say whose it is"


def test_of_several_pictures_the_sensitive_one_is_covered_in_small_too(web: Client, campaign: Campaign) -> None:
    plain, sensitive = (ImageFactory(record=pair_of(campaign).a, sensitive=flag) for flag in (False, True))
    seen = page(web, campaign)
    assert plain.thumbnail_url in seen
    assert sensitive.thumbnail_url not in seen
    assert seen.count('<details class="cover">') == 1


def test_a_blind_page_names_the_licence_and_not_whose_picture_it_is(
    web: Client, annotator: User, campaign: Campaign
) -> None:
    rights = {"credit": "© Science Museum Group", "statement": "Given by the Science Museum", "view": "back"}
    a, b = pair_of(campaign).a, pair_of(campaign).b
    ImageFactory(record=a, licence="https://creativecommons.org/licenses/by-nc-sa/4.0/", **rights)
    ImageFactory(record=b, licence="© Science Museum Group, all rights reserved", **rights)
    seen = page(web, campaign)
    assert '<p class="source">Collection A · CC BY-NC-SA 4.0</p>' in seen
    assert '<p class="source">Collection B</p>' in seen
    records = task(annotator, campaign)
    assert [record["licences"] for record in records] == [["CC BY-NC-SA 4.0"], [""]]
    assert "Science Museum" not in seen + str(records)


def test_the_credit_follows_when_nothing_can_be_answered_blind_any_more(
    web: Client, annotator: User, campaign: Campaign
) -> None:
    ImageFactory(record=pair_of(campaign).b, credit="© The <b>Museum</b>")
    record_annotation(assignment=first(campaign), annotator=annotator, label="unrelated", comment="")

    def answers() -> str:
        return web.get(reverse("my-answers", args=[campaign.pk])).content.decode()

    assert "© The" not in answers()
    other = campaign_for(annotator)
    close_campaign(campaign=campaign)
    assert "© The" not in answers(), "another campaign with this annotator still takes answers"
    close_campaign(campaign=other)
    assert "© The &lt;b&gt;Museum&lt;/b&gt;" in answers()


def test_only_a_picture_larger_than_its_display_has_tiles(web: Client, campaign: Campaign) -> None:
    small = ImageFactory(record=pair_of(campaign).a, width=1200, height=900)
    large = ImageFactory(record=pair_of(campaign).b, width=900, height=3000)
    unmeasured = ImageFactory(record=pair_of(campaign).a)
    found = re.findall(r'data-tiles="([^"]+)"', page(web, campaign))
    assert found == [reverse("image-tiles", args=[large.content_hash])]
    assert small.content_hash not in found[0]
    assert unmeasured.content_hash not in found[0]


def test_each_text_has_its_own_language_and_direction(web: Client, campaign: Campaign) -> None:
    record = pair_of(campaign).a
    Collection.objects.filter(pk=record.collection_id).update(language="de")
    Record.objects.filter(pk=record.pk).update(name="هاتف.", description="Telefon", languages={"name": "ar"})
    seen = page(web, campaign)
    assert '<h2 class="object-name" lang="ar" dir="auto">هاتف.</h2>' in seen
    assert '<p class="description" lang="de" dir="auto">Telefon</p>' in seen


def test_a_preference_study_covers_and_leaves_out_alike(client: Client, annotator: User) -> None:
    study = preference_study(annotator)
    Image.objects.update(sensitive=True)
    withheld = Record.objects.order_by("pk").first()
    assert withheld
    Record.objects.filter(pk=withheld.pk).update(withheld=True)
    client.force_login(annotator)
    seen = client.get(reverse("choose", args=[study.pk]), follow=True).content.decode()
    assert "Sensitive</span>" in seen
    assert not re.search(r'src="/images/', seen)
    assert not re.search(rf">{re.escape(withheld.name)}<", seen)
    Image.objects.update(sensitive=False, licence="CC0")
    assert re.search(r'src="/images/[0-9a-f]{64}/thumbnail', client.get(client_url(study)).content.decode())


def client_url(study: object) -> str:
    choice = study.choices.order_by("position").first()  # type: ignore[attr-defined]
    assert isinstance(choice.pk, uuid.UUID)
    return choice.get_absolute_url()
