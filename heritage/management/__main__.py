"""Every command starts here: `heritage-weaver` where the project is installed, `manage.py` in a checkout, and
`python -m heritage.management`, by which programs start each other, in both."""

import os
import sys

from heritage import __version__


def run_command() -> None:
    """The command that the process's arguments name; `--version` is this project's, not Django's."""
    if sys.argv[1:] in (["--version"], ["version"]):
        sys.stdout.write(f"{__version__}\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
    # What is written here is nobody else's on this machine: answers, passwords of databases, unpublished records.
    os.umask(0o077)
    # Read when torch is loaded, here and in what `serve` starts. Threads that spin while they wait for others, as they
    # do by default, keep these from running: on a busy machine training comes to a crawl.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError as error:
        sys.exit(f"{error}. Run `make install` first, then .venv/bin/python manage.py.")
    started_by_name = os.path.basename(sys.argv[0]) != "__main__.py"
    try:
        execute_from_command_line([sys.argv[0] if started_by_name else "heritage-weaver", *sys.argv[1:]])
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    run_command()
