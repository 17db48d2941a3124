"""Everything that writes preference studies and answers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext
from numpy.typing import NDArray

from annotation.answers.actions import LONGEST_COMMENT
from annotation.campaigns.actions import LONGEST_NAME
from annotation.models.preference import (
    PreferenceAnswer,
    PreferenceChoice,
    PreferenceQuery,
    PreferenceResult,
    PreferenceStudy,
)
from annotation.submissions import same_or_key
from annotation.visibility import models_given_away
from heritage.accounts.actions import people_named
from heritage.bounds import bounded_seconds
from heritage.catalogue.queries import IMAGES_HERE, get_collections
from heritage.errors import UserError
from heritage.models import Collection, Record, User
from heritage.progress import Progress
from heritage.texts import clean_text
from models_ml.models import EmbeddingModel
from models_ml.registry import get_models
from models_ml.vectors.mixture import mixture, pictures_seen
from models_ml.vectors.store import coverage

from .arrangement import arrange, distinct_rows, secret_seed
from .ranking import in_slice, rank_records
from .recipe import LARGEST_SEED, MOST_MODELS, Slice, StudyRecipe, check_queries, parse_slices

WRITTEN_AT_ONCE = 1_000


class StudyClosedError(UserError):
    """An answer came for a study that takes none any more."""


@dataclass(frozen=True)
class CheckedRecipe:
    """A recipe whose names have been looked up."""

    models: tuple[EmbeddingModel, ...]
    collections: tuple[Collection, ...]
    annotators: tuple[User, ...]
    queries: tuple[str, ...]
    slices: tuple[Slice, ...]

    @property
    def depth(self) -> int:
        """The last rank that is looked at."""
        return self.slices[-1].last


@dataclass(frozen=True)
class PlannedChoice:
    """A query and slice in which at least two models differ: the models behind each row."""

    query: int
    slice: Slice
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class StudyPlan:
    """What the models found, and what experts can be asked about it.

    `found` has for each model's slug (queries, depth) primary keys of records. `same_for_all` counts queries and
    slices that nobody is asked about, since all models show the same records there.
    """

    recipe: CheckedRecipe
    found: dict[str, NDArray[np.int64]]
    choices: tuple[PlannedChoice, ...]
    same_for_all: int

    @property
    def shared_rows(self) -> int:
        """Choices in which several models share a row."""
        return sum(any(len(row) > 1 for row in choice.rows) for choice in self.choices)


# --- Studies ---------------------------------------------------------------------------------


def check_study(recipe: StudyRecipe) -> CheckedRecipe:
    """Look up what a recipe names. Raises UserError for all that can be told without ranking."""
    _check_texts(name=recipe.name, instructions=recipe.instructions, queries=recipe.queries, models=recipe.models)
    slugs = list(dict.fromkeys(recipe.models))
    if len(slugs) < 2:
        raise UserError("A preference study compares models: name at least two.")
    if len(slugs) > MOST_MODELS:
        raise UserError(
            f"A preference study compares at most {MOST_MODELS} models: leave out {len(slugs) - MOST_MODELS}."
        )
    if not recipe.annotators:
        raise UserError("A preference study needs at least one annotator: name one.")
    if recipe.seed is not None and not 0 <= recipe.seed <= LARGEST_SEED:
        raise UserError(f"The seed is a whole number from 0 to {LARGEST_SEED}, not {recipe.seed}.")
    queries, slices = check_queries(recipe.queries), parse_slices(recipe.slices)
    models = get_models(slugs)
    collections = get_collections(list(dict.fromkeys(recipe.collections)))
    people = people_named(recipe.annotators)
    _check_pictures(models, collections, slices[-1])
    return CheckedRecipe(tuple(models), tuple(collections), tuple(people), queries, slices)


def plan_study(recipe: StudyRecipe, *, progress: Progress) -> StudyPlan:
    """Check a recipe and search with each model, without writing anything. For commands and jobs: loads torch."""
    checked = check_study(recipe)
    found = rank_records(
        models=checked.models,
        collections=checked.collections,
        queries=checked.queries,
        depth=checked.depth,
        progress=progress,
    )
    return plan_choices(checked, found)


def plan_choices(checked: CheckedRecipe, found: dict[str, NDArray[np.int64]]) -> StudyPlan:
    """Which choices there are between what the models found. Raises UserError where they found the same throughout."""
    asked = [
        PlannedChoice(query, part, distinct_rows(in_slice(found, query, part.first, part.last)))
        for query in range(len(checked.queries))
        for part in checked.slices
    ]
    choices = tuple(choice for choice in asked if len(choice.rows) > 1)
    if not choices:
        raise UserError("All models find the same records for every query: there is nothing to choose between.")
    return StudyPlan(checked, found, choices, same_for_all=len(asked) - len(choices))


def create_study(
    recipe: StudyRecipe, *, created_by: User | None = None, progress: Progress
) -> tuple[PreferenceStudy, StudyPlan]:
    """Search with each model, keep what they found, and put every choice before every annotator.

    Whole or not at all. Raises UserError where a name is unknown or taken, or vectors are missing.
    """
    plan = plan_study(recipe, progress=progress)
    return store_study(recipe, plan, created_by=created_by), plan


@transaction.atomic
def store_study(recipe: StudyRecipe, plan: StudyPlan, *, created_by: User | None = None) -> PreferenceStudy:
    """Keep what was planned: the queries, what each model found, and every choice for every annotator."""
    checked = plan.recipe
    seed = secret_seed() if recipe.seed is None else recipe.seed
    try:
        with transaction.atomic():
            study = PreferenceStudy.objects.create(
                name=recipe.name.strip(),
                model_slugs=list(plan.found),
                collection_slugs=[collection.slug for collection in checked.collections],
                slices=list(map(str, checked.slices)),
                instructions=recipe.instructions.strip(),
                seed=seed,
                created_by=created_by,
            )
    except IntegrityError as error:  # somebody was faster since the check
        raise _name_taken(recipe.name) from error
    queries = PreferenceQuery.objects.bulk_create(
        PreferenceQuery(study=study, position=position, text=text)
        for position, text in enumerate(checked.queries, start=1)
    )
    PreferenceResult.objects.bulk_create(
        (
            PreferenceResult(query=query, model_slug=model, rank=rank, record_id=int(ranked[place, rank - 1]))
            for place, query in enumerate(queries)
            for model, ranked in plan.found.items()
            for part in checked.slices
            for rank in range(part.first, part.last + 1)
        ),
        batch_size=WRITTEN_AT_ONCE,
    )
    arranged = arrange([len(choice.rows) for choice in plan.choices], annotators=len(checked.annotators), seed=seed)
    PreferenceChoice.objects.bulk_create(
        (
            PreferenceChoice(
                study=study,
                query=queries[plan.choices[shown.item].query],
                annotator=person,
                slice=str(plan.choices[shown.item].slice),
                position=position,
                rows=[plan.choices[shown.item].rows[row] for row in shown.order],
            )
            for person, order in zip(checked.annotators, arranged, strict=True)
            for position, shown in enumerate(order, start=1)
        ),
        batch_size=WRITTEN_AT_ONCE,
    )
    return study


def close_study(*, study: PreferenceStudy) -> None:
    """Take no more answers. Closing a closed study keeps the day on which it was closed."""
    PreferenceStudy.objects.filter(pk=study.pk, closed=None).update(closed=timezone.now())
    study.refresh_from_db(fields=["closed"])


def reopen_study(*, study: PreferenceStudy) -> None:
    """Take answers again."""
    PreferenceStudy.objects.filter(pk=study.pk).update(closed=None)
    study.refresh_from_db(fields=["closed"])


def _check_texts(
    *,
    name: str,
    instructions: str,
    queries: Sequence[str],
    models: Sequence[str],
    but_for: PreferenceStudy | None = None,
) -> None:
    name = name.strip()
    if not name:
        raise UserError("Give the preference study a name.")
    if len(name) > LONGEST_NAME:
        raise UserError(f"A study's name may have at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if "\0" in name + instructions:
        raise UserError("Name and instructions may not contain NUL characters: remove them.")
    if PreferenceStudy.objects.filter(name=name).exclude(pk__in=[but_for.pk] if but_for else []).exists():
        raise _name_taken(name)
    for what, text in {"name": name, "instructions": instructions, "queries": "\n".join(queries)}.items():
        if given_away := models_given_away(text, models):
            raise UserError(
                f"Experts would read {', '.join(given_away)} in the study's {what}: "
                "leave models out, so that the choice stays blind."
            )


def _check_pictures(models: Sequence[EmbeddingModel], collections: Sequence[Collection], last: Slice) -> None:
    """Every picture has every model's vector, all of one kind, and enough records have one to reach the last slice."""
    records = Record.objects.filter(collection__in=collections, pk__in=IMAGES_HERE.order_by().values("record")).count()
    if last.last > records:
        raise UserError(
            f"The slice {last} reaches beyond the {records:,} records that have a picture: choose earlier ranks or "
            "more collections."
        )
    for model in models:
        if missing := coverage(model=model, collections=collections).images_missing:
            only = "".join(f" --collection {collection.slug}" for collection in collections)
            raise UserError(
                f"{model.slug} has no vectors yet of {missing:,} pictures: run "
                f"python manage.py embed {model.slug}{only} first."
            )
    if said := mixture(pictures_seen(models, collections)):
        raise UserError(said)


