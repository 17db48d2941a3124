"""SigLIP's tensors by their two names: those of transformers' SiglipModel and those of open_clip's network.

Pure renaming, splitting and joining; both ways, without loss.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

# transformers' prefix -> open_clip's, where the rest of the name and the tensor are the same.
_MODULES = {
    "vision_model.embeddings.patch_embedding.": "visual.trunk.patch_embed.proj.",
    "vision_model.post_layernorm.": "visual.trunk.norm.",
    "vision_model.head.attention.out_proj.": "visual.trunk.attn_pool.proj.",
    "vision_model.head.layernorm.": "visual.trunk.attn_pool.norm.",
    "vision_model.head.mlp.": "visual.trunk.attn_pool.mlp.",
    "text_model.embeddings.token_embedding.": "text.token_embedding.",
    "text_model.final_layer_norm.": "text.ln_final.",
    "text_model.head.": "text.text_projection.",
}
# transformers' name, open_clip's name, and the shape in open_clip of the same numbers.
_TENSORS = {
    "vision_model.embeddings.position_embedding.weight": ("visual.trunk.pos_embed", (1, -1)),
    "vision_model.head.probe": ("visual.trunk.attn_pool.latent", ()),
    "text_model.embeddings.position_embedding.weight": ("text.positional_embedding", ()),
}
_NUMBERS = ("logit_scale", "logit_bias")  # (1,) there, () in open_clip

_TOWERS = {
    "vision_model.encoder.layers.": "visual.trunk.blocks.",
    "text_model.encoder.layers.": "text.transformer.resblocks.",
}
_IN_BLOCK = {
    "visual.trunk.blocks.": {
        "layer_norm1.": "norm1.",
        "layer_norm2.": "norm2.",
        "self_attn.out_proj.": "attn.proj.",
        "mlp.": "mlp.",
    },
    "text.transformer.resblocks.": {
        "layer_norm1.": "ln_1.",
        "layer_norm2.": "ln_2.",
        "self_attn.out_proj.": "attn.out_proj.",
        "mlp.fc1.": "mlp.c_fc.",
        "mlp.fc2.": "mlp.c_proj.",
    },
}
# Queries, keys and values are three matrices in transformers and one, in this order, in open_clip.
_JOINED = {
    "visual.trunk.blocks.": {"weight": "attn.qkv.weight", "bias": "attn.qkv.bias"},
    "text.transformer.resblocks.": {"weight": "attn.in_proj_weight", "bias": "attn.in_proj_bias"},
}
_QKV = ("q_proj", "k_proj", "v_proj")
_POOL = "visual.trunk.attn_pool."
_POOL_JOINED = "vision_model.head.attention.in_proj_"


def to_open_clip(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a SiglipModel. Raises KeyError, with the name, for one that SigLIP does not have."""
    renamed: dict[str, Tensor] = {}
    separate: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.endswith("position_ids"):  # a counter that older versions stored
            continue
        if match := re.fullmatch(r"(.+\.layers\.)(\d+)\.self_attn\.([qkv]_proj)\.(weight|bias)", name):
            tower, layer, part, kind = match.groups()
            ours = _TOWERS[tower]
            separate.setdefault(f"{ours}{layer}.{_JOINED[ours][kind]}", {})[part] = tensor
        elif name.startswith(_POOL_JOINED):
            kind = name.removeprefix(_POOL_JOINED)
            width = len(tensor) // 3
            renamed[f"{_POOL}q.{kind}"], renamed[f"{_POOL}kv.{kind}"] = tensor[:width], tensor[width:]
        elif name in _TENSORS:
            ours, leading = _TENSORS[name]
            renamed[ours] = tensor.reshape(*leading, tensor.shape[-1]) if leading else tensor
        elif name in _NUMBERS:
            renamed[name] = tensor.reshape(())
        else:
            renamed[_rename(name, _MODULES, _TOWERS, _IN_BLOCK)] = tensor
    return renamed | {name: torch.cat([parts[part] for part in _QKV]) for name, parts in separate.items()}


def to_transformers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `to_open_clip`. Raises KeyError, with the name, for a tensor that SigLIP does not have."""
    modules = {ours: theirs for theirs, ours in _MODULES.items()}
    towers = {ours: theirs for theirs, ours in _TOWERS.items()}
    in_block = {towers[ours]: {mine: theirs for theirs, mine in names.items()} for ours, names in _IN_BLOCK.items()}
    whole = {ours: theirs for theirs, (ours, _) in _TENSORS.items()}
    joined = {(tower, name): kind for tower, names in _JOINED.items() for kind, name in names.items()}
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        match = re.fullmatch(r"(.+\.(?:blocks|resblocks)\.)(\d+)\.(.+)", name)
        if match and (kind := joined.get((match[1], match[3]))):
            for part, piece in zip(_QKV, tensor.chunk(3), strict=True):
                renamed[f"{towers[match[1]]}{match[2]}.self_attn.{part}.{kind}"] = piece
        elif name in (f"{_POOL}q.weight", f"{_POOL}q.bias"):
            kind = name.rpartition(".")[2]
            renamed[_POOL_JOINED + kind] = torch.cat([tensor, tensors[f"{_POOL}kv.{kind}"]])
        elif name.startswith(f"{_POOL}kv."):
            continue
        elif name in whole:
            # Only the latent keeps its three axes.
            renamed[whole[name]] = tensor if name.endswith("latent") else tensor.reshape(-1, tensor.shape[-1])
        elif name in _NUMBERS:
            renamed[name] = tensor.reshape(1)
        else:
            renamed[_rename(name, modules, towers, in_block)] = tensor
    return renamed


def _rename(
    name: str, modules: Mapping[str, str], towers: Mapping[str, str], in_block: Mapping[str, Mapping[str, str]]
) -> str:
    for theirs, ours in modules.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    for theirs, ours in towers.items():
        if name.startswith(theirs):
            layer, _, rest = name.removeprefix(theirs).partition(".")
            for before, after in in_block[ours].items():
                if rest.startswith(before):
                    return f"{ours}{layer}.{after}{rest.removeprefix(before)}"
    raise KeyError(name)
