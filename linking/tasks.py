"""Work that the browser starts and the worker does."""

from typing import Any

from heritage.jobs import Outcome, job
from heritage.models import User
from heritage.progress import Progress
from linking.sampling.recipe import SamplingRecipe


@job("sample-pairs", title="Sample pairs: {name}")
def sample_pairs(progress: Progress, *, name: str, recipe: dict[str, Any], created_by: int | None = None) -> Outcome:
    """recipe: `SamplingRecipe.as_json()`; created_by: a user's primary key."""
    from linking.actions import create_sampling

    result = create_sampling(
        name=name,
        recipe=SamplingRecipe.from_json(recipe),
        created_by=_person(created_by),
        progress=progress,
    )
    assert result.sampling is not None  # noqa: S101 - it was no dry run
    drawn = len(result.sample.pairs)
    compared = max((sum(sizes.values()) for sizes in result.sample.sizes.values()), default=0)
    return Outcome(result.sampling.get_absolute_url(), f"{drawn:,} pairs drawn of {compared:,} that were compared.")


@job("survey-pairs", title="Survey pairs")
def survey_pairs(progress: Progress, *, recipe: dict[str, Any], created_by: int | None = None) -> str:
    """recipe: `SamplingRecipe.as_json()`; created_by: a user's primary key."""
    from linking.actions import create_survey

    survey = create_survey(recipe=SamplingRecipe.from_json(recipe), created_by=_person(created_by), progress=progress)
    return survey.get_absolute_url()


def _person(pk: int | None) -> User | None:
    return None if pk is None else User.objects.filter(pk=pk).first()
