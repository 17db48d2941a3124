"""Wins, intervals and tests of preference studies: known outcomes, and simulated experts whose preference is known."""

import numpy as np
import pandas as pd
import pytest

from annotation.analysis.preference.whole import analyse_preferences, preference_document
from annotation.analysis.preference.wins import (
    PreferenceFrame,
    pair_tests,
    share_interval,
    wins_by_annotator,
    wins_by_slice,
    wins_of,
)

MODELS = ("base", "best", "last")
SLICES = ("1-4", "5-9", "25-29")


def frame(*rows: tuple, **counts: int) -> PreferenceFrame:
    """Rows of (query, slice, annotator, chosen models)."""
    columns = ["query", "slice", "annotator", "chosen"]
    return PreferenceFrame(MODELS, SLICES, pd.DataFrame(rows, columns=columns), **counts)


def simulate(
    preference: dict[str, float], *, queries: int = 24, experts: int = 4, taste: float = 4.0, seed: int = 0
) -> PreferenceFrame:
    """Simulated experts who choose each model's row with the probability of `preference`, "" being none.

    From query to query the probabilities vary (Dirichlet; the smaller `taste`, the more), so that answers to one
    query are alike, as real ones are.
    """
    random = np.random.default_rng(seed)
    options = list(preference)
    rows = []
    for query in range(queries):
        here = random.dirichlet(taste * np.array(list(preference.values())))
        asked = [(part, f"expert {expert}") for part in SLICES for expert in range(experts)]
        for (part, expert), place in zip(asked, random.choice(len(options), len(asked), p=here), strict=True):
            rows.append((f"query {query}", part, expert, (options[place],) if options[place] else ()))
    return frame(*rows)


def test_wins_are_counted_by_slice_and_expert_and_ties_apart() -> None:
    data = frame(
        ("lamp", "1-4", "ann", ("best",)),
        ("lamp", "5-9", "ann", ("base",)),
        ("loom", "1-4", "ann", ()),
        ("lamp", "1-4", "bob", ("best",)),
        ("loom", "1-4", "bob", ("best", "last")),
    )
    overall = wins_of(data)
    assert (overall.n, overall.queries) == (5, 2)
    assert [row.wins for row in overall.by_model] == [1, 2.5, 0.5]
    assert overall.of("best").share == 0.5
    assert (overall.none_better.wins, overall.none_better.share) == (1, 0.2)
    assert sum(row.wins for row in overall.by_model) + overall.none_better.wins == overall.n
    first, second, third = wins_by_slice(data)
    assert [row.wins for row in first.by_model] == [0, 2.5, 0.5]
    assert (second.n, second.of("base").share) == (1, 1.0)
    assert (third.n, third.of("base").share, third.of("base").low) == (0, None, None)
    assert [(wins.group, wins.n) for wins in wins_by_annotator(data)] == [("ann", 3), ("bob", 2)]
    assert {row.low for wins in wins_by_annotator(data) for row in wins.by_model} == {None}


def test_a_row_shared_by_three_gives_whole_wins() -> None:
    data = frame(*((f"query {number}", "1-4", "ann", MODELS) for number in range(9)))
    assert [row.wins for row in wins_of(data).by_model] == [3, 3, 3]
    assert all((pair.equal, pair.p, pair.p_holm) == (9, None, None) for pair in pair_tests(data))


def test_the_sign_test_counts_queries_not_answers() -> None:
    """Best wins 8 queries of 10, however many experts and slices say so: p is that of 8 in 9."""
    rows = []
    for number in range(10):
        winner = "best" if number < 8 else "base" if number == 8 else "last"
        rows += [(f"query {number}", part, expert, (winner,)) for part in SLICES for expert in ("ann", "bob")]
    found = {pair.models: pair for pair in pair_tests(frame(*rows))}
    pair = found["base", "best"]
    assert (pair.better, pair.worse, pair.equal) == (1, 8, 1)
    assert pair.p == pytest.approx(2 * (1 + 9) / 2**9)
    assert pair.p_holm == pytest.approx(3 * pair.p)  # the smallest of three pairs, tied
    assert (found["base", "last"].p, found["base", "last"].equal) == (1.0, 8)
    assert pair.preferred is None


