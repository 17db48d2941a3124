"""From words that a person typed to a condition on records, and their rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchRank
from django.db.models import Case, F, FloatField, Q, Value, When
from django.db.models.expressions import Combinable

from heritage.catalogue.words.spelling import other_spellings
from heritage.catalogue.words.stemming import stemmings_in_use
from heritage.catalogue.words.typed import Term, alternatives, as_identifier, single_words

Query = SearchQuery | CombinedSearchQuery

# Rank is divided by the logarithm of the length, so that long descriptions do not win by their length.
BY_LENGTH = 1


@dataclass(frozen=True, slots=True)
class ReadWords:
    """Words as typed, with what they were taken for.

    condition: on records. rank: of those that satisfy it, higher is better. spellings: for words that no record
    contains, the words looked for in their place.
    """

    typed: str
    condition: Q
    rank: Combinable
    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_words(typed: str) -> ReadWords:
    """`typed` as web search engines read it: "exact words", or, -without; a piece of an identifier counts too.

    A word that no record contains stands for words that contain it, or for those that it differs from by a slip. Two
    to four queries, by how many words there are of that kind.
    """
    typed = typed.strip()
    identifier = Q(record_id=typed) | Q(accession=typed, accession__gt="")
    if piece := as_identifier(typed):
        identifier |= Q(record_id__icontains=piece) | Q(accession__icontains=piece)
    groups = alternatives(typed)
    if not groups:
        return ReadWords(typed, identifier, Value(0.0, FloatField()))
    words = single_words(groups)
    spellings = other_spellings(words) if words and not piece else {}
    stemmings = stemmings_in_use()
    queries = {stemming: _query(groups, spellings, stemming) for stemming in stemmings}
    if len(queries) == 1:
        (query,) = queries.values()
        return ReadWords(typed, identifier | Q(search=query), _rank(query), spellings)
    of_language = reduce(or_, (Q(stemming=stemming, search=query) for stemming, query in queries.items()))
    rank = Case(
        *(When(stemming=stemming, then=_rank(query)) for stemming, query in queries.items()),
        default=0.0,
        output_field=FloatField(),
    )
    return ReadWords(typed, identifier | of_language, rank, spellings)


def names_beginning(words: Sequence[str]) -> Q:
    """On records: that name or identifiers have a word that begins with each of `words`, which are letters and digits
    alone."""
    # A: the weight of names and identifiers.
    typed = " & ".join(f"'{word}':*A" for word in words)
    return reduce(
        or_,
        (
            Q(stemming=stemming, search=SearchQuery(typed, config=stemming, search_type="raw"))
            for stemming in stemmings_in_use()
        ),
    )


def _rank(query: Query) -> SearchRank:
    return SearchRank(F("search"), query, normalization=BY_LENGTH)  # type: ignore[arg-type]  # combined ones do as well


def _query(groups: Sequence[Sequence[Term]], spellings: Mapping[str, Sequence[str]], stemming: str) -> Query:
    return reduce(or_, (reduce(and_, (_term(term, spellings, stemming) for term in group)) for group in groups))


def _term(term: Term, spellings: Mapping[str, Sequence[str]], stemming: str) -> Query:
    how = "phrase" if term.is_phrase else "plain"
    found: Query = SearchQuery(term.text, config=stemming, search_type=how, invert=term.is_excluded)
    if not term.is_phrase and not term.is_excluded:
        for spelling in spellings.get(term.text.lower(), ()):
            found = found | SearchQuery(spelling, config=stemming, search_type="plain")
    return found
