"""Blindness: nothing that an annotator can reach tells where a pair comes from or what others said.

A spy is set up whose every secret is a word or number that occurs nowhere else, and then everything that the
URL configuration offers is fetched as that annotator, by page, by fragment and by API, links and forms included.
Whatever comes back, headers and addresses too, may hold none of the secrets.
"""

import itertools
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.answers.actions import record_annotation, record_skip, write_reflection
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.invitations import invite
from annotation.campaigns.membership import join_campaign, reassign_remaining, stop_labelling
from annotation.guidance.actions import Mark, mark_pair
from annotation.labelling.views import labelling
from annotation.labels.actions import add_finer_labels
from annotation.labels.finer import FinerLabelDraft
from annotation.models import (
    Annotation,
    Assignment,
    Campaign,
    CampaignLead,
    FinerLabel,
    GoldPair,
    PracticeAnswer,
    PreferenceAnswer,
    PreferenceQuery,
    PreferenceResult,
    PreferenceStudy,
    ResultOpening,
)
from annotation.preference.actions import close_study, record_answer
from annotation.results.actions import keep_analysis
from annotation.results.report.places import report_folder
from heritage.accounts.tokens import issue_token
from heritage.errors import UserError
from heritage.models import Collection, Image, JobRun, Record, Role, User
from heritage.progress import NoProgress
from linking.models import CandidatePair, Sampling, Stratum
from models_ml.models import EmbeddingModel
from tests.addresses import addresses_in, every_route
from tests.factories import (
    CandidatePairFactory,
    ImageFactory,
    SamplingFactory,
    StratumFactory,
    UserFactory,
    preference_study,
)

pytestmark = pytest.mark.django_db

MODELS = ("quokka-best", "wombat-last")
COMPARISONS = ("image-image", "text-text", "text-image", "image-text", "record-record")
SEED = 555_123_777
SECRET_WORDS = (
    *MODELS,
    "heritage-mini",
    *COMPARISONS,
    *("stratum", "strata", "similarity", "percentile", "threshold", "comparison", "fine-tun"),
    *("secret-sampling", "secret-left", "secret-right", "Hidden Museum", "ACC-77-"),
    *("dingo-colleague", "what a colleague commented", "what a colleague reflected"),
    *("why the leads hold it so", "the sentence after the answer", "as gold"),
    *("0.4567891", "0.7654321", "98765432", str(SEED)),
)
# Not within the random letters of a token.
GOLD = "(?<![a-z0-9])gold(?![a-z0-9])"
# Far from anything that a page counts, so that a row's number in the database is recognised anywhere.
FIRST_PRIMARY_KEY = 710_000_001
# One address may answer each of them in its own way.
READERS = {"browser": {}, "htmx": {"HX-Request": "true"}, "script": {"Accept": "application/json"}}
NUMBERED = (Record, Image, CandidatePair, Stratum, Sampling, Annotation, FinerLabel, Collection, EmbeddingModel, JobRun)
NUMBERED += (PreferenceQuery, PreferenceResult, PreferenceAnswer, GoldPair, PracticeAnswer)


@dataclass
class Spy:
    """An annotator who looks at everything and writes it down."""

    user: User
    campaign: Campaign
    study: PreferenceStudy
    token: str
    client: Client = field(default_factory=Client)
    seen: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)

    def fetch(self, method: str, url: str, data=None, *, reader: str = "browser", token: bool = False) -> HttpResponse:
        headers = dict(READERS[reader])
        client = self.client
        if token:
            client = Client()
            headers["Authorization"] = f"Token {issue_token(self.user).token}"
        client.raise_request_exception = False
        response = client.generic(method, url, **(data or {}), headers=headers)
        self.note(f"{method} {url} ({reader})", response)
        return response

    def post(self, url: str, data: dict, **options) -> HttpResponse:
        body = "&".join(f"{name}={value}" for name, value in data.items())
        form = {"data": body, "content_type": "application/x-www-form-urlencoded"}
        return self.fetch("POST", url, form, **options)

    def note(self, what: str, response: HttpResponse) -> None:
        # Of pictures, which anybody who knows their hash may see, no words come.
        content = b"".join(response.streaming_content) if response.streaming else response.content
        is_picture = response.headers.get("Content-Type", "") in ("image/png", "image/webp", "image/jpeg")
        body = "" if is_picture else content.decode(errors="replace")
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        self.statuses.append(response.status_code)
        self.seen[f"{what} -> {response.status_code}"] = f"{headers}\n{response.cookies.output()}\n{body}"

    def leaks(self) -> list[str]:
        numbers = [
            str(pk)
            for model in NUMBERED
            for pk in model.objects.filter(pk__gte=FIRST_PRIMARY_KEY).values_list("pk", flat=True)
        ]
        secret = re.compile("|".join([*map(re.escape, [*SECRET_WORDS, *numbers]), GOLD]), re.IGNORECASE)
        return [
            f"{what} shows {found[0]!r}: ...{text[max(0, found.start() - 60) : found.end() + 20]!r}"
            for what, text in self.seen.items()
            if (found := secret.search(text.replace(what.split()[1], "")))
        ]


