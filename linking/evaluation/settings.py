"""What an evaluation of links is asked for: checked, and kept beside its figures so that it can be repeated. Pure."""

from dataclasses import asdict, dataclass, replace
from shlex import quote
from typing import Any

from heritage.errors import UserError

from .similarities import FUSED, PLAIN, read_similarity


@dataclass(frozen=True)
class LinkSettings:
    """`models` are slugs, the first the one that the others are measured against.

    truth: path of a file of known pairs or keys (`linking.evaluation.truth_files`), or campaign: whose answers are the
    truth. truth_name: what the file was called. collections: the two that are linked; none where the truth tells.
    similarities: variants, the first the one that the others are measured against. records: "all" or "held-out"; empty
    where the models decide (`decided`). seed: of the split, with held-out records of models that were not trained here.
    """

    models: tuple[str, ...]
    truth: str = ""
    campaign: str = ""
    collections: tuple[str, ...] = ()
    similarities: tuple[str, ...] = (PLAIN, FUSED)
    records: str = ""
    seed: int = 0
    truth_name: str = ""

    def __post_init__(self) -> None:
        if not self.models:
            raise UserError("Name at least one model.")
        if bool(self.truth) == bool(self.campaign):
            raise UserError(
                "Links are measured against --truth FILE or the answers of --campaign NAME: give one of them."
            )
        if self.collections and len(self.collections) != 2:
            raise UserError(f"Links are of two collections: --collections names {len(self.collections)}.")
        for what, names in (
            ("--models", self.models),
            ("--collections", self.collections),
            ("--similarity", self.similarities),
        ):
            if repeated := sorted({name for name in names if names.count(name) > 1}):
                raise UserError(f"{what} names {repeated[0]} twice.")
        if not self.similarities:
            raise UserError("Name at least one similarity, such as plain.")
        for name in self.similarities:
            read_similarity(name)
        if self.records not in ("", "held-out", "all"):
            raise UserError("Evaluate on held-out records or on all.")

    @property
    def kind(self) -> str:
        return "links"

    @property
    def sees_pictures(self) -> bool:
        return True

    def decided(self, *, links_learnt: bool) -> "LinkSettings":
        """With `records` told: all where no model learnt from links, held-out ones where one did.

        All are what will be linked, and the held-out tenth of either side leaves a hundredth of the pairs.
        """
        return self if self.records else replace(self, records="held-out" if links_learnt else "all")

    def command(self) -> str:
        """The command line that gives the same figures from the same records, vectors and truth."""
        truth = f"--truth {quote(self.truth)}" if self.truth else f"--campaign {quote(self.campaign)}"
        parts = [f"python manage.py evaluate links --models {' '.join(self.models)}", truth]
        if self.collections:
            parts.append(f"--collections {' '.join(self.collections)}")
        parts.append(f"--similarity {' '.join(self.similarities)}")
        if self.records:
            parts.append(f"--records {self.records}")
        return " ".join([*parts, f"--seed {self.seed}"])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
