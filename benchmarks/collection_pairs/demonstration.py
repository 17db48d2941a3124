"""The two invented museums that `manage.py demo` draws, with the truth of the objects behind their records."""

from pathlib import Path

from heritage.demonstration.files import DemonstrationRecipe, write_collections
from heritage.progress import Progress


def write_demonstration(folder: Path, progress: Progress) -> None:
    """600 and 150 records, as the demonstration has them by default."""
    write_collections(folder, DemonstrationRecipe(), progress=progress)
