"""The answers that the reader has given, to look at again and to change."""

import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.answers import queries
from annotation.answers.progress import progress_of
from annotation.labels.shown import LabelChoice, shown_labels
from annotation.models import Annotation, Assignment, Campaign, Skip
from annotation.requests import PersonRequest
from annotation.visibility import (
    blind_pairs,
    campaign_facts,
    credit_lines,
    may_see_credits,
    visible_assignments,
    visible_campaigns,
)
from heritage.models import User
from heritage.pages.languages import in_reader_language

ANSWERS_PER_PAGE = 60
LAST_ANSWERS = 12


@in_reader_language
@login_required
@never_cache
@require_safe
def my_answers(request: PersonRequest, campaign_id: uuid.UUID | None = None) -> HttpResponse:
    """The answers of one campaign, of the newest one unless an address names another."""
    campaigns = list(visible_campaigns(request.user))
    campaign = next((each for each in campaigns if campaign_id in (None, each.pk)), None)
    if campaign is None and campaign_id is not None:
        raise Http404
    context: dict[str, object] = {"campaigns": [{"id": each.pk, "name": each.name} for each in campaigns]}
    if campaign is not None:
        context |= _answers(request.user, campaign, request.GET)
    return render(request, "annotation/labelling/my_answers.html", context)


def answers_address(campaign: Campaign, assignment: Assignment) -> str:
    """Where the answer to an assignment is listed."""
    query = urlencode({"around": assignment.position})
    return f"{reverse('my-answers', args=[campaign.pk])}?{query}#pair-{assignment.position}"


@in_reader_language
@login_required
@never_cache
@require_safe
def last_answers(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """A fragment: what the reader answered last, beside the pair that is asked about."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    mine = queries.with_newest(visible_assignments(request.user, campaign))
    context = {"campaign": {"id": campaign.pk}, "answers": _listed(request.user, campaign, _newest_first(mine))}
    return render(request, "annotation/labelling/_last_answers.html", context)


def _newest_first(assignments: QuerySet[Assignment]) -> list[uuid.UUID]:
    return list(assignments.order_by(F("newest_at").desc()).values_list("pk", flat=True)[:LAST_ANSWERS])


def _answers(annotator: User, campaign: Campaign, parameters: QueryDict) -> dict[str, object]:
    said = queries.with_newest(visible_assignments(annotator, campaign))
    counts = queries.counts_of_said(said)
    only = parameters.get("only", "")
    only = only if only in counts else ""
    chosen = queries.that_said(said, only) if only else queries.answered(visible_assignments(annotator, campaign))
    number, around = parameters.get("page"), parameters.get("around", "")
    if number is None and around.isdecimal():
        before = chosen.filter(position__lt=int(around))
        number = str(1 + before.count() // ANSWERS_PER_PAGE)
    page = Paginator(chosen.order_by("position"), ANSWERS_PER_PAGE).get_page(number)
    return {
        "campaign": campaign_facts(campaign, annotator),
        "progress": progress_of(campaign=campaign, annotator=annotator),
        "page": page,
        "only": only,
        "filters": _filters(campaign, counts),
        "answers": _listed(annotator, campaign, [assignment.pk for assignment in page.object_list]),
    }


def _filters(campaign: Campaign, counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Name in addresses, words and count of what the answers can be narrowed to."""
    words = {label.value: label.name for label in shown_labels(campaign)} | {
        "unsure": gettext("Unsure"),
        "skipped": gettext("Skipped"),
        "commented": gettext("With a comment"),
        "faulty": gettext("With a broken record"),
    }
    return [(kind, name, counts[kind]) for kind, name in words.items() if kind in counts]


def _listed(annotator: User, campaign: Campaign, keys: Sequence[uuid.UUID]) -> list[dict[str, object]]:
    """These assignments of the annotator, in this order, with what was said of each."""
    newest = queries.current_annotations(campaign).filter(assignment__in=keys).select_related("finer")
    answers = {answer.assignment_id: answer for answer in newest}
    skips = {skip.assignment_id: skip for skip in Skip.objects.filter(assignment__in=keys).order_by("pk")}
    shown = visible_assignments(annotator, campaign).filter(pk__in=keys)
    credits = credit_lines(shown) if may_see_credits(annotator, campaign) else {}
    labels = {label.value: label for label in shown_labels(campaign)}
    pairs = {pair.assignment_id: pair for pair in blind_pairs(shown)}
    return [
        {
            "pair": pairs[key],
            "credits": credits.get(key, ()),
            **_said(answers.get(key), skips.get(key), labels),
        }
        for key in keys
    ]


def _said(answer: Annotation | None, skip: Skip | None, labels: Mapping[str, LabelChoice]) -> dict[str, object]:
    """What the list shows of a pair's newest answer, or else of its newest skip."""
    said = answer or skip
    return {
        "label": answer.said({label.value: label.name for label in labels.values()}) if answer else "",
        "colour": labels[answer.label].colour if answer and answer.label else "",
        "skipped": "" if answer or not skip else gettext(skip.get_reason_display()),
        "unsure": bool(answer and answer.unsure),
        "faulty": bool(said and said.faulty),
        "comment": said.comment if said else "",
    }
