"""SigLIP checkpoints as transformers stores them, read into open_clip's network and written from it.

One network for all sources: what is trained, stored as a folder and encoded with is open_clip's. Only the
activation differs between the two libraries, GELU's tanh approximation in transformers and in timm the exact one,
so it is set from the configuration (`set_activation`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import open_clip
import timm
from open_clip.tokenizer import HFTokenizer
from open_clip.transform import PreprocessCfg
from safetensors import SafetensorError
from safetensors.torch import load_file
from timm.layers import GELUTanh
from torch import nn
from transformers import SiglipConfig, SiglipImageProcessor

from heritage.errors import UserError
from models_ml.networks import admission
from models_ml.networks.pretrained import Pretrained, set_activation
from models_ml.networks.siglip_weights import to_open_clip, to_transformers
from models_ml.networks.tensor_file import write_tensors

CONFIG, WEIGHTS, PREPROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"

# transformers' activation -> approximation of open_clip's and timm's GELU.
_ACTIVATIONS = {"gelu_pytorch_tanh": "tanh", "gelu": "none"}
# (hidden size, layers, patch) of the published vision towers.
_VISION_TOWERS = {
    (768, 12, 16): "base_patch16",
    (768, 12, 32): "base_patch32",
    (1024, 24, 16): "large_patch16",
    (1152, 27, 14): "so400m_patch14",
    (1152, 27, 16): "so400m_patch16",
    (1536, 40, 16): "giantopt_patch16",
}
_RESAMPLING = {2: "bilinear", 3: "bicubic"}


def load_transformers(rest: str) -> Pretrained:
    """Load `transformers:REST`, a folder or a name on the model hub. Raises UserError for whatever is wrong with it."""
    folder = Path(rest).expanduser()
    if not folder.is_dir():
        folder = admission.fetch(rest, CONFIG, PREPROCESSOR, "*.safetensors", *admission.TOKENIZER_FILES)
    admission.check_tokenizer(folder)
    config = _read_config(folder)
    model_config = open_clip_config(config)
    preprocess = _read_preprocessing(folder, model_config["vision_cfg"]["image_size"])
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        if any(path.suffix in admission.PICKLES for path in folder.iterdir()):
            raise UserError(
                f"{folder} holds pickled weights, which can run code when loaded: save the model again with "
                "transformers, which writes safetensors."
            )
        raise UserError(f"{folder} holds no weights: {WEIGHTS} is missing.")
    try:
        tensors = to_open_clip({name: tensor for path in weights for name, tensor in load_file(path).items()})
        network = open_clip.CustomTextCLIP(
            **{key: value for key, value in model_config.items() if key != "custom_text"}, output_dict=False
        )
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
        tokenizer = HFTokenizer(
            str(folder), context_length=model_config["text_cfg"]["context_length"], trust_remote_code=False
        )
    except SafetensorError as error:
        raise UserError(f"The weights in {folder} are damaged ({error}); copy the folder again.") from error
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, ImportError) as error:
        detail = " ".join(str(error).split())[:200]
        raise UserError(
            f"transformers:{rest}: weights, configuration and tokenizer do not fit together ({detail}); copy the "
            "folder again."
        ) from error
    # transformers tokenizes the text as it is.
    tokenizer.clean_fn = str
    set_activation(network, model_config)
    return Pretrained(network.eval(), model_config, preprocess, tokenizer)


def open_clip_config(config: SiglipConfig) -> dict[str, Any]:
    """open_clip's model_cfg for a SiglipConfig. Raises UserError for one that open_clip's network cannot be."""
    vision: Any = config.vision_config  # transformers types them as possibly absent
    text: Any = config.text_config
    size = _VISION_TOWERS.get((vision.hidden_size, vision.num_hidden_layers, vision.patch_size))
    tower = f"vit_{size}_siglip_{vision.image_size}"
    if size is None or not timm.is_model(tower):
        raise UserError(
            f"No published SigLIP has a vision tower of {vision.num_hidden_layers} layers, width {vision.hidden_size}, "
            f"patches of {vision.patch_size} and images of {vision.image_size} px: the configuration is of another "
            "architecture."
        )
    for part in (vision, text):
        if part.hidden_act not in _ACTIVATIONS or part.layer_norm_eps != 1e-6:
            raise UserError(f"The configuration asks for {part.hidden_act}, which is not SigLIP's activation.")
    return {
        "embed_dim": vision.hidden_size,
        "init_logit_bias": -10.0,
        "custom_text": True,
        "vision_cfg": {
            "image_size": vision.image_size,
            "timm_model_name": tower,
            "timm_model_pretrained": False,
            "timm_pool": "map",
            "timm_proj": "none",
            "act_kwargs": {"approximate": _ACTIVATIONS[vision.hidden_act]},
        },
        "text_cfg": {
            "context_length": text.max_position_embeddings,
            "vocab_size": text.vocab_size,
            "hf_tokenizer_name": "siglip",  # a folder brings its own; open_clip only wants a name here
            "width": text.hidden_size,
            "heads": text.num_attention_heads,
            "layers": text.num_hidden_layers,
            "mlp_ratio": text.intermediate_size / text.hidden_size,
            "no_causal_mask": True,
            "proj_bias": True,
            "pool_type": "last",
            "act_kwargs": {"approximate": _ACTIVATIONS[text.hidden_act]},
            "norm_kwargs": {"eps": 1e-6},
        },
    }


def write_transformers(folder: Path, pretrained: Pretrained) -> None:
    """Write a SigLIP into `folder`, which exists, so that transformers loads it. Raises UserError for other models."""
    config = siglip_config(pretrained)
    if not isinstance(pretrained.tokenizer, HFTokenizer):
        raise UserError("The model's tokenizer is open_clip's own, which transformers cannot load.")
    config.save_pretrained(folder)
    tensors = to_transformers(pretrained.network.state_dict())
    # Some are slices of one tensor, which a file holds apart.
    write_tensors(folder / WEIGHTS, {name: tensor.clone() for name, tensor in tensors.items()}, {"format": "pt"})
    preprocess = pretrained.preprocess
    resampling = {name: number for number, name in _RESAMPLING.items()}
    side = pretrained.image_size
    SiglipImageProcessor(
        size={"height": side, "width": side},
        resample=resampling[preprocess.interpolation],
        image_mean=list(preprocess.mean),
        image_std=list(preprocess.std),
    ).save_pretrained(folder)
    pretrained.tokenizer.tokenizer.model_max_length = pretrained.context_length
    pretrained.tokenizer.save_pretrained(str(folder))


def siglip_config(pretrained: Pretrained) -> SiglipConfig:
    """The SiglipConfig of an open_clip SigLIP. Raises UserError where it is another architecture."""
    vision, text = pretrained.model_config["vision_cfg"], pretrained.model_config["text_cfg"]
    trunk: Any = getattr(pretrained.network.visual, "trunk", None)
    if (
        "_siglip_" not in str(vision.get("timm_model_name"))
        or vision.get("timm_pool") != "map"
        or text.get("pool_type") != "last"
        or pretrained.preprocess.resize_mode != "squash"
    ):
        raise UserError("Only SigLIP models have a transformers format; this one is of another architecture.")
    width = text["width"]
    return SiglipConfig(
        text_config={
            "vocab_size": text["vocab_size"],
            "hidden_size": width,
            "intermediate_size": round(width * text.get("mlp_ratio", 4.0)),
            "num_hidden_layers": text["layers"],
            "num_attention_heads": text["heads"],
            "max_position_embeddings": text["context_length"],
            "hidden_act": _activation(pretrained.network.text.transformer.resblocks[0].mlp.gelu),
            "projection_size": pretrained.dimension,
            # SigLIP pads with its end token and starts with none.
            "bos_token_id": None,
            "eos_token_id": 1,
        },
        vision_config={
            "hidden_size": trunk.embed_dim,
            "intermediate_size": trunk.blocks[0].mlp.fc1.out_features,
            "num_hidden_layers": len(trunk.blocks),
            "num_attention_heads": trunk.blocks[0].attn.num_heads,
            "image_size": pretrained.image_size,
            "patch_size": trunk.patch_embed.patch_size[0],
            "hidden_act": _activation(trunk.blocks[0].mlp.act),
        },
        architectures=["SiglipModel"],
    )


def _activation(module: nn.Module) -> str:
    approximate = "tanh" if isinstance(module, GELUTanh) else getattr(module, "approximate", "none")
    return {ours: theirs for theirs, ours in _ACTIVATIONS.items()}[approximate]


def _read_config(folder: Path) -> SiglipConfig:
    path = folder / CONFIG
    document = admission.read_json(path, unreadable=f"{folder} is no transformers checkpoint: {CONFIG} cannot be read.")
    admission.check_numbers(path, document)
    kind = document.get("model_type") if isinstance(document, dict) else None
    if kind != "siglip":
        raise UserError(
            f"{path} is of model type {kind!r}: only SigLIP checkpoints (siglip) can be loaded from transformers' "
            "format."
        )
    try:
        return SiglipConfig.from_dict(document)
    except Exception as error:  # transformers raises its own kinds for values of a wrong type
        raise UserError(f"{path} does not describe a SigLIP model; copy the folder again.") from error


def _read_preprocessing(folder: Path, size: int) -> PreprocessCfg:
    """As preprocessor_config.json says; SigLIP's own where it is missing."""
    path = folder / PREPROCESSOR
    document = admission.read_json(path, unreadable=f"{path} cannot be read.") if path.exists() else {}
    try:
        own = document.get("size") or {"height": size, "width": size}
        if (own["height"], own["width"]) != (size, size):
            raise UserError(f"{path} asks for images of another size than {CONFIG}; copy the folder again.")
        return PreprocessCfg(
            size=size,
            mean=_three(document.get("image_mean", 0.5)),
            std=_three(document.get("image_std", 0.5)),
            interpolation=_RESAMPLING[document.get("resample", 3)],
            resize_mode="squash",
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} does not say how SigLIP's images are made; copy the folder again.") from error


def _three(value: float | Sequence[float]) -> tuple[float, ...]:
    numbers = tuple(float(each) for each in value) if isinstance(value, list) else (float(value),) * 3  # type: ignore[arg-type]
    if len(numbers) != 3:
        raise ValueError("one number per colour")
    return numbers
