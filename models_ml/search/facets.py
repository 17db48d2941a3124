"""What the found records have in common, counted, and how a choice among it narrows a search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from heritage.catalogue.queries import IMAGES_HERE
from heritage.models import Record
from heritage.sets.queries import keys_of
from models_ml.search.linked import linked_among
from models_ml.search.request import SearchRequest
from models_ml.search.term_tree import term_tree

MOST_TERMS, MOST_LICENCES = 20, 8


@dataclass(frozen=True)
class Choice:
    """One value of a facet, and how many of the found records have it. depth: below how many broader ones it is."""

    value: str
    words: str
    count: int
    is_chosen: bool
    depth: int = 0


@dataclass(frozen=True)
class Facet:
    """`name` is the address's parameter."""

    name: str
    title: str
    choices: Sequence[Choice]


def narrowed(request: SearchRequest, *, user: object, own: Iterable[int] = ()) -> QuerySet[Record] | None:
    """The records that the choices leave; None where nothing is chosen.

    own: keys of the collections that are left out where only others are wanted.
    """
    if not request.is_narrowed:
        return None
    records = Record.objects.all()
    if request.among:
        records = records.filter(pk__in=keys_of([request.among]))
    if request.collections:
        records = records.filter(collection__slug__in=request.collections)
    if request.across:
        records = records.exclude(collection__in=list(own))
    for term in request.terms:
        records = records.filter(taxonomy__contains=[term])
    if request.licences:
        of_picture = IMAGES_HERE.filter(record=OuterRef("pk"), licence__in=request.licences)
        records = records.filter(Q(licence__in=request.licences) | Q(Exists(of_picture)))
    if request.pictured:
        records = records.filter(Exists(IMAGES_HERE.filter(record=OuterRef("pk"))))
    if request.linked:
        linked = Q(pk__in=linked_among(user, None) or ())
        records = records.filter(linked if request.linked == "yes" else ~linked)
    return records


def facets(request: SearchRequest, found: Sequence[int], *, user: object) -> list[Facet]:
    """Of `found`, the keys of all records that were found. Four queries, or five where links are known."""
    records = Record.objects.filter(pk__in=found).order_by()
    of_collections = records.values_list("collection__slug", "collection__name").annotate(count=Count("pk"))
    collections = [(slug, name, count) for slug, name, count in of_collections.order_by("-count", "collection__name")]
    pictured = records.filter(Exists(IMAGES_HERE.filter(record=OuterRef("pk")))).count()
    made = [
        Facet("collection", "Collection", _choices(collections, request.collections)),
        Facet("term", "Term", _terms(records, request.terms)),
        Facet("pictured", "Picture", [Choice("on", "With a picture", pictured, request.pictured)]),
        Facet("licence", "Licence", _choices([(t, t, n) for t, n in _licences(found)], request.licences)),
    ]
    known = linked_among(user, found)
    if known is not None:
        linked = len(known)
        made.append(
            Facet(
                "linked",
                "Links by experts",
                [
                    Choice("yes", "Linked", linked, request.linked == "yes"),
                    Choice("no", "Not linked", len(set(found)) - linked, request.linked == "no"),
                ],
            )
        )
    return [facet for facet in made if any(choice.count or choice.is_chosen for choice in facet.choices)]


def _choices(counted: Sequence[tuple[str, str, int]], chosen: Sequence[str]) -> list[Choice]:
    """Those chosen are offered whether or not anything found has them: one must be able to take a choice back."""
    missing = [value for value in chosen if value not in {value for value, _, _ in counted}]
    return [
        *(Choice(value, words, count, value in chosen) for value, words, count in counted),
        *(Choice(value, value, 0, True) for value in missing),
    ]


def _terms(records: QuerySet[Record], chosen: Sequence[str]) -> list[Choice]:
    nodes = term_tree(records.values_list("taxonomy", flat=True), most=MOST_TERMS, wanted=chosen)
    shown = [Choice(node.term, node.term, node.count, node.term in chosen, node.depth) for node in nodes]
    return [*shown, *_choices([], [term for term in chosen if term not in {choice.value for choice in shown}])]


def _licences(found: Sequence[int]) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT licence, count(DISTINCT id) FROM ("
            " SELECT id, licence FROM heritage_record WHERE id = ANY(%s)"
            " UNION ALL SELECT record_id, licence FROM heritage_image"
            " WHERE record_id = ANY(%s) AND NOT withheld AND content_hash <> ''"
            ") AS said WHERE licence <> '' GROUP BY licence ORDER BY count(DISTINCT id) DESC, licence LIMIT %s",
            [list(found), list(found), MOST_LICENCES],
        )
        return list(cursor.fetchall())
