"""Long work started in the browser: `@job` names it, `start_job` queues it, the worker runs it, /jobs/ shows it.

The queue is procrastinate's, in the same database. One heavy piece of work runs at a time.

    # models_ml/tasks.py
    @job("embed", title="Embed with {model}")
    def embed(progress: Progress, *, model: str) -> str | None:
        from models_ml.embedding import embed_collections  # heavy imports inside
        ...
        return reverse("model", args=[model])  # where the result can be seen, or None

    # models_ml/views.py
    return redirect(start_job("embed", user=request.user, model="heritage-mini"))
"""

from .actions import start_job
from .queries import may_follow
from .registry import Outcome, job

__all__ = ["Outcome", "job", "may_follow", "start_job"]
