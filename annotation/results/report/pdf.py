"""HTML to PDF by the machine's own Chromium, if it has one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from heritage.errors import UserError
from heritage.files.whole_file import whole_file

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TIMEOUT_SECONDS = 120
NO_BROWSER = (
    "There is no PDF, since this machine has no Chromium: install it or set CHROMIUM to its path, or print the HTML "
    "to PDF in any browser."
)
# The page is our own and has neither scripts nor addresses to load; the browser shall not call anybody either.
ARGUMENTS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def find_browser() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def write_pdf(html: Path, pdf: Path, *, browser: str) -> None:
    """Whole or not at all. Raises UserError where the browser fails."""
    with tempfile.TemporaryDirectory(prefix="heritage-report-") as folder:
        made = Path(folder, "report.pdf")
        # Chromium's sandbox refuses to work for root, as in containers.
        as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        command = [browser, *ARGUMENTS, *as_root, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}"]
        try:
            ran = subprocess.run(
                [*command, html.resolve().as_uri()],
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UserError(f"Chromium ({browser}) could not print the report: {error}.") from error
        if ran.returncode or not made.is_file():
            said = ran.stderr.strip().splitlines()
            raise UserError(f"Chromium ({browser}) could not print the report: {said[-1] if said else 'no word why'}.")
        with whole_file(pdf) as beside:
            shutil.copyfile(made, beside)
