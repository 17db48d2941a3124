"""Putting the demonstration into the database, stage by stage.

Each stage looks at what is there and does the rest, by the same actions that pages and commands use. So an
interrupted run is carried on by the next, and a run that finds everything in place takes seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet

from annotation.answers.actions import record_annotation, write_reflection
from annotation.answers.queries import unanswered
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.dealing import pairs_needed
from annotation.guidance.actions import Mark, mark_pairs
from annotation.models import Assignment, Campaign
from heritage.accounts.actions import create_account
from heritage.catalogue.importing.actions import import_source
from heritage.catalogue.queries import get_collections
from heritage.demonstration.files import TRUTH_NAME, DemonstrationRecipe, table_path, write_collections
from heritage.demonstration.records import MUSEUM_A, MUSEUM_B, MUSEUM_NAMES
from heritage.demonstration.truth import Truth, read_truth, relation
from heritage.errors import UserError
from heritage.importers.record_files import NamedFile, RecordFiles
from heritage.importers.shipped import shipped_mapping
from heritage.models import Collection, Image, Role, User
from heritage.progress import Progress
from linking.actions import create_sampling
from linking.models import CandidatePair, Sampling
from models_ml.models import EmbeddingModel
from models_ml.registry import HERITAGE_MINI, get_model
from models_ml.vectors.store import coverage

from .accounts import LEAD, VISITOR, DemonstrationAccount, ensure_accounts
from .guidance import choose_gold, choose_guidance
from .recipes import (
    SIMULATED_OVERLAP,
    SIMULATED_PAIRS,
    TRAININGS,
    VISITOR_PAIRS,
    DemonstrationTraining,
    sampling_recipe,
)
from .simulated_annotators import SIMULATED_ANNOTATORS, SimulatedAnnotator, reflection, simulated_answer
from .staged_progress import StagedProgress

MUSEUMS = (MUSEUM_A, MUSEUM_B)
SAMPLING_NAME = "Demonstration"
OPEN_CAMPAIGN, SIMULATED_CAMPAIGN = "Try it yourself", "Simulated annotators"
STAGES = 6 + len(TRAININGS)


@dataclass(frozen=True)
class Demonstration:
    """What stands in the database after a run."""

    accounts: list[DemonstrationAccount]
    records: dict[str, int]
    pairs: int
    open_campaign: Campaign
    simulated_campaign: Campaign


def demonstration_folder() -> Path:
    return settings.DATA_DIR / "demonstration"


def set_up_demonstration(
    *, recipe: DemonstrationRecipe, password: str | None, epochs: int | None, progress: Progress
) -> Demonstration:
    """Do all that is missing; `epochs` are those of either fine-tuning, its own where None.

    Raises UserError, keeping what is done, where something cannot be.
    """
    folder = demonstration_folder()
    folder.mkdir(parents=True, exist_ok=True)
    staged = StagedProgress(progress, STAGES)

    staged.next_stage("Database and accounts")
    call_command("migrate", interactive=False, verbosity=0)
    accounts = ensure_accounts(folder, password=password)

    staged.next_stage("Drawing two collections")
    write_collections(folder, recipe, progress=staged)

    staged.next_stage("Importing them")
    for museum in MUSEUMS:
        ensure_imported(folder, museum, staged)

    staged.next_stage(f"Embedding with {HERITAGE_MINI}")
    sampled = _sampled_models()
    for model in sampled or [HERITAGE_MINI]:
        ensure_embedded(model, staged)

    models = [HERITAGE_MINI]
    for training in TRAININGS:
        staged.next_stage(f"Fine-tuning {HERITAGE_MINI} on them, {training.words}")
        if not sampled:  # pairs that were sampled by an earlier version keep their own models
            models.append(ensure_finetuned(training, epochs=epochs, seed=recipe.seed, progress=staged))
            ensure_embedded(models[-1], staged)

    staged.next_stage("Sampling pairs")
    sampling = ensure_sampled(models=models, seed=recipe.seed, progress=staged)

    staged.next_stage("Campaigns")
    lead = User.objects.get(username=LEAD)
    truth = read_truth(folder / TRUTH_NAME)
    open_campaign = ensure_open_campaign(sampling, truth=truth, lead=lead, seed=recipe.seed)
    simulated = ensure_simulated_campaign(sampling, truth=truth, lead=lead, seed=recipe.seed, progress=staged)
    return Demonstration(
        accounts=accounts,
        records={museum: collection.records.count() for museum, collection in _collections().items()},
        pairs=sampling.pairs.count(),
        open_campaign=open_campaign,
        simulated_campaign=simulated,
    )


def missing_parts() -> list[str]:
    """What a run would still make, in words; nothing is changed, not even tables."""
    if not set(connection.introspection.table_names()) >= {Campaign._meta.db_table, Sampling._meta.db_table}:
        return ["the database's tables", "the accounts", "two collections", "models", "pairs", "campaigns"]
    users = set(User.objects.filter(username__in=[LEAD, VISITOR]).values_list("username", flat=True))
    collections = set(Collection.objects.filter(slug__in=MUSEUMS).values_list("slug", flat=True))
    models = set(EmbeddingModel.objects.values_list("slug", flat=True))
    trainings = [] if _sampled_models() else TRAININGS
    finished = set(
        Campaign.objects.filter(name__in=[OPEN_CAMPAIGN, SIMULATED_CAMPAIGN])
        .exclude(name=SIMULATED_CAMPAIGN, closed=None)
        .values_list("name", flat=True)
    )
    return [
        *(f"the account {name}" for name in (LEAD, VISITOR) if name not in users),
        *(f"the collection {museum}" for museum in MUSEUMS if museum not in collections),
        *([] if HERITAGE_MINI in models else [f"the model {HERITAGE_MINI}"]),
        *(f"the model {training.slugs[0]}" for training in trainings if models.isdisjoint(training.slugs)),
        *([] if _sampled_models() else [f"the sampling {SAMPLING_NAME}"]),
        *(f"the campaign {name}" for name in (OPEN_CAMPAIGN, SIMULATED_CAMPAIGN) if name not in finished),
    ]


def _collections() -> dict[str, Collection]:
    return {collection.slug: collection for collection in get_collections(MUSEUMS)}


def _sampled_models() -> list[str]:
    """The models that the demonstration's pairs were sampled by; none where they are not sampled yet."""
    sampling = Sampling.objects.filter(name=SAMPLING_NAME).first()
    return sampling.model_slugs if sampling else []


