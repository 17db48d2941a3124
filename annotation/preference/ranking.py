"""What each model finds for text queries: records by their best image's cosine with the query.

Loads the models' text encoders: for commands and jobs only.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from heritage.models import Collection
from heritage.progress import Progress
from models_ml.models import EmbeddingModel
from models_ml.vectors.store import read_vectors


def rank_records(
    *,
    models: Sequence[EmbeddingModel],
    collections: Sequence[Collection],
    queries: Sequence[str],
    depth: int,
    progress: Progress,
) -> dict[str, NDArray[np.int64]]:
    """For each model's slug (queries, depth) primary keys of records, the nearest first, every record once.

    Of records with the same cosine the one with the smaller key comes first. There are at least `depth` records
    with a vector. Raises UserError where a model cannot be loaded.
    """
    from models_ml.evaluation.search import group_records, rank
    from models_ml.networks.encoders import load_encoder
    from models_ml.networks.sources import loadable

    progress.start("Searching with each model", len(models))
    found = {}
    for model in models:  # one at a time: several large models would not fit beside each other
        table = read_vectors(model=model, modality="image", collections=collections)
        records, documents = group_records(table.record_ids, table.vectors)
        ranking = rank(
            load_encoder(loadable(model.source)).encode_texts(queries),
            documents,
            np.full(len(queries), -1, np.int64),
            allowed=None,
            group=np.zeros(len(queries), np.int64),
            leave_out_own=False,
            top=depth,
        )
        found[model.slug] = records[ranking.nearest]
        progress.advance()
    return found


def in_slice(found: Mapping[str, NDArray[np.int64]], query: int, first: int, last: int) -> dict[str, tuple[int, ...]]:
    """Each model's records from rank `first` to `last` for one query."""
    return {model: tuple(ranked[query, first - 1 : last].tolist()) for model, ranked in found.items()}
