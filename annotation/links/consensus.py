"""From the answers of several people to one link per pair. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from annotation.links.link import Answer, Finer, Link, LinkedRecord
from annotation.vocabulary import Label

if TYPE_CHECKING:
    pass

# From the closest to the farthest; where as many people say one as the other, the farther is taken: a link
# that is published should claim no more than they agree on.
CLOSENESS = tuple(Label.values)


def agreed_links(answers: Iterable[Answer], *, least_agreement: float, least_answers: int) -> list[Link]:
    """The links among the pairs, ordered by their records.

    A pair's label is the one that most of its answers give. It is a link unless that is *unrelated*, if at
    least `least_agreement` (0 to 1) of at least `least_answers` answers give it. Empty answers do not count.
    """
    by_pair: dict[tuple[LinkedRecord, LinkedRecord], list[Answer]] = {}
    for answer in answers:
        if answer.label:
            by_pair.setdefault((answer.a, answer.b), []).append(answer)
    links = []
    for (a, b), given in by_pair.items():
        label = most_given(answer.label for answer in given)
        agreement = sum(answer.label == label for answer in given) / len(given)
        if label == Label.UNRELATED or len(given) < least_answers or agreement < least_agreement:
            continue
        agreeing = [answer for answer in given if answer.label == label]
        finer, finer_agreement = _agreed_finer(agreeing, least_agreement)
        links.append(
            Link(
                a=a,
                b=b,
                label=label,
                agreement=agreement,
                answers=len(given),
                annotators=tuple(sorted(answer.annotator for answer in agreeing)),
                created=max(answer.created for answer in agreeing),
                finer=finer,
                finer_agreement=finer_agreement,
            )
        )
    return sorted(links, key=lambda link: (link.a.collection, link.a.record_id, link.b.collection, link.b.record_id))


def most_given(labels: Iterable[str]) -> str:
    """The label that most answers give; of those that as many give, the farthest."""
    counts = Counter(labels)
    return max(counts, key=lambda each: (counts[each], CLOSENESS.index(each)))


def _agreed_finer(agreeing: Sequence[Answer], least_agreement: float) -> tuple[Finer | None, float | None]:
    """The finer label that most answers of one label give, with their share; none in a tie, also with those that were
    left at the label."""
    (finer, most), *others = Counter(answer.finer for answer in agreeing).most_common(2)
    share = most / len(agreeing)
    if finer is None or share < least_agreement or any(count == most for _, count in others):
        return None, None
    return finer, share
