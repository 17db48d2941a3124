"""Which kinds of work there are. Importing an app's `tasks` module fills it; procrastinate does so at start."""

from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[..., str | None]


@dataclass(frozen=True)
class JobKind:
    """`work(progress, **arguments)` does it and returns the address of its result, or None."""

    name: str
    title: str
    work: Work

    def title_for(self, arguments: dict[str, object]) -> str:
        """The title with the arguments filled in; lists as words."""
        words = {
            name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            for name, value in arguments.items()
        }
        return self.title.format(**words)[:300]


_kinds: dict[str, JobKind] = {}


def job(name: str, *, title: str) -> Callable[[Work], Work]:
    """Make a function startable as a job. `title` may name its arguments: "Embed with {model}".

    Arguments must survive JSON. Raise `UserError` for what the person can mend: it becomes the job's reason.
    """

    def register(work: Work) -> Work:
        if name in _kinds:
            raise ValueError(f"There already is a job called {name!r}.")
        _kinds[name] = JobKind(name=name, title=title, work=work)
        return work

    return register


def job_kind(name: str) -> JobKind:
    """KeyError, naming the known ones, where there is none of that name."""
    try:
        return _kinds[name]
    except KeyError:
        raise KeyError(f"No job is called {name!r}. Known: {', '.join(sorted(_kinds)) or 'none'}.") from None
