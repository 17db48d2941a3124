"""A short run of the recovery table, of what is quick; `make simulate-statistics` runs all of it."""

import pytest

from tests.reference.recovery import Outcome, recover, rows, table_row

REPETITIONS = 120
QUICK = [
    ("12 annotators, all the same 60 pairs", "logit, plain errors"),
    ("12 annotators, all the same 60 pairs", "logit, cluster-annotator"),
    ("12 annotators, all the same 60 pairs", "logit, cluster-annotator-record"),
    ("3 annotators who follow models differently", "logit, cluster-annotator, normal"),
    ("3 annotators who follow models differently", "logit, cluster-annotator-record"),
    ("the same 6 annotators, 100 pairs each", "annotator effects, cluster-record"),
    ("the same 6 annotators, 100 pairs each", "share of the population"),
]


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], Outcome]:
    chosen = [row for row in rows() if (row.setting.name, row.estimator) in QUICK]
    return {
        (found.row.setting.name, found.row.estimator): found
        for found in recover(chosen, repetitions=REPETITIONS, seed=7)
    }


@pytest.mark.parametrize("name", QUICK)
def test_estimators_recover_where_they_are_for_it_and_fail_where_they_are_not(
    outcomes: dict[tuple[str, str], Outcome], name: tuple[str, str]
) -> None:
    found = outcomes[name]
    assert found.fitted == REPETITIONS
    assert found.verdict is found.row.expected, table_row(found)


def test_few_clusters_without_students_distribution_are_caught_promising_too_much(
    outcomes: dict[tuple[str, str], Outcome],
) -> None:
    """The failure that the analysis warns of, and what its correction mends."""
    three = "3 annotators who follow models differently"
    normal = outcomes[three, "logit, cluster-annotator, normal"]
    student = outcomes[three, "logit, cluster-annotator-record"]
    assert normal.coverage < 0.9 < student.coverage  # type: ignore[operator]
    assert normal.type_1 > 0.08  # type: ignore[operator]