def ensure_imported(folder: Path, museum: str, progress: Progress) -> None:
    """Import a museum's table unless every record of it is there."""
    truth = read_truth(folder / TRUTH_NAME)
    expected = sum(collection == museum for collection, _ in truth)
    existing = Collection.objects.filter(slug=museum).first()
    if existing is not None and not existing.simulated:
        raise UserError(
            f"There is a collection {museum} that the demonstration did not make; use another DATA_DIR or database."
        )
    if existing is not None and existing.records.count() >= expected:
        return
    path = table_path(folder, museum)
    result = import_source(
        collection=museum,
        source=RecordFiles([NamedFile.at(path)], shipped_mapping("uniform")),
        name=MUSEUM_NAMES[museum],
        simulated=True,
        images_root=folder / "images",
        progress=progress,
    )
    if result.problems:
        raise UserError(
            f"{len(result.problems)} rows of {path} were not imported, the first because: {result.problems[0].reason}."
            f" Remove {folder} and run this again."
        )


def ensure_embedded(model: str, progress: Progress) -> None:
    collections = list(_collections().values())
    registered = get_model(model)
    covered = coverage(model=registered, collections=collections)
    if not covered.images_missing and not covered.segments_missing:
        return
    from models_ml.vectors.embedding import embed_collections

    embed_collections(model=registered, collections=collections, progress=progress)


def ensure_finetuned(training: DemonstrationTraining, *, epochs: int | None, seed: int, progress: Progress) -> str:
    """The slug of the model to compare."""
    found = _compared_model(training)
    if found is None:
        from models_ml.finetuning.actions import finetune_model

        made = finetune_model(
            base=HERITAGE_MINI,
            name=training.name,
            collections=MUSEUMS,
            config=training.config(epochs=epochs, seed=seed),
            progress=progress,
            resume=True,
        )
        found = next(slug for slug in training.slugs if slug in made.models)
    return found


def _compared_model(training: DemonstrationTraining) -> str | None:
    there = set(EmbeddingModel.objects.filter(slug__in=training.slugs).values_list("slug", flat=True))
    return next((slug for slug in training.slugs if slug in there), None)


def ensure_sampled(*, models: Sequence[str], seed: int, progress: Progress) -> Sampling:
    existing = Sampling.objects.filter(name=SAMPLING_NAME).first()
    if existing is not None:
        return existing
    recipe = sampling_recipe(museums=MUSEUMS, models=tuple(models), seed=seed)
    create_sampling(name=SAMPLING_NAME, recipe=recipe, progress=progress)
    return Sampling.objects.get(name=SAMPLING_NAME)


