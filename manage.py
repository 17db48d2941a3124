#!/usr/bin/env python3
"""Every Heritage Weaver command starts here: `python manage.py help` lists them."""

from heritage.management.__main__ import run_command

if __name__ == "__main__":
    run_command()
