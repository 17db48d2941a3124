"""Two museums' ways of writing a catalogue, with the untidiness of the real thing.

Museum A inverts names and describes at length what can be seen; museum B says what people say and tells a
short history. Both lack descriptions here and there, misspell, and disagree on words, dates and terms.
"""

import random

from .assortment import short_maker
from .objects import KINDS, Kind, Variant
from .records import ObjectModel

A_WITHOUT_DESCRIPTION = 0.08
B_WITHOUT_DESCRIPTION = 0.16
A_WITHOUT_TERMS = 0.15
B_WITHOUT_TERMS = 0.2
MISSPELT = 0.06
B_UNNAMED = 0.015

CONDITIONS = (
    "Some wear to finish.",
    "Fair condition; scratched.",
    "Good condition.",
    "Finish rubbed at the edges.",
    "Incomplete.",
    "One part replaced.",
    "Surface corrosion.",
    "In working order when acquired.",
)
PLACES = ("Strathlarig", "Inverlune", "Port Sellen", "Kirkmoor", "Calderside", "Glen Orrin", "Marrowby")
GIVERS = (
    "Given by the family of the last user.",
    "Found in the loft of a house in {place}.",
    "Bought at a farm sale near {place}.",
    "Presented by {place} Town Council.",
    "Part of the Garrick bequest.",
    "Left at the museum door in 1983.",
    "Collected when the works closed.",
)


def specimen_year(model: ObjectModel, rng: random.Random) -> int:
    return rng.randint(*model.years)


def _date(year: int, rng: random.Random) -> str:
    return rng.choice(
        (
            f"c. {year}",
            f"c. {year}",
            f"{year}",
            f"{year // 10 * 10}s",
            f"about {year}",
            f"{year}-{(year + rng.randint(2, 9)) % 100:02d}",
            f"circa {year}",
        )
    )


def _when(year: int, rng: random.Random) -> str:
    return rng.choice((f"in {year}", f"about {year}", f"around {year}", f"in the {year // 10 * 10}s"))


def _material(model: ObjectModel, colour: str) -> str:
    return f"{colour} {model.form.body}".strip()


def _with_article(phrase: str) -> str:
    return f"{'an' if phrase[0].lower() in 'aeiou' else 'a'} {phrase}"


