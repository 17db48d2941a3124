"""The pairs that an imported file names: found among a sampling's, or added to it where it was imported."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from heritage.errors import UserError
from heritage.models import Record
from linking.actions import store_imported_sampling, tell_similarity
from linking.models import CandidatePair, Sampling, Stratum

from .label_studio.reading import StudioProject
from .reading import AnnotationRow, Problem, read_pairs, refuse

BATCH = 2_000

StratumKey = tuple[str, tuple[tuple[str, int], ...]]
PairKey = tuple[object, ...]


@dataclass(frozen=True)
class ImportedPairs:
    """A sampling made of a file's pairs; `tasks` is how many the file has, some perhaps of one pair."""

    sampling: str
    tasks: int
    pairs: int
    dry_run: bool


@transaction.atomic
def import_pairs(
    *, name: str, path: Path, project: StudioProject | None = None, dry_run: bool = False
) -> ImportedPairs:
    """Make a sampling of that name of the pairs of Label Studio's tasks, for a campaign to start from.

    Raises UserError where a pair cannot be stored; then nothing is.
    """
    table = read_pairs(path, project)
    unnamed = [row for row in table.rows if not row.a]
    if unnamed:
        raise UserError(f"{path.name}, task {unnamed[0].line}: people cannot label a pair that names no records.")
    sampling = store_imported_sampling(name=name.strip(), models=table.models, imported_from=path.name)
    tell_similarity(sampling=sampling, similarity=table.similarity_kind)
    problems: list[Problem] = []
    keyed = [(row, (row.a_collection, row.a, row.b_collection, row.b)) for row in table.rows]
    _, created = PairStore(sampling, table.unit, problems).pairs_of(keyed)
    if problems:
        raise refuse(problems, path)
    if dry_run:
        transaction.set_rollback(True)
    return ImportedPairs(sampling=sampling.name, tasks=len(table.rows), pairs=created, dry_run=dry_run)


@dataclass
class PairStore:
    """Pairs of one sampling. What is wrong with a row is added to `problems`; then no pair is written."""

    sampling: Sampling
    unit: str
    problems: list[Problem] = field(default_factory=list)

    def pairs_of(self, rows: Iterable[tuple[AnnotationRow, PairKey]]) -> tuple[dict[PairKey, CandidatePair], int]:
        """The pair of each key: found in the sampling, or added to it where it was imported; and how many were."""
        rows = list(rows)
        records = self._records([row for row, _ in rows if row.a])
        sampling = self.sampling
        found_by_pk = CandidatePair.objects.filter(sampling=sampling).select_related("stratum").in_bulk()
        found_by_records = {(pair.a_id, pair.b_id): pair for pair in found_by_pk.values() if pair.a_id}
        strata = {_stratum_key(each.comparison, each.pattern): each for each in sampling.strata.all()}
        pairs: dict[PairKey, CandidatePair] = {}
        added: list[CandidatePair] = []
        for row, key in rows:
            if row.a:
                a, b = records.get((row.a_collection, row.a)), records.get((row.b_collection, row.b))
                if a is None or b is None:
                    continue  # a problem already
                pair = found_by_records.get((a.pk, b.pk))
            else:
                a = b = None
                pair = pairs.get(key) or found_by_pk.get(key[0] if isinstance(key[0], int) else -1)
            stratum_key = _stratum_key(row.comparison, row.pattern)
            if pair is None:
                pair = self._new_pair(row, a, b, stratum_key, strata)
                if pair is None:
                    continue
                added.append(pair)
                if a is not None and b is not None:
                    found_by_records[a.pk, b.pk] = pair
            elif _stratum_key(pair.stratum.comparison, pair.stratum.pattern) != stratum_key:
                self._problem(row, "comparison", "the same pair has another comparison or other models elsewhere")
            pairs[key] = pair
        if not self.problems:
            CandidatePair.objects.bulk_create(added, batch_size=BATCH)
        return pairs, len(added)

    def _new_pair(
        self,
        row: AnnotationRow,
        a: Record | None,
        b: Record | None,
        stratum_key: StratumKey,
        strata: dict[StratumKey, Stratum],
    ) -> CandidatePair | None:
        sampling = self.sampling
        if "imported_from" not in sampling.recipe:
            self._problem(row, "a", f"the sampling {sampling.name} did not draw this pair; import under another name")
            return None
        if stratum_key not in strata:
            strata[stratum_key] = Stratum.objects.create(
                sampling=sampling, comparison=row.comparison, pattern=row.pattern, available=row.stratum_available
            )
        return CandidatePair(
            sampling=sampling, stratum=strata[stratum_key], a=a, b=b, similarity=row.similarity, similar=row.similar
        )

    def _records(self, rows: list[AnnotationRow]) -> dict[tuple[str, str], Record]:
        """Records by (collection, record id) as the rows name them; the collection may be left out where one has it."""
        named = {(row.a_collection, row.a) for row in rows} | {(row.b_collection, row.b) for row in rows}
        candidates: dict[str, list[Record]] = defaultdict(list)
        wanted = Record.objects.filter(record_id__in={record_id for _, record_id in named})
        for record in wanted.select_related("collection"):
            candidates[record.record_id].append(record)
        found: dict[tuple[str, str], Record] = {}
        reasons: dict[tuple[str, str], str] = {}
        for collection, record_id in named:
            matching = [each for each in candidates[record_id] if collection in ("", each.collection.slug)]
            if len(matching) == 1:
                found[collection, record_id] = matching[0]
            elif matching:
                slugs = " and ".join(sorted(each.collection.slug for each in matching))
                reasons[collection, record_id] = f"{record_id!r} is in {slugs}; say which in the column for collections"
            else:
                where = f"the collection {collection}" if collection else "any collection"
                reasons[collection, record_id] = f"no record {record_id!r} in {where}; import the records first"
        for row in rows:
            for column, name in (("a", (row.a_collection, row.a)), ("b", (row.b_collection, row.b))):
                if name in reasons:
                    self._problem(row, column, reasons[name])
        return found

    def _problem(self, row: AnnotationRow, column: str, reason: str) -> None:
        self.problems.append(Problem(row.line, column, reason, self.unit))


def _stratum_key(comparison: str, pattern: dict[str, int]) -> StratumKey:
    return comparison, tuple(sorted(pattern.items()))