@pytest.fixture
def spy():
    for model in NUMBERED:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, FIRST_PRIMARY_KEY]
            )
    for slug in MODELS:
        EmbeddingModel.objects.create(slug=slug, source="local-dir:/secret", dimension=4)
    sampling = SamplingFactory(
        name="secret-sampling", recipe={"models": list(MODELS), "comparisons": list(COMPARISONS)}
    )
    left = Collection.objects.create(slug="secret-left", name="Hidden Museum of the left")
    right = Collection.objects.create(slug="secret-right", name="Hidden Museum of the right")
    for number, comparison in enumerate(COMPARISONS):
        stratum = StratumFactory(
            sampling=sampling, comparison=comparison, pattern=dict(zip(MODELS, (0, 1), strict=True)), available=98765432
        )
        pair = CandidatePairFactory(
            stratum=stratum,
            a__collection=left,
            b__collection=right,
            a__record_id=f"ACC-77-{number}",
            b__record_id=f"ACC-77-{number}",
        )
        ImageFactory.create_batch(2, record=pair.a)
    JobRun.objects.create(kind="embed", title=f"Embed {MODELS[0]}")
    user = UserFactory(username="spy")
    colleague = UserFactory(username="dingo-colleague")
    campaign = create_campaign(
        name="Pilot", sampling=sampling, annotators=["spy", "dingo-colleague"], pairs_each=4, overlap=1, seed=1
    )
    drafts = [FinerLabelDraft(label="same_category", name="Same maker", key="same-maker", shortcut="m")]
    add_finer_labels(campaign=campaign, drafts=drafts)
    pair = campaign.assignments.get(annotator=user, position=2).pair
    gold = Mark(
        kind="gold", a=f"secret-left:{pair.a.record_id}", b=f"secret-right:{pair.b.record_id}", label="unrelated"
    )
    mark_pair(campaign=campaign, mark=replace(gold, note="why the leads hold it so"))
    for kind, note in (("example", "Both ring."), ("practice", "the sentence after the answer")):
        shown = [
            ImageFactory(record__collection=side, record__record_id=f"ACC-77-{kind}").record for side in (left, right)
        ]
        names = [f"{record.collection.slug}:{record.record_id}" for record in shown]
        mark_pair(campaign=campaign, mark=Mark(kind, *names, "same_object", note))
    for assignment in campaign.assignments.filter(annotator=colleague):
        said = {"label": "same_category", "finer": "same-maker", "comment": "what a colleague commented"}
        record_annotation(assignment=assignment, annotator=colleague, **said)
    write_reflection(campaign=campaign, annotator=colleague, text="what a colleague reflected")
    study = preference_study(user, colleague, models=MODELS, name="Whose results", seed=SEED)
    for choice in study.choices.filter(annotator=colleague):
        record_answer(choice=choice, annotator=colleague, row=2, comment="what a colleague commented")
    _, token = invite(campaign=campaign, note="dingo-colleague")
    spy = Spy(user=user, campaign=campaign, study=study, token=token)
    spy.client.force_login(user)
    return spy


def crawl(spy: Spy, start: str) -> set[str]:
    """Everything that can be reached from a page by links, as page and as fragment."""
    waiting, visited = {start}, set()
    while waiting:
        url = waiting.pop()
        visited.add(url)
        if url.startswith(("/static/", reverse("logout"))):
            continue
        for reader in READERS:
            response = spy.fetch("GET", url, reader=reader)
            found = {address.split("#")[0] for address in addresses_in(response, url)}
            if response.status_code in (301, 302):
                found.add(response.url.split("#")[0])
            waiting |= found - visited
    return visited


