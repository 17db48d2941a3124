"""Storing answers: once, whatever arrives how often; corrections are appended; reflections likewise."""

import threading
import time
import uuid

import pytest
from django.db import connection, transaction

from annotation.answers.actions import CampaignClosedError, record_annotation, record_skip, write_reflection
from annotation.answers.progress import progress_of
from annotation.answers.queries import current_annotations, next_unanswered
from annotation.campaigns.actions import close_campaign, set_campaign_state
from annotation.models import Annotation, Assignment, Campaign, Skip
from annotation.vocabulary import CampaignState, Label, SkipReason
from heritage.errors import UserError
from tests.factories import UserFactory, campaign_for


@pytest.fixture
def annotator(db):
    return UserFactory()


@pytest.fixture
def assignment(annotator):
    return campaign_for(annotator).assignments.get(position=1)


def labels(assignment):
    return list(assignment.annotations.order_by("pk").values_list("label", flat=True))


def give(assignment, label=Label.SAME_OBJECT, **changes):
    return record_annotation(assignment=assignment, annotator=assignment.annotator, label=label, **changes)


def test_an_answer_is_stored_with_all_that_came_with_it(assignment):
    submission = uuid.uuid4()
    give(assignment, Label.SIMILAR_OBJECT, comment=" Same maker?\r\n ", seconds=4.25, submission=submission)
    annotation = Annotation.objects.get()
    assert (annotation.label, annotation.comment) == ("similar_object", "Same maker?")
    assert (annotation.seconds, annotation.submission) == (4.25, submission)


def test_a_resend_is_stored_once(assignment):
    submission = uuid.uuid4()
    first = give(assignment, submission=submission)
    assert give(assignment, submission=submission) == first
    assert labels(assignment) == ["same_object"]


def test_without_a_submission_the_same_answer_again_is_stored_once(assignment):
    assert give(assignment) == give(assignment)
    assert labels(assignment) == ["same_object"]


def test_a_correction_is_appended_and_counts(assignment):
    give(assignment, Label.SAME_OBJECT, submission=uuid.uuid4())
    give(assignment, Label.UNRELATED, submission=uuid.uuid4())
    assert labels(assignment) == ["same_object", "unrelated"]
    assert current_annotations(assignment.campaign).get().label == "unrelated"


def test_another_comment_is_a_correction(assignment):
    give(assignment)
    give(assignment, comment="Look at the dial.")
    assert labels(assignment) == ["same_object", "same_object"]


@pytest.mark.parametrize("changes", [{"unsure": True}, {"faulty": "ab"}])
def test_second_thoughts_about_a_label_are_a_correction(assignment, changes):
    give(assignment)
    give(assignment, **changes)
    give(assignment, **changes)
    stored = Annotation.objects.order_by("pk")
    assert [(each.unsure, each.faulty) for each in stored] == [
        (False, ""),
        (changes.get("unsure", False), changes.get("faulty", "")),
    ]


def skip(assignment, reason=SkipReason.NO_PICTURE, **changes):
    return record_skip(assignment=assignment, annotator=assignment.annotator, reason=reason, **changes)


def test_a_skipped_pair_is_done_and_counts_in_no_result(assignment):
    mine = assignment.campaign.assignments
    assert next_unanswered(mine) == assignment
    submission = uuid.uuid4()
    assert skip(assignment, submission=submission) == skip(assignment, submission=submission) == skip(assignment)
    assert next_unanswered(mine).position == 2
    assert progress_of(campaign=assignment.campaign, annotator=assignment.annotator).answered == 1
    assert not current_annotations(assignment.campaign).exists()


def test_a_skipped_pair_can_be_answered_and_an_answered_one_not_skipped(assignment):
    skip(assignment)
    give(assignment, Label.UNRELATED)
    assert labels(assignment) == ["unrelated"]
    with pytest.raises(UserError, match="change the answer instead"):
        skip(assignment, SkipReason.NOT_MY_FIELD)
    assert progress_of(campaign=assignment.campaign, annotator=assignment.annotator).answered == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"reason": "bored"}, "Say why you skip this pair: one of cannot_tell"),
        ({"reason": "other"}, "Say in a comment why"),
        ({"reason": "other", "comment": "x" * 1_000_000}, "at most 5,000 characters"),
    ],
)
def test_a_skip_without_a_reason_is_refused(assignment, arguments, sentence):
    with pytest.raises(UserError, match=sentence):
        skip(assignment, **arguments)
    assert not Skip.objects.exists()


def test_a_closed_campaign_takes_no_skips(assignment):
    close_campaign(campaign=assignment.campaign)
    with pytest.raises(CampaignClosedError):
        skip(assignment)


def test_an_old_form_answered_again_differently_corrects(assignment):
    """The browser's Back shows a form again that was answered already."""
    form = uuid.uuid4()
    give(assignment, Label.SAME_OBJECT, submission=form)
    give(assignment, Label.UNRELATED, submission=form)
    give(assignment, Label.UNRELATED, submission=form)
    assert labels(assignment) == ["same_object", "unrelated"]


