"""The suggestions that the browser asks for, kept as files: a document for the page and all links as CSV."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from annotation.models import Campaign
from heritage.files.whole_file import write_whole
from heritage.models import User
from heritage.progress import Progress

from .actions import DEFAULT_RANDOM_SHARE, Suggestions, suggest, suggested_links_csv
from .wishes import LIKELY, NextWish

SUGGESTION_JOB = "suggest-links"
CSV, DOCUMENT = "suggested-links.csv", "suggestions.json"
SHOWN = 24


def suggestion_folder(campaign: Campaign) -> Path:
    return Path(settings.DATA_DIR, "suggestions", str(campaign.pk))


def read_suggestions(campaign: Campaign) -> dict[str, Any] | None:
    """What `keep_suggestions` kept last; None where there is nothing."""
    file = suggestion_folder(campaign) / DOCUMENT
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def keep_suggestions(
    *,
    campaign: Campaign,
    precision: float,
    most: int,
    next_count: int = 0,
    next_name: str = "",
    wish: NextWish = LIKELY,
    random_share: float = DEFAULT_RANDOM_SHARE,
    created_by: User | None = None,
    progress: Progress,
) -> Suggestions:
    """Suggest anew, in place of what was kept. Raises UserError as `suggest` does."""
    found = suggest(
        campaign,
        precision=precision,
        most=most,
        next_count=next_count,
        next_name=next_name,
        wish=wish,
        random_share=random_share,
        created_by=created_by,
        progress=progress,
    )
    folder = suggestion_folder(campaign)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / CSV, suggested_links_csv(found))
    write_whole(folder / DOCUMENT, json.dumps(_document(found), allow_nan=False))
    return found


def _document(found: Suggestions) -> dict[str, Any]:
    model = found.model
    return {
        "suggestion": asdict(found.suggestion),
        "answers": model.n,
        "pairs": model.pairs,
        "auc": asdict(model.auc) if model.auc else None,
        "warnings": list(model.warnings),
        "candidates": found.candidates,
        "available": found.available,
        "campaigns": list(found.campaigns),
        "links": [asdict(link) for link in found.links[:SHOWN]],
        "next_sampling": found.next_sampling.pk if found.next_sampling else None,
    }
