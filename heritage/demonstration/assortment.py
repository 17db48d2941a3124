"""Model lines that never were: who made what, from when to when, and what it looked like."""

import random

from .objects import KINDS, Kind, Variant
from .objects.form import Form
from .records import ObjectModel

# Maker, town, and the categories that it makes. All invented.
MAKERS = (
    ("Harrow & Pell Ltd", "Aldersby", ("telecommunications", "electricity")),
    ("Northgate Telephone Works", "Kirkmoor", ("telecommunications",)),
    ("Sellen Electric Company", "Port Sellen", ("telecommunications", "electricity", "lighting", "domestic")),
    ("Linnet Radio Ltd", "Wexbridge", ("telecommunications",)),
    ("J. T. Ockenden & Sons", "Dunnock Vale", ("electricity", "telecommunications", "timekeeping")),
    ("Voltara Manufacturing Co.", "Marrowby", ("electricity", "lighting", "domestic")),
    ("Bright & Thirlby", "Aldersby", ("lighting", "domestic")),
    ("Lumenhall Lamp Works", "Castle Orrin", ("lighting",)),
    ("Wm. Garrick, Tinsmith", "Inverlune", ("lighting", "domestic", "photography")),
    ("Calderside Bobbin Mill", "Calderside", ("textiles",)),
    ("Abram Shaw & Co.", "Kirkmoor", ("textiles",)),
    ("Strathlarig Loom Makers", "Strathlarig", ("textiles",)),
    ("Penhallow Sewing Machine Co.", "Wexbridge", ("textiles", "office")),
    ("Dovecote Foundry", "Marrowby", ("domestic",)),
    ("Hearth & Home Appliances", "Port Sellen", ("domestic",)),
    ("E. Lindqvist", "Castle Orrin", ("timekeeping", "photography")),
    ("Merrion Clock Company", "Aldersby", ("timekeeping",)),
    ("Orrin Optical Works", "Castle Orrin", ("photography",)),
    ("Falconet Camera Co.", "Dunnock Vale", ("photography",)),
    ("Blackwell Business Machines", "Wexbridge", ("office",)),
    ("Quillon Typewriter Co.", "Port Sellen", ("office",)),
)
SERIES_NAMES = (
    "Comet",
    "Viceroy",
    "Linden",
    "Kestrel",
    "Regent",
    "Puck",
    "Meridian",
    "Thistle",
    "Ajax",
    "Sylvan",
    "Envoy",
    "Curlew",
    "Standard",
    "Paragon",
    "Minor",
    "Majestic",
)
COLOURED = frozenset({"bakelite", "enamel", "painted steel", "porcelain", "leather", "crackle-finished steel"})


def make_models(*, count: int, weights: dict[str, float], seed: int, first: int = 0) -> list[ObjectModel]:
    """`count` model lines numbered from `first`, of kinds drawn by `weights`. The same for the same seed."""
    rng = random.Random(f"models {seed} {first}")  # noqa: S311 - no secret
    kinds = list(weights)
    models = []
    for number in range(first, first + count):
        kind = KINDS[rng.choices(kinds, [weights[name] for name in kinds])[0]]
        models.append(_make_model(number, kind, rng))
    return models


def _make_model(number: int, kind: Kind, rng: random.Random) -> ObjectModel:
    variant = rng.choice(kind.variants)
    maker, town, _ = rng.choice([maker for maker in MAKERS if kind.category in maker[2]])
    begin = rng.randint(variant.years[0], max(variant.years[0], variant.years[1] - 6))
    end = min(variant.years[1], begin + rng.randint(3, 18))
    body = rng.choice(variant.bodies)
    form = Form(
        seed=rng.getrandbits(48),
        variant=variant.name,
        body=body,
        fittings=rng.choice(variant.fittings),
        colour=specimen_colour(variant, body, rng),
        plate=short_maker(maker).upper(),
    )
    return ObjectModel(number, kind.name, kind.category, form, maker, town, _series(rng), (begin, end))


def _series(rng: random.Random) -> str:
    style = rng.random()
    if style < 0.4:
        return f"{rng.randint(2, 98) * 5 + rng.choice((0, 1, 2))}"
    if style < 0.6:
        return f"{rng.choice('ABCDEFGHKLMR')}{rng.randint(1, 49)}"
    name = rng.choice(SERIES_NAMES)
    return name if style < 0.85 else f"{name} {rng.choice(('II', 'III', 'Junior', 'De Luxe', str(rng.randint(2, 12))))}"


def specimen_colour(variant: Variant, body: str, rng: random.Random) -> str:
    """One of the colours in which the variant was sold, or none where the body is what it is."""
    return rng.choice(variant.colours) if variant.colours and body in COLOURED else ""


def short_maker(maker: str) -> str:
    """The maker as people say it and as it stands on the plate."""
    short = (
        maker.removesuffix(" Ltd")
        .removesuffix(" & Co.")
        .removesuffix(" Company")
        .removesuffix(" Co.")
        .removesuffix(", Tinsmith")
    )
    for ending in (" Manufacturing", " Lamp Works", " Telephone Works", " Typewriter", " Camera", " Sewing Machine"):
        short = short.removesuffix(ending)
    return short
