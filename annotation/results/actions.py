"""What is written of results: the full analysis that is kept, and that somebody has looked."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from annotation.answers.progress import campaign_progress
from annotation.models import Campaign, KeptAnalysis, ResultOpening
from annotation.visibility import has_open_hand, refuse_open_hand
from heritage.audit.actions import ONCE_IN, audit
from heritage.errors import UserError
from heritage.models import AuditAction, User
from heritage.progress import Progress

from .finer import finer_document
from .flow import flow_document, skipped_pairs
from .frame import annotation_frame
from .queries import analysis_version, keep_quick_analysis, kept_plan
from .sealing import has_looked, is_sealed

if TYPE_CHECKING:
    from annotation.analysis.campaign_analysis import CampaignAnalysis

SEED = 0


def keep_analysis(*, campaign: Campaign, progress: Progress) -> KeptAnalysis:
    """Analyse the answers as they are now and keep it in place of an earlier analysis."""
    version = analysis_version(campaign)
    progress.start("Reading the answers")
    document, quick = full_analysis_document(campaign, seed=SEED, progress=progress)
    keep_quick_analysis(campaign, quick, version=version)
    kept, _ = KeptAnalysis.objects.update_or_create(
        campaign=campaign, defaults={"version": version, "document": document}
    )
    return kept


def full_analysis_document(
    campaign: Campaign,
    *,
    seed: int,
    progress: Progress,
    names: Mapping[str, str] | None = None,
    shuffles: int | None = None,
) -> tuple[dict[str, Any], "CampaignAnalysis"]:
    """As `analyse --json` prints it, as plain data, and the quick analysis that is part of it.

    `names` has another name for each annotator; `shuffles` of the permutation tests are as many as pages have where
    none are given.
    """
    from annotation.analysis.full_analysis import analyse_fully, full_document
    from annotation.analysis.regression.permutation import SHUFFLES

    data = annotation_frame(campaign, similarities=True)
    if names is not None:
        data = replace(data, frame=data.frame.assign(annotator=data.frame["annotator"].map(names).astype(str)))
    progress.start("Analysing the answers")
    skipped = skipped_pairs(campaign, models=data.models, names=names)
    analysis = analyse_fully(data, seed=seed, shuffles=shuffles or SHUFFLES, skipped=skipped)
    document = {
        "campaign": campaign.name,
        "simulated": campaign.simulated,
        "finer_labels": finer_document(campaign),
        "flow": flow_document(campaign),
        "plan": kept_plan(campaign),
        "seed": seed,
        **full_document(analysis),
    }
    return json.loads(json.dumps(document, allow_nan=False)), analysis.campaign


@transaction.atomic
def open_results(*, campaign: Campaign, person: User | None) -> None:
    """Write down that somebody looks; `person` is None for a command.

    Once for each person: from then on the results lie open to them. A look at a closed campaign is written down too,
    since the campaign may be reopened; of labels that a program made nothing is. Raises UserError for a lead who labels
    there: nothing is opened to them before they have stopped.
    """
    if person is not None and has_open_hand(person, campaign):
        raise UserError("You label in this campaign: stop labelling here first, and see the results then.")
    Campaign.objects.select_for_update().get(pk=campaign.pk)  # two clicks at once take turns
    if is_sealed(campaign, person) or not (campaign.simulated or has_looked(campaign, person)):
        answers = campaign_progress(campaign).answered
        ResultOpening.objects.create(campaign=campaign, person=person, answers=answers)


def require_opened(found: Campaign, user: User) -> None:
    """Raises PermissionDenied unless the results lie open to this lead; that they look is written down."""
    if is_sealed(found, user):
        refuse_open_hand(user, found)
        raise PermissionDenied("The results are sealed while people label. Open them on the campaign’s page first.")
    note_look(found, user)


def note_look(found: Campaign, user: User) -> None:
    """Write down that this lead looks at results that lie open to them, where that is not written yet."""
    audit(AuditAction.LOOKED, person=user, subject=found.name, once_in=ONCE_IN)
    if not (found.simulated or found.is_open or has_looked(found, user)):
        open_results(campaign=found, person=user)