def _name_taken(name: str) -> UserError:
    return UserError(f"There is a preference study named {name.strip()} already: choose another name.")


def study_answers(study: PreferenceStudy) -> int:
    """How many choices were made in it, corrected ones too: they keep it from being deleted."""
    return PreferenceAnswer.objects.filter(choice__study=study).count()


@transaction.atomic
def edit_study(*, study: PreferenceStudy, name: str, instructions: str) -> None:
    """Give a study another name and other instructions, also while experts choose. Raises UserError."""
    current = PreferenceStudy.objects.select_for_update().get(pk=study.pk)
    _check_texts(name=name, instructions=instructions, queries=(), models=current.model_slugs, but_for=current)
    try:
        with transaction.atomic():
            changed = {"name": name.strip(), "instructions": instructions.strip()}
            PreferenceStudy.objects.filter(pk=current.pk).update(**changed)
    except IntegrityError as error:  # somebody was faster since the check
        raise _name_taken(name) from error
    study.refresh_from_db(fields=["name", "instructions"])


@transaction.atomic
def delete_study(*, study: PreferenceStudy) -> None:
    """Take away a study in which nobody has chosen. Raises UserError that says how many have."""
    current = PreferenceStudy.objects.select_for_update().get(pk=study.pk)
    kept = UserError(f"Experts have chosen in {current.name}, and their answers are kept: close it instead.")
    if study_answers(current):
        raise kept
    try:
        current.delete()
    except ProtectedError as error:  # somebody chose since
        raise kept from error


