"""Pages that bring records and pictures into the catalogue: files, then what they mean, then a job. For leads."""

import json
from dataclasses import asdict, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage.access import lead_required
from heritage.errors import UserError
from heritage.importers.mapping import Mapping
from heritage.importers.readers.rows import SHAPES_IN_WORDS
from heritage.importers.record_files import Hints, Sample, take_sample
from heritage.jobs import start_job
from heritage.models import Collection
from heritage.pages.downloads import attachment
from heritage.pages.fragments import page_or_fragment

from .drafts import Draft, get_draft, keep_draft, start_draft
from .forms import LAYOUT_FIELDS, ImportFilesForm, LayoutForm, MappingForm, NewCollectionForm
from .mappings import corrected, guessed, mapping_from_json, named_mapping, save_mapping
from .preview import preview, preview_of_items, source_rows
from .sources import unmapped_source

MOST_MAPPING_BYTES = 1 << 20


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_collection(request: HttpRequest) -> HttpResponse:
    """A form for a collection and the files of its first records."""
    return _files_page(request, NewCollectionForm(request.POST or None, request.FILES or None))


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def import_into_collection(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for files of new or changed records of a collection that is there."""
    collection = get_object_or_404(Collection, slug=slug)
    return _files_page(request, ImportFilesForm(request.POST or None, request.FILES or None), collection)


def _files_page(request: HttpRequest, form: ImportFilesForm, collection: Collection | None = None) -> HttpResponse:
    if form.is_valid():
        values = form.cleaned_data
        draft = start_draft(
            collection=collection.slug if collection else values["slug"],
            name="" if collection else values["name"],
            language="" if collection else values["language"],
            files=values["records"],
            pictures=values["pictures"],
            address=values["address"] if not values["records"] else "",
        )
        return redirect("import-draft", draft.key)
    context = {"form": form, "collection": collection}
    return render(request, "heritage/import_files.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def import_draft(request: HttpRequest, key: str) -> HttpResponse:
    """What the files seem to hold, first records beside their source, and the mapping to correct.

    A POST with `start` begins the import; any other applies what was changed and shows it, as a fragment to htmx.
    """
    draft = _draft(key)
    try:
        return _draft_page(request, draft)
    except UserError as error:
        layout = LayoutForm(initial=_layout_values(draft))
        context = {"draft": draft, "problem": str(error), "layout": layout, "layout_fields": list(layout)}
        return page_or_fragment(
            request, "heritage/import_draft.html", "heritage/_import_draft.html", context, status=422
        )


def _draft(key: str) -> Draft:
    try:
        return get_draft(key)
    except UserError as error:
        raise Http404(str(error)) from error


def _draft_page(request: HttpRequest, draft: Draft) -> HttpResponse:
    source = unmapped_source(draft)
    if source is None:
        return _mapping_page(request, draft)
    if request.method == "POST" and "start" in request.POST:
        return _started(request, draft)
    shown = preview_of_items(source.items())
    context = {"draft": draft, "preview": shown, "is_update": _is_update(draft)}
    return page_or_fragment(request, "heritage/import_draft.html", "heritage/_import_draft.html", context)


def _mapping_page(request: HttpRequest, draft: Draft) -> HttpResponse:
    layout = LayoutForm(request.POST) if request.method == "POST" else LayoutForm(initial=_layout_values(draft))
    if request.method == "POST" and layout.is_valid():
        draft = _with_layout(draft, layout, begin_with=request.POST.get("mapping_before", ""))
        if upload := request.FILES.get("mapping_file"):
            mapping = mapping_from_json(upload.read(MOST_MAPPING_BYTES), name=upload.name or "mapping")
            draft = replace(draft, mapping=mapping.as_document())
    sample = take_sample(draft.named_files, draft.hints)
    guess = guessed(sample)
    mapping = draft.read_mapping() or guess.mapping
    form = MappingForm(mapping=mapping, columns=sample.columns)
    # Fields that were not asked about (another format was chosen) are not said to be empty.
    if request.method == "POST" and "record_id" in request.POST and not _begins_anew(request):
        form = MappingForm(request.POST, mapping=mapping, columns=sample.columns)
        if form.is_valid():
            mapping = corrected(mapping, form.changes())
    if request.method == "POST" and not form.errors:
        draft = replace(draft, mapping=mapping.as_document() if mapping.fields else {})
        keep_draft(draft)
        if "start" in request.POST:
            return _start(request, draft, mapping, form)
        if not form.is_bound:
            form = MappingForm(mapping=mapping, columns=sample.columns)
    context = _context(draft, sample, mapping, form, layout) | {
        "reasons": [*sample.reasons, *(guess.reasons if mapping == guess.mapping else ())]
    }
    status = 422 if form.errors else 200
    return page_or_fragment(
        request, "heritage/import_draft.html", "heritage/_import_draft.html", context, status=status
    )


def _begins_anew(request: HttpRequest) -> bool:
    changed = request.POST.get("mapping_name", "") != request.POST.get("mapping_before", "")
    return changed or "mapping_file" in request.FILES


def _layout_values(draft: Draft) -> dict[str, Any]:
    return asdict(draft.hints)


def _with_layout(draft: Draft, layout: LayoutForm, *, begin_with: str) -> Draft:
    values = layout.cleaned_data
    hints = Hints(values["encoding"], values["delimiter"], values["rows"], values["sheet"])
    if values["mapping_name"] != begin_with:
        name = values["mapping_name"]
        draft = replace(draft, mapping=named_mapping(name).as_document() if name else {})
    return replace(draft, hints=hints)


def _context(draft: Draft, sample: Sample, mapping: Mapping, form: MappingForm, layout: LayoutForm) -> dict[str, Any]:
    return {
        "draft": draft,
        "sample": sample,
        "shape": SHAPES_IN_WORDS[sample.layout.shape],
        "mapping": mapping,
        "form": form,
        "layout": layout,
        "layout_fields": [layout[name] for name in LAYOUT_FIELDS[sample.layout.shape]],
        "mapping_before": layout["mapping_name"].value() or "",
        "preview": preview(sample, mapping, draft.picture_names) if "record_id" in mapping.fields else None,
        "source_rows": source_rows(sample),
        "is_update": _is_update(draft),
    }


def _is_update(draft: Draft) -> bool:
    return Collection.objects.filter(slug=draft.collection).exists()


def _start(request: HttpRequest, draft: Draft, mapping: Mapping, form: MappingForm) -> HttpResponse:
    if "record_id" not in mapping.fields:
        raise UserError("Say which column is the identifier of a record; it is how records are known again.")
    if form.is_bound and (name := form.cleaned_data.get("save_as")):
        save_mapping(name=name, mapping=mapping, user=request.user)  # type: ignore[arg-type]
    return _started(request, draft)


def _started(request: HttpRequest, draft: Draft) -> HttpResponse:
    run = start_job(
        "import-records",
        user=request.user,  # type: ignore[arg-type]
        draft=draft.key,
        collection=draft.collection,
        files=draft.title[:150],
        by=request.user.pk,
    )
    return redirect(run)


@require_safe
@lead_required
def draft_mapping(request: HttpRequest, key: str) -> HttpResponse:
    """The draft's mapping as a small file, to be kept, sent, and used with `--mapping`."""
    draft = _draft(key)
    mapping = draft.read_mapping() or guessed(take_sample(draft.named_files, draft.hints)).mapping
    content = json.dumps(mapping.as_document(), ensure_ascii=False, indent=2)
    return attachment(f"mapping-{draft.collection}.json", "application/json", content)


@require_POST
@lead_required
def fetch_pictures(request: HttpRequest, slug: str) -> HttpResponse:
    """Start downloading a collection's missing pictures; with `retry_failed`, refused ones as well."""
    collection = get_object_or_404(Collection, slug=slug)
    run = start_job(
        "fetch-images",
        user=request.user,  # type: ignore[arg-type]
        collection=collection.slug,
        retry_failed=bool(request.POST.get("retry_failed")),
    )
    return redirect(run)
