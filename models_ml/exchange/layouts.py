"""The two layouts of published vectors: how a file is told to be of one, and what a batch of its rows says. Pure.

`shared`: provider, depiction_id, subject_id, model, embeddings (list of float32), created (Unix time), attributes (map
of strings: type, preview, depiction_url, subject_url, subject_title, subject_creditline, provider_name, provider_url;
of vectors of texts also text).
`plain`: objectID, embedding, model, dim; one picture an object.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from heritage.errors import UserError

LayoutName = Literal["shared", "plain"]

SHARED = pa.schema(
    [
        ("provider", pa.string()),
        ("depiction_id", pa.string()),
        ("subject_id", pa.string()),
        ("model", pa.string()),
        ("embeddings", pa.list_(pa.float32())),
        ("created", pa.int64()),
        ("attributes", pa.map_(pa.string(), pa.string())),
    ]
)
PLAIN = pa.schema(
    [("objectID", pa.string()), ("embedding", pa.list_(pa.float32())), ("model", pa.string()), ("dim", pa.int32())]
)
SCHEMAS: dict[LayoutName, pa.Schema] = {"shared": SHARED, "plain": PLAIN}
_VECTORS = {"shared": "embeddings", "plain": "embedding"}
_NEEDED = {
    "shared": ("provider", "depiction_id", "subject_id", "model", "embeddings"),
    "plain": ("objectID", "embedding", "model"),
}

LENGTH_TOLERANCE = 1e-3  # of a vector's length from 1: half precision gives no better
LONGEST_ID = 200  # characters, as a record's identifier


@dataclass(frozen=True)
class PublishedRows:
    """A batch: of each row who provides it, its object, picture and model, and what else is said; vectors (n, d)."""

    providers: Sequence[str]
    subjects: Sequence[str]
    depictions: Sequence[str]
    models: Sequence[str]
    attributes: Sequence[Mapping[str, str]]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.subjects)


def recognised(schema: pa.Schema) -> LayoutName:
    """Which layout a file's columns are of. Raises UserError where they are of none."""
    for name, needed in _NEEDED.items():
        if set(needed) <= set(schema.names):
            column = schema.field(_VECTORS[name]).type
            is_list = pa.types.is_list(column) or pa.types.is_large_list(column) or pa.types.is_fixed_size_list(column)
            if not is_list or not pa.types.is_floating(column.value_type):
                raise UserError(f"The column {_VECTORS[name]} holds {column}, not lists of numbers; write it anew.")
            return name  # type: ignore[return-value]
    raise UserError(
        f"The file has the columns {', '.join(schema.names[:12])}; vectors are read from "
        f"{', '.join(_NEEDED['shared'])} and attributes, or from {', '.join(_NEEDED['plain'])}."
    )


def read_rows(batch: pa.RecordBatch, layout: LayoutName, *, first_row: int) -> PublishedRows:
    """first_row: number of the batch's first row in its file, from 1, for errors.

    Raises UserError where a row lacks something, or its vector is of another length than the others', not of numbers,
    or not of length 1.
    """
    vectors = _vectors(batch.column(_VECTORS[layout]), first_row)
    if layout == "plain":
        subjects = _texts(batch, "objectID", first_row)
        nothing = [""] * len(subjects)
        models = _texts(batch, "model", first_row)
        return PublishedRows(nothing, subjects, nothing, models, [{}] * len(subjects), vectors)
    has_attributes = "attributes" in batch.schema.names and pa.types.is_map(batch.schema.field("attributes").type)
    attributes = batch.column("attributes").to_pylist() if has_attributes else [None] * len(batch)
    return PublishedRows(
        _texts(batch, "provider", first_row),
        _texts(batch, "subject_id", first_row),
        _texts(batch, "depiction_id", first_row),
        _texts(batch, "model", first_row),
        [{str(key): str(value) for key, value in each or () if value is not None} for each in attributes],
        vectors,
    )


def _texts(batch: pa.RecordBatch, name: str, first_row: int) -> list[str]:
    column = batch.column(name)
    if not (
        pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_integer(column.type)
    ):
        if not pa.types.is_dictionary(column.type):
            raise UserError(f"The column {name} holds {column.type}, not texts; write it anew.")
        column = column.dictionary_decode()
    values = column.cast(pa.string()).to_pylist()
    for place, value in enumerate(values):
        if not value or (name in ("objectID", "subject_id") and len(value) > LONGEST_ID) or "\0" in value:
            raise UserError(f"Row {first_row + place:,} has no {name} that can be used; correct or remove it.")
    return values


def _vectors(column: Any, first_row: int) -> NDArray[np.float32]:
    if column.null_count:
        row = first_row + int(pc.index(column.is_null(), True).as_py())
        raise UserError(f"Row {row:,} has no vector; remove it.")
    lengths = np.asarray(pc.list_value_length(column))
    if len(set(lengths.tolist())) > 1:
        row = first_row + int(np.flatnonzero(lengths != lengths[0])[0])
        raise UserError(f"The vector in row {row:,} is of another length than those before it; write the file anew.")
    flat = np.asarray(column.flatten(), np.float32)
    vectors: NDArray[np.float32] = flat.reshape(len(column), int(lengths[0]) if len(lengths) else 0)
    wrong = ~np.isfinite(vectors).all(axis=1)
    if wrong.any():
        row = first_row + int(np.flatnonzero(wrong)[0])
        raise UserError(f"The vector in row {row:,} holds something that is no number; remove the row.")
    length = np.linalg.norm(vectors, axis=1)
    off = np.abs(length - 1) > LENGTH_TOLERANCE
    if off.any():
        place = int(np.flatnonzero(off)[0])
        raise UserError(
            f"The vector in row {first_row + place:,} has the length {length[place]:.4g}; vectors are compared at "
            "length 1, so divide each by its length first."
        )
    return vectors