# --- Answers ---------------------------------------------------------------------------------


@transaction.atomic
def record_answer(
    *,
    choice: PreferenceChoice,
    annotator: User,
    row: int,
    comment: str = "",
    seconds: float | None = None,
    submission: uuid.UUID | None = None,
    created: datetime | None = None,
) -> PreferenceAnswer:
    """Store which row an expert chose, by its place on the page from 1, or 0 where none is better.

    A resend returns what is stored already (`annotation.submissions`). Anything else is a correction and is appended.

    Raises UserError for an answer that cannot be stored, and StudyClosedError.
    """
    comment = clean_text(comment, what="A comment", longest=LONGEST_COMMENT)
    try:
        seconds = bounded_seconds(seconds)
    except ValueError as error:
        raise UserError(
            "The seconds spent on a choice are a number from 0 up: leave them out if they are not known."
        ) from error
    # Two clicks at once: the second waits here until the first is stored, then finds it.
    choice = PreferenceChoice.objects.select_for_update(of=("self",)).select_related("study").get(pk=choice.pk)
    if choice.annotator_id != annotator.pk:
        raise UserError(gettext("This choice was given to somebody else."))
    if not 0 <= row <= len(choice.rows):
        said = gettext("There is no row %(row)s: choose one of the %(rows)s, or 0 where none is better.")
        raise UserError(said % {"row": row, "rows": len(choice.rows)})
    answer = {"row": row, "comment": comment}
    same, submission = same_or_key(list(choice.answers.order_by("pk")), submission, answer)
    if same:
        return same
    if not choice.study.is_open:
        raise StudyClosedError(gettext("This study is closed and takes no more answers: ask its lead to reopen it."))
    return PreferenceAnswer.objects.create(
        choice=choice,
        **answer,
        seconds=seconds,
        submission=submission,
        created=created or timezone.now(),
    )
