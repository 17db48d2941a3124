"""Example, practice and gold pairs of a campaign: what marking does, and what annotators are dealt."""

import json
import uuid

import pytest
from django.core.management import CommandError, call_command

from annotation.answers.actions import CampaignClosedError, record_annotation
from annotation.answers.progress import progress_of
from annotation.campaigns.actions import close_campaign, create_campaign, set_campaign_state
from annotation.campaigns.membership import join_campaign, reassign_remaining
from annotation.campaigns.queries import free_pairs
from annotation.guidance.actions import Mark, answer_practice, mark_pair, withdraw_mark
from annotation.guidance.queries import gold_labels, next_practice, withheld_pairs
from annotation.models import Annotation, GoldPair, GuidancePair, PracticeAnswer
from heritage.errors import UserError
from linking.models import CandidatePair
from tests.factories import ImageFactory, RecordFactory, UserFactory, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def campaign(ada):
    names = [ada.username, UserFactory(username="grace").username]
    return create_campaign(name="Lamps", sampling=sampling_with_pairs(6), annotators=names, pairs_each=4)


def records(side="left", other="right"):
    return [ImageFactory(record__collection__slug=slug, position=0).record for slug in (side, other)]


def mark(campaign, kind, pair=None, label="similar_object", note="Both ring."):
    """A CandidatePair, or two records that are no pair of the sampling."""
    a, b = (pair.a, pair.b) if pair else records()
    return mark_pair(campaign=campaign, mark=Mark(kind, a.record_id, b.record_id, label, note))


def hand(campaign, person):
    return list(campaign.assignments.filter(annotator=person).order_by("position"))


def free_pair(campaign):
    taken = campaign.assignments.values("pair")
    return CandidatePair.objects.filter(sampling=campaign.sampling).exclude(pk__in=taken).first()


@pytest.mark.parametrize("kind", ["example", "practice"])
def test_any_two_records_of_the_collections_are_shown_the_first_collection_s_first(campaign, kind):
    a, b = records()
    done = mark_pair(campaign=campaign, mark=Mark(kind, f"right:{b.record_id}", a.record_id, "Same object", " Twins. "))
    assert (done.changed, done.taken_back) == (True, 0)
    stored = campaign.guidance_pairs.get()
    assert (stored.kind, stored.a, stored.b, stored.label, stored.note) == (kind, a, b, "same_object", "Twins.")


@pytest.mark.parametrize("kind", ["example", "practice"])
def test_a_pair_that_is_shown_with_its_label_is_dealt_to_nobody_any_more(campaign, ada, kind):
    before = hand(campaign, ada)
    assert mark(campaign, kind, before[1].pair).taken_back == 1
    after = hand(campaign, ada)
    assert [each.position for each in after] == [1, 2, 3]
    assert {each.pk for each in after} == {each.pk for each in before} - {before[1].pk}
    free = free_pairs(campaign)
    join_campaign(campaign=campaign, annotator=UserFactory())
    join_campaign(campaign=campaign, annotator=UserFactory())
    assert not campaign.assignments.filter(pair=before[1].pair).exists()
    assert free == 10  # of 18 pairs, 7 are in hands


def test_an_answer_that_was_given_before_stays_and_counts(campaign, ada):
    first, *_ = hand(campaign, ada)
    record_annotation(assignment=first, annotator=ada, label="unrelated")
    assert mark(campaign, "example", first.pair).taken_back == 0
    assert Annotation.objects.get().assignment == first
    assert progress_of(campaign=campaign, annotator=ada).total == 4


def test_a_pair_that_was_an_example_is_dealt_to_nobody_after_the_mark_is_gone(campaign):
    pair = free_pair(campaign)
    mark(campaign, "example", pair)
    withdraw_mark(mark=campaign.guidance_pairs.get())
    withdraw_mark(mark=campaign.guidance_pairs.get())
    assert list(withheld_pairs(campaign)) == [pair]
    with pytest.raises(UserError, match="whose label annotators know"):
        mark(campaign, "gold", pair)


def test_shared_examples_come_to_nobody_who_joins_or_takes_over():
    people = [UserFactory(username=name) for name in ("ada", "grace")]
    campaign = create_campaign(
        name="Shared", sampling=sampling_with_pairs(8), annotators=["ada", "grace"], pairs_each=6, overlap=0.5
    )
    shared = campaign.assignments.filter(shared=True, annotator=people[0]).first()
    record_annotation(assignment=shared, annotator=people[0], label="unrelated")
    mark(campaign, "practice", shared.pair)
    newcomer = UserFactory()
    assert join_campaign(campaign=campaign, annotator=newcomer) == 6
    reassign_remaining(campaign=campaign, giver=people[1], receiver=newcomer)
    assert campaign.assignments.filter(pair=shared.pair).count() == 1


