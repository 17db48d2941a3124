#!/usr/bin/env python3
"""Measure how long the server takes for every page of a lead, in a campaign with 5,000 answers.

    DATA_DIR=/somewhere/empty python benchmarks/lead_pages.py [--rounds 5] [--json]

Makes 400 and 300 simulated records, a sampling of 4,560 pairs by two models and two comparisons, and a campaign of 50
annotators with 100 pairs each, a tenth of them shared, whose labels follow the models and are drawn with a seed, and
analyses it. Then it goes as a lead, within this process, to the first page and on to every link of the site, at most
--each addresses of a kind, once to find them and --rounds times to measure. Prints the median and the longest time of
the slowest address of each kind, without the network, and how many questions it asks the database.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # before this folder, whose files are named like the apps

SIZES = {"smg": 400, "nms": 300}
MODELS = ("base", "tuned")
COMPARISONS = ("image-image", "text-text")
PATTERNS = ((1, 1), (0, 1), (1, 0), (0, 0))
ANNOTATORS, PAIRS_EACH, OVERLAP = 50, 100, 0.1
PAIRS = 4_560
LABELS = ("same_object", "similar_object", "same_category", "unrelated")
LINK = re.compile(r'(?:href|hx-get)="([^"#]+)')
LEFT_OUT = ("/static/", "/logout/", "/admin/", "/images/")


def make_campaign(seed: int) -> Any:
    from annotation.answers.actions import record_annotation
    from annotation.campaigns.actions import close_campaign, create_campaign
    from annotation.results.actions import keep_analysis
    from heritage.models import Collection, Record, Role, User
    from heritage.progress import NoProgress
    from linking.models import CandidatePair, Sampling, Stratum

    random = np.random.default_rng(seed)
    sides = []
    for slug, size in SIZES.items():
        collection = Collection.objects.create(slug=slug, name=f"{slug} (simulated)", simulated=True)
        sides.append(
            Record.objects.bulk_create(
                Record(
                    collection=collection,
                    record_id=f"{slug}-{number}",
                    name=f"Telephone {number}",
                    description="Simulated.",
                )
                for number in range(size)
            )
        )
    recipe = {"models": list(MODELS), "collections": list(SIZES), "comparisons": list(COMPARISONS)}
    sampling = Sampling.objects.create(name="Simulated", recipe=recipe)
    strata = [
        Stratum.objects.create(
            sampling=sampling,
            comparison=comparison,
            pattern=dict(zip(MODELS, map(bool, pattern), strict=True)),
            available=10_000,
        )
        for comparison in COMPARISONS
        for pattern in PATTERNS
    ]
    cells = random.choice(SIZES["smg"] * SIZES["nms"], PAIRS, replace=False)
    pairs = []
    for place, number in enumerate(cells):
        stratum = strata[place % len(strata)]
        similar = dict.fromkeys(COMPARISONS, stratum.pattern)
        similarity = {
            name: {
                model: round(float(0.3 + 0.4 * found + 0.1 * random.standard_normal()), 4)
                for model, found in stratum.pattern.items()
            }
            for name in COMPARISONS
        }
        a, b = sides[0][number % SIZES["smg"]], sides[1][number // SIZES["smg"]]
        pairs.append(
            CandidatePair(
                sampling=sampling, stratum=stratum, a=a, b=b, similar=similar, similarity=similarity,
                inclusion_probability=PAIRS / len(strata) / stratum.available,
            )
        )  # fmt: skip
    CandidatePair.objects.bulk_create(pairs)
    people = [User.objects.create_user(f"simulated-{number}", role=Role.ANNOTATOR) for number in range(ANNOTATORS)]
    campaign = create_campaign(
        name="Simulated",
        sampling=sampling,
        annotators=[person.username for person in people],
        pairs_each=PAIRS_EACH,
        overlap=OVERLAP,
        seed=seed,
        simulated=True,
    )
    for assignment in campaign.assignments.select_related("annotator", "pair__stratum"):
        likely = 0.25 + 0.2 * assignment.pair.stratum.pattern["base"] + 0.3 * assignment.pair.stratum.pattern["tuned"]
        label = LABELS[int(random.integers(0, 3))] if random.random() < likely else LABELS[3]
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)
    close_campaign(campaign=campaign)
    keep_analysis(campaign=campaign, progress=NoProgress())
    return campaign


class Walk:
    """Addresses of the site, found by following links from the first page."""

    def __init__(self, each: int) -> None:
        from django.test import Client

        from heritage.models import Role, User

        lead, _ = User.objects.get_or_create(username="lead", defaults={"role": Role.LEAD})
        self.client, self.each = Client(), each
        self.client.force_login(lead)

    def pages(self) -> dict[str, list[str]]:
        """By the name of the view, those that answer with a page."""
        from django.urls import Resolver404, resolve

        found: dict[str, list[str]] = {}
        waiting, known = ["/"], {"/"}
        while waiting:
            address = waiting.pop(0)
            try:
                name = resolve(urlsplit(address).path).view_name or address
            except Resolver404:
                continue
            of_kind = found.setdefault(name, [])
            if len(of_kind) >= self.each:
                continue
            answer = self.client.get(address)
            if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
                continue
            of_kind.append(address)
            for link in LINK.findall(answer.content.decode()):
                target = urljoin(address, link.replace("&amp;", "&"))
                if target.startswith("/") and not target.startswith(LEFT_OUT) and target not in known:
                    known.add(target)
                    waiting.append(target)
        return {name: addresses for name, addresses in found.items() if addresses}

    def measured(self, address: str, rounds: int) -> dict[str, Any]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            self.client.get(address)
            taken.append(1000 * (time.perf_counter() - began))
        with CaptureQueriesContext(connection) as queries:
            self.client.get(address)
        return {"address": address, "median": statistics.median(taken), "longest": max(taken), "queries": len(queries)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--each", type=int, default=4, help="addresses of a kind, such as records (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if "DATA_DIR" not in os.environ:
        parser.error("name a DATA_DIR that is empty, or this program's own from before")
    os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
    from benchmarks.sampling import start_django

    start_django()
    from django.core.management import call_command

    from annotation.models import Annotation, Campaign

    call_command("collectstatic", interactive=False, verbosity=0)
    if not Campaign.objects.exists():
        make_campaign(options.seed)
    walk = Walk(options.each)
    slowest = []
    for name, addresses in walk.pages().items():
        rows = [walk.measured(address, options.rounds) for address in addresses]
        slowest.append({"view": name, **max(rows, key=lambda row: float(row["median"]))})
    slowest.sort(key=lambda row: -float(row["median"]))
    if options.json:
        print(json.dumps({"answers": Annotation.objects.count(), "pages": slowest}, indent=2))
        return 0
    print(f"{Annotation.objects.count():,} answers; {len(slowest)} kinds of pages, the slowest address of each:")
    for row in slowest:
        times = f"{row['median']:7.0f} ms (longest {row['longest']:5.0f})"
        print(f"{times}  {row['queries']:4d} queries  {row['view']}  {row['address']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