def every_address(spy: Spy) -> Iterator[str]:
    """Each route of the site with every identifier that exists, the secret ones too."""
    numbers = [str(model.objects.order_by("pk").first().pk) for model in (Record, Sampling, JobRun, CandidatePair)]
    campaigns = [str(spy.campaign.pk)]
    assignments = [str(pk) for pk in spy.campaign.assignments.values_list("pk", flat=True)]
    studies = [str(spy.study.pk)]
    choices = [str(pk) for pk in spy.study.choices.values_list("pk", flat=True)]
    of_name = {
        "study_id": studies,
        "choice_id": choices,
        "campaign_id": campaigns,
        "assignment_id": assignments,
        "practice_id": [str(pk) for pk in spy.campaign.guidance_pairs.values_list("pk", flat=True)],
        "invitation_id": [str(spy.campaign.invitations.get().pk)],
        "name": ["report.html", "data.zip"],
        "token": [spy.token, "no-such-token"],
        "content_hash": [Image.objects.first().content_hash],
        "size": ["display", "thumbnail"],
        "level": ["0"],
        "x": ["0"],
        "y": ["0"],
        "key": ["0" * 32],
        "language": ["de"],
        "uidb64": ["MQ"],
        "form": ["csv", "json", "svg", "png"],
    }
    of_kind = {"int": numbers, "slug": [*MODELS, "secret-left"], "uuid": [*campaigns, *assignments, *studies]}

    for _, address in every_route(of_name=of_name, of_kind=of_kind):
        yield address
    yield "/admin/"


def answer(label: str = "similar_object", **changes) -> dict:
    return {"label": label, "submission": str(uuid.uuid4()), "comment": "", "seconds": "1"} | changes


def test_nothing_that_can_be_reached_by_links_tells_anything(spy):
    mine = spy.campaign.assignments.filter(annotator=spy.user).order_by("position")
    before = crawl(spy, reverse("home"))
    for assignment, reader in zip(mine, itertools.cycle(["browser", "script"])):
        url = assignment.get_absolute_url()
        spy.post(url, answer("identical"), reader=reader)
        spy.post(url, answer("same_category:no-such-maker"), reader=reader)
        spy.post(url, answer("same_category:same-maker"), reader=reader)
        spy.post(url, answer(held=assignment.position, wanted=2), reader=reader)
        spy.post(url, answer(annotator="dingo"), reader=reader)
        spy.post(url, answer("", skip=1, reason="cannot_tell"), reader=reader)
        assert url in crawl(spy, url)
    chosen = spy.study.choices.filter(annotator=spy.user).order_by("position")
    for choice, reader in zip(chosen, itertools.cycle(["browser", "script"])):
        url = choice.get_absolute_url()
        spy.post(url, answer("", row=9), reader=reader)
        spy.post(url, answer("", row=1, held=choice.position, wanted=2), reader=reader)
        spy.post(url, answer("", row=1, annotator="dingo"), reader=reader)
        assert url in crawl(spy, url)
    spy.post(reverse("finished", args=[spy.campaign.pk]), {"text": "Mine"})
    after = crawl(spy, reverse("home"))
    close_campaign(campaign=spy.campaign)
    close_study(study=spy.study)
    spy.post(mine[0].get_absolute_url(), answer("unrelated"))
    spy.post(chosen[0].get_absolute_url(), answer("", row=2))
    crawl(spy, reverse("home"))
    assert mine.count() == chosen.count() == 4
    assert before != after
    assert not spy.leaks()


def practice_url(spy) -> str:
    practice = spy.campaign.guidance_pairs.get(kind="practice")
    return reverse("practice-pair", args=[spy.campaign.pk, practice.pk])


def test_a_practice_pair_tells_its_label_after_the_answer_and_nothing_else_ever(spy):
    url = practice_url(spy)
    assert url in crawl(spy, reverse("home"))
    spy.post(url, answer("identical"))
    before = spy.client.get(url).content.decode()
    other = spy.campaign.guidance_pairs.filter(kind="practice")
    other.update(label="unrelated")
    assert normalised(spy.client.get(url).content.decode()) == normalised(before)
    assert not spy.leaks()
    spy.post(url, answer())
    spy.seen = {}
    assert url in crawl(spy, url)
    [told] = {text for what, text in spy.seen.items() if what.startswith(f"GET {url} (browser)")}
    assert "the sentence after the answer" in told
    spy.seen = {what: text.replace("the sentence after the answer", "") for what, text in spy.seen.items()}
    assert not spy.leaks()


