"""Which kinds of work there are. Importing an app's `tasks` module fills it; procrastinate does so at start."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What came of a job: where it can be seen, and what happened in a sentence or two."""

    url: str
    words: str = ""


Work = Callable[..., Outcome | str | None]


@dataclass(frozen=True)
class JobKind:
    """`work(progress, **arguments)` does it and returns its outcome, the address of its result alone, or None.

    `mend`, called with the arguments, gives the address where people can mend what made it fail.
    """

    name: str
    title: str
    work: Work
    mend: Callable[..., str] | None = None

    def title_for(self, arguments: dict[str, object]) -> str:
        """The title with the arguments filled in; lists as words."""
        words = {
            name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            for name, value in arguments.items()
        }
        return self.title.format(**words)[:300]


_kinds: dict[str, JobKind] = {}


def job(name: str, *, title: str, mend: Callable[..., str] | None = None) -> Callable[[Work], Work]:
    """Make a function startable as a job. `title` may name its arguments: "Embed with {model}".

    Arguments must survive JSON. Raise `UserError` for what the person can mend: it becomes the job's reason.
    """

    def register(work: Work) -> Work:
        if name in _kinds:
            raise ValueError(f"There already is a job called {name!r}.")
        _kinds[name] = JobKind(name=name, title=title, work=work, mend=mend)
        return work

    return register


def mend_address(name: str, arguments: dict[str, object]) -> str:
    """Where to mend what made a job of that kind fail; "" where there is no such place, or no such kind any more."""
    kind = _kinds.get(name)
    return kind.mend(**arguments) if kind is not None and kind.mend is not None else ""


def job_kind(name: str) -> JobKind:
    """KeyError, naming the known ones, where there is none of that name."""
    try:
        return _kinds[name]
    except KeyError:
        raise KeyError(f"No job is called {name!r}. Known: {', '.join(sorted(_kinds)) or 'none'}.") from None
