"""What is searched for, as a page's address says it. Pure."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

Box = tuple[float, float, float, float]

# What a result may be found by, with the words that stand beside it.
WAYS = {
    "words": "the words",
    "text-image": "its picture",
    "text-text": "its meaning",
    "image-image": "its picture",
    "image-text": "its text",
}
# Between pictures and texts a model is less sure than within either: what it finds so counts for less.
WEIGHTS = {"text-image": 0.25, "image-text": 0.25}
# As a form offers them; the empty choice is all of them, fused.
CHOICES = {
    "": "Everything",
    "words": "Words as written",
    "text-image": "Words in pictures",
    "text-text": "Words by meaning",
    "image-image": "Pictures like it",
    "image-text": "Texts on the picture",
}


@dataclass(frozen=True)
class SearchRequest:
    """Words, a picture, a record, records like which more or less is wanted: whichever are given, together.

    picture: content hash of one that somebody brought. record: key of one whose picture and name are searched with.
    box: left, top, width, height of the part that counts, as shares of the picture. by: of CHOICES. model, beside:
    slugs; the newest model, and none beside it, where they are empty. The rest narrows what is found;
    among: slug of a set of records.
    """

    words: str = ""
    picture: str = ""
    record: int | None = None
    box: Box | None = None
    by: str = ""
    model: str = ""
    beside: str = ""
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    collections: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    linked: str = ""
    pictured: bool = False
    across: bool = False
    among: str = ""

    @property
    def asks(self) -> bool:
        return bool(self.words or self.picture or self.record is not None or self.more)

    @property
    def has_picture(self) -> bool:
        return bool(self.picture or self.record is not None)

    @property
    def is_narrowed(self) -> bool:
        chosen = (self.collections, self.terms, self.licences, self.linked, self.pictured, self.across, self.among)
        return any(chosen)

    @property
    def ways(self) -> list[str]:
        """Of WAYS, those that this can be answered by."""
        has = {
            "words": bool(self.words),
            "text-image": bool(self.words),
            "text-text": bool(self.words) or self.record is not None,
            "image-image": self.has_picture,
            "image-text": self.has_picture,
        }
        if not (self.words or self.has_picture):  # records alone say what is wanted
            has |= {"image-image": bool(self.more), "text-text": bool(self.more)}
        return [way for way in WAYS if has[way] and self.by in ("", way)]

    def query(self, **changes: Any) -> str:
        """The address's query with some fields changed."""
        changed = replace(self, **changes)
        box = ",".join(f"{number:.4f}" for number in changed.box) if changed.box else ""
        pairs = [
            ("q", changed.words),
            ("picture", changed.picture),
            ("record", changed.record or ""),
            ("box", box),
            ("by", changed.by),
            ("model", changed.model),
            ("beside", changed.beside),
            *(("more", key) for key in changed.more),
            *(("less", key) for key in changed.less),
            *(("collection", slug) for slug in changed.collections),
            *(("term", term) for term in changed.terms),
            *(("licence", licence) for licence in changed.licences),
            ("linked", changed.linked),
            ("pictured", "on" if changed.pictured else ""),
            ("across", "on" if changed.across else ""),
            ("among", changed.among),
        ]
        return urlencode([(name, value) for name, value in pairs if value != ""])
