"""Uniform draws without replacement in one pass, the same whatever the order in which pairs are met.

Every pair of a stratum gets a number that follows from the seed, the stratum and the two records' identities
alone; the pairs with the smallest numbers are drawn. So a draw depends neither on the size of the tiles nor on
the database, and a collection that grows keeps most of what was drawn before. Pure.
"""

from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np

Pair = TypeVar("Pair", bound=Hashable)


def hash64(*parts: str) -> int:
    """A 64-bit hash of some texts."""
    digest = blake2b(digest_size=8)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return int.from_bytes(digest.digest(), "little")


def record_keys(identities: Iterable[tuple[str, str]]) -> np.ndarray:
    """(n,) uint64 from each record's collection and the museum's identifier."""
    return np.array([hash64(collection, record_id) for collection, record_id in identities], np.uint64)


def pair_keys(stratum_key: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n,) uint64, uniform and different for each pair and stratum.

    a, b: (n,) uint64 keys of the two records.
    """
    return _mix(_mix(a + np.uint64(stratum_key)) ^ b)


def _mix(numbers: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): a bijection in which each bit affects all."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


class SmallestKeys:
    """The pairs with the smallest keys among all that are added; holds some multiple of `limit`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bound = np.uint64(2**64 - 1)  # a larger key need not be added
        self._held: list[np.ndarray] = []  # rows of key, a, b
        self._count = 0

    def add(self, pairs: np.ndarray) -> None:
        """pairs: (3, n) uint64, keys and places of the two records."""
        self._held.append(pairs[:, pairs[0] <= self.bound])
        self._count += self._held[-1].shape[1]
        if self._count > 4 * self.limit + 4096:
            self.smallest()

    def smallest(self) -> np.ndarray:
        """(3, at most `limit`) uint64, by ascending key."""
        held = np.concatenate(self._held, axis=1) if self._held else np.empty((3, 0), np.uint64)
        held = held[:, np.lexsort(held[::-1])[: self.limit]]
        self._held, self._count = [held], held.shape[1]
        if self._count == self.limit:
            self.bound = held[0, -1]
        return held

    def pairs(self) -> list[tuple[int, int]]:
        """At most `limit` pairs, by ascending key."""
        _, a, b = self.smallest()
        return list(zip(a.tolist(), b.tolist(), strict=True))


def share_out(candidates: Sequence[Sequence[Pair]], quota: int) -> list[list[Pair]]:
    """Give each stratum `quota` of its candidates, none to two strata, first candidates first.

    Strata are served in order. A stratum that finds all its candidates taken gets one from another stratum
    that can take a further candidate instead, directly or through others (an augmenting path), so that quotas
    are met wherever that is possible at all. To decide this, candidates need only be the first
    quota * number of strata of each: a stratum with so many cannot run out of them.
    """
    given: list[list[Pair]] = [[] for _ in candidates]
    holder: dict[Pair, int] = {}
    next_free = [0] * len(candidates)  # a pair once given never becomes free again

    def free_candidate(stratum: int) -> Pair | None:
        wanted = candidates[stratum]
        while next_free[stratum] < len(wanted) and wanted[next_free[stratum]] in holder:
            next_free[stratum] += 1
        return wanted[next_free[stratum]] if next_free[stratum] < len(wanted) else None

    def serve(short: int) -> bool:
        reached: dict[int, tuple[int, Pair] | None] = {short: None}
        queue = [short]
        for stratum in queue:
            pair = free_candidate(stratum)
            if pair is not None:
                while (step := reached[stratum]) is not None:
                    asking, wanted = step
                    given[stratum][given[stratum].index(wanted)] = pair
                    holder[pair] = stratum
                    stratum, pair = asking, wanted
                given[stratum].append(pair)
                holder[pair] = stratum
                return True
            for wanted in candidates[stratum]:
                if holder[wanted] not in reached:
                    reached[holder[wanted]] = (stratum, wanted)
                    queue.append(holder[wanted])
        return False

    for stratum in range(len(candidates)):
        while len(given[stratum]) < quota and serve(stratum):
            pass
    return given
