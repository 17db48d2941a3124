"""Records that may be the ones that are meant, best first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Length

from heritage.catalogue.queries import for_cards
from heritage.catalogue.words.condition import names_beginning
from heritage.errors import UserError
from heritage.models import Collection, Record
from heritage.publishing.queries import find_records

from .meaning import keys_by_meaning
from .properties import IDENTIFYING
from .questions import MOST_CANDIDATES, Question
from .scoring import Described, Score, is_the_one, score

# Words of a query that are looked for: of a longer text the first say what it is about.
MOST_WORDS = 20
SUGGESTED = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    record: Record
    score: Score
    match: bool  # the one that is meant, unless somebody knows better


def find_candidates(question: Question, collections: Sequence[Collection]) -> list[Candidate]:
    """At most `question.limit`, the best first, of the collections that the question names or of all of them.

    At most five queries for each collection that is named. Raises UserError for one that is not there.
    """
    chosen = _chosen(question, collections)
    by_identifier = _with_identifiers(question, chosen or collections)
    named, is_all = _with_words(question, chosen)
    records = {record.pk: record for record in [*by_identifier, *named]}
    scored = [(record, score(question, described(record))) for record in records.values()]
    scored.sort(key=lambda pair: (-pair[1].total, len(pair[0].name), pair[0].pk))
    scores = [each for _, each in scored]
    return [
        Candidate(record, each, match=place == 0 and is_the_one(each, scores[1:], is_all=is_all))
        for place, (record, each) in enumerate(scored[: question.limit])
    ]


def records_beginning(prefix: str, collections: Sequence[Collection], *, skip: int = 0) -> list[Record]:
    """Records whose names have words that begin as `prefix` does, the shortest first; before them those that have it as
    their identifier. For suggestions while one types."""
    words = re.findall(r"\w+", prefix)[:MOST_WORDS]
    if not words or len(prefix.strip()) < 2:
        return []
    found = for_cards(Record.objects.filter(names_beginning(words), withheld=False)).order_by(Length("name"), "pk")
    identified = [] if skip else _identified([prefix.strip()], collections)
    return list({record.pk: record for record in [*identified, *found[skip : skip + SUGGESTED]]}.values())


def described(record: Record) -> Described:
    """What is compared of a record: its properties as `properties.COMPARED` names them."""
    values = {
        "identifier": [record.record_id],
        "accession": [record.accession],
        "term": record.taxonomy,
        "kind": [record.kind],
    }
    return Described(record.name, values)


def _chosen(question: Question, collections: Sequence[Collection]) -> list[Collection]:
    known = {collection.slug: collection for collection in collections}
    for slug in question.types:
        if slug not in known:
            raise UserError(f"No collection is called {slug[:50]!r}. There are: {', '.join(known)}.")
    return [known[slug] for slug in question.types]


def _with_identifiers(question: Question, collections: Sequence[Collection]) -> list[Record]:
    """Records that bear what was asked for as an identifier of theirs."""
    wanted = [question.words, *(value for name, values in question.values if name in IDENTIFYING for value in values)]
    return _identified([value for value in dict.fromkeys(wanted) if value], collections)


def _identified(wanted: Sequence[str], collections: Sequence[Collection]) -> list[Record]:
    if not wanted:
        return []
    # With the collections, so that the index of collection and identifier is used.
    of_collections = Record.objects.filter(withheld=False, collection__in=collections)
    found = of_collections.filter(Q(record_id__in=wanted) | Q(accession__in=wanted))
    return list(for_cards(found).order_by("pk")[:MOST_CANDIDATES])


def _with_words(question: Question, chosen: Sequence[Collection]) -> tuple[list[Record], bool]:
    """Records that have all the words, or where there is none such as have some, and where these are few such as mean
    the like; and whether all namesakes are among them. Without words, those that have the terms."""
    words = _words(question.words)
    if not words:
        terms = [value for name, values in question.values if name not in IDENTIFYING for value in values]
        words = _words(" ".join(terms))
    if not words:
        return [], True
    found: list[Record] = []
    is_all = True
    places: Sequence[Collection | None] = chosen or [None]
    for collection in places:
        of_all = list(find_records(" ".join(words), collection=collection)[:MOST_CANDIDATES])
        is_all = is_all and len(of_all) < MOST_CANDIDATES
        found += of_all
        if not of_all and len(words) > 1:
            found += find_records(" or ".join(words), collection=collection)[:MOST_CANDIDATES]
        if len(found) < question.limit:
            found += _with_meaning(" ".join(words), collection, question.limit)
    return found, is_all


def _with_meaning(words: str, collection: Collection | None, limit: int) -> list[Record]:
    keys = keys_by_meaning(words, collection=collection, limit=limit)
    records = for_cards(Record.objects.filter(withheld=False)).in_bulk(list(keys)) if keys else {}
    return [records[key] for key in keys if key in records]


def _words(text: str) -> list[str]:
    """Words as a search takes them, without what it reads as operators: quotes, a minus in front, or.

    Divided at blanks alone: what PostgreSQL makes of 1950-12 or No.4 in a record's name, it makes of it here.
    """
    words = (word.lstrip("-") for word in text.replace('"', " ").split())
    return [word for word in words if re.search(r"\w", word) and word.casefold() != "or"][:MOST_WORDS]
