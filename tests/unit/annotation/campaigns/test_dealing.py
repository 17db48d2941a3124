"""Dealing: everyone gets the planned number, evenly over strata, in an order that tells nothing."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.campaigns.dealing import deal_latecomer, deal_pairs, pairs_needed
from heritage.errors import UserError


@st.composite
def deals(draw):
    """Arguments that can be dealt, strata of very different sizes among them."""
    strata = draw(st.lists(st.integers(0, 6), min_size=1, max_size=120))
    annotators = draw(st.integers(1, 5))
    overlap = draw(st.floats(0, 1))
    pairs_each = draw(st.integers(1, len(strata)))
    while pairs_needed(annotators=annotators, pairs_each=pairs_each, overlap=overlap).total > len(strata):
        pairs_each -= 1
        if not pairs_each:
            annotators, pairs_each = 1, 1
    return {
        "strata": strata,
        "annotators": annotators,
        "pairs_each": pairs_each,
        "overlap": overlap,
        "seed": draw(st.integers(0, 2**63 - 1)),
    }


@given(deals())
@settings(deadline=None)
def test_everyone_gets_the_planned_number_and_no_pair_twice(arguments):
    hands = deal_pairs(**arguments).hands
    assert len(hands) == arguments["annotators"]
    for hand in hands:
        assert len(hand) == len(set(hand)) == arguments["pairs_each"]


@given(deals())
@settings(deadline=None)
def test_a_pair_is_seen_by_one_annotator_or_by_all(arguments):
    hands = deal_pairs(**arguments).hands
    need = pairs_needed(
        annotators=arguments["annotators"], pairs_each=arguments["pairs_each"], overlap=arguments["overlap"]
    )
    seen = Counter(pair for hand in hands for pair in hand)
    assert set(seen.values()) <= {1, len(hands)}
    assert len(seen) == need.total
    shared = deal_pairs(**arguments).shared
    assert len(shared) == need.shared
    assert {seen[pair] for pair in shared} <= {len(hands)}
    if len(hands) > 1:
        assert set(shared) == {pair for pair, times in seen.items() if times > 1}


@given(deals())
@settings(deadline=None)
def test_sets_are_even_over_strata_until_a_stratum_is_exhausted(arguments):
    strata = arguments["strata"]
    hands = deal_pairs(**arguments).hands
    dealt = {pair for hand in hands for pair in hand}
    exhausted = {s for s in set(strata) if all(pair in dealt for pair, stratum in enumerate(strata) if stratum == s)}
    for hand in hands:
        counts = Counter(strata[pair] for pair in hand)
        for stratum in set(strata) - exhausted:
            assert counts[stratum] >= max(counts.values()) - 1


@given(deals())
@settings(deadline=None)
def test_every_prefix_is_even_over_the_strata_that_have_pairs_left(arguments):
    strata = arguments["strata"]
    for hand in deal_pairs(**arguments).hands:
        held = Counter(strata[pair] for pair in hand)
        seen: Counter[int] = Counter()
        for pair in hand:
            seen[strata[pair]] += 1
            for stratum in held:
                assert seen[stratum] == held[stratum] or seen[stratum] >= max(seen.values()) - 1


@given(deals())
@settings(deadline=None)
def test_the_same_seed_gives_the_same_deal(arguments):
    assert deal_pairs(**arguments) == deal_pairs(**arguments)


def test_another_seed_gives_another_deal():
    arguments = {"strata": [i % 5 for i in range(100)], "annotators": 2, "pairs_each": 40, "overlap": 0.25}
    assert deal_pairs(**arguments, seed=0) != deal_pairs(**arguments, seed=1)


def test_annotators_who_share_all_pairs_see_them_in_orders_of_their_own():
    first, second = deal_pairs(strata=[0] * 50, annotators=2, pairs_each=50, overlap=1, seed=0).hands
    assert sorted(first) == sorted(second)
    assert first != second


def test_no_cycle_of_strata_can_be_read_off_an_order():
    """Knowing the strata of a block tells nothing of the next one: every place of a block has every stratum."""
    size = 5
    strata = [i % size for i in range(2000)]
    (hand,) = deal_pairs(strata=strata, annotators=1, pairs_each=2000, overlap=0, seed=3).hands
    order = [strata[pair] for pair in hand]
    followed = Counter((order[i], order[i + size]) for i in range(len(order) - size))
    # 25 combinations, 80 expected of each; a cycle would put all in 5 of them.
    assert len(followed) == size * size
    assert all(40 < times < 130 for times in followed.values())


def test_the_paper_s_campaign():
    """15 strata of 7 pairs for each of 5 annotators: everyone gets exactly 7 of each."""
    strata = [stratum for stratum in range(15) for _ in range(35)]
    hands = deal_pairs(strata=strata, annotators=5, pairs_each=105, overlap=0, seed=0).hands
    assert all(Counter(strata[pair] for pair in hand) == dict.fromkeys(range(15), 7) for hand in hands)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"annotators": 0}, "at least one annotator"),
        ({"pairs_each": 0}, "at least one pair"),
        ({"pairs_each": 6}, "need 12 pairs and the sampling has 10"),
        ({"overlap": 1.01}, "from 0 to 1, not 1.01"),
        ({"overlap": -0.1}, "from 0 to 1, not -0.1"),
        ({"overlap": float("nan")}, "from 0 to 1, not nan"),
        ({"seed": -1}, "seed is a whole number"),
    ],
)
def test_what_cannot_be_dealt_is_refused(changes, sentence):
    arguments = {"strata": [0] * 10, "annotators": 2, "pairs_each": 5, "overlap": 0, "seed": 0} | changes
    with pytest.raises(UserError, match=sentence):
        deal_pairs(**arguments)


@st.composite
def latecomers(draw):
    """Some pairs shared, some held, some free, of strata of very different sizes."""
    strata = draw(st.lists(st.integers(0, 4), min_size=1, max_size=80))
    part = draw(st.lists(st.sampled_from(["shared", "held", "free", "taken"]), min_size=len(strata)))
    parts = {name: [pair for pair in range(len(strata)) if part[pair] == name] for name in ("shared", "held", "free")}
    return {"strata": strata, **parts, "pairs_each": draw(st.integers(1, 90)), "seed": [draw(st.integers(0, 99))]}


@given(latecomers())
def test_a_latecomer_gets_what_is_shared_and_free_evenly_and_nothing_twice(arguments):
    hand = deal_latecomer(**arguments)
    strata, shared, free, held = (arguments[name] for name in ("strata", "shared", "free", "held"))
    assert len(hand) == len(set(hand))
    assert set(shared) <= set(hand) <= {*shared, *free}
    wanted = max(0, arguments["pairs_each"] - len(shared) - len(held))
    assert len(hand) == len(shared) + min(wanted, len(free))
    own = [pair for pair in hand if pair in set(free)]
    has = Counter(strata[pair] for pair in (*shared, *held))
    counts = has + Counter(strata[pair] for pair in own)
    left = Counter(strata[pair] for pair in set(free) - set(own))
    for stratum in left:  # could have had one more: then no other was raised above it
        assert all(counts[stratum] + 1 >= counts[other] for other in {strata[pair] for pair in own})


def test_a_latecomer_s_order_is_even_over_the_strata_too():
    strata = [pair % 4 for pair in range(200)]
    hand = deal_latecomer(strata=strata, shared=range(40), free=range(40, 200), held=[], pairs_each=100, seed=[1])
    assert all(
        Counter(strata[pair] for pair in hand[:count]).most_common()[0][1] <= -(-count // 4) for count in range(1, 101)
    )
