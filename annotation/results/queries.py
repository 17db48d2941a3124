"""A campaign's analysis, computed once for each state of its data: the quick one here, the full one by a job.

statsmodels takes seconds to import and is needed only here: it is imported at the first analysis.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Count, Max

from annotation.guidance.queries import current_gold
from annotation.labels.queries import label_names
from annotation.models import AnalysisPlan, Annotation, Campaign, KeptAnalysis, Skip
from heritage.jobs.queries import job_runs
from heritage.jobs.queue import ACTIVE, State
from heritage.models import JobRun
from models_ml.queries import newest_by_noun

from .frame import annotation_frame

if TYPE_CHECKING:
    from annotation.analysis.campaign_analysis import CampaignAnalysis

ANALYSIS_JOB = "analyse-campaign"
FORMAT = 9  # raised whenever what is kept of an analysis is laid out anew
# Raised whenever what the cache has of it could not be read: it is a pickle, and names the modules of its classes.
_CACHED = 4
MOST_ANALYSED_AT_ONCE = 20_000  # answers that a page may analyse itself; with more the job does it
_KEEP_SECONDS = 24 * 60 * 60


def kept_plan(campaign: Campaign) -> dict[str, Any] | None:
    """What was written down when the campaign opened, and when; None where nothing was."""
    plan = AnalysisPlan.objects.filter(campaign=campaign).first()
    return None if plan is None else {"recorded": plan.recorded.isoformat(), **plan.document}


def data_version(campaign: Campaign) -> str:
    """Changes with every answer, skip, gold pair, and what finer labels are called.

    Answers and gold pairs are not changed or removed one by one, so number and newest tell.
    """
    answers = Annotation.objects.filter(assignment__campaign=campaign).aggregate(newest=Max("pk"), count=Count("pk"))
    gold = current_gold(campaign).aggregate(newest=Max("pk"), count=Count("pk"))
    skips = Skip.objects.filter(assignment__campaign=campaign).aggregate(newest=Max("pk"))["newest"]
    passed_over = f"-s{skips}" if skips else ""
    known = f"-{gold['newest']}-{gold['count']}" if gold["count"] else ""
    finer = "\0".join(name for row in campaign.finer_labels.values_list("key", "name") for name in row)
    called = f"-{hashlib.sha256(finer.encode()).hexdigest()[:8]}" if finer else ""
    return f"{answers['newest'] or 0}-{answers['count']}{passed_over}{known}{called}"


def analysis_version(campaign: Campaign, data: str = "") -> str:
    """`data`: the `data_version`, where it is known already."""
    return f"{data or data_version(campaign)}-{FORMAT}"


def campaign_analysis(campaign: Campaign, data: str = "") -> "CampaignAnalysis | None":
    """The quick analysis of the annotations as they are now; from the cache where nothing has changed. `data` as in
    `analysis_version`.

    Of very many answers it is the newest that the job has made, and None before that.
    """
    version = analysis_version(campaign, data)
    kept: tuple[str, CampaignAnalysis] | None = cache.get(_quick_key(campaign))
    if kept is not None and kept[0] == version:
        return kept[1]
    if Annotation.objects.filter(assignment__campaign=campaign).count() > MOST_ANALYSED_AT_ONCE:
        return kept[1] if kept is not None else None
    from annotation.analysis.campaign_analysis import analyse

    found = analyse(annotation_frame(campaign))
    keep_quick_analysis(campaign, found, version=version)
    return found


def keep_quick_analysis(campaign: Campaign, analysis: "CampaignAnalysis", *, version: str) -> None:
    cache.set(_quick_key(campaign), (version, analysis), timeout=_KEEP_SECONDS)


def _quick_key(campaign: Campaign) -> str:
    return f"campaign-analysis:{FORMAT}.{_CACHED}:{campaign.pk}"


@dataclass(frozen=True)
class FullResults:
    """The newest full analysis, None where there is none; `run` is the job that is making a newer one, or that failed
    to, if any."""

    document: dict[str, Any] | None
    made: Any
    is_current: bool
    run: JobRun | None

    @property
    def is_coming(self) -> bool:
        return self.run is not None and self.run.state in ACTIVE  # type: ignore[attr-defined]  # of the query

    @property
    def has_failed(self) -> bool:
        return self.run is not None and self.run.state == State.FAILED  # type: ignore[attr-defined]


def full_results(campaign: Campaign, data: str = "") -> FullResults:
    """`data` as in `analysis_version`."""
    kept = KeptAnalysis.objects.filter(campaign=campaign).first()
    readable = kept is not None and kept.version.endswith(f"-{FORMAT}")
    is_current = kept is not None and kept.version == analysis_version(campaign, data)
    run = None if is_current else job_runs().filter(kind=ANALYSIS_JOB, arguments=analysis_arguments(campaign)).first()
    if run is not None and run.state not in ACTIVE and kept is not None and run.created < kept.made:
        run = None  # it is of an earlier time
    return FullResults(
        document=as_shown(kept.document, campaign) if kept is not None and readable else None,
        made=kept.made if kept is not None else None,
        is_current=is_current,
        run=run,
    )


def as_shown(document: dict[str, Any], campaign: Campaign) -> dict[str, Any]:
    """An analysis with what stands beside it now: the campaign's names of the four labels, and how well the same
    models name pictures, noun by noun (None where no evaluation says)."""
    return document | {"label_names": label_names(campaign), "by_noun": newest_by_noun(document["models"])}


def analysis_arguments(campaign: Campaign) -> dict[str, str]:
    """Of the job: the same work has the same arguments."""
    return {"campaign": str(campaign.pk), "name": campaign.name}