def test_marked_anew_a_pair_changes_and_its_earlier_mark_stays_on_record(campaign):
    a, b = records()
    for kind, note in (("example", "One."), ("example", "One."), ("practice", "Two.")):
        mark_pair(campaign=campaign, mark=Mark(kind, a.record_id, b.record_id, "unrelated", note))
    first, second = campaign.guidance_pairs.all()
    assert (first.kind, first.withdrawn is None, second.kind, second.withdrawn) == ("example", False, "practice", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "silver"}, "cannot be made silver"),
        ({"label": "alike"}, "no label alike"),
        ({"label": ""}, "no label"),
        ({"note": ""}, "sentence of feedback"),
        ({"note": "x" * 1001}, "at most 1,000 characters"),
        ({"note": "model-one finds it"}, "would read model-one"),
        ({"a": "none-such"}, "no record none-such in left, right"),
        ({"a": "nul\0"}, "two records"),
        ({"a": ""}, "two records"),
    ],
)
def test_what_cannot_be_marked_is_said_in_a_sentence_and_nothing_is_stored(campaign, changes, said):
    a, b = records()
    asked = {"kind": "practice", "a": a.record_id, "b": b.record_id, "label": "unrelated", "note": "Not alike."}
    with pytest.raises(UserError, match=said):
        mark_pair(campaign=campaign, mark=Mark(**asked | changes))
    assert not GuidancePair.objects.exists()


def test_records_that_are_one_or_of_other_collections_or_not_told_apart(campaign):
    a, b = records()
    stranger = RecordFactory(collection__slug="elsewhere")
    twin = RecordFactory(collection=b.collection, record_id=a.record_id)
    for one, other, said in (
        (b.record_id, b.record_id, "named twice"),
        (b.record_id, stranger.record_id, "no record"),
        (a.record_id, b.record_id, f"write left:{a.record_id} or right:{a.record_id}"),
    ):
        with pytest.raises(UserError, match=said):
            mark_pair(campaign=campaign, mark=Mark("example", one, other, "unrelated", ""))
    done = mark_pair(campaign=campaign, mark=Mark("example", f"right:{twin.record_id}", b.record_id, "unrelated", ""))
    assert done.changed


# --- practice --------------------------------------------------------------------------------


def test_practice_comes_in_order_until_all_are_answered_and_counts_nowhere(campaign, ada):
    mark(campaign, "practice")
    mark(campaign, "practice", label="unrelated", note="Not alike.")
    first, second = campaign.guidance_pairs.all()
    assert next_practice(ada, campaign) == first
    answer_practice(practice=first, annotator=ada, label="unrelated")
    assert next_practice(ada, campaign) == second
    answer_practice(practice=second, annotator=ada, label="unrelated")
    assert next_practice(ada, campaign) is None
    assert next_practice(UserFactory(), campaign) == first
    assert progress_of(campaign=campaign, annotator=ada).answered == 0
    assert not Annotation.objects.exists()


def test_a_practice_answer_sent_twice_is_stored_once_and_another_one_is_added(campaign, ada):
    mark(campaign, "practice")
    practice = campaign.guidance_pairs.get()
    key = uuid.UUID("5b0f0c1e-6f0b-4c4e-9d6e-3f0f2a1c7d11")
    for label in ("unrelated", "unrelated", "same_object", "unrelated"):
        answer_practice(practice=practice, annotator=ada, label=label, submission=key)
    assert [each.label for each in PracticeAnswer.objects.all()] == ["unrelated", "same_object"]


def test_reworded_feedback_is_not_practised_again_another_label_is(campaign, ada):
    a, b = records()

    def practise(label, note):
        mark_pair(campaign=campaign, mark=Mark("practice", a.record_id, b.record_id, label, note))
        return next_practice(ada, campaign)

    answer_practice(practice=practise("unrelated", "One."), annotator=ada, label="unrelated")
    assert practise("unrelated", "Better said.") is None
    assert practise("same_object", "On second thoughts.") is not None


def test_practice_is_refused_where_it_makes_no_sense(campaign, ada):
    mark(campaign, "practice")
    mark(campaign, "example")
    practice, example = campaign.guidance_pairs.all()
    for pair, label, said in ((practice, "alike", "four labels"), (example, "unrelated", "no practice pair")):
        with pytest.raises(UserError, match=said):
            answer_practice(practice=pair, annotator=ada, label=label)
    close_campaign(campaign=campaign)
    with pytest.raises(CampaignClosedError):
        answer_practice(practice=practice, annotator=ada, label="unrelated")
    assert not PracticeAnswer.objects.exists()


# --- gold ------------------------------------------------------------------------------------


