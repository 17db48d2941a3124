"""What curators do with links: sign off, reject, take a verdict back."""

import uuid

from django.db import transaction
from django.utils import timezone

from annotation.models import Campaign, LinkReview
from annotation.submissions import same_or_key
from annotation.vocabulary import Verdict
from heritage.errors import UserError
from heritage.models import User
from heritage.texts import clean_text
from linking.models import CandidatePair

from .queries import find_link

LONGEST_REASON = 2_000


class LinkChangedError(UserError):
    """The answers say something else by now than what the curator had in front of them."""


@transaction.atomic
def review_link(
    *,
    campaign: Campaign,
    pair_id: int,
    reviewer: User,
    verdict: str,
    label: str,
    reason: str = "",
    submission: uuid.UUID | None = None,
) -> LinkReview:
    """Append a verdict on the link that a campaign's answers make of a pair, and return it.

    `label` is what the link claimed on the reviewer's page. A resend returns what is stored already: the same
    `submission`, or the same verdict as the newest. Raises UserError for a verdict that cannot be stored, and
    LinkChangedError where there is no such link (any more) for this reviewer.
    """
    if verdict not in Verdict.values:
        raise UserError(f"There is no verdict {verdict or '(empty)'}: use one of {', '.join(Verdict.values)}.")
    reason = clean_text(reason, what="A reason", longest=LONGEST_REASON)
    if verdict == Verdict.REJECTED and not reason:
        raise UserError("Say why you reject this link: the reason stays with it.")
    # A second click waits here, then finds the first.
    pair = CandidatePair.objects.select_for_update(of=("self",)).filter(pk=pair_id).first()
    link = find_link(user=reviewer, campaign=campaign, pair_id=pair_id) if pair else None
    if pair is None or link is None:
        raise LinkChangedError("The answers make no link of these two records any more: reload the page.")
    history = list(LinkReview.objects.filter(campaign=campaign, pair=pair).order_by("pk"))
    said = {"verdict": verdict, "label": label, "reason": reason, "reviewer_id": reviewer.pk}
    same, submission = same_or_key(history, submission, said)
    if same:
        return same
    if link.label != label:
        raise LinkChangedError(f"The answers now say “{link.label_words}”: look at the link again before you decide.")
    if verdict == Verdict.REOPENED and not (history and history[-1].verdict != Verdict.REOPENED):
        raise UserError("There is no verdict to take back.")
    return LinkReview.objects.create(
        campaign=campaign,
        pair=pair,
        submission=submission,
        **said,
        created=timezone.now(),
    )
