"""Who gets which pairs, in which order. Pure: stratum numbers in, lists of pair numbers out.

Two properties are wanted at once and pull against each other:

* Whoever stops early leaves usable answers, so every prefix of an order is as even over the strata as can be.
* The order must tell the annotator nothing, so no cycle of strata may be read off it.

Hence an order is made of blocks. A block holds one pair of every stratum that has any left, shuffled
anew; the pairs of a stratum come in random order. Pairs that all annotators share are mixed in like any other.
"""

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heritage.errors import UserError

LARGEST_SEED = 2**63 - 1
# Of the page, the commands and the plan: without pairs that all see, agreement cannot be estimated.
DEFAULT_OVERLAP = 0.1


@dataclass(frozen=True)
class Need:
    """How many pairs a deal takes."""

    shared: int
    own_each: int
    total: int


def pairs_needed(*, annotators: int, pairs_each: int, overlap: float) -> Need:
    """Pairs for `annotators` people with `pairs_each` pairs each, a share `overlap` (0 to 1) of which all of them see.

    Raises UserError where the numbers make no campaign.
    """
    if annotators < 1:
        raise UserError("A campaign needs at least one annotator: name one.")
    if pairs_each < 1:
        raise UserError(f"Each annotator needs at least one pair, not {pairs_each}.")
    if not 0 <= overlap <= 1:  # also refuses NaN
        raise UserError(f"The overlap is a share from 0 to 1, not {overlap:g}.")
    shared = int(overlap * pairs_each + 0.5)
    own_each = pairs_each - shared
    return Need(shared=shared, own_each=own_each, total=shared + annotators * own_each)


def most_pairs_each(*, pairs: int, annotators: int, overlap: float) -> int:
    """The most that each of so many people can get where there are `pairs` of them; 0 where there are too few.

    Raises UserError where the numbers make no campaign.
    """
    least, most = 0, pairs
    while least < most:  # what is needed grows with what each gets
        middle = (least + most + 1) // 2
        if pairs_needed(annotators=annotators, pairs_each=middle, overlap=overlap).total <= pairs:
            least = middle
        else:
            most = middle - 1
    return least


@dataclass(frozen=True)
class Deal:
    """`hands` has, for each annotator, numbers of pairs in the order in which that annotator sees them.

    `shared` are those in every hand by plan; with one annotator too, so that whoever joins later gets them.
    """

    hands: list[list[int]]
    shared: list[int]


def deal_pairs(*, strata: Sequence[int], annotators: int, pairs_each: int, overlap: float, seed: int) -> Deal:
    """Deal pairs to annotators; `strata[i]` is the stratum of pair `i`.
    The same arguments give the same deal; another annotator's order
    is drawn from a stream of its own.

    Raises UserError where more pairs are wanted than there are.
    """
    need = pairs_needed(annotators=annotators, pairs_each=pairs_each, overlap=overlap)
    if need.total > len(strata):
        raise UserError(
            f"{annotators} annotators with {pairs_each} pairs each and an overlap of {overlap:g} need "
            f"{need.total} pairs and the sampling has {len(strata)}: "
            "ask for fewer pairs each, more overlap, or draw a larger sampling."
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise UserError(f"The seed is a whole number from 0 to {LARGEST_SEED}, not {seed}.")
    division, *orders = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(annotators + 1))

    decks = _shuffled_decks(strata, division)
    shared_counts = _even_counts([len(deck) for deck in decks], need.shared, starts=[0] * len(decks), rng=division)
    shared = [pair for deck, count in zip(decks, shared_counts, strict=True) for pair in deck[:count]]
    rests = [deck[count:] for deck, count in zip(decks, shared_counts, strict=True)]

    # A shared pair counts once for each annotator, so strata that got one less of them are filled up first.
    own_counts = _even_counts(
        [len(rest) for rest in rests],
        annotators * need.own_each,
        starts=[annotators * count for count in shared_counts],
        rng=division,
    )
    # Like cards: stratum after stratum, one pair to each annotator in turn.
    own = [rests[stratum][:count] for stratum, count in enumerate(own_counts)]
    cards = [pair for stratum in division.permutation(len(own)) for pair in own[stratum]]
    hands = [_even_order([*shared, *cards[place::annotators]], strata, order) for place, order in enumerate(orders)]
    return Deal(hands=hands, shared=shared)


def deal_latecomer(
    *,
    strata: Sequence[int],
    shared: Sequence[int],
    free: Sequence[int],
    held: Sequence[int],
    pairs_each: int,
    seed: Sequence[int],
) -> list[int]:
    """A hand for somebody who joins late, in order of showing; fewer than planned where not enough pairs are free.

    `strata[i]` is the stratum of pair `i`. All of `shared` are in it; of `free` as many as make `pairs_each` with
    those and with the ones `held` already, so that the whole is as even over the strata as can be.
    """
    rng = np.random.default_rng(np.random.SeedSequence(list(seed)))
    numbers = sorted(set(strata))
    has = Counter(strata[pair] for pair in (*shared, *held))
    by_stratum: dict[int, list[int]] = {stratum: [] for stratum in numbers}
    for pair in rng.permutation(np.asarray(free, dtype=np.int64)).tolist():
        by_stratum[strata[pair]].append(pair)
    decks = [by_stratum[stratum] for stratum in numbers]
    wanted = min(len(free), max(0, pairs_each - len(shared) - len(held)))
    counts = _even_counts([len(deck) for deck in decks], wanted, starts=[has[stratum] for stratum in numbers], rng=rng)
    own = [pair for deck, count in zip(decks, counts, strict=True) for pair in deck[:count]]
    return _even_order([*shared, *own], strata, rng)


def _shuffled_decks(strata: Sequence[int], rng: np.random.Generator) -> list[list[int]]:
    """The pairs of each stratum in random order, strata by number."""
    by_stratum: dict[int, list[int]] = {}
    for pair, stratum in enumerate(strata):
        by_stratum.setdefault(stratum, []).append(pair)
    return [[deck[i] for i in rng.permutation(len(deck))] for _, deck in sorted(by_stratum.items())]


def _even_counts(sizes: Sequence[int], total: int, *, starts: Sequence[int], rng: np.random.Generator) -> list[int]:
    """How many to take from decks of these sizes, `total` in all, so that start + taken is as even as can be.

    The next one always comes from the lowest deck that is not exhausted; a random deck where several are lowest.
    """
    counts = [0] * len(sizes)
    tie_break = rng.permutation(len(sizes))
    lowest_first = [(starts[deck], int(tie_break[deck]), deck) for deck in range(len(sizes)) if sizes[deck]]
    heapq.heapify(lowest_first)
    for _ in range(total):
        level, tie, deck = heapq.heappop(lowest_first)
        counts[deck] += 1
        if counts[deck] < sizes[deck]:
            heapq.heappush(lowest_first, (level + 1, tie, deck))
    return counts


def _even_order(pairs: Sequence[int], strata: Sequence[int], rng: np.random.Generator) -> list[int]:
    """`pairs` in shuffled blocks, each of which holds one pair of every stratum that has any left."""
    left: dict[int, list[int]] = {}
    for pair in rng.permutation(np.asarray(pairs, dtype=np.int64)).tolist():
        left.setdefault(strata[pair], []).append(pair)
    order: list[int] = []
    while left:
        block = [deck.pop() for deck in left.values()]
        order += rng.permutation(np.asarray(block, dtype=np.int64)).tolist()
        left = {stratum: deck for stratum, deck in left.items() if deck}
    return order
