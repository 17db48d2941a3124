"""Storing choices: once, whatever arrives how often; corrections are appended."""

import threading
import uuid

import pytest
from django.db import connection

from annotation.models.preference import PreferenceChoice
from annotation.preference.actions import StudyClosedError, close_study, record_answer, reopen_study
from annotation.preference.queries import current_answers, study_progress
from heritage.errors import UserError
from tests.factories import UserFactory, preference_study


@pytest.fixture
def choice(db):
    return preference_study(UserFactory()).choices.get(position=1)


def rows(choice):
    return list(choice.answers.order_by("pk").values_list("row", flat=True))


def give(choice, row=1, **changes):
    return record_answer(choice=choice, annotator=choice.annotator, row=row, **changes)


def test_an_answer_is_stored_with_all_that_came_with_it(choice):
    submission = uuid.uuid4()
    answer = give(choice, 2, comment=" The third is a clock.\r\n ", seconds=4.25, submission=submission)
    assert (answer.row, answer.comment, answer.seconds) == (2, "The third is a clock.", 4.25)
    assert answer.submission == submission


def test_a_resend_is_stored_once_with_and_without_a_submission(choice):
    submission = uuid.uuid4()
    assert give(choice, submission=submission) == give(choice, submission=submission) == give(choice)
    assert rows(choice) == [1]


def test_a_correction_is_appended_and_counts(choice):
    give(choice, 1)
    give(choice, 0)
    give(choice, 0, comment="None of them is a lamp.")
    assert rows(choice) == [1, 0, 0]
    assert current_answers(PreferenceChoice.objects.all()).get().comment == "None of them is a lamp."
    progress = study_progress(choice.study.choices.all())
    assert (progress.answered, progress.total) == (1, 4)


def test_an_old_form_answered_again_differently_corrects(choice):
    """The browser's Back shows a form again that was answered already."""
    form = uuid.uuid4()
    give(choice, 1, submission=form)
    give(choice, 2, submission=form)
    give(choice, 2, submission=form)
    assert rows(choice) == [1, 2]


def test_a_delayed_resend_does_not_undo_a_correction(choice):
    first, second = uuid.uuid4(), uuid.uuid4()
    give(choice, 1, submission=first)
    give(choice, 2, submission=second)
    give(choice, 1, submission=first)
    assert rows(choice) == [1, 2]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"row": 4}, "There is no row 4: choose one of the 3, or 0 where none is better"),
        ({"row": -1}, "There is no row -1"),
        ({"comment": "x" * 1_000_000}, "at most 5,000 characters"),
        ({"seconds": -1.0}, "from 0 up"),
        ({"seconds": float("nan")}, "from 0 up"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(choice, changes, sentence):
    with pytest.raises(UserError, match=sentence):
        give(choice, **changes)
    assert rows(choice) == []


def test_somebody_else_s_choice_is_refused(choice):
    with pytest.raises(UserError, match="somebody else"):
        record_answer(choice=choice, annotator=UserFactory(), row=1)


def test_a_closed_study_takes_no_answers_but_knows_those_it_has(choice):
    submission = uuid.uuid4()
    stored = give(choice, submission=submission)
    close_study(study=choice.study)
    assert give(choice, submission=submission) == stored
    with pytest.raises(StudyClosedError, match="is closed and takes no more answers"):
        give(choice, 2, submission=uuid.uuid4())
    reopen_study(study=choice.study)
    give(choice, 2, submission=uuid.uuid4())
    assert rows(choice) == [1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_submission", [True, False])
def test_clicks_at_once_store_one(with_submission):
    choice = preference_study(UserFactory()).choices.get(position=1)
    submission = uuid.uuid4() if with_submission else None
    together = threading.Barrier(4)
    failures = []

    def click():
        try:
            together.wait(timeout=10)
            give(choice, submission=submission)
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
    assert rows(choice) == [1]
