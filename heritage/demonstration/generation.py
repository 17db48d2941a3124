"""Two collections of drawn records from one seed, and their pictures."""

import hashlib
import random

import numpy as np
from PIL import Image

from .assortment import make_models, specimen_colour
from .cataloguing import catalogue_in_a, catalogue_in_b
from .objects import KINDS
from .photography import archive_sitting, studio_sitting, take_photograph
from .records import MUSEUM_A, MUSEUM_B, DrawnRecord, ObjectModel

MODELS_PER_A_RECORD = 0.55
SHARED_WITH_A = 0.6
WHOLE, OTHER_SIDE, DETAIL = "whole", "other side", "detail"
# How many pictures a record has, by museum: share of records with none, one, two, three.
A_PICTURES = ((), (WHOLE,), (WHOLE, DETAIL), (WHOLE, OTHER_SIDE), (WHOLE, OTHER_SIDE, DETAIL))
A_PICTURE_SHARES = (0.04, 0.72, 0.11, 0.09, 0.04)
B_PICTURES = ((), (WHOLE,), (WHOLE, DETAIL), (WHOLE, OTHER_SIDE))
B_PICTURE_SHARES = (0.07, 0.81, 0.05, 0.07)
A_MONOCHROME = 0.1


def generate_collections(
    *, records_a: int = 600, records_b: int = 150, seed: int = 0
) -> tuple[list[DrawnRecord], list[DrawnRecord]]:
    """The records of museum A and museum B. The same for the same numbers and seed.

    A's specimens are of about half as many model lines as there are records, some lines far more common than
    others. Most of B's are of lines that A has too, the others of lines of its own.
    """
    rng = random.Random(f"collections {seed}")  # noqa: S311 - no secret
    in_a = {kind.name: kind.in_a for kind in KINDS.values()}
    in_b = {kind.name: kind.in_b for kind in KINDS.values()}
    lines_a = make_models(count=max(1, round(records_a * MODELS_PER_A_RECORD)), weights=in_a, seed=seed)
    lines_b = make_models(
        count=max(1, round(records_b * (1 - SHARED_WITH_A) * 0.8)), weights=in_b, seed=seed, first=len(lines_a)
    )
    popularity = [1 / (1 + rng.random() * 4) for _ in lines_a]
    # Every line once while records last, then the common ones again.
    chosen_a = lines_a[:records_a] + rng.choices(lines_a, popularity, k=max(0, records_a - len(lines_a)))
    rng.shuffle(chosen_a)
    wanted_by_b = [in_b[line.kind] / in_a[line.kind] for line in lines_a]
    chosen_b = [
        rng.choices(lines_a, wanted_by_b)[0] if rng.random() < SHARED_WITH_A else rng.choice(lines_b)
        for _ in range(records_b)
    ]
    return (
        [_record(MUSEUM_A, number, line, rng) for number, line in enumerate(chosen_a)],
        [_record(MUSEUM_B, number, line, rng) for number, line in enumerate(chosen_b)],
    )


def _record(collection: str, number: int, model: ObjectModel, rng: random.Random) -> DrawnRecord:
    variant = KINDS[model.kind].variant(model.form.variant)
    repeats_line = rng.random() < 0.6
    colour = model.form.colour if repeats_line else specimen_colour(variant, model.form.body, rng)
    if collection == MUSEUM_A:
        record_id = f"A{1932 + number * 7 % 89}-{number + 1:04d}"
        views = rng.choices(A_PICTURES, A_PICTURE_SHARES)[0]
        name, description, taxonomy = catalogue_in_a(model, colour, rng)
    else:
        record_id = f"IN.{1951 + number * 11 % 68}.{number + 1}"
        views = rng.choices(B_PICTURES, B_PICTURE_SHARES)[0]
        name, description, taxonomy = catalogue_in_b(model, colour, rng)
    images = tuple(f"{collection}/{record_id}_{index + 1}.jpg" for index in range(len(views)))
    return DrawnRecord(
        collection, record_id, name, description, taxonomy, images, tuple(views), model, colour, rng.getrandbits(48)
    )


def draw(record: DrawnRecord, view: int = 0) -> Image.Image:
    """The photograph number `view` of a record, as its museum would have taken it."""
    kind = KINDS[record.kind]
    shows = record.views[view]
    digest = hashlib.blake2b(f"{record.specimen}:{view}".encode(), digest_size=6).digest()
    seed = int.from_bytes(digest, "big")
    rng = np.random.default_rng(seed)
    studio = record.collection == MUSEUM_A
    other_side = shows == OTHER_SIDE
    if studio:
        sitting = studio_sitting(rng, other_side=other_side, monochrome=rng.random() < A_MONOCHROME)
    else:
        sitting = archive_sitting(rng, other_side=other_side)
    return take_photograph(
        kind.draw,
        record.model.form.in_colour(record.colour),
        sitting,
        lies=kind.variant(record.model.form.variant).lies,
        detail=shows == DETAIL,
        studio=studio,
        caption=record.record_id,
        seed=seed,
    )
