"""Which of the answered pairs a training may learn from. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from heritage.errors import UserError
from models_ml.training.data.links import AnsweredLinks, LinkPair, RecordKey
from models_ml.training.data.records import Split, TrainingRecord
from models_ml.training.data.twins import twin_groups, words

# With fewer pairs nothing could be learnt that holds for others.
FEWEST_PAIRS = 10


@dataclass(frozen=True)
class LinkChoice:
    """The pairs to learn from, those of which a record is held out, and the records of both.

    elsewhere: how many pairs have a record that is not of the training's collections; incomparable: one that has
    neither picture nor text.
    """

    answered: AnsweredLinks
    training: tuple[LinkPair, ...]
    held_out: tuple[LinkPair, ...]
    records: Mapping[RecordKey, TrainingRecord]
    elsewhere: int
    incomparable: int

    def carried(self) -> AnsweredLinks:
        """What goes into a training set: the pairs that can be compared."""
        return replace(
            self.answered, pairs=tuple(sorted((*self.training, *self.held_out), key=lambda pair: (pair.a, pair.b)))
        )

    def require_selection(self) -> None:
        """Raise UserError where the pairs held out cannot tell which of a training's epochs links best."""
        if not any(self._told_by(*modalities) for modalities in product(("image", "text"), repeat=2)):
            raise UserError(
                f"{self.answered.source} answered {len(self.held_out):,} pairs that are held out, and no comparison "
                "has both links and others among them, which --select links goes by: choose loss or search, or name "
                "another campaign too."
            )

    def _told_by(self, of_a: str, of_b: str) -> bool:
        """Whether a comparison of these modalities has both links and others among the pairs held out."""
        return {True, False} == {
            pair.is_link
            for pair in self.held_out
            if _has(self.records[pair.a], of_a) and _has(self.records[pair.b], of_b)
        }

    def counts(self) -> dict[str, int]:
        return {
            "link_answers": self.answered.answers,
            "link_pairs": len(self.training),
            "links_among_pairs": sum(pair.is_link for pair in self.training),
            "link_pairs_held_out": len(self.held_out),
            "link_pairs_elsewhere": self.elsewhere,
            "link_pairs_incomparable": self.incomparable,
        }


def links_in_words(counts: Mapping[str, int]) -> str:
    """What `LinkChoice.counts` counts, in a sentence."""
    return (
        f"Links: {counts['link_answers']:,} answers; {counts['link_pairs']:,} pairs of records to learn from, "
        f"{counts['links_among_pairs']:,} of them links; {counts['link_pairs_held_out']:,} held out, "
        f"{counts['link_pairs_elsewhere']:,} of other collections, {counts['link_pairs_incomparable']:,} without "
        "picture and text."
    )


def choose_links(answered: AnsweredLinks, split: Split, left_out: Iterable[TrainingRecord], *, seed: int) -> LinkChoice:
    """`left_out` are the records that the split left out, or of them those that a pair has.

    A pair is held out where one of its records is: by the split, by the rule of `models_ml.split` where the split left
    the record out, or as a twin of such a record. So pairs of held-out records are judged by a model that saw neither.
    Raises UserError where what is left cannot be learnt from.
    """
    records = {
        (record.collection, record.record_id): record for record in (*split.training, *split.evaluation, *left_out)
    }
    here = [pair for pair in answered.pairs if pair.a in records and pair.b in records]
    comparable = [pair for pair in here if _is_comparable(records[pair.a]) and _is_comparable(records[pair.b])]
    named = {key: records[key] for pair in comparable for key in (pair.a, pair.b)}
    held_out = _held_out(named, split, seed)
    choice = LinkChoice(
        answered=answered,
        training=tuple(pair for pair in comparable if pair.a not in held_out and pair.b not in held_out),
        held_out=tuple(pair for pair in comparable if pair.a in held_out or pair.b in held_out),
        records=named,
        elsewhere=len(answered.pairs) - len(here),
        incomparable=len(here) - len(comparable),
    )
    _require_links_and_others(choice)
    return choice


def can_be_learnt(pairs: Sequence[LinkPair]) -> bool:
    """Enough of them, and both links and others."""
    return len(pairs) >= FEWEST_PAIRS and 0 < sum(pair.is_link for pair in pairs) < len(pairs)


def _is_comparable(record: TrainingRecord) -> bool:
    return _has(record, "image") or _has(record, "text")


def _has(record: TrainingRecord, modality: str) -> bool:
    return bool(record.images) if modality == "image" else record.has_text


def _held_out(named: Mapping[RecordKey, TrainingRecord], split: Split, seed: int) -> set[RecordKey]:
    by_split = {(record.collection, record.record_id) for record in split.evaluation}
    own = {key for key, record in named.items() if key in by_split or record.side(seed) == "evaluation"}
    # Besides twins of twins, which the split holds out, records that it left out may have some.
    compared = [*named.values(), *split.evaluation]
    groups = twin_groups(
        [record.images for record in compared], [words((record.name, *record.segments)) for record in compared]
    ).tolist()
    of_held_out = {group for key, group in zip(named, groups, strict=False) if key in own} | {*groups[len(named) :]}
    return {key for key, group in zip(named, groups, strict=False) if group in of_held_out}


def _require_links_and_others(choice: LinkChoice) -> None:
    pairs, source = choice.training, choice.answered.source
    if can_be_learnt(pairs):
        return
    if not choice.records and choice.elsewhere:
        raise UserError(f"{source} answered no pair of records of these collections: choose theirs with --collection.")
    if not choice.records:
        raise UserError(
            f"{source} answered only pairs of records without picture and text: fetch their pictures first."
        )
    if not pairs:
        raise UserError(
            f"{source} answered {len(choice.held_out):,} pairs, of which each has a record that is held out: have more "
            "pairs answered, or take another --seed."
        )
    if len(pairs) < FEWEST_PAIRS:
        raise UserError(
            f"{source} left {len(pairs)} pairs to learn from, {len(choice.held_out):,} being held out, and it takes at "
            f"least {FEWEST_PAIRS}: have more pairs answered, or name another campaign too."
        )
    found = "links only" if pairs[0].is_link else "no link"
    raise UserError(
        f"{source} left {found} to learn from, and it takes links and unrelated pairs: name another campaign too."
    )
