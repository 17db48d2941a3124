"""What curators' verdicts do to links. Pure.

A rejection holds until it is taken back, whatever the answers say later: what a curator threw out should not come
back by itself. A sign-off holds only for the label that it was given for: nobody has looked at another one yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from annotation.links.link import Link, RecordKeys, Review, State, record_keys
from annotation.vocabulary import Verdict


@dataclass(frozen=True)
class ReviewedLinks:
    """The links that nobody rejected, each with its sign-off if it has one, and how many were left out."""

    links: list[Link]
    rejected: int

    @property
    def signed_off(self) -> int:
        return sum(link.signed_off is not None for link in self.links)


def review_state(verdict: str | None, reviewed_label: str | None, label: str) -> State:
    """Where a link with that label stands after its newest verdict, given on `reviewed_label`; None without one."""
    if verdict == Verdict.REJECTED:
        return "rejected"
    return "signed_off" if verdict == Verdict.SIGNED_OFF and reviewed_label == label else "open"


def reviewed_links(
    links: Iterable[Link], newest: Mapping[RecordKeys, Review], *, only_signed_off: bool = False
) -> ReviewedLinks:
    """`links` without the rejected ones; with `only_signed_off` also without those that await a verdict."""
    kept, rejected = [], 0
    for link in links:
        review = newest.get(record_keys(link.a, link.b))
        state = review_state(review.verdict, review.label, link.label) if review else "open"
        if state == "rejected":
            rejected += 1
        elif state == "signed_off":
            kept.append(replace(link, signed_off=review))
        elif not only_signed_off:
            kept.append(link)
    return ReviewedLinks(kept, rejected)