def test_intervals_come_from_queries_and_from_the_seed() -> None:
    data = simulate({"base": 0.2, "best": 0.5, "last": 0.2, "": 0.1})
    assert wins_of(data, seed=3) == wins_of(data, seed=3)
    assert wins_of(data, seed=3) != wins_of(data, seed=4)
    # The same answers given twice over by more experts are no more queries: the interval stays as wide.
    twice = PreferenceFrame(MODELS, SLICES, pd.concat([data.frame, data.frame]))
    assert wins_of(twice, seed=3).of("best").low == wins_of(data, seed=3).of("best").low


def test_an_interval_where_nothing_varies_is_still_an_interval() -> None:
    answers = np.full(24, 12.0)
    low, high = share_interval(np.zeros(24), answers, seed=0) or (None, None)
    assert (low, high) == (0, pytest.approx(0.1425, abs=5e-4))  # Clopper-Pearson, 0 of 24
    assert share_interval(np.array([1.0]), np.array([2.0]), seed=0) is None
    assert share_interval(np.array([1.0, 2.0]), np.array([2.0, 4.0]), seed=0) is None


def test_two_queries_tell_next_to_nothing() -> None:
    assert share_interval(np.array([1.0, 4.0]), np.array([4.0, 4.0]), seed=0) == (0.25, 1.0)


def test_the_known_preference_of_simulated_experts_is_recovered() -> None:
    """Intervals cover the truth as often as they say, within what 150 studies can tell."""
    truth = {"base": 0.2, "best": 0.5, "last": 0.2, "": 0.1}
    studies, covered = 150, dict.fromkeys(truth, 0)
    for seed in range(studies):
        found = wins_of(simulate(truth, seed=seed), seed=seed)
        for row in (*found.by_model, found.none_better):
            assert row.low is not None
            assert row.high is not None
            covered[row.model] += row.low <= truth[row.model] <= row.high
    # The standard error of a coverage of 95 % in 150 studies is 1.8 %.
    assert all(0.89 <= count / studies <= 0.995 for count in covered.values()), covered


def test_a_strong_preference_is_found_and_none_is_seldom_invented() -> None:
    strong = sum(
        next(pair for pair in pair_tests(simulate({"base": 0.15, "best": 0.7, "last": 0.15}, seed=seed))).preferred
        == "best"
        for seed in range(40)
    )
    assert strong >= 36
    invented = sum(
        any(pair.preferred for pair in pair_tests(simulate(dict.fromkeys(MODELS, 1 / 3), seed=seed)))
        for seed in range(200)
    )
    assert invented <= 20  # 5 % of 200 are 10; the exact test by Holm is below that


def test_the_answer_in_words() -> None:
    analysis = analyse_preferences(simulate({"base": 0.15, "best": 0.6, "last": 0.15, "": 0.1}, seed=1))
    first, second, third = map(str, analysis.findings)
    share = f"{100 * analysis.overall.of('best').share:.0f} %"
    assert first == f"Experts chose the rows of best most often, in {share} of 288 answers."
    assert second == "It is preferred to base and last."
    assert third.endswith("% no row was better.")
    assert any("on 24 queries" in line and "95 % interval" in line for line in analysis.findings[0].evidence)
    assert "base against best: queries won" in analysis.findings[1].evidence[0]
    assert "these 4 experts" in analysis.caveats[0]


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([], "No answer can be given yet."),
        ([("lamp", "1-4", "ann", ())], "In no answer was a row better than the others."),
        (
            [("lamp", "1-4", "ann", ("best",)), ("loom", "1-4", "ann", ("base",))],
            "Experts chose the rows of base and best equally often, each in 50 % of 2 answers. "
            "Which model is preferred cannot be told from chance.",
        ),
        (
            [("lamp", "1-4", "ann", ("best",))],
            "Experts chose the rows of best most often, in 100 % of 1 answer. "
            "A preference over base or last cannot be told from chance.",
        ),
    ],
)
def test_answers_that_tell_little_say_so(rows: list, answer: str) -> None:
    assert " ".join(map(str, analyse_preferences(frame(*rows)).findings)) == answer


def test_what_a_reader_has_to_know_is_said() -> None:
    data = frame(("lamp", "1-4", "ann", ("best",)), waiting=3, same_for_all=2, shared_rows=1)
    caveats = " ".join(analyse_preferences(data).caveats)
    for words in ("still to come: 3", "one expert", "fewer than 6 queries", "the same records: 2.", "In 1 choice some"):
        assert words in caveats


def test_the_document_holds_no_nan() -> None:
    document = preference_document(analyse_preferences(frame()))
    assert document["n"] == 0
    assert document["overall"]["by_model"][0] == {"model": "base", "wins": 0, "share": None, "low": None, "high": None}
    assert document["by_annotator"] == []
