"""Where the reports lie that the browser asks for."""

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
    return Path(settings.DATA_DIR, "reports", str(campaign.pk))
