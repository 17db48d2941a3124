#!/usr/bin/env python3
"""Every Heritage Weaver command starts here: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
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
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
