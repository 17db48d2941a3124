"""Where a model's weights come from, read without loading them and without torch.

ARCHITECTURE:TAG       open_clip's own list, such as ViT-B-16-SigLIP:webli
hf-hub:ORG/NAME        a model hub, through open_clip
local-dir:PATH         an open_clip folder; a relative path lies in DATA_DIR/models
transformers:PATH-OR-NAME  a SigLIP as transformers stores it, a folder or a name on the hub
bundled:heritage-mini  the small model that comes with Heritage Weaver
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from heritage.errors import UserError
from models_ml.networks.admission import checked_model_config
from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME

BUNDLED = {"heritage-mini": Path(__file__).parent.parent / "heritage_mini"}


@dataclass(frozen=True)
class SourceDescription:
    """dimension: length of the model's vectors; fingerprint: SHA-256 of local weights, else empty."""

    dimension: int
    fingerprint: str


def local_folder(source: str) -> Path | None:
    """The folder a source names, or None where the weights are elsewhere."""
    kind, _, rest = source.partition(":")
    if kind == "bundled":
        if rest not in BUNDLED:
            raise UserError(f"No bundled model is called {rest!r}; there is {', '.join(BUNDLED)}.")
        return BUNDLED[rest]
    if kind == "local-dir" or (kind == "transformers" and _is_folder(rest)):
        return settings.MODELS_DIR / Path(rest).expanduser()  # an absolute path stays as it is
    return None


def loadable(source: str) -> str:
    """The source as `encoders.load_encoder` takes it: local folders by absolute path."""
    folder = local_folder(source)
    if folder is None:
        return source
    return f"{'transformers' if source.startswith('transformers:') else 'local-dir'}:{folder}"


def stored_form(source: str) -> str:
    """The source as it is kept: a folder inside DATA_DIR/models relative to it, so that DATA_DIR can move."""
    kind, _, rest = source.partition(":")
    if kind != "local-dir" and not (kind == "transformers" and Path(rest).expanduser().is_dir()):
        return source
    named = Path(rest).expanduser()
    # As finetune names it after a training elsewhere, wherever this is called from.
    carried = settings.MODELS_DIR / named
    folder = carried if carried.is_dir() and not named.is_dir() else named.resolve()
    if folder.is_relative_to(settings.MODELS_DIR):
        folder = folder.relative_to(settings.MODELS_DIR)
    return f"{kind}:{folder}"


def describe(source: str) -> SourceDescription:
    """Dimension and fingerprint of a source. Raises UserError where it cannot be read.

    Local folders are read here; for the others open_clip is asked, which imports torch.
    """
    folder = local_folder(source)
    if folder is not None and not source.startswith("transformers:"):
        return _describe_folder(folder)
    from models_ml.networks.encoders import source_dimension

    return SourceDescription(source_dimension(loadable(source)), _fingerprint(folder) if folder else "")


def _is_folder(rest: str) -> bool:
    """Whether what stands after `transformers:` is a folder here, not a name on the hub."""
    return Path(rest).is_absolute() or (settings.MODELS_DIR / Path(rest).expanduser()).is_dir()


def _fingerprint(folder: Path) -> str:
    """SHA-256 over the safetensors of a folder; of a single file, that file's own."""
    digests = []
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _describe_folder(folder: Path) -> SourceDescription:
    config, weights = folder / CONFIG_NAME, folder / WEIGHTS_NAME
    for path in (config, weights):
        if not path.is_file():
            raise UserError(f"{folder} is not an open_clip model folder: {path.name} is missing.")
    dimension = int(checked_model_config(folder)["embed_dim"])
    with weights.open("rb") as file:
        return SourceDescription(dimension, hashlib.file_digest(file, "sha256").hexdigest())