def ensure_open_campaign(sampling: Sampling, *, truth: dict[tuple[str, str], Truth], lead: User, seed: int) -> Campaign:
    """The visitor's own: some of the sampling's pairs, waiting to be labelled, with examples, practice and gold."""
    existing = Campaign.objects.filter(name=OPEN_CAMPAIGN).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        campaign = create_campaign(
            name=OPEN_CAMPAIGN,
            sampling=sampling,
            annotators=[VISITOR],
            pairs_each=min(VISITOR_PAIRS, sampling.pairs.count()),
            seed=seed,
            created_by=lead,
        )
        _guide(campaign, truth=truth, lead=lead)
    return campaign


def _guide(campaign: Campaign, *, truth: dict[tuple[str, str], Truth], lead: User) -> None:
    """Mark example and practice pairs among those that were not drawn, and gold among the visitor's."""
    pictured = Image.objects.filter(record__collection__slug__in=MUSEUMS).exclude(content_hash="")
    chosen = [
        *choose_guidance(
            truth,
            pictured=set(pictured.values_list("record__collection__slug", "record__record_id")),
            museums=MUSEUMS,
            taken=set(_keys(CandidatePair.objects.filter(sampling=campaign.sampling_id))),
        ),
        *choose_gold(
            truth, dealt=_keys(CandidatePair.objects.filter(assignments__campaign=campaign).order_by("assignments"))
        ),
    ]
    marks = [Mark(each.kind, ":".join(each.a), ":".join(each.b), each.label, each.note) for each in chosen]
    mark_pairs(campaign=campaign, marks=list(enumerate(marks, start=1)), marked_by=lead)


def _keys(pairs: QuerySet[CandidatePair]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Museum and identifier of both records of each pair."""
    sides = (f"{side}__{name}" for side in "ab" for name in ("collection__slug", "record_id"))
    return [((museum_a, a), (museum_b, b)) for museum_a, a, museum_b, b in pairs.values_list(*sides)]


def ensure_simulated_campaign(
    sampling: Sampling, *, truth: dict[tuple[str, str], Truth], lead: User, seed: int, progress: Progress
) -> Campaign:
    """A finished one, labelled by programs that know the truth and make mistakes."""
    campaign = Campaign.objects.filter(name=SIMULATED_CAMPAIGN).first()
    if campaign is None:
        usernames = [annotator.username for annotator in SIMULATED_ANNOTATORS]
        for username in usernames:
            if not User.objects.filter(username=username).exists():
                # The password is known to nobody: a program needs none.
                create_account(username=username, role=Role.ANNOTATOR)
        campaign = create_campaign(
            name=SIMULATED_CAMPAIGN,
            sampling=sampling,
            annotators=usernames,
            pairs_each=_pairs_each(sampling.pairs.count(), len(usernames)),
            overlap=SIMULATED_OVERLAP,
            seed=seed,
            simulated=True,
            created_by=lead,
        )
    if campaign.is_open:
        _answer(campaign, truth=truth, seed=seed, progress=progress)
        close_campaign(campaign=campaign)
    return campaign


def _pairs_each(available: int, annotators: int) -> int:
    """As many as the pairs allow, up to SIMULATED_PAIRS."""
    for pairs_each in range(SIMULATED_PAIRS, 1, -1):
        need = pairs_needed(annotators=annotators, pairs_each=pairs_each, overlap=SIMULATED_OVERLAP)
        if need.total <= available:
            return pairs_each
    return 1


def _answer(campaign: Campaign, *, truth: dict[tuple[str, str], Truth], seed: int, progress: Progress) -> None:
    people = {annotator.username: annotator for annotator in SIMULATED_ANNOTATORS}
    waiting = unanswered(Assignment.objects.filter(campaign=campaign)).select_related(
        "annotator", "pair__a__collection", "pair__b__collection"
    )
    progress.start("Simulated annotators at work", waiting.count())
    for username in people:
        with transaction.atomic():  # one for all their answers: a commit for each would take as long as the answers
            for assignment in waiting.filter(annotator__username=username).order_by("position"):
                _answer_pair(assignment, people[username], truth=truth, seed=seed)
                progress.advance()
    for person in User.objects.filter(assignments__campaign=campaign).distinct():
        write_reflection(campaign=campaign, annotator=person, text=reflection(people[person.username]))


def _answer_pair(
    assignment: Assignment, person: SimulatedAnnotator, *, truth: dict[tuple[str, str], Truth], seed: int
) -> None:
    a, b = assignment.pair.a, assignment.pair.b
    if a is None or b is None:  # only pairs imported from a published table lack their records
        return
    answer = simulated_answer(
        relation(truth[a.collection.slug, a.record_id], truth[b.collection.slug, b.record_id]),
        person,
        pair=f"{a.record_id} {b.record_id}",
        seed=seed,
    )
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=answer.label, seconds=answer.seconds)
