"""Answering a search: each way by itself, then fused, with what each result was found by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from heritage.catalogue.queries import IMAGES_HERE, best_first, for_cards
from heritage.catalogue.words.condition import read_words
from heritage.models import Collection, Image, Record
from models_ml.encoding.client import EncoderError, picture_vector, text_vectors
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.search.facets import narrowed
from models_ml.search.feedback import moved
from models_ml.search.fusion import FusedRecord, fuse
from models_ml.search.query_pictures import is_kept
from models_ml.search.request import WAYS, WEIGHTS, SearchRequest
from models_ml.vectors.neighbours import first_vectors, nearest, vector_of
from models_ml.vectors.store import Modality

MOST_OF_A_WAY = 200

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Result:
    """A found record, the words that say what it was found by, and whether the model beside did not find it."""

    record: Record
    reasons: Sequence[str]
    is_only_here: bool = False


@dataclass(frozen=True)
class Found:
    """All that one model's search found, the best first. problems: what could not be searched by, in sentences.

    by_words: keys of what the words alone found, whatever the model.
    """

    model: EmbeddingModel | None
    fused: Sequence[FusedRecord]
    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: Sequence[str] = ()
    by_words: Sequence[int] = ()

    @property
    def keys(self) -> list[int]:
        return [each.record for each in self.fused]


def searchable_models() -> list[EmbeddingModel]:
    """Models with vectors of pictures or texts, the newest first."""
    images = ImageVector.objects.filter(model=OuterRef("pk"))
    texts = SegmentVector.objects.filter(model=OuterRef("pk"))
    return list(EmbeddingModel.objects.filter(Exists(images) | Exists(texts)).order_by("-pk"))


def search(request: SearchRequest, *, model: EmbeddingModel | None, user: object, beside: Found | None = None) -> Found:
    """Every way that the request can be answered by, each to MOST_OF_A_WAY records.

    beside: what the same request found under another model; its words are not looked up again.
    """
    record = Record.objects.filter(pk=request.record, withheld=False).first() if request.record else None
    among = narrowed(request, user=user, own=[record.collection_id] if record else [])
    problems: list[str] = []
    if request.record and record is None:
        problems.append("The record to search with is not there any more.")
    lists: dict[str, list[int]] = {}
    spellings: Mapping[str, Sequence[str]] = {}
    if "words" in request.ways and beside is not None:
        lists["words"], spellings = list(beside.by_words), beside.spellings
    elif "words" in request.ways:
        read = read_words(request.words)
        lists["words"] = list(best_first(read, _shown(among)).values_list("pk", flat=True)[:MOST_OF_A_WAY])
        spellings = read.spellings
    if model is None:
        if any(way != "words" for way in request.ways):
            where = ": compute some on the models' page" if getattr(user, "is_lead", False) else ""
            problems.append(f"No model has vectors yet, so words alone were searched{where}.")
    else:
        asked = _Query(request, record, model)
        for way in request.ways:
            if way != "words":
                lists[way] = _nearest(way, asked, model, among, record)
        problems += asked.problems
    fused = fuse(lists, WEIGHTS)
    return Found(model, fused, spellings, list(dict.fromkeys(problems)), lists.get("words", []))


def _shown(among: QuerySet[Record] | None) -> QuerySet[Record]:
    return (Record.objects.all() if among is None else among).filter(withheld=False)


def _nearest(
    way: str, asked: "_Query", model: EmbeddingModel, among: QuerySet[Record] | None, record: Record | None
) -> list[int]:
    of_query, _, of_records = way.partition("-")
    modality: Modality = "image" if of_records == "image" else "text"
    query = moved(asked.vector(of_query), *asked.feedback(modality))
    if query is None:
        return []
    found = nearest(model=model, modality=modality, query=query, limit=MOST_OF_A_WAY + 1, among=among)
    own = record.pk if record is not None else None
    return [pk for pk, _ in found if pk != own][:MOST_OF_A_WAY]


class _Query:
    """The vectors of what was asked with, each encoded once. What cannot be had is told in `problems`."""

    def __init__(self, request: SearchRequest, record: Record | None, model: EmbeddingModel) -> None:
        self.request, self.record, self.model = request, record, model
        self.problems: list[str] = []
        self._vectors: dict[str, Vector | None] = {}
        self._feedback: dict[Modality, tuple[Vector, Vector]] = {}

    def vector(self, of: str) -> Vector | None:
        if of not in self._vectors:
            try:
                self._vectors[of] = self._text() if of == "text" else self._picture()
            except EncoderError as error:
                self.problems.append(str(error))
                self._vectors[of] = None
        return self._vectors[of]

    def feedback(self, modality: Modality) -> tuple[Vector, Vector]:
        """(n, d) and (m, d) of the records that more and less is wanted of."""
        if modality not in self._feedback:
            shown = Record.objects.filter(pk__in=[*self.request.more, *self.request.less], withheld=False)
            keys = set(shown.values_list("pk", flat=True)) if self.request.more or self.request.less else set()
            more, less = (
                first_vectors([key for key in wanted if key in keys], model=self.model, modality=modality)
                for wanted in (self.request.more, self.request.less)
            )
            self._feedback[modality] = more, less
        return self._feedback[modality]

    def _text(self) -> Vector | None:
        if self.request.words:
            return text_vectors(self.model, [self.request.words])[0]
        return vector_of(self.record, model=self.model, modality="text") if self.record is not None else None

    def _picture(self) -> Vector | None:
        if self.request.picture:
            if not is_kept(self.request.picture):
                self.problems.append("The picture is not kept any more: bring it again.")
                return None
            return picture_vector(self.model, self.request.picture, store="queries", box=self.request.box)
        if self.record is None:
            return None
        if self.request.box is None:
            return vector_of(self.record, model=self.model, modality="image")
        picture = shown_picture(self.record)
        if picture is None:
            self.problems.append("This record has no picture here to search by a part of.")
            return None
        return picture_vector(self.model, picture.content_hash, store="images", box=self.request.box)


def shown_picture(record: Record) -> Image | None:
    """The first picture of a record that may be shown."""
    return IMAGES_HERE.filter(record=record).order_by("position").first()


def names_like(words: str, collection: Collection | None, limit: int) -> list[int]:
    """Keys of the records whose texts mean the like of `words` under the newest model, the nearest first; none where no
    model or no encoder is there."""
    models = searchable_models()
    if not models:
        return []
    try:
        query = text_vectors(models[0], [words])[0]
    except EncoderError:
        return []
    among = None if collection is None else Record.objects.filter(collection=collection)
    return [pk for pk, _ in nearest(model=models[0], modality="text", query=query, limit=limit, among=among)]


def results(fused: Sequence[FusedRecord], *, not_in: Iterable[int] | None = None) -> list[Result]:
    """The records of a page of what was found, ready for cards. not_in: keys that another model found."""
    records = for_cards(Record.objects.all()).in_bulk([each.record for each in fused])
    others = None if not_in is None else set(not_in)
    return [
        Result(
            records[each.record],
            list(dict.fromkeys(WAYS[way] for way in sorted(each.ranks, key=lambda way: each.ranks[way]))),
            is_only_here=others is not None and each.record not in others,
        )
        for each in fused
        if each.record in records
    ]
