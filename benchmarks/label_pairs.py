#!/usr/bin/env python3
"""Label pairs through a real browser on a running server, and time each from key to next pair.

    python benchmarks/label_pairs.py CAMPAIGN_ADDRESS USERNAME PASSWORD [--pairs 20] [--screenshot FILE]

CAMPAIGN_ADDRESS is the labelling page, such as http://127.0.0.1:8000/label/UUID/. Only servers on this
machine. The labels are drawn with `--seed` and mean nothing: this measures the page, not the pairs.
"""

import argparse
import random
import shutil
import statistics
import sys
import time
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page, sync_playwright


def log_in(page: Page, address: str, username: str, password: str) -> None:
    page.goto(urljoin(address, "/login/"))
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()


def label(page: Page, key: str) -> float:
    """Press a key and wait for the next pair, or for the end. Returns milliseconds."""
    shown = page.locator("#pair-heading").inner_text()
    started = time.perf_counter()
    page.keyboard.press(key)
    page.wait_for_function(
        "shown => document.querySelector('#pair-heading')?.innerText !== shown", arg=shown, polling="raf"
    )
    return 1000 * (time.perf_counter() - started)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("username")
    parser.add_argument("password")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--screenshot", help="save the first pair as a picture")
    options = parser.parse_args()
    if urlsplit(options.address).hostname not in ("127.0.0.1", "localhost", "::1"):
        parser.error("only servers on this machine")
    keys = random.Random(options.seed)  # noqa: S311
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1366, "height": 850})
        log_in(page, options.address, options.username, options.password)
        page.goto(options.address)
        page.wait_for_selector("#pair-heading")
        if options.screenshot:
            page.wait_for_load_state("networkidle")
            page.screenshot(path=options.screenshot)
        times = []
        for _ in range(options.pairs):
            if not page.locator("#pair-heading").count():
                break
            times.append(label(page, keys.choice("1234")))
        browser.close()
    if not times:
        print("no pair to label", file=sys.stderr)
        return 1
    times.sort()
    print(
        f"{len(times)} pairs labelled; key to next pair, ms: median {statistics.median(times):.0f},"
        f" 95th percentile {times[max(0, round(0.95 * len(times)) - 1)]:.0f}, worst {times[-1]:.0f}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
