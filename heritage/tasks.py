"""Long work on the catalogue that is started in the browser."""

from django.urls import reverse

from heritage.errors import UserError
from heritage.jobs import job
from heritage.progress import Progress

# As many problems as fit on the job's page; mending these usually mends the rest.
SHOWN_PROBLEMS = 12


@job("import-records", title="Import {original_name} into {collection}")
def import_uploaded_records(
    progress: Progress, *, collection: str, name: str, format: str, upload: str, original_name: str, language: str = ""
) -> str:
    """Import a file of `heritage.catalogue.uploads`, and remove it once all its rows are in.

    Where rows were rejected the others are stored all the same, and the job says which to mend.
    """
    from heritage.catalogue.actions import import_records
    from heritage.catalogue.uploads import remove_upload, upload_path

    result = import_records(
        collection=collection,
        name=name,
        language=language,
        format=format,
        files=[upload_path(upload)],
        progress=progress,
    )
    if result.problems:
        listed = "; ".join(
            f"line {problem.line}, {problem.field or 'row'}: {problem.reason}"
            for problem in result.problems[:SHOWN_PROBLEMS]
        )
        more = len(result.problems) - SHOWN_PROBLEMS
        raise UserError(
            f"{result.rejected:,} of {result.rows:,} rows could not be used, the others are in; mend these and "
            f"upload the file again: {listed}" + (f"; and {more:,} more." if more > 0 else ".")
        )
    remove_upload(upload)
    return reverse("collection", args=[collection])


@job("fetch-images", title="Fetch images of {collection}")
def fetch_missing_images(progress: Progress, *, collection: str, retry_failed: bool = False) -> str:
    """Download the pictures of a collection that are not here yet."""
    from heritage.catalogue.fetching import fetch_images

    result = fetch_images(collection=collection, retry_failed=retry_failed, progress=progress)
    if result.postponed:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in result.postponed.most_common())
        raise UserError(f"{result.fetched:,} pictures fetched, others did not come ({reasons}); retry later.")
    return reverse("collection", args=[collection])