def test_a_gold_pair_is_like_any_other_in_pages_fragments_headers_and_the_api(spy):
    gold, *others = sorted(
        spy.campaign.assignments.filter(annotator=spy.user, position__lte=3), key=lambda each: each.position != 2
    )
    told = []
    for assignment in (gold, *others):
        url = assignment.get_absolute_url()
        answers = [spy.client.get(url, headers=headers) for headers in READERS.values()]
        markup = normalised(markup_of(spy, assignment))
        # The first and the last have one neighbour alone, whichever pair they are.
        markup = re.sub(r'<(a|span) class="action( action-absent)?"[^>]*>(← Back|Next →).*?</\1>', "", markup)
        told.append(([(each.status_code, sorted(each.headers)) for each in answers], markup))
    assert told[0] == told[1] == told[2]
    keys = []
    for _ in range(3):
        task = spy.fetch("POST", reverse("api-next", args=[spy.campaign.pk]), token=True).json()
        stored = spy.fetch(
            "POST",
            reverse("api-label", args=[task["assignment"]]),
            {"data": '{"label": "unrelated"}', "content_type": "application/json"},
            token=True,
        )
        keys.append((sorted(task), [sorted(record) for record in task["records"]], sorted(stored.json())))
    assert keys[0] == keys[1] == keys[2]
    assert not spy.leaks()


def test_an_invitation_tells_no_visitor_anything(spy):
    spy.client.logout()
    url = reverse("invitation", args=[spy.token])
    before = spy.fetch("GET", url)
    assert before.status_code == 200
    for name, password in [("dingo-colleague", "short"), ("spy", "a long password"), ("newcomer", "a long password")]:
        spy.post(url, {"username": name, "password": password, "again": password})
    crawl(spy, reverse("home"))
    crawl(spy, url)
    # What the visitor typed comes back in the form: those answers are looked through by the tests of invitations.
    spy.seen = {what: text.replace('value="dingo-colleague"', "") for what, text in spy.seen.items()}
    assert not spy.leaks()


@pytest.mark.parametrize("public", [False, True])
def test_no_address_of_the_site_tells_anything(spy, settings, public):
    settings.PUBLIC_CATALOGUE = public
    logout = reverse("logout")
    for url in every_address(spy):
        if url == logout:
            continue
        for reader in READERS:
            spy.fetch("GET", url, reader=reader)
        spy.post(url, {})
    assert spy.statuses.count(200) > 10
    assert not [what for what in spy.seen if "-> 500" in what]
    assert not spy.leaks()


@pytest.mark.parametrize("token", [True, False])
def test_no_answer_of_the_api_tells_anything(spy, token):
    def call(method, url, data=None):
        return spy.fetch(method, url, data and {"data": data, "content_type": "application/json"}, token=token)

    call("GET", reverse("api-campaigns"))
    for _ in range(4):
        task = call("POST", reverse("api-next", args=[spy.campaign.pk])).json()
        url = reverse("api-label", args=[task["assignment"]])
        call("GET", url)
        call("OPTIONS", url)
        call("POST", url, '{"label": "identical"}')
        call("POST", url, "{")
        call("POST", url, '{"label": "same_category", "finer": "no-such-maker"}')
        call("POST", url, '{"label": "same_category", "finer": "same-maker"}')
        call("POST", url, '{"label": "unrelated"}')
    assert call("POST", reverse("api-next", args=[spy.campaign.pk])).status_code == 204
    for assignment in spy.campaign.assignments.exclude(annotator=spy.user):
        url = reverse("api-label", args=[assignment.pk])
        assert call("POST", url, '{"label": "unrelated"}').status_code == 404
    assert not spy.leaks()


def test_the_test_would_notice(spy):
    for secret in (*MODELS, "is_gold", "0.7654321", str(Record.objects.first().pk), "dingo-colleague"):
        spy.seen = {"GET / -> 200": f"<p>{secret}</p>"}
        assert spy.leaks(), secret


def normalised(html: str) -> str:
    """Without what differs between any two pairs: identifiers, pictures, places, names."""
    html = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}", "#", html)
    html = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", html)
    return re.sub(r"Telephone \d+|\d+", "#", html)


