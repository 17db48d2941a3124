"""Where the reports lie that the browser asks for."""

import shutil
import uuid
from pathlib import Path

from django.conf import settings

from annotation.models import Campaign

REPORT_JOB = "report-campaign"
FILES = {
    "report.html": "text/html; charset=utf-8",
    "report.pdf": "application/pdf",
    "data.zip": "application/zip",
}


def report_folder(campaign: Campaign) -> Path:
    return _folder(campaign.pk)


def remove_report(campaign_id: uuid.UUID) -> None:
    """Nothing where there is none."""
    shutil.rmtree(_folder(campaign_id), ignore_errors=True)


def _folder(campaign_id: uuid.UUID) -> Path:
    return Path(settings.DATA_DIR, "reports", str(campaign_id))
