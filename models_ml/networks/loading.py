"""Loading an open_clip network with its tokenizer and image preprocessing, for encoding and for training.

Weights are never random by accident and never unpickled from a folder: a source without weights is
refused, and a local folder must hold them as safetensors.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg
from open_clip.transformer import TextTransformer
from safetensors import SafetensorError
from timm.layers import GELUTanh
from torch import Tensor, nn

from heritage.errors import UserError
from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME

SOURCE_FORMS = "ARCHITECTURE:TAG, hf-hub:ORG/NAME, local-dir:PATH or transformers:PATH-OR-NAME"
# SigLIP's start value, for architectures trained with a softmax loss, which has no bias.
NEW_LOGIT_BIAS = -10.0


@dataclass
class Pretrained:
    """A network in float32 on the CPU with all that is needed to use it or to write it as a folder."""

    network: Any  # open_clip.CustomTextCLIP or open_clip.CLIP; their attributes are not typed
    model_config: dict[str, Any]  # open_clip's model_cfg
    preprocess: PreprocessCfg
    tokenizer: HFTokenizer | SimpleTokenizer

    @property
    def dimension(self) -> int:
        return int(self.model_config["embed_dim"])

    @property
    def image_size(self) -> int:
        """Side in pixels of the square image that the network takes."""
        size = self.preprocess.size
        return int(size if isinstance(size, int) else size[0])

    @property
    def context_length(self) -> int:
        return int(self.model_config["text_cfg"].get("context_length", 77))

    def tokenize(self, texts: list[str]) -> Tensor:
        """Token ids, (n, context_length) int64, cut and padded to the model's length."""
        return self.tokenizer(texts)


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


def trim_tokens(network: Any, tokens: Tensor) -> Tensor:
    """Drop the columns of padding that cannot change the network's output.

    In a causal text tower that reads its vector at the end token, later tokens have no influence; in
    others (SigLIP's own reads the last, padded, position) all columns stay.
    """
    if not _reads_at_end_token(network):
        return tokens
    tower = network.text
    is_end: Tensor = tokens if tower.pool_type == "argmax" else (tokens == tower.eos_id).int()
    ends = is_end.argmax(dim=1)
    return tokens[:, : int(ends.max()) + 1]


def set_activation(network: Any, model_config: dict[str, Any]) -> None:
    """Give a timm vision tower the GELU that `vision_cfg.act_kwargs` asks for; open_clip itself ignores it there."""
    wanted = (model_config["vision_cfg"].get("act_kwargs") or {}).get("approximate")
    if wanted is None or "timm_model_name" not in model_config["vision_cfg"]:
        return
    for module in network.visual.trunk.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.GELU | GELUTanh):
                setattr(module, name, nn.GELU(wanted))


def _reads_at_end_token(network: Any) -> bool:
    tower = getattr(network, "text", None)
    return (
        isinstance(tower, TextTransformer)
        and tower.attn_mask is not None
        and tower.cls_emb is None
        and tower.pool_type in ("argmax", "eos")
    )


def _cut_mask(transformer: nn.Module, args: tuple[Tensor], kwargs: dict[str, Tensor]) -> tuple[Any, Any]:
    """open_clip hands its transformer the mask of the full length, however short the texts are."""
    length = args[0].shape[1]
    return args, kwargs | {"attn_mask": kwargs["attn_mask"][:length, :length]}


def _assemble(network: Any, config: dict[str, Any], tokenizer: HFTokenizer | SimpleTokenizer) -> Pretrained:
    set_activation(network, config)
    if _reads_at_end_token(network):
        network.text.transformer.register_forward_pre_hook(_cut_mask, with_kwargs=True)
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
