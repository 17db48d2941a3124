"""A network with its tokenizer and preprocessing, ready to encode or to train."""

from dataclasses import dataclass
from typing import Any

from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg
from open_clip.transformer import TextTransformer
from timm.layers import GELUTanh
from torch import Tensor, nn

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


def trim_tokens(network: Any, tokens: Tensor) -> Tensor:
    """Drop the columns of padding that cannot change the network's output.

    In a causal text tower that reads its vector at the end token, later tokens have no influence; in
    others (SigLIP's own reads the last, padded, position) all columns stay.
    """
    if not reads_at_end_token(network):
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


def reads_at_end_token(network: Any) -> bool:
    tower = getattr(network, "text", None)
    return (
        isinstance(tower, TextTransformer)
        and tower.attn_mask is not None
        and tower.cls_emb is None
        and tower.pool_type in ("argmax", "eos")
    )


def cut_mask(transformer: nn.Module, args: tuple[Tensor], kwargs: dict[str, Tensor]) -> tuple[Any, Any]:
    """open_clip hands its transformer the mask of the full length, however short the texts are."""
    length = args[0].shape[1]
    return args, kwargs | {"attn_mask": kwargs["attn_mask"][:length, :length]}