def test_a_delayed_resend_does_not_undo_a_correction(assignment):
    first, second = uuid.uuid4(), uuid.uuid4()
    give(assignment, Label.SAME_OBJECT, submission=first)
    give(assignment, Label.UNRELATED, submission=second)
    give(assignment, Label.SAME_OBJECT, submission=first)
    assert labels(assignment) == ["same_object", "unrelated"]


def test_progress_counts_pairs_and_not_answers(assignment):
    give(assignment, Label.SAME_OBJECT)
    give(assignment, Label.UNRELATED)
    progress = progress_of(campaign=assignment.campaign, annotator=assignment.annotator)
    assert (progress.answered, progress.total, progress.is_complete) == (1, 4, False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"label": "identical"}, "no label identical: use one of same_object"),
        ({"label": ""}, r"no label \(empty\)"),
        ({"comment": "x" * 1_000_000}, "at most 5,000 characters; this one has 1,000,000"),
        ({"comment": "a\0b"}, "NUL"),
        ({"seconds": -1.0}, "from 0 up"),
        ({"active_seconds": -1.0}, "from 0 up"),
        ({"faulty": "c"}, "Broken records are a, b or ab"),
        ({"seconds": float("inf")}, "from 0 up"),
        ({"seconds": float("nan")}, "from 0 up"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(assignment, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        give(assignment, **changes)
    assert labels(assignment) == []


def test_somebody_else_s_assignment_is_refused(assignment):
    with pytest.raises(UserError, match="somebody else"):
        record_annotation(assignment=assignment, annotator=UserFactory(), label=Label.UNRELATED)


def test_a_closed_campaign_takes_no_answers_but_knows_those_it_has(assignment):
    submission = uuid.uuid4()
    stored = give(assignment, submission=submission)
    close_campaign(campaign=assignment.campaign)
    assert give(assignment, submission=submission) == stored
    with pytest.raises(CampaignClosedError, match="is closed and takes no more answers"):
        give(assignment, Label.UNRELATED, submission=uuid.uuid4())
    assert labels(assignment) == ["same_object"]
    set_campaign_state(campaign=assignment.campaign, state=CampaignState.OPEN)
    give(assignment, Label.UNRELATED, submission=uuid.uuid4())
    assert labels(assignment) == ["same_object", "unrelated"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_submission", [True, False])
def test_clicks_at_once_store_one(with_submission):
    assignment = campaign_for(UserFactory()).assignments.get(position=1)
    submission = uuid.uuid4() if with_submission else None
    together = threading.Barrier(4)
    failures = []

    def click():
        try:
            together.wait(timeout=10)
            give(assignment, submission=submission)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert failures == []
    assert labels(assignment) == ["same_object"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", [give, skip])
def test_an_answer_that_waits_while_the_campaign_closes_is_refused(write):
    assignment = campaign_for(UserFactory()).assignments.select_related("campaign", "annotator").get(position=1)
    refusals = []

    def late_click():
        try:
            write(assignment)
        except CampaignClosedError as error:
            refusals.append(str(error))
        finally:
            connection.close()

    def close():
        close_campaign(campaign=Campaign.objects.get())
        connection.close()

    late, lead = threading.Thread(target=late_click), threading.Thread(target=close)
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)  # as a first click does
        late.start()
        deadline = time.monotonic() + 10
        while not waiting_for_locks() and time.monotonic() < deadline:
            time.sleep(0.01)
        lead.start()
        lead.join(timeout=10)
    late.join(timeout=10)
    assert len(refusals) == 1
    assert "is closed" in refusals[0]
    assert not assignment.annotations.exists()
    assert not assignment.skips.exists()


def waiting_for_locks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_reflections_are_kept_and_the_newest_counts(assignment):
    campaign, annotator = assignment.campaign, assignment.annotator
    write_reflection(campaign=campaign, annotator=annotator, text="Pictures first.")
    write_reflection(campaign=campaign, annotator=annotator, text="Pictures first.")
    close_campaign(campaign=campaign)
    write_reflection(campaign=campaign, annotator=annotator, text="Pictures first, then names.")
    texts = campaign.reflections.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["Pictures first.", "Pictures first, then names."]


@pytest.mark.parametrize("text", ["", " \n ", "a\0b", "x" * 50_001])
def test_reflections_that_cannot_be_kept_are_refused(assignment, text):
    with pytest.raises(UserError):
        write_reflection(campaign=assignment.campaign, annotator=assignment.annotator, text=text)


def test_only_annotators_of_a_campaign_reflect_on_it(assignment):
    with pytest.raises(UserError, match="Only annotators"):
        write_reflection(campaign=assignment.campaign, annotator=UserFactory(), text="Hello")