def markup_of(spy, assignment) -> str:
    """The pair as it stands in its own page, in the page of the pair before, and in an answer to the script."""
    [markup] = spy.client.get(assignment.get_absolute_url(), headers=READERS["script"]).json()["pairs"]
    return markup


def test_all_pairs_have_the_same_markup_whatever_they_were_drawn_by(spy):
    mine = spy.campaign.assignments.filter(annotator=spy.user)
    assert mine.values("pair__stratum__comparison").distinct().count() == 4
    assert len({normalised(markup_of(spy, each)) for each in mine[1:3]}) == 1


def test_a_pair_brought_ahead_has_the_same_markup_as_on_its_own_page(spy, monkeypatch):
    monkeypatch.setattr(labelling, "PAIRS_AHEAD", 2)
    first, second, third, fourth = spy.campaign.assignments.filter(annotator=spy.user).order_by("position")
    page = spy.client.get(first.get_absolute_url()).content.decode()
    ahead = re.findall(r"<template>(.*?)</template>", page, re.DOTALL)
    assert [normalised(each) for each in ahead] == [normalised(markup_of(spy, each)) for each in (second, third)]
    reply = spy.post(first.get_absolute_url(), answer(held=third.position, wanted=2), reader="script").json()
    assert [normalised(each) for each in reply["pairs"]] == [normalised(markup_of(spy, fourth))]


def test_all_pairs_take_the_same_queries_so_that_waiting_tells_nothing(spy):
    counts = {"page": set(), "answer": set()}
    for assignment in spy.campaign.assignments.filter(annotator=spy.user).order_by("position")[:3]:
        url = assignment.get_absolute_url()
        with CaptureQueriesContext(connection) as queries:
            spy.client.get(url)
        counts["page"].add(len(queries))
        with CaptureQueriesContext(connection) as queries:
            spy.post(url, answer(wanted=1), reader="script")
        counts["answer"].add(len(queries))
    assert [len(numbers) for numbers in counts.values()] == [1, 1]


def test_the_first_collection_is_on_the_left_whatever_was_compared(spy):
    for assignment in spy.campaign.assignments.filter(annotator=spy.user):
        names = re.findall(r'class="object-name" dir="auto">([^<]+)<', markup_of(spy, assignment))
        assert names == [assignment.pair.a.name, assignment.pair.b.name]


# --- A lead who labels ------------------------------------------------------------------------

# What others said, and how similar models find the pairs. A lead knows models, collections and records anyhow.
KEPT_FROM_LEADS = re.compile("what a colleague commented|what a colleague reflected|0.4567891|0.7654321")


def labelling_lead(spy: Spy, role: str) -> None:
    """Have the spy lead the campaign too, as a project lead or by a grant."""
    if role == Role.LEAD:
        User.objects.filter(pk=spy.user.pk).update(role=role)
    else:
        CampaignLead.objects.create(campaign=spy.campaign, person=spy.user)


def told(spy: Spy, pattern: re.Pattern[str] = KEPT_FROM_LEADS) -> list[str]:
    return [f"{what}: {found[0]}" for what, text in spy.seen.items() if (found := pattern.search(text))]


