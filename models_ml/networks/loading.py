"""Loading an open_clip network with its tokenizer and image preprocessing, for encoding and for training.

Weights are never random by accident and never unpickled from a folder: a source without weights is
refused, and a local folder must hold them as safetensors.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg
from safetensors import SafetensorError
from torch import nn

from heritage.errors import UserError
from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME
from models_ml.networks.pretrained import NEW_LOGIT_BIAS, Pretrained, cut_mask, reads_at_end_token, set_activation

SOURCE_FORMS = "ARCHITECTURE:TAG, hf-hub:ORG/NAME, local-dir:PATH or transformers:PATH-OR-NAME"


def load_pretrained(source: str) -> Pretrained:
    """Load `source` (see SOURCE_FORMS). Raises UserError, in one sentence, for whatever is wrong with it."""
    if source.startswith("transformers:"):
        from models_ml.networks.transformers_format import load_transformers

        with _without_log():
            return load_transformers(source.removeprefix("transformers:"))
    name, tag, described = _parse(source)
    try:
        with _without_log():
            network = open_clip.create_model(name, pretrained=tag, require_pretrained=True)
            tokenizer = open_clip.get_tokenizer(name)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AssertionError, SafetensorError) as error:
        raise UserError(_explain(source, error)) from error
    config = described if described is not None else _published_config(name)
    if network.logit_bias is None:
        network.logit_bias = nn.Parameter(torch.full_like(network.logit_scale, NEW_LOGIT_BIAS))
        config["init_logit_bias"] = NEW_LOGIT_BIAS
    return _assemble(network, config, tokenizer)


def load_untrained(folder: Path, *, seed: int) -> Pretrained:
    """A network with random weights from a folder that holds a config and a tokenizer, for training from scratch.

    The generator of the process is left as it was; the same seed gives the same weights.
    """
    name = f"local-dir:{folder}"
    with torch.random.fork_rng(), _without_log():
        torch.manual_seed(seed)
        network = open_clip.create_model(name, load_weights=False)
    return _assemble(network, _read_config(folder), open_clip.get_tokenizer(name))


def _assemble(network: Any, config: dict[str, Any], tokenizer: HFTokenizer | SimpleTokenizer) -> Pretrained:
    set_activation(network, config)
    if reads_at_end_token(network):
        network.text.transformer.register_forward_pre_hook(cut_mask, with_kwargs=True)
    return Pretrained(network.eval(), config, PreprocessCfg(**network.visual.preprocess_cfg), tokenizer)


@contextmanager
def _without_log() -> Iterator[None]:
    """open_clip and the hub's client log each attempt and then raise; the exception says enough."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def _parse(source: str) -> tuple[str, str | None, dict[str, Any] | None]:
    """open_clip's name and tag of a source, and for a local folder its config."""
    kind, _, rest = source.partition(":")
    if not rest:
        raise UserError(f"{source!r} does not say where the weights are: write {SOURCE_FORMS}.")
    if kind == "local-dir":
        folder = Path(rest).expanduser()
        config = _read_config(folder)
        _require_safetensors(folder)
        return f"local-dir:{folder}", None, config
    if kind == "hf-hub":
        return source, None, None
    if kind not in open_clip.list_models():
        raise UserError(f"open_clip knows no architecture {kind!r}: write {SOURCE_FORMS}.")
    tags = open_clip.list_pretrained_tags_by_model(kind)
    if rest not in tags:
        raise UserError(f"{kind} has no weights tagged {rest!r}: choose one of {', '.join(tags) or 'none'}.")
    return kind, rest, None


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG_NAME
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"{folder} is not an open_clip model folder: {CONFIG_NAME} cannot be read.") from error
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON; copy the folder again.") from error
    config = document.get("model_cfg") if isinstance(document, dict) else None
    if not isinstance(config, dict) or not all(
        isinstance(config.get(part), dict) for part in ("vision_cfg", "text_cfg")
    ):
        raise UserError(f"{path} does not describe an open_clip model; copy the folder again.")
    if (config["text_cfg"].get("tokenizer_kwargs") or {}).get("trust_remote_code"):
        raise UserError(
            f"{path} asks to run code that comes with the tokenizer, which is refused; remove that setting."
        )
    return config


def _require_safetensors(folder: Path) -> None:
    if (folder / WEIGHTS_NAME).is_file():
        return
    if any(path.suffix in (".bin", ".pt", ".pth", ".ckpt") for path in folder.iterdir()):
        raise UserError(
            f"{folder} holds pickled weights, which can run code when loaded: convert them to {WEIGHTS_NAME} first."
        )
    raise UserError(f"{folder} holds no weights: {WEIGHTS_NAME} is missing.")


def _published_config(name: str) -> dict[str, Any]:
    if not name.startswith("hf-hub:"):
        return open_clip.get_model_config(name)
    from open_clip.factory import _get_hf_config  # no public way to the config of a hub model

    return _get_hf_config(name.removeprefix("hf-hub:"))["model_cfg"]


def _explain(source: str, error: Exception) -> str:
    """What to do about a source that does not load."""
    detail = " ".join(str(error).split())[:200]
    if source.startswith("local-dir:"):
        if isinstance(error, SafetensorError):
            return f"The weights in {source.removeprefix('local-dir:')} are damaged ({detail}); copy the folder again."
        return f"{source}: weights, configuration and tokenizer do not fit together ({detail}); copy the folder again."
    return (
        f"{source} could not be downloaded: check its name and the network connection, or copy the model's open_clip "
        f"folder here and use local-dir:PATH ({detail})."
    )
