"""A resend is stored once, a correction is appended, whatever the order in which they arrive."""

import uuid
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from annotation.submissions import same_or_key


@dataclass
class Row:
    submission: uuid.UUID
    label: str


def send(history: list[Row], submission: uuid.UUID | None, label: str) -> Row:
    """Stores as actions do."""
    same, key = same_or_key(history, submission, {"label": label})
    if same is None:
        history.append(same := Row(key, label))
    return same


FORMS = [uuid.UUID(int=number) for number in range(3)]
SENT = st.lists(st.tuples(st.sampled_from([*FORMS, None]), st.sampled_from("ab")), max_size=8)


@given(SENT)
def test_sent_again_at_once_it_is_the_same(sent: list[tuple[uuid.UUID | None, str]]) -> None:
    history: list[Row] = []
    for submission, label in sent:
        first = send(history, submission, label)
        assert send(history, submission, label) is first
        assert first.label == label
    assert len({row.submission for row in history}) == len(history)


@given(SENT, st.sampled_from(FORMS), st.sampled_from("ab"))
def test_a_delayed_resend_undoes_no_correction(
    sent: list[tuple[uuid.UUID | None, str]], submission: uuid.UUID, label: str
) -> None:
    history: list[Row] = []
    first = send(history, submission, label)
    for later, other in sent:
        send(history, later, other)
    known = list(history)
    assert send(history, submission, label).label == first.label
    assert history == known


def test_a_form_answered_again_after_back_is_a_correction() -> None:
    history: list[Row] = []
    send(history, FORMS[0], "a")
    second = send(history, FORMS[0], "b")
    assert [row.label for row in history] == ["a", "b"]
    assert second.submission != FORMS[0]
    assert send(history, FORMS[0], "b") is second
