"""Terms of found records with what they are narrower than, as records list them: from narrow to broad. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TermNode:
    """depth: 0 for a term that no other shown term is broader than."""

    term: str
    count: int
    depth: int


def term_tree(taxonomies: Iterable[Sequence[str]], *, most: int, wanted: Sequence[str] = ()) -> list[TermNode]:
    """The `most` terms that most records have, and those `wanted`, each below its broader term, the frequent first.

    What is broader than a term is the one that most often follows it in the records' lists; where that is not among
    the terms shown, the next one that is.
    """
    counts: Counter[str] = Counter()
    followers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for taxonomy in taxonomies:
        terms = list(dict.fromkeys(term for term in taxonomy if term))
        counts.update(terms)
        for place, term in enumerate(terms[:-1]):
            followers[term][terms[place + 1]] += 1
    ranked = sorted(counts, key=lambda term: (-counts[term], term))
    shown = dict.fromkeys([*ranked[:most], *(term for term in wanted if term in counts)])
    children: defaultdict[str | None, list[str]] = defaultdict(list)
    for term in ranked:
        if term in shown:
            children[_shown_broader(term, followers, shown)].append(term)
    return list(_walk(None, children, counts, 0))


def _shown_broader(term: str, followers: dict[str, Counter[str]], shown: dict[str, None]) -> str | None:
    """None at the top, and where terms are broader than each other in turn: one of these stands at the top then."""
    met, at = {term}, term
    while followers[at]:
        at = min(followers[at], key=lambda other: (-followers[at][other], other))
        if at in met:
            return None
        met.add(at)
        if at in shown:
            return None if _leads_back(at, term, followers) else at
    return None


def _leads_back(at: str, term: str, followers: dict[str, Counter[str]]) -> bool:
    met: set[str] = set()
    while followers[at] and at not in met:
        met.add(at)
        at = min(followers[at], key=lambda other: (-followers[at][other], other))
        if at == term:
            return True
    return False


def _walk(
    parent: str | None, children: dict[str | None, list[str]], counts: Counter[str], depth: int
) -> Iterable[TermNode]:
    for term in children[parent]:
        yield TermNode(term, counts[term], depth)
        yield from _walk(term, children, counts, depth + 1)
