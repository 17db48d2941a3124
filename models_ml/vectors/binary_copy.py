"""Rows of (key..., vector) in PostgreSQL's binary COPY format, to and from NumPy arrays. Pure.

A pgvector `vector` travels as two 16-bit integers (its dimension, and zero) and big-endian float32s.
All rows of one model have one length, so a whole batch is one structured array: no Python per row.
Format: PostgreSQL manual, COPY, "Binary Format"; pgvector's vector_send.
"""

import numpy as np

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"


def row_dtype(keys: int, dimension: int) -> np.dtype:
    """Layout of one row: `keys` 64-bit integers, then a vector of `dimension` float32s."""
    fields: list[tuple] = [("fields", ">i2")]
    for key in range(keys):
        fields += [(f"size{key}", ">i4"), (f"key{key}", ">i8")]
    fields += [("vector_size", ">i4"), ("dimension", ">i2"), ("unused", ">i2"), ("vector", ">f4", (dimension,))]
    return np.dtype(fields)


def pack_rows(keys: np.ndarray, vectors: np.ndarray) -> bytes:
    """A complete binary COPY stream. `keys` is (n, k) int64, `vectors` (n, d) float32."""
    count, dimension = vectors.shape
    rows = np.zeros(count, row_dtype(keys.shape[1], dimension))
    rows["fields"] = keys.shape[1] + 1
    for key in range(keys.shape[1]):
        rows[f"size{key}"] = 8
        rows[f"key{key}"] = keys[:, key]
    rows["vector_size"] = 4 + 4 * dimension
    rows["dimension"] = dimension
    rows["vector"] = vectors
    return HEADER + rows.tobytes() + TRAILER


def unpack_rows(rows: bytes | bytearray, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Keys (n,) int64 and vectors (n, d) float32 of whole rows with one key, without header and trailer.

    Raises ValueError where a row is not of this layout: a vector of another dimension, or a NULL.
    """
    table = np.frombuffer(rows, row_dtype(1, dimension))
    if table.size and not (np.all(table["fields"] == 2) and np.all(table["dimension"] == dimension)):
        raise ValueError(f"not all vectors have {dimension} dimensions")
    return table["key0"].astype(np.int64), table["vector"].astype(np.float32)
