"""What of a model's source is let in: JSON, safetensors and tokenizers' tables; never code, never pickles.

Every loader gets its files here. From the hub only files of these kinds are fetched, and what a configuration may
name is fixed: towers that timm and open_clip ship, tokenizer options without effect outside the tokenizer, numbers of
a size that networks have. Imports neither torch nor open_clip until a name has to be looked up in theirs.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heritage.errors import UserError
from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
# Settings by which transformers and the hub load classes from a repository's own Python files.
_RUNS_CODE = ("trust_remote_code", "auto_map", "custom_pipelines", "code_revision")
# What open_clip's own architectures say of their tokenizers, and the kind of each.
_TOKENIZER_OPTIONS = {"clean": str, "strip_sep_token": bool, "language": str}
LARGEST_DIMENSION = 16_000  # of a vector in PostgreSQL
# Several times what the largest published networks have: 1,792 wide, 56 layers, 901,629 words, 512 pixels.
_LARGEST = {
    "width": 16_384,
    "hidden_size": 16_384,
    "layers": 512,
    "num_hidden_layers": 512,
    "heads": 1024,
    "context_length": 16_384,
    "max_position_embeddings": 16_384,
    "image_size": 8192,
    "size": 8192,
    "mlp_ratio": 64,
}
_LARGEST_NUMBER = 10_000_000


def read_json(path: Path, *, unreadable: str) -> Any:
    """The document in `path`. Raises UserError: `unreadable` where there is no file, else what is wrong with it."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(unreadable) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON; copy the folder again.") from error
    refuse_code(path, document)
    return document


def checked_model_config(folder: Path) -> dict[str, Any]:
    """open_clip's `model_cfg` of a folder, checked. Raises UserError for what is missing, odd, or would run code."""
    path = folder / CONFIG_NAME
    document = read_json(
        path, unreadable=f"{folder} is not an open_clip model folder: {CONFIG_NAME} is missing or cannot be read."
    )
    config = document.get("model_cfg") if isinstance(document, dict) else None
    if not isinstance(config, dict) or not all(
        isinstance(config.get(part), dict) for part in ("vision_cfg", "text_cfg")
    ):
        raise UserError(f"{path} does not describe an open_clip model; copy the folder again.")
    dimension = config.get("embed_dim")
    if type(dimension) is not int or not 1 <= dimension <= LARGEST_DIMENSION:
        raise UserError(f"{path} does not say the model's embed_dim, a number from 1 to {LARGEST_DIMENSION:,}.")
    check_numbers(path, document)
    options = config["text_cfg"].get("tokenizer_kwargs")
    if options is not None and not (
        isinstance(options, dict)
        and all(isinstance(value, _TOKENIZER_OPTIONS.get(name, ())) for name, value in options.items())
    ):
        raise UserError(
            f"{path} has tokenizer_kwargs that are not taken from a model: only {', '.join(_TOKENIZER_OPTIONS)} are; "
            "remove the others."
        )
    check_tokenizer(folder)
    return config


def check_towers(path: Path, config: dict[str, Any]) -> None:
    """Raise UserError where `config` names a tower that its libraries would fetch from elsewhere. Imports them."""
    import open_clip
    import timm

    vision = config["vision_cfg"].get("timm_model_name")
    if vision is not None and not (isinstance(vision, str) and ":" not in vision and timm.is_model(vision)):
        raise UserError(f"{path} names an image tower that timm does not have: {vision!r:.100}.")
    text = config["text_cfg"].get("hf_model_name")
    if text is None:
        return
    published = (open_clip.get_model_config(name)["text_cfg"] for name in open_clip.list_models())
    if text not in {each.get("hf_model_name") for each in published}:
        raise UserError(f"{path} names a text tower that no architecture of open_clip has: {text!r:.100}.")


def check_tokenizer(folder: Path) -> None:
    """Raise UserError where the tokenizer of `folder` comes with code, or its settings cannot be read."""
    for path in sorted(folder.glob("*.json")):
        if path.name in TOKENIZER_FILES and path.name not in ("tokenizer.json", "vocab.json"):
            read_json(path, unreadable=f"{path} cannot be read; copy the folder again.")


def refuse_code(path: Path, document: Any) -> None:
    """Raise UserError where `document` has a setting by which a library would run the model's own code."""
    for name, value in _entries(document):
        if name in _RUNS_CODE and value not in (False, None):
            raise UserError(f"{path} asks to run code that comes with the model ({name}), which is refused.")


def check_numbers(path: Path, document: Any) -> None:
    """Raise UserError where a number is none, or larger than any network has."""
    for name, value in _entries(document):
        if isinstance(value, int | float) and not (
            math.isfinite(value) and abs(value) <= _LARGEST.get(name, _LARGEST_NUMBER)
        ):
            raise UserError(f"{path} gives {name} as {value!r:.30}, which no network has; copy the folder again.")


def require_safetensors(folder: Path) -> None:
    """Raise UserError where the folder has no weights of open_clip's name that are safe to read."""
    if (folder / WEIGHTS_NAME).is_file():
        return
    if any(path.suffix in PICKLES for path in folder.iterdir()):
        raise UserError(
            f"{folder} holds pickled weights, which can run code when loaded: convert them to {WEIGHTS_NAME} first."
        )
    raise UserError(f"{folder} holds no weights: {WEIGHTS_NAME} is missing.")


def fetch_model(name: str) -> Path:
    """Folder with configuration, weights and tokenizer of an open_clip model on the hub."""
    folder = fetch(name, CONFIG_NAME, WEIGHTS_NAME, *TOKENIZER_FILES)
    if not (folder / WEIGHTS_NAME).is_file():
        raise UserError(
            f"hf-hub:{name} has no {WEIGHTS_NAME}: pickled weights, which can run code when loaded, are not taken. "
            "Convert them elsewhere and use local-dir:PATH."
        )
    return folder


def fetch_weights(name: str, file: str) -> Path:
    """The safetensors of a hub model; `file` may be the pickle that open_clip lists, whose sibling is taken."""
    wanted = f"{Path(file).stem}.safetensors" if file else WEIGHTS_NAME
    path = fetch(name, wanted) / wanted
    if not path.is_file():
        raise UserError(f"{name} offers its weights as a pickle only, which can run code when loaded; choose another.")
    return path


def fetch_tokenizer(name: str) -> Path:
    """Folder with the tokenizer of a hub model, checked."""
    folder = fetch(name, *TOKENIZER_FILES)
    check_tokenizer(folder)
    return folder


def fetch(name: str, *files: str) -> Path:
    """Folder of a hub repository that holds `files`, as far as it has them. Raises UserError where it cannot be had."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(snapshot_download(name, allow_patterns=list(files)))
    except (OSError, HfHubHTTPError, HFValidationError, ValueError) as error:
        detail = " ".join(str(error).split())[:200]
        raise UserError(
            f"{name} could not be downloaded: check its name and the network connection, or copy the model's folder "
            f"here and use local-dir:PATH or transformers:PATH ({detail})."
        ) from error


def _entries(document: Any) -> Iterator[tuple[str, Any]]:
    """Names and values at all depths; those in a list go by the list's name."""
    pending = [("", document)]
    while pending:
        name, value = pending.pop()
        yield name, value
        if isinstance(value, dict):
            pending += value.items()
        elif isinstance(value, list):
            pending += [(name, each) for each in value]
