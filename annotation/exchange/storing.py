"""Checked rows into a campaign: all of a file or, where one row cannot be stored, nothing."""

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from annotation.campaigns.actions import LONGEST_NAME
from annotation.guidance.queries import gold_labels, withheld_pairs
from annotation.labels.four import label_draft
from annotation.labels.queries import campaign_labels
from annotation.models import Annotation, Assignment, Campaign, GoldPair, Skip
from heritage.database.statistics import gather_statistics
from heritage.errors import UserError
from heritage.models import Role, User
from linking.actions import store_imported_sampling, tell_similarity
from linking.models import CandidatePair

from .finer import ImportedScheme
from .label_studio.reading import StudioProject, with_names
from .pairs import PairKey, PairStore
from .reading import AnnotationRow, AnnotationTable, Problem, read_annotations, refuse

# Rows that carry no identifier get one from their content, so that reading a file twice stores it once.
CONTENT_NAMESPACE = uuid.UUID("5b0f0c1e-6f0b-4c4e-9d6e-3f0f2a1c7d10")
BATCH = 2_000

RowKey = tuple[bool, uuid.UUID]  # whether it is a skip, and its identifier: answers and skips have theirs apart


@dataclass(frozen=True)
class ImportResult:
    """What became of a file's rows. `skips_stored` of those that were stored are skipped pairs; `skipped` have no place
    here."""

    campaign: str
    campaign_created: bool
    rows: int
    stored: int
    skips_stored: int
    unchanged: int
    pairs_created: int
    accounts_created: tuple[str, ...]
    gold_created: int
    skipped: int
    ignored: tuple[str, ...]
    dry_run: bool


@transaction.atomic
def import_annotations(
    *, name: str, path: Path, project: StudioProject | None = None, dry_run: bool = False
) -> ImportResult:
    """Store the answers and skips of a file in the campaign of that name; `project` as in `read_annotations`.

    A Label Studio project may also call the four as the campaign does. Without such a campaign one is made, closed,
    with a sampling of the pairs in the file. Annotators without an account get an inactive one without a password.
    Answers that are stored already are left as they are.

    Raises UserError, naming lines and columns, where anything cannot be stored; then nothing is.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("sampling").filter(name=name).first()
    if campaign is not None:
        project = with_names(project or StudioProject(), map(label_draft, campaign_labels(campaign)))
    table = read_annotations(path, project)
    created = campaign is None
    if campaign is None:
        campaign = _create_campaign(name, path, table)
    result = _Import(campaign, table, path).store(campaign_created=created, dry_run=dry_run)
    if dry_run:
        transaction.set_rollback(True)
    else:
        gather_statistics(CandidatePair, Assignment, Annotation, rows=result.stored)
    return result


def _create_campaign(name: str, path: Path, table: AnnotationTable) -> Campaign:
    """Closed from the start: its labelling is over."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME - len(" (imported)"):
        raise UserError(f"A campaign's name has 1 to {LONGEST_NAME - len(' (imported)')} characters: choose another.")
    sampling = store_imported_sampling(name=f"{name} (imported)", models=table.models, imported_from=path.name)
    rows_each = Counter(row.annotator for row in table.rows)
    return Campaign.objects.create(
        name=name,
        sampling=sampling,
        pairs_each=max(rows_each.values()),
        simulated=any(row.simulated for row in table.rows),
        closed=timezone.now(),
    )


