"""Progress of work in several stages: each of its bars says which stage it belongs to."""

from heritage.progress import Progress


class StagedProgress:
    """Passes on to another progress, with "[2/7]" before every title."""

    def __init__(self, progress: Progress, stages: int) -> None:
        self._progress = progress
        self._stages = stages
        self._stage = 0

    def next_stage(self, what: str) -> None:
        """The next stage begins; `what` is shown until its work says more."""
        self._stage += 1
        self.start(what)

    def start(self, what: str, total: int | None = None) -> None:
        self._progress.start(f"[{self._stage}/{self._stages}] {what}", total)

    def advance(self, steps: int = 1) -> None:
        self._progress.advance(steps)
