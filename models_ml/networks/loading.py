"""Loading an open_clip network with its tokenizer and image preprocessing, for encoding and for training.

Weights are never random by accident and never unpickled: a source without weights is refused, and all files come
through `models_ml.networks.admission`, which takes safetensors and JSON only.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.tokenizer import DEFAULT_CONTEXT_LENGTH, HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg
from safetensors import SafetensorError
from torch import nn

from heritage.errors import UserError
from models_ml.networks import admission
from models_ml.networks.folder import CONFIG_NAME
from models_ml.networks.pretrained import NEW_LOGIT_BIAS, Pretrained, cut_mask, reads_at_end_token, set_activation

SOURCE_FORMS = "ARCHITECTURE:TAG, hf-hub:ORG/NAME, local-dir:PATH or transformers:PATH-OR-NAME"
_PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")


def load_pretrained(source: str) -> Pretrained:
    """Load `source` (see SOURCE_FORMS). Raises UserError, in one sentence, for whatever is wrong with it."""
    if source.startswith("transformers:"):
        from models_ml.networks.transformers_format import load_transformers

        with _without_log():
            return load_transformers(source.removeprefix("transformers:"))
    try:
        with _without_log():
            network, config, tokenizer = _load(source)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise UserError(_explain(source, error)) from error
    except SafetensorError as error:
        raise UserError(_explain(source, error)) from error
    if network.logit_bias is None:
        network.logit_bias = nn.Parameter(torch.full_like(network.logit_scale, NEW_LOGIT_BIAS))
        config["init_logit_bias"] = NEW_LOGIT_BIAS
    return _assemble(network, config, tokenizer)


def load_untrained(folder: Path, *, seed: int) -> Pretrained:
    """A network with random weights from a folder that holds a config and a tokenizer, for training from scratch.

    The generator of the process is left as it was; the same seed gives the same weights.
    """
    config = admission.checked_model_config(folder)
    with torch.random.fork_rng(), _without_log():
        torch.manual_seed(seed)
        network = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    return _assemble(network, config, _tokenizer(config["text_cfg"], folder))


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


def _load(source: str) -> tuple[Any, dict[str, Any], HFTokenizer | SimpleTokenizer]:
    """Network, open_clip's model_cfg and tokenizer, all from files that `admission` let in."""
    kind, _, rest = source.partition(":")
    if not rest:
        raise UserError(f"{source!r} does not say where the weights are: write {SOURCE_FORMS}.")
    if kind not in ("local-dir", "hf-hub"):
        return _load_published(kind, rest)
    folder = admission.fetch_model(rest) if kind == "hf-hub" else Path(rest).expanduser()
    config = admission.checked_model_config(folder)
    admission.check_towers(folder / CONFIG_NAME, config)
    admission.require_safetensors(folder)
    text = config["text_cfg"]
    # The tokenizer's words lie in the folder, or on the hub under a name of their own.
    named = text.get("hf_tokenizer_name")
    words = folder
    if kind == "hf-hub" and named and not any((folder / name).is_file() for name in admission.TOKENIZER_FILES):
        words = admission.fetch_tokenizer(named)
    network = open_clip.create_model(f"local-dir:{folder}", require_pretrained=True)
    return network, config, _tokenizer(text, words)


def _load_published(architecture: str, tag: str) -> tuple[Any, dict[str, Any], HFTokenizer | SimpleTokenizer]:
    """One of open_clip's own list, whose weights lie on the hub."""
    if architecture not in open_clip.list_models():
        raise UserError(f"open_clip knows no architecture {architecture!r}: write {SOURCE_FORMS}.")
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if tag not in tags:
        raise UserError(f"{architecture} has no weights tagged {tag!r}: choose one of {', '.join(tags) or 'none'}.")
    listed = open_clip.get_pretrained_cfg(architecture, tag)
    name, _, file = listed["hf_hub"].rpartition("/")
    config = open_clip.get_model_config(architecture)
    network = open_clip.create_model(
        architecture,
        pretrained=str(admission.fetch_weights(name, file)),
        require_pretrained=True,
        force_preprocess_cfg={name: listed[name] for name in _PREPROCESSING if name in listed},
    )
    named = config["text_cfg"].get("hf_tokenizer_name")
    return network, config, _tokenizer(config["text_cfg"], admission.fetch_tokenizer(named) if named else None)


def _tokenizer(text_config: dict[str, Any], folder: Path | None) -> HFTokenizer | SimpleTokenizer:
    """The tokenizer in `folder`, or open_clip's own where the configuration names none."""
    length = text_config.get("context_length", DEFAULT_CONTEXT_LENGTH)
    options = text_config.get("tokenizer_kwargs") or {}
    if not text_config.get("hf_tokenizer_name"):
        return SimpleTokenizer(context_length=length, **options)
    return HFTokenizer(
        str(folder),
        context_length=length,
        tokenizer_mode=text_config.get("tokenizer_mode"),
        **options,
        trust_remote_code=False,
    )


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