@dataclass
class _Import:
    """One file on its way into one campaign."""

    campaign: Campaign
    table: AnnotationTable
    path: Path
    problems: list[Problem] = field(default_factory=list)
    stored_pairs: dict[int, int] = field(default_factory=dict)  # the pair of each line whose answer is stored already
    started: datetime = field(default_factory=timezone.now)

    def store(self, *, campaign_created: bool, dry_run: bool) -> ImportResult:
        if set(self.table.models) != set(self.campaign.sampling.model_slugs):
            raise UserError(
                f"{self.path.name} has columns for {', '.join(self.table.models) or 'no model'}, but the campaign's "
                f"models are {', '.join(self.campaign.sampling.model_slugs) or 'none'}: import it under another name."
            )
        tell_similarity(sampling=self.campaign.sampling, similarity=self.table.similarity_kind)
        rows = self._new_rows()
        people, accounts_created = self._people(rows)
        store = PairStore(self.campaign.sampling, self.table.unit, self.problems)
        pairs, pairs_created = store.pairs_of((row, key) for row, _, key in rows)
        scheme = ImportedScheme(self.campaign, [row for row, _, _ in rows], self._problem)
        gold = self._gold(rows, pairs)
        if self.problems:
            raise refuse(self.problems, self.path)
        finer = scheme.store()
        assignments = self._assignments(rows, people, pairs)
        Annotation.objects.bulk_create(
            (
                Annotation(
                    assignment=assignments[row.annotator, pairs[key].pk],
                    label=row.label,
                    finer=finer.get((row.finer, row.finer_key)),
                    comment=row.comment,
                    seconds=row.seconds,
                    active_seconds=row.active_seconds,
                    unsure=row.unsure,
                    faulty=row.faulty,
                    submission=submission,
                    created=self._moment(row),
                )
                for row, submission, key in rows
                if not row.skipped
            ),
            batch_size=BATCH,
        )
        skips = Skip.objects.bulk_create(
            (
                Skip(
                    assignment=assignments[row.annotator, pairs[key].pk],
                    reason=row.skipped,
                    comment=row.comment,
                    faulty=row.faulty,
                    submission=submission,
                    created=self._moment(row),
                )
                for row, submission, key in rows
                if row.skipped
            ),
            batch_size=BATCH,
        )
        GoldPair.objects.bulk_create(
            (GoldPair(campaign=self.campaign, pair_id=pair, label=label) for pair, label in gold.items()),
            batch_size=BATCH,
        )
        return ImportResult(
            campaign=self.campaign.name,
            campaign_created=campaign_created,
            rows=len(self.table.rows),
            stored=len(rows),
            skips_stored=len(skips),
            unchanged=len(self.table.rows) - len(rows),
            pairs_created=pairs_created,
            accounts_created=accounts_created,
            gold_created=len(gold),
            skipped=self.table.skipped,
            ignored=self.table.ignored,
            dry_run=dry_run,
        )

    def _new_rows(self) -> list[tuple[AnnotationRow, uuid.UUID, PairKey]]:
        """Rows that are not stored yet, corrections after what they correct, with identifier and pair."""
        of_campaign = {"assignment__campaign": self.campaign}
        answers = Annotation.objects.filter(**of_campaign).select_related("assignment", "finer")
        skips = Skip.objects.filter(**of_campaign).select_related("assignment")
        stored: dict[RowKey, Annotation | Skip] = {(False, each.submission): each for each in answers}
        stored |= {(True, each.submission): each for each in skips}
        identified = [(row, (bool(row.skipped), submission)) for row, submission in _identified(self.table.rows)]
        # Where records are not named, answers that are stored already tell which pair a number stands for.
        known_pairs: dict[str, int] = {
            row.pair: stored[known].assignment.pair_id for row, known in identified if row.pair and known in stored
        }
        self.stored_pairs = {row.line: stored[known].assignment.pair_id for row, known in identified if known in stored}
        new: list[tuple[AnnotationRow, uuid.UUID, PairKey]] = []
        lines: dict[RowKey, int] = {}
        for row, known in identified:
            if (line := lines.setdefault(known, row.line)) != row.line:
                self._problem(row, "submission", f"the same as on line {line}")
            if said := stored.get(known):
                if not _says_the_same(said, row):
                    self._problem(row, "submission", "this answer is stored already and says something else")
                continue
            submission = known[1]
            key: PairKey
            if row.a:
                key = (row.a_collection, row.a, row.b_collection, row.b)
            elif row.pair in known_pairs:
                key = (known_pairs[row.pair],)
            else:
                key = ("number", row.pair) if row.pair else ("alone", submission)
            new.append((row, submission, key))
        return sorted(new, key=lambda each: each[0].revision or 1)

    def _moment(self, row: AnnotationRow) -> datetime:
        """When the answer was given. Where the table has neither time nor position, all are of this moment: their order
        is not known, and none is made up."""
        return row.created or self.started + timedelta(microseconds=row.position or 0)

    def _people(
        self, rows: Iterable[tuple[AnnotationRow, uuid.UUID, PairKey]]
    ) -> tuple[dict[str, User], tuple[str, ...]]:
        """Accounts by username. Unknown ones are created: they keep the answers, nobody can log in with them."""
        usernames = list(dict.fromkeys(row.annotator for row, _, _ in rows))
        people = {person.username: person for person in User.objects.filter(username__in=usernames)}
        unknown = tuple(username for username in usernames if username not in people)
        for username in unknown:
            person = User(username=username, role=Role.ANNOTATOR, is_active=False)
            person.set_unusable_password()
            person.save()
            people[username] = person
        return people, unknown

    def _assignments(
        self,
        rows: list[tuple[AnnotationRow, uuid.UUID, PairKey]],
        people: dict[str, User],
        pairs: dict[PairKey, CandidatePair],
    ) -> dict[tuple[str, int], Assignment]:
        """The assignment of each annotator and pair. A new one takes the file's position where that is free."""
        existing = Assignment.objects.filter(campaign=self.campaign).select_related("annotator")
        assignments = {(each.annotator.username, each.pair_id): each for each in existing}
        taken: dict[str, set[int]] = defaultdict(set)
        for (username, _), assignment in assignments.items():
            taken[username].add(assignment.position)
        added = []
        for row, _, key in rows:
            pair = pairs[key]
            if (row.annotator, pair.pk) in assignments:
                continue
            positions = taken[row.annotator]
            free = row.position if row.position and row.position not in positions else max(positions, default=0) + 1
            positions.add(free)
            assignment = Assignment(campaign=self.campaign, annotator=people[row.annotator], pair=pair, position=free)
            assignments[row.annotator, pair.pk] = assignment
            added.append(assignment)
        Assignment.objects.bulk_create(added, batch_size=BATCH)
        return assignments

    def _gold(
        self, rows: list[tuple[AnnotationRow, uuid.UUID, PairKey]], pairs: dict[PairKey, CandidatePair]
    ) -> dict[int, str]:
        """The gold labels that are new here, by pair. A label other than what the campaign has is a problem, and so is
        one for a pair whose label annotators were told."""
        if not any(row.gold for row in self.table.rows):
            return {}
        of_lines = self.stored_pairs | {row.line: pairs[key].pk for row, _, key in rows if key in pairs}
        known = gold_labels(self.campaign)
        told = set(withheld_pairs(self.campaign).values_list("pk", flat=True))
        found: dict[int, str] = {}
        for row in self.table.rows:
            if not row.gold or (pair := of_lines.get(row.line)) is None:
                continue
            if pair in told:
                self._problem(row, "gold", "annotators know this pair's label from an example or from practice")
            elif known.get(pair, row.gold) != row.gold:
                self._problem(row, "gold", f"this pair's gold label is {known[pair]} here or on an earlier line")
            elif pair not in known:
                known[pair] = found[pair] = row.gold
        return found

    def _problem(self, row: AnnotationRow, column: str, reason: str) -> None:
        self.problems.append(Problem(row.line, column, reason, self.table.unit))