@pytest.mark.parametrize("role", [Role.LEAD, Role.ANNOTATOR])
def test_a_lead_who_labels_is_told_nothing_by_any_address(spy, role, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    labelling_lead(spy, role)
    keep_analysis(campaign=spy.campaign, progress=NoProgress())
    folder = report_folder(spy.campaign)
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("what a colleague commented")
    for url in every_address(spy):
        # Of the rest of the site nothing differs from one campaign to the next.
        if str(spy.campaign.pk) in url or url.startswith(
            ("/links", "/pairs", "/records", "/jobs", "/campaigns", "/api")
        ):
            for reader in ("browser", "htmx"):
                spy.fetch("GET", url, reader=reader)
    spy.post(reverse("campaign-open", args=[spy.campaign.pk]), {})
    for name in ("campaign", "export-annotations", "campaign-suggestions", "campaign-report"):
        spy.fetch("GET", reverse(name, args=[spy.campaign.pk]))
    spy.post(reverse("campaign-report", args=[spy.campaign.pk]), {})
    assert spy.statuses.count(200) > 20
    assert not [what for what in spy.seen if "-> 500" in what]
    assert not told(spy)
    assert not ResultOpening.objects.exists()


def test_the_walk_of_a_lead_would_notice(spy):
    labelling_lead(spy, Role.LEAD)
    Assignment.objects.filter(annotator=spy.user).delete()
    spy.post(reverse("campaign-open", args=[spy.campaign.pk]), {})
    spy.fetch("GET", reverse("campaign-progress", args=[spy.campaign.pk]))
    spy.fetch("GET", reverse("export-annotations", args=[spy.campaign.pk]))
    assert len(told(spy)) == 2


@pytest.mark.parametrize("role", [Role.LEAD, Role.ANNOTATOR])
def test_a_lead_stops_labelling_and_sees_the_results_but_answers_no_more(spy, role):
    labelling_lead(spy, role)
    answered, skipped, *open_ones = spy.campaign.assignments.filter(annotator=spy.user).order_by("position")
    record_annotation(assignment=answered, annotator=spy.user, label="unrelated")
    record_skip(assignment=skipped, annotator=spy.user, reason="cannot_tell")
    page, stop = spy.campaign.get_absolute_url(), reverse("campaign-stop-labelling", args=[spy.campaign.pk])
    assert "Stop labelling here and see the results" in spy.client.get(page).text
    assert "kept from you while you label" in spy.client.get(page).text
    spy.client.post(stop)
    assert spy.campaign.assignments.filter(annotator=spy.user).count() == 4, "without the tick nothing is given up"
    said = spy.client.post(stop, {"sure": "1"}, follow=True).text
    assert "2 of your pairs are free" in said
    assert "Open the results" not in said
    assert not Assignment.objects.filter(pk__in=[each.pk for each in open_ones]).exists()
    assert ResultOpening.objects.get().person == spy.user
    spy.client.post(stop, {"sure": "1"})
    assert "what a colleague commented" in spy.client.get(reverse("export-annotations", args=[spy.campaign.pk])).text
    assert "what a colleague" in spy.client.get(reverse("campaign-progress", args=[spy.campaign.pk])).text
    for assignment in (answered, skipped):
        refused = spy.client.post(assignment.get_absolute_url(), answer("same_object"))
        assert refused.status_code == 409
        assert "You have stopped labelling in this campaign" in refused.text
        assert spy.client.get(assignment.get_absolute_url()).status_code == 302
        token = {"Authorization": f"Token {issue_token(spy.user).token}"}
        by_script = Client().post(reverse("api-label", args=[assignment.pk]), {"label": "same_object"}, headers=token)
        assert by_script.status_code == 409
    assert Annotation.objects.filter(assignment__annotator=spy.user).count() == 1
    for name in ("label", "my-answers", "finished"):
        assert spy.client.get(reverse(name, args=[spy.campaign.pk]), follow=True).status_code == 200
    # Nor do they get pairs anew, which they would answer knowing what others said.
    with pytest.raises(UserError, match="would not be blind"):
        reassign_remaining(campaign=spy.campaign, giver=User.objects.get(username="dingo-colleague"), receiver=spy.user)
    with pytest.raises(UserError, match="would not be blind"):
        join_campaign(campaign=spy.campaign, annotator=spy.user)


def test_nothing_is_to_be_seen_in_a_draft_and_nobody_gives_up_pairs_there(spy):
    labelling_lead(spy, Role.LEAD)
    Campaign.objects.filter(pk=spy.campaign.pk).update(opened=None)
    assert "Stop labelling here" not in spy.client.get(spy.campaign.get_absolute_url()).text
    stop = reverse("campaign-stop-labelling", args=[spy.campaign.pk])
    assert "in its settings" in spy.client.post(stop, {"sure": "1"}, follow=True).text
    assert spy.campaign.assignments.filter(annotator=spy.user).count() == 4


def test_a_closed_campaign_is_open_to_a_lead_who_labelled_there(spy):
    labelling_lead(spy, Role.LEAD)
    close_campaign(campaign=spy.campaign)
    assert spy.client.get(reverse("export-annotations", args=[spy.campaign.pk])).status_code == 200


def test_figures_of_pairs_are_kept_from_a_lead_who_labels_them(spy):
    labelling_lead(spy, Role.LEAD)
    pair = spy.campaign.assignments.filter(annotator=spy.user).first().pair
    one = reverse("sampled-pair", args=[pair.sampling_id, pair.pk])
    figure = reverse("sampling-figure", args=[pair.sampling_id])
    assert [spy.client.get(address).status_code for address in (one, figure)] == [403, 403]
    stop_labelling(campaign=spy.campaign, annotator=spy.user)
    assert spy.client.get(one).status_code == 200
