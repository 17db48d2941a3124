"""The finer labels that an imported file names: found among a campaign's, or added to them."""

from collections.abc import Callable, Sequence

from annotation.labels.actions import add_finer_labels
from annotation.labels.finer import FinerLabelDraft, check_finer_labels, finer_draft, key_of
from annotation.labels.four import label_draft
from annotation.labels.queries import campaign_labels
from annotation.models import Campaign, FinerLabel
from heritage.errors import UserError

from .reading import AnnotationRow

Named = tuple[str, str]  # name and key, as a row has them; one of them may be empty


class ImportedScheme:
    """What a file's rows call finer labels. What is wrong with a row is told to `problem`; then nothing is stored.

    A key tells which one is meant, and where a row has none the name does. The name that a campaign gives a key stays.
    """

    def __init__(
        self, campaign: Campaign, rows: Sequence[AnnotationRow], problem: Callable[[AnnotationRow, str, str], None]
    ) -> None:
        self.campaign = campaign
        self.problem = problem
        self.labels = tuple(map(label_draft, campaign_labels(campaign)))
        self.known = [finer_draft(each) for each in campaign.finer_labels.all()]
        self.added: list[FinerLabelDraft] = []
        self.keys: dict[Named, str] = {}
        for row in rows:
            if row.finer or row.finer_key:
                self._read(row)

    def store(self) -> dict[Named, FinerLabel]:
        """Add those that are missing. The finer label of each name and key that the rows have."""
        if self.added:
            add_finer_labels(campaign=self.campaign, drafts=self.added)
        by_key = {each.key: each for each in self.campaign.finer_labels.all()}
        return {named: by_key[key] for named, key in self.keys.items()}

    def _read(self, row: AnnotationRow) -> None:
        if not row.label:
            self.problem(row, "label", "a finer label needs the one of the four that it is under")
            return
        found = self._find(row)
        if found is None:
            try:
                found = self._add(row)
            except UserError as error:
                self.problem(row, "finer", str(error).rstrip("."))
                return
        elif found.label != row.label:
            names = {each.label: each.name for each in self.labels}
            here, there = names[row.label], names[found.label]
            self.problem(row, "finer", f"{found.name} is under {there}, not under {here}; give one of them another key")
            return
        elif found in self.added and row.finer and row.finer.casefold() != found.name.casefold():
            self.problem(row, "finer", f"the key {found.key} is named {found.name} elsewhere; use one name for it")
            return
        self.keys[row.finer, row.finer_key] = found.key

    def _find(self, row: AnnotationRow) -> FinerLabelDraft | None:
        for each in (*self.known, *self.added):
            if each.key == row.finer_key or (not row.finer_key and each.name.casefold() == row.finer.casefold()):
                return each
        return None

    def _add(self, row: AnnotationRow) -> FinerLabelDraft:
        name = row.finer or row.finer_key
        draft = FinerLabelDraft(label=row.label, name=name, key=row.finer_key or self._free_key(name))
        models = self.campaign.sampling.model_slugs
        existing = [*self.known, *self.added]
        [checked] = check_finer_labels([draft], existing=existing, labels=self.labels, model_slugs=models)
        self.added.append(checked)
        return checked

    def _free_key(self, name: str) -> str:
        """Of a file that has names alone: two names that make one key are told apart by a number."""
        taken = {each.key for each in (*self.known, *self.added)}
        key = key_of(name) or "finer"
        return next(each for each in (key, *(f"{key[:36]}-{number}" for number in range(2, 1000))) if each not in taken)
