"""From the answers of several people to one link per pair. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from annotation.links.link import Answer, Finer, Link, LinkedRecord
from annotation.vocabulary import Label

# From the closest to the farthest.
CLOSENESS = tuple(Label.values)


def agreed_links(
    answers: Iterable[Answer], *, least_agreement: float, least_answers: int, without_unsure: bool = False
) -> list[Link]:
    """The links among the pairs, ordered by their records.

    A pair is a link where more than half of its answers link, in whatever degree; its label is the median of all its
    answers. It is kept if at least `least_agreement` (0 to 1) of at least `least_answers` answers link. Empty answers
    do not count, nor `without_unsure` those that their annotator marked as unsure.
    """
    by_pair: dict[tuple[LinkedRecord, LinkedRecord], list[Answer]] = {}
    for answer in answers:
        if answer.label and not (without_unsure and answer.unsure):
            by_pair.setdefault((answer.a, answer.b), []).append(answer)
    links = []
    for (a, b), given in by_pair.items():
        label = median_label(answer.label for answer in given)
        agreement = sum(answer.label != Label.UNRELATED for answer in given) / len(given)
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
                label_agreement=len(agreeing) / len(given),
                unsure=sum(answer.unsure for answer in given),
            )
        )
    return sorted(links, key=lambda link: (link.a.collection, link.a.record_id, link.b.collection, link.b.record_id))


def median_label(labels: Iterable[str]) -> str:
    """The middle of the labels in their order; of two in the middle the farther: what is published should claim no more
    than half agree on. It is *unrelated* just where no more than half link."""
    places = sorted(map(CLOSENESS.index, labels))
    return CLOSENESS[places[len(places) // 2]]


def _agreed_finer(agreeing: Sequence[Answer], least_agreement: float) -> tuple[Finer | None, float | None]:
    """The finer label that most answers of one label give, with their share; none in a tie, also with those that were
    left at the label."""
    (finer, most), *others = Counter(answer.finer for answer in agreeing).most_common(2)
    share = most / len(agreeing)
    if finer is None or share < least_agreement or any(count == most for _, count in others):
        return None, None
    return finer, share
