"""Readers of museums' files, one module per format. A new format is a module and a line in `IMPORTERS`.

Importers are pure generators (`source_records.Importer`): they open a file and yield what each row says.
Rows of one record are merged by `merging`; what is stored, and how, is for `heritage.catalogue.actions`.
"""

from heritage.errors import UserError

from .merging import merge_rows, survey_rows
from .nms import read_nms
from .smg_dump import read_smg_dump
from .source_records import ImageSource, Importer, RowProblem, SourceRecord
from .uniform import read_uniform

IMPORTERS: dict[str, Importer] = {
    "uniform": read_uniform,
    "smg-dump": read_smg_dump,
    "nms": read_nms,
}


def get_importer(name: str) -> Importer:
    """The reader of the format `name`. Raises UserError listing the formats there are."""
    try:
        return IMPORTERS[name]
    except KeyError:
        raise UserError(f"There is no format “{name}”; choose one of {', '.join(IMPORTERS)}.") from None


__all__ = [
    "IMPORTERS",
    "ImageSource",
    "Importer",
    "RowProblem",
    "SourceRecord",
    "get_importer",
    "merge_rows",
    "survey_rows",
]
