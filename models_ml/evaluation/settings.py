"""What an evaluation is asked for: checked, and kept beside its figures so that it can be repeated. Pure.

Settings that make no sense raise UserError when they are made.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from heritage.errors import UserError

SUBSETS = ("all", "filter", "sample")
TARGETS = ("name", "noun")
CANDIDATES_FROM = (
    "own",
    "all",
)  # labels of the picture's own collection, or of all: these reward telling museums apart
MODALITIES = ("image", "text")
ALIKE = 0.95
FOUND_AMONG = 10  # nearest records among which a query's own one counts as found

Kind = Literal["zero-shot", "search"]
# Those that no model evaluated was trained on, or all whatever they learnt from.
Records = Literal["held-out", "all"]


@dataclass(frozen=True)
class ZeroShotSettings:
    """`models` are slugs, the first the one that the others are measured against; no collections means all."""

    models: tuple[str, ...]
    collections: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("name",)
    candidates: tuple[int, ...] = (5,)
    candidates_from: tuple[str, ...] = CANDIDATES_FROM
    subsets: tuple[str, ...] = ("all",)
    chat: bool = False  # also ask the chat model of the settings, about the sample
    records: Records = "held-out"
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self.models, self.records)
        if not self.targets or not set(self.targets) <= set(TARGETS):
            raise UserError(f"Targets are {' and '.join(TARGETS)}: choose at least one.")
        if not self.subsets or not set(self.subsets) <= set(SUBSETS):
            raise UserError(f"Subsets are {', '.join(SUBSETS)}: choose at least one.")
        if not self.candidates or min(self.candidates) < 2:
            raise UserError("--candidates must be at least 2: the own name and one other.")
        if not self.candidates_from or not set(self.candidates_from) <= set(CANDIDATES_FROM):
            raise UserError("Candidates are from the own collection or from all: choose own, all or both.")
        if self.chat and "sample" not in self.subsets:
            raise UserError("A chat model is asked about the sample only: add it to --subset.")

    @property
    def kind(self) -> Kind:
        return "zero-shot"

    @property
    def sees_pictures(self) -> bool:
        return True

    def command(self) -> str:
        """The command line that gives the same figures from the same records and vectors."""
        parts = [
            *_command(self),
            f"--target {' '.join(self.targets)}",
            f"--candidates {' '.join(map(str, self.candidates))}",
            f"--candidates-from {' '.join(self.candidates_from)}",
            f"--subset {' '.join(self.subsets)}",
        ]
        return " ".join([*parts, *(["--chat"] if self.chat else [])])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class SearchSettings:
    """`models` are slugs, the first the one that the others are measured against; no collections means all.

    `source` and `target` are the modalities of queries and documents; `across` looks in other collections only;
    `alike` is the cosine of two names from which a document is relevant.
    """

    models: tuple[str, ...]
    collections: tuple[str, ...] = ()
    source: str = "image"
    target: str = "image"
    across: bool = False
    tops: tuple[int, ...] = (3, 10, 20)
    alike: float = ALIKE
    records: Records = "held-out"
    seed: int = 0

    def __post_init__(self) -> None:
        _check(self.models, self.records)
        if not {self.source, self.target} <= set(MODALITIES):
            raise UserError("A search goes from image or text to image or text.")
        if not self.tops or min(self.tops) < 1:
            raise UserError("--top must be at least 1.")
        if not -1 <= self.alike <= 1:
            raise UserError("--alike is a cosine: give a number from -1 to 1.")
        if self.across and len(self.collections) == 1:
            raise UserError("--across needs at least two collections.")

    @property
    def kind(self) -> Kind:
        return "search"

    @property
    def sees_pictures(self) -> bool:
        return "image" in (self.source, self.target)

    def command(self) -> str:
        """The command line that gives the same figures from the same records and vectors."""
        parts = [*_command(self), f"--from {self.source} --to {self.target}"]
        if self.across:
            parts.append("--across")
        return " ".join([*parts, f"--top {' '.join(map(str, self.tops))}", f"--alike {self.alike:g}"])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Settings = ZeroShotSettings | SearchSettings


def _command(settings: Settings) -> list[str]:
    return [
        f"python manage.py evaluate {settings.kind} --models {' '.join(settings.models)}",
        *(f"--collection {slug}" for slug in settings.collections),
        f"--records {settings.records} --seed {settings.seed}",
    ]


def _check(models: tuple[str, ...], records: str) -> None:
    if not models:
        raise UserError("Name at least one model.")
    if records not in ("held-out", "all"):
        raise UserError("Evaluate on held-out records or on all.")
    if repeated := sorted({slug for slug in models if models.count(slug) > 1}):
        raise UserError(f"--models names {repeated[0]} twice.")
