"""The words of all records: kept as records come in, looked up where a typed word is none of them.

Such a word is taken for a piece of other words ("teleg", or part of a text in a language without blanks), and where no
word contains it, for a slip ("keetle"). Words of records that are gone stay: they find nothing and do no harm.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F, Func, IntegerField, Q, TextField, Value
from django.db.models.functions import Length
from rapidfuzz.distance import OSA

from heritage.models import Collection, Word

MOST_SPELLINGS = 40
LONGEST_WORD = 100
CANDIDATES = 200  # words that share most trigrams with the typed one, compared letter by letter
# Shorter pieces are in too many words; in scripts without blanks two signs are a word.
SHORTEST_PIECE, SHORTEST_UNSPACED_PIECE = 4, 2
# A slip in words this long, two in words that long: more would find words that mean something else.
ONE_SLIP_FROM, TWO_SLIPS_FROM = 4, 10


# ts_stat takes its query as a text, into which the server puts what is asked for.
_KEEP = f"""
INSERT INTO heritage_word (word)
SELECT word FROM ts_stat(format(
    $$SELECT to_tsvector('simple', concat_ws(' ', name, heritage_terms_text(taxonomy), description))
    FROM heritage_record WHERE NOT withheld AND collection_id = %%s AND updated >= %%L$$, %s::bigint, %s::text
)) WHERE length(word) <= {LONGEST_WORD} ON CONFLICT DO NOTHING
"""  # noqa: S608 - the number is ours


def keep_words(collection: Collection, *, since: datetime) -> None:
    """Keep the words of those of a collection's records that were written at or after `since`."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [collection.pk, since.isoformat()])


def other_spellings(words: Sequence[str]) -> dict[str, list[str]]:
    """For those of `words` that no record contains, words that contain them, else those that differ by a slip.

    A slip is a letter left out, put in, changed or swapped.
    """
    known = set(Word.objects.filter(word__in=words).values_list("word", flat=True))
    found = {}
    for word in words:
        if word in known and not _is_unspaced(word):
            continue
        others = _containing(word) or _slips(word)
        if others:
            found[word] = others
    return found


def _containing(word: str) -> list[str]:
    if len(word) < (SHORTEST_UNSPACED_PIECE if _is_unspaced(word) else SHORTEST_PIECE):
        return []
    # Words that begin with it first, then the shortest.
    containing = Word.objects.filter(word__contains=word).annotate(
        begins=Q(word__startswith=word), length=Length("word")
    )
    return list(containing.order_by("-begins", "length", "word").values_list("word", flat=True)[:MOST_SPELLINGS])


def _slips(word: str) -> list[str]:
    allowed = (len(word) >= ONE_SLIP_FROM) + (len(word) >= TWO_SLIPS_FROM)
    if not allowed:
        return []
    typed = Func(Value(word, TextField()), function="heritage_trigrams")
    shared = Func(F("trigrams"), typed, function="heritage_shared", output_field=IntegerField())
    near = (
        Word.objects.filter(trigrams__overlap=typed)
        .annotate(shared=shared, length=Length("word"))
        .filter(length__gte=len(word) - allowed, length__lte=len(word) + allowed)
        .order_by("-shared", "word")
        .values_list("word", flat=True)[:CANDIDATES]
    )
    distances = {other: OSA.distance(word, other, score_cutoff=allowed) for other in near}
    least = min(distances.values(), default=allowed + 1)
    return [other for other, distance in distances.items() if distance == least <= allowed][:MOST_SPELLINGS]


def _is_unspaced(word: str) -> bool:
    """Whether it is of a script written without blanks, where a word of one record is a piece of another's."""
    return any("\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u9fff" for letter in word)