def _says_the_same(stored: Annotation | Skip, row: AnnotationRow) -> bool:
    """The key of a finer label tells, where the file has it: its name may have been worded better since."""
    if isinstance(stored, Skip):
        return (stored.reason, stored.comment) == (row.skipped, row.comment)
    there = stored.finer
    if row.finer_key:
        same = there is not None and there.key == row.finer_key
    else:
        same = (there.name.casefold() if there else "") == row.finer.casefold()
    return same and (stored.label, stored.comment) == (row.label, row.comment)


def _identified(rows: Iterable[AnnotationRow]) -> Iterable[tuple[AnnotationRow, uuid.UUID]]:
    """Each row with its identifier: its own, or one made of its content and of how often that came before."""
    seen: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.submission is not None:
            yield row, row.submission
            continue
        content = json.dumps(
            [
                *(row.a_collection, row.a, row.b_collection, row.b, row.pair),
                *(row.comparison, sorted(row.pattern.items()), row.annotator, row.position),
                *(row.label, row.comment, row.seconds, row.created.isoformat() if row.created else None),
                *([row.finer_key or row.finer] if row.finer_key or row.finer else []),
                *([row.skipped] if row.skipped else []),
            ]
        )
        seen[content] += 1
        yield row, uuid.uuid5(CONTENT_NAMESPACE, f"{seen[content]} {content}")