def test_gold_marked_while_people_label_changes_no_hand(campaign, ada):
    before = list(campaign.assignments.order_by("pk").values_list())
    assert mark(campaign, "gold", hand(campaign, ada)[2].pair).holders == 1
    assert mark(campaign, "gold", free_pair(campaign)).holders == 0
    assert list(campaign.assignments.order_by("pk").values_list()) == before
    # Not by opening an invitation again either, after somebody else was dealt them.
    join_campaign(campaign=campaign, annotator=UserFactory())
    assert join_campaign(campaign=campaign, annotator=ada) == 0


def test_whoever_joins_gets_all_gold_pairs_within_as_many_pairs(campaign, ada):
    gold = {hand(campaign, ada)[2].pair_id, free_pair(campaign).pk}
    for pair in CandidatePair.objects.filter(pk__in=gold):
        mark(campaign, "gold", pair)
    newcomer = UserFactory()
    assert join_campaign(campaign=campaign, annotator=newcomer) == 4
    assert gold < {each.pair_id for each in hand(campaign, newcomer)}


@pytest.mark.parametrize("overlap", [0, 0.5, 1])
@pytest.mark.parametrize("invited", [True, False])
def test_gold_marked_in_a_draft_goes_to_everybody_and_hands_keep_their_size(overlap, invited):
    names = ["ada", "grace", "hedy"]
    people = [UserFactory(username=name) for name in names]
    campaign = create_campaign(
        name="Draft",
        sampling=sampling_with_pairs(12),
        annotators=[] if invited else names,
        pairs_each=8,
        overlap=overlap,
        draft=True,
    )
    gold = list(CandidatePair.objects.filter(sampling=campaign.sampling).order_by("-pk")[:3])
    for pair in gold:
        mark(campaign, "gold", pair)
    if invited:
        for person in people:
            join_campaign(campaign=campaign, annotator=person)
    set_campaign_state(campaign=campaign, state="open")
    for person in [*people, UserFactory()]:
        if person not in people:
            join_campaign(campaign=campaign, annotator=person)
        own = hand(campaign, person)
        assert [each.position for each in own] == list(range(1, 9))
        assert {pair.pk for pair in gold} <= {each.pair_id for each in own}


def test_gold_is_of_the_sampling_and_no_example(campaign, ada):
    with pytest.raises(UserError, match="no pair of this campaign's sampling"):
        mark(campaign, "gold")
    pair = hand(campaign, ada)[0].pair
    mark(campaign, "gold", pair)
    with pytest.raises(UserError, match="are a gold pair"):
        mark(campaign, "example", pair)
    withdraw_mark(mark=campaign.gold_pairs.get())
    assert gold_labels(campaign) == {}
    assert mark(campaign, "example", pair).taken_back == 1


# --- set_guidance ----------------------------------------------------------------------------


def guidance_file(folder, *rows):
    path = folder / "guidance.csv"
    path.write_text("\n".join(["kind,a,b,label,note", *rows, ""]), encoding="utf-8")
    return path


def test_a_file_marks_all_its_pairs_and_a_second_reading_changes_nothing(campaign, ada, tmp_path, capsys):
    pair = hand(campaign, ada)[0].pair
    (a, b), (c, d) = records(), records()
    path = guidance_file(
        tmp_path,
        f"gold,{pair.a.record_id},{pair.b.record_id},unrelated,",
        f'practice,{a.record_id},{b.record_id},Same object,"Alike, both."',
        f"Example,left:{c.record_id},{d.record_id},same_category,",
    )
    told = []
    for options in (["--dry-run"], [], []):
        call_command("set_guidance", campaign.name, path, "--json", *options)
        told.append(json.loads(capsys.readouterr().out))
    kinds = [(each["example"], each["practice"], each["gold"], each["unchanged"]) for each in told]
    assert kinds == [(1, 1, 1, 0), (1, 1, 1, 0), (0, 0, 0, 3)]
    assert (GoldPair.objects.count(), GuidancePair.objects.count()) == (1, 2)
    call_command("set_guidance", campaign.name, path)
    assert "3 were so already" in capsys.readouterr().out


def test_a_file_with_a_bad_line_stores_nothing_and_names_it(campaign, tmp_path):
    a, b = records()
    path = guidance_file(
        tmp_path,
        f"example,{a.record_id},{b.record_id},unrelated,",
        f"practice,{a.record_id},{b.record_id},unrelated,",
        f"example,{a.record_id},nowhere,unrelated,",
    )
    with pytest.raises(CommandError, match=r"Nothing was stored\. line 3: Write a sentence .* line 4: There is no"):
        call_command("set_guidance", campaign.name, path)
    assert not GuidancePair.objects.exists()
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="lacks the column kind and label"):
        call_command("set_guidance", campaign.name, path)
    path.write_text("kind,a,b,label\ngold,1,2\n")
    with pytest.raises(CommandError, match="line 2: 3 cells"):
        call_command("set_guidance", campaign.name, path)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("set_guidance", campaign.name, tmp_path / "none.csv")
