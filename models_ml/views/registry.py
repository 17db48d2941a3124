"""Pages about models, for leads: the registry, starting work on a model, and records it finds similar."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from heritage.access import lead_required
from heritage.jobs import start_job
from heritage.models import Collection, Record
from heritage.pages.sorting import sorted_rows
from models_ml.evaluation.kinds import evaluation_kinds
from models_ml.forms import EmbedForm, FinetuneForm
from models_ml.models import EmbeddingModel
from models_ml.queries import (
    ALL_MODELS,
    SIMILARITIES,
    ModelRow,
    coverage_by_collection,
    evaluation_rows,
    lineage,
    list_models,
    newest_figures,
    similar,
    training_epochs,
    weights_of,
)

COLUMNS: dict[str, Callable[[ModelRow], Any]] = {
    "model": lambda row: row.model.slug,
    "parent": lambda row: row.model.parent and row.model.parent.slug,
    "dimensions": lambda row: row.model.dimension,
    "pictures": lambda row: row.coverage.images_present,
    "texts": lambda row: row.coverage.segments_present,
    "accuracy": lambda row: row.figures.accuracy and row.figures.accuracy.value,
    "relevance": lambda row: row.figures.relevance and row.figures.relevance.value,
}


@require_safe
@lead_required
def model_list(request: HttpRequest) -> HttpResponse:
    rows, sorting = sorted_rows(list_models(), COLUMNS, request)
    return render(
        request,
        "models_ml/models.html",
        {
            "rows": rows,
            "sorting": sorting,
            "embed_form": EmbedForm(auto_id="embed_%s"),
            "finetune_form": FinetuneForm(auto_id="finetune_%s"),
            "has_collections": Collection.objects.exists(),
        },
    )


@require_safe
@lead_required
def model_page(request: HttpRequest, slug: str) -> HttpResponse:
    model = get_object_or_404(EmbeddingModel.objects.select_related("parent"), slug=slug)
    measures, epochs = training_epochs(model)
    return render(
        request,
        "models_ml/model.html",
        {
            "model": model,
            "rows": coverage_by_collection(model),
            "children": model.children.all(),
            "lineage": lineage(model),
            "figures": newest_figures().get(model.slug),
            "evaluations": evaluation_rows().filter(evaluated=model),
            "kinds": evaluation_kinds(),
            "measures": measures,
            "epochs": epochs,
            "own_weights": weights_of(model),
            "embed_form": EmbedForm(initial={"model": model.slug}),
        },
    )


@require_POST
@lead_required
def start_embed(request: HttpRequest) -> HttpResponse:
    form = EmbedForm(request.POST)
    if not form.is_valid():
        return _back(request, form)
    job = start_job(
        "embed",
        user=request.user,  # type: ignore[arg-type]  # lead_required
        model=form.cleaned_data["model"].slug,
        collections=[collection.slug for collection in form.cleaned_data["collections"]],
        renew=form.cleaned_data.get("renew", False),
    )
    return redirect(job)


@require_POST
@lead_required
def start_means(request: HttpRequest, slug: str) -> HttpResponse:
    """Work out the means that similarity without house style subtracts."""
    model = get_object_or_404(EmbeddingModel, slug=slug)
    return redirect(start_job("keep-means", user=request.user, model=model.slug))  # type: ignore[arg-type]


@require_POST
@lead_required
def start_finetune(request: HttpRequest) -> HttpResponse:
    form = FinetuneForm(request.POST)
    if not form.is_valid():
        return _back(request, form)
    job = start_job(
        "finetune",
        user=request.user,  # type: ignore[arg-type]  # lead_required
        base=form.cleaned_data["base"].slug,
        name=form.cleaned_data["name"],
        collections=[collection.slug for collection in form.cleaned_data["collections"]],
        epochs=form.cleaned_data["epochs"],
        batches=form.cleaned_data["batches"],
    )
    return redirect(job)


@require_safe
@lead_required
def similar_records(request: HttpRequest, record_pk: int) -> HttpResponse:
    """Fragment for a record's page: what a model finds most similar in the other collections."""
    record = get_object_or_404(Record.objects.select_related("collection"), pk=record_pk)
    asked = request.GET.get("similarity", "")
    context = similar(
        record,
        model_slug=request.GET.get("model", ""),
        by="text" if request.GET.get("by") == "text" else "image",
        similarity=asked if asked in SIMILARITIES else next(iter(SIMILARITIES)),
    )
    return render(request, "models_ml/_similar_records.html", context | {"choices": _choices(context)})


def _choices(context: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What the list of similar records may go by: of each choice its name, and options with the query that takes it."""
    chosen = {"by": context["by"], "similarity": context["similarity"]}
    if context["model"]:
        chosen["model"] = context["model"].slug
    elif context.get("is_agreed"):
        chosen["model"] = ALL_MODELS
    of_models = {model.slug: model.slug for model in context["models"]}
    if len(of_models) > 1:
        of_models[ALL_MODELS] = "What they agree on"
    offered = {
        "by": ("Similar by", {"image": "Picture", "text": "Words"}),
        "similarity": ("Similarity", SIMILARITIES),
        "model": ("Model", of_models),
    }
    return [
        (
            label,
            [
                {"words": words, "query": urlencode(chosen | {name: value}), "current": chosen.get(name) == value}
                for value, words in options.items()
            ],
        )
        for name, (label, options) in offered.items()
        if len(options) > 1
    ]


def _back(request: HttpRequest, form: EmbedForm | FinetuneForm) -> HttpResponse:
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return redirect("models")