def _misspelt(text: str, rng: random.Random) -> str:
    """One slip of the typist: two letters swapped, or one left out or doubled, inside a long word."""
    words = text.split(" ")
    long = [index for index, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return text
    index = rng.choice(long)
    word, place = words[index], rng.randint(1, len(words[index]) - 3)
    slips = (
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + word[place + 1 :],
        word[:place] + word[place] + word[place:],
    )
    words[index] = rng.choice(slips)
    return " ".join(words)


def catalogue_in_a(model: ObjectModel, colour: str, rng: random.Random) -> tuple[str, str, tuple[str, ...]]:
    """Name, description and terms in museum A's style."""
    kind, variant = KINDS[model.kind], KINDS[model.kind].variant(model.form.variant)
    name = rng.choice(variant.inverted)
    if rng.random() < 0.3:
        name += f", {short_maker(model.maker)} type {model.series}"
    if rng.random() < 0.04:
        name = name.upper()
    description = (
        "" if rng.random() < A_WITHOUT_DESCRIPTION else _physical_description(model, kind, variant, colour, rng)
    )
    terms: tuple[str, ...] = () if rng.random() < A_WITHOUT_TERMS else kind.terms
    if terms and rng.random() < 0.5:
        terms = (f"<{variant.plain[0]}s by type>", *terms)
    return name, description, terms


def _physical_description(model: ObjectModel, kind: Kind, variant: Variant, colour: str, rng: random.Random) -> str:
    """What is seen, who made it and when, in one long sentence; marks and measurements may follow."""
    material, date = _material(model, colour), _date(specimen_year(model, rng), rng)
    parts = rng.sample(variant.parts, k=min(len(variant.parts), rng.randint(2, 3)))
    if model.form.fittings != model.form.body and rng.random() < 0.35:
        parts.append(f"{model.form.fittings} fittings")
    listed = ", ".join(parts[:-1]) + " and " + parts[-1]
    noun = rng.choice((kind.name, variant.plain[0]))
    opening = rng.choice(
        (f"{noun} of {material}, with {listed}", f"{material} {noun} with {listed}", f"{noun}, {material}, {listed}")
    )
    making = rng.choice(
        (
            f"made by {model.maker}, {model.town}, {date}",
            f"type {model.series}, by {model.maker}, {date}",
            f"model {model.series}, by {model.maker}, {model.town}, {date}",
            f"by {short_maker(model.maker)}, {date}",
        )
    )
    text = f"{opening[0].upper()}{opening[1:]}{rng.choice((', ', '; '))}{making}."
    details = _details(model, variant, rng)
    if details:
        text += f" {details[0].upper()}{details[1:]}."
    if rng.random() < 0.2:
        text += f" {rng.choice(CONDITIONS)}"
    return _misspelt(text, rng) if rng.random() < MISSPELT else text


def _details(model: ObjectModel, variant: Variant, rng: random.Random) -> str:
    details = []
    if rng.random() < 0.25:
        details.append(f"plate inscribed '{model.form.plate}'")
    if rng.random() < 0.25:
        details.append(f"serial no. {rng.randint(100, 98000)}")
    if rng.random() < 0.45:
        height, width = (round(value * rng.uniform(0.96, 1.04)) for value in variant.size)
        details.append(rng.choice((f"height {height} mm, width {width} mm", f"{height} x {width} mm")))
    return "; ".join(details)


def catalogue_in_b(model: ObjectModel, colour: str, rng: random.Random) -> tuple[str, str, tuple[str, ...]]:
    """Name, description and terms in museum B's style."""
    kind, variant = KINDS[model.kind], KINDS[model.kind].variant(model.form.variant)
    noun = rng.choice(variant.plain)
    maker, material = short_maker(model.maker), _material(model, colour)
    year = specimen_year(model, rng)
    name = rng.choice(
        (
            f"{maker} {model.series} {noun}",
            f"{maker} {model.series}-type {noun} in {material}",
            f"{noun} in {material}",
            f"{noun}, {maker}, {_date(year, rng)}",
            f"{noun} by {maker}",
            noun,
        )
    )
    name = name if rng.random() < 0.06 else name[0].upper() + name[1:]
    if rng.random() < B_UNNAMED:
        name = ""
    description = "" if rng.random() < B_WITHOUT_DESCRIPTION else _history(model, kind, noun, colour, year, rng)
    terms: tuple[str, ...] = () if rng.random() < B_WITHOUT_TERMS else tuple(reversed(kind.heading.split(": ")))
    return name, description, terms


def _history(model: ObjectModel, kind: Kind, noun: str, colour: str, year: int, rng: random.Random) -> str:
    material = _material(model, colour)
    sentences = [
        rng.choice(
            (
                f"Used {rng.choice(kind.uses)}.",
                f"{_with_article(noun)} in {material}, used {rng.choice(kind.uses)}.",
                f"This {noun} was made by {model.maker} of {model.town} {_when(year, rng)}.",
                f"{short_maker(model.maker)} made the {model.series} from {model.years[0]} to {model.years[1]}.",
            )
        )
    ]
    sentences[0] = sentences[0][0].upper() + sentences[0][1:]
    if rng.random() < 0.5:
        sentences.append(rng.choice(GIVERS).format(place=rng.choice(PLACES)))
    if rng.random() < 0.25:
        sentences.append(f"Dates from {_date(year, rng)}.")
    text = " ".join(sentences)
    return _misspelt(text, rng) if rng.random() < MISSPELT else text
