"""The labels of a campaign: the four as it calls and shows them, and the finer ones that its lead adds under them."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import IO, cast

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import campaign_lead_required
from annotation.labels.actions import change_scheme
from annotation.labels.files import write_scheme
from annotation.labels.finer import LONGEST_FINER_NAME, LONGEST_KEY, FinerLabelDraft, finer_draft
from annotation.labels.four import LONGEST_LABEL_NAME, PAGE_LETTERS, LabelDraft, label_draft, moved
from annotation.labels.queries import campaign_labels, has_answers
from annotation.models import Campaign, CampaignLabelName, FinerLabel
from annotation.requests import PersonRequest
from annotation.vocabulary import Label, LabelColour
from heritage.errors import UserError
from heritage.pages.downloads import attachment, file_name

STEPS = {"up": -1, "down": 1}


@dataclass
class FinerRow:
    """A finer label, with what somebody typed over it (`draft`)."""

    draft: FinerLabelDraft
    stored: FinerLabel


@dataclass
class LabelRow:
    """One of the four with what somebody typed over it, what it is called now, and the finer ones under it."""

    draft: LabelDraft
    name: str
    usual_name: str
    earlier: list[CampaignLabelName]
    finer: list[FinerRow] = field(default_factory=list)


@campaign_lead_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def labels(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """The page, one form. Whichever button is pressed (`do`), all that is typed is stored with it, or shown again."""
    rows = _rows(campaign, request.POST)
    new = _typed_new(request.POST) or FinerLabelDraft(label=request.GET.get("under", ""), name="")
    problem = ""
    if request.method == "POST":
        try:
            said, under = _store(request, campaign, rows)
        except UserError as error:
            problem = str(error)
        else:
            messages.success(request, said)
            return redirect(f"{request.path}?under={under}#add" if under else request.path)
    context = {
        "campaign": campaign,
        "rows": rows,
        "new": new,
        "problem": problem,
        "colours": LabelColour.choices,
        "has_finer": any(row.finer for row in rows),
        "is_fixed": has_answers(campaign),
        "page_letters": sorted(letter.upper() for letter in PAGE_LETTERS),
        "longest": {"label": LONGEST_LABEL_NAME, "finer": LONGEST_FINER_NAME, "key": LONGEST_KEY},
    }
    return render(request, "annotation/labels/labels.html", context, status=422 if problem else 200)


@campaign_lead_required
@require_safe
def scheme_csv(request: PersonRequest, campaign: Campaign) -> HttpResponse:
    """As `create_campaign --labels` reads them, for another campaign."""
    response = attachment(file_name(campaign.name, "label-scheme", ending="csv"))
    own = [label_draft(each) for each in campaign_labels(campaign)]
    write_scheme(own, [finer_draft(each) for each in campaign.finer_labels.all()], cast("IO[str]", response))
    return response


def _store(request: PersonRequest, campaign: Campaign, rows: list[LabelRow]) -> tuple[str, str]:
    """What was done, in words, and the label under which one was added. Raises UserError, with nothing stored."""
    do, _, key = request.POST.get("do", "").partition(":")
    drafts, step = [row.draft for row in rows], None
    if do in STEPS and key in Label.values:
        drafts = moved(drafts, key, STEPS[do])
    elif do in STEPS:
        step = (key, STEPS[do])
    removed = key if do == "remove" else ""
    new = _typed_new(request.POST)
    added = change_scheme(
        campaign=campaign,
        labels=drafts,
        finer=[each.draft for row in rows for each in row.finer if each.draft.key != removed],
        added=[new] if new else [],
        moved=step,
        removed=removed,
        changed_by=request.user,
    )
    if added:
        [name] = [draft.name or Label(draft.label).label for draft in drafts if draft.label == added[0].label]
        return f"{added[0].name} is a finer label under {name} now.", added[0].label
    return "It is removed." if removed else "The labels are saved.", ""


def _rows(campaign: Campaign, typed: QueryDict) -> list[LabelRow]:
    """What there is, with what was typed over it. What a page does not offer stays as it is."""
    earlier: dict[str, list[CampaignLabelName]] = defaultdict(list)
    for each in campaign.earlier_label_names.select_related("changed_by"):
        earlier[each.label].append(each)
    rows = []
    for label in campaign_labels(campaign):
        kept = label_draft(label)
        draft = LabelDraft(
            label=kept.label,
            name=typed.get(f"name.{kept.label}", kept.name),
            shortcut=typed.get(f"shortcut.{kept.label}", kept.shortcut),
            colour=typed.get(f"colour.{kept.label}", kept.colour),
        )
        usual_name = str(Label(label.label).label)
        rows.append(LabelRow(draft, name=label.name, usual_name=usual_name, earlier=earlier[label.label]))
    by_label = {row.draft.label: row for row in rows}
    for finer in campaign.finer_labels.prefetch_related("earlier_names__changed_by"):
        name = typed.get(f"name.{finer.key}", finer.name)
        shortcut = typed.get(f"shortcut.{finer.key}", finer.shortcut)
        draft_typed = FinerLabelDraft(label=finer.label, name=name, key=finer.key, shortcut=shortcut)
        by_label[finer.label].finer.append(FinerRow(draft_typed, stored=finer))
    return rows


def _typed_new(typed: QueryDict) -> FinerLabelDraft | None:
    """The finer label to be added; None where its row was left empty."""
    said = {name: typed.get(f"new.{name}", "") for name in ("name", "key", "shortcut")}
    return FinerLabelDraft(label=typed.get("new.label", ""), **said) if any(map(str.strip, said.values())) else None
