"""SigLIP in transformers' format: the same vectors as transformers itself, and back again without loss.

The real ViT-B-16-SigLIP architecture with random weights, and a SentencePiece vocabulary trained here.
"""

import hashlib
import json
import pickle
import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import torch
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer, SiglipConfig, SiglipModel, SiglipTokenizer
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from heritage.errors import UserError
from heritage.progress import NoProgress
from models_ml.models import EmbeddingModel
from models_ml.networks.encoders import load_encoder
from models_ml.networks.loading import load_pretrained
from models_ml.networks.transformers_format import write_transformers
from models_ml.training.checkpoint import write_model
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items
from models_ml.training.data.pixels import decode
from models_ml.training.loop import train

TEXTS = ["A brass lamp.", "Telephone, candlestick; about 1905!", "Ärmel &amp; Stoff", "", "loom " * 100]
VOCABULARY = 200


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("siglip")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(
            [f"a {word} of brass, wood and steel {n}" for n in range(99) for word in ("lamp", "loom")]
        ),
        model_prefix=str(folder / "spiece"),
        vocab_size=VOCABULARY,
        hard_vocab_limit=False,
        character_coverage=1.0,
        unk_id=2,
        eos_id=1,
        pad_id=0,
        bos_id=-1,
        minloglevel=2,
    )
    SiglipTokenizer(vocab_file=str(folder / "spiece.model"), model_max_length=64).save_pretrained(folder)
    (folder / "spiece.vocab").unlink()
    torch.manual_seed(0)
    text = {"vocab_size": VOCABULARY, "bos_token_id": None, "eos_token_id": 1}
    network = SiglipModel(SiglipConfig(text_config=text))
    with torch.no_grad():  # transformers starts with zero biases, which would hide a mistake in them
        for parameter in network.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.05 * torch.randn_like(parameter))
    network.save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": 224, "width": 224}).save_pretrained(folder)
    return folder


def _images() -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [Image.fromarray(random.integers(0, 256, (*size, 3), np.uint8)) for size in ((300, 200), (224, 224))]


def _by_transformers(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors of the images and texts as a user of transformers computes them."""
    network = AutoModel.from_pretrained(folder).eval()
    pixels = SiglipImageProcessorPil.from_pretrained(folder)(_images(), return_tensors="pt")["pixel_values"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer(TEXTS, padding="max_length", max_length=64, truncation=True, return_tensors="pt").input_ids
    with torch.inference_mode():
        images = network.get_image_features(pixel_values=pixels).pooler_output
        texts = network.get_text_features(input_ids=tokens).pooler_output
    return tuple(torch.nn.functional.normalize(each, dim=-1).numpy() for each in (images, texts))  # type: ignore[return-value]


def _by_us(source: str) -> tuple[np.ndarray, np.ndarray]:
    encoder = load_encoder(source, device="cpu", precision="fp32")
    return encoder.encode_images(_images()), encoder.encode_texts(TEXTS)


def test_vectors_equal_those_of_transformers(checkpoint: Path) -> None:
    for theirs, ours in zip(_by_transformers(checkpoint), _by_us(f"transformers:{checkpoint}"), strict=True):
        assert np.abs(theirs - ours).max() < 1e-5
        assert np.abs(theirs[0] - theirs[1]).max() > 1e-3  # the vectors tell the inputs apart


def test_a_fine_tuned_model_is_stored_and_exported_with_the_same_vectors(checkpoint: Path, tmp_path: Path) -> None:
    pretrained = load_pretrained(f"transformers:{checkpoint}")
    pixels = decode([lambda: _images()[0], lambda: _images()[1]], pretrained.preprocess, progress=NoProgress())
    items = Items(np.arange(2), ("a lamp", "a loom"), np.ones(2, dtype=bool))
    config = TrainingConfig(epochs=1, batch_size=2, learning_rate=1e-3, device="cpu", precision="fp32")
    train(
        pretrained, pixels, lambda epoch: items, items, config, progress=NoProgress(), after_epoch=lambda metrics: None
    )
    write_model(_made(tmp_path / "stored"), pretrained)
    write_transformers(_made(tmp_path / "exported"), load_pretrained(f"local-dir:{tmp_path / 'stored'}"))
    stored = _by_us(f"local-dir:{tmp_path / 'stored'}")
    for theirs, ours in zip(_by_transformers(tmp_path / "exported"), stored, strict=True):
        assert np.abs(theirs - ours)[:2].max() < 1e-5
    before = _by_us(f"transformers:{checkpoint}")
    assert np.abs(before[0] - stored[0]).max() > 1e-4


def test_there_and_back_loses_nothing(checkpoint: Path, tmp_path: Path) -> None:
    write_transformers(tmp_path, load_pretrained(f"transformers:{checkpoint}"))
    before, after = load_file(checkpoint / "model.safetensors"), load_file(tmp_path / "model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: _edit(folder, model_type="bert"), "only SigLIP"),
        (lambda folder: _edit(folder, vision_config={"hidden_size": 64}), "another architecture"),
        (lambda folder: _edit(folder, text_config={"vocab_size": 7}), "do not fit together"),
        (lambda folder: (folder / "config.json").write_text("{"), "is not valid JSON"),
        (lambda folder: _edit(folder, auto_map={"AutoConfig": "code.Config"}), "asks to run code"),
        (lambda folder: _edit(folder, logit_scale_init_value=1e400), "which no network has"),
        (lambda folder: (folder / "config.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no weights"),
        (lambda folder: (folder / "model.safetensors").write_bytes(pickle.dumps({})), "are damaged"),
        (
            lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
            "holds pickled weights",
        ),
    ],
)
def test_what_is_no_siglip_is_refused(checkpoint: Path, tmp_path: Path, damage, message: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(checkpoint, folder)
    damage(folder)
    with pytest.raises(UserError, match=message):
        load_pretrained(f"transformers:{folder}")


def test_a_name_that_is_nowhere_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="could not be downloaded"):
        load_pretrained("transformers:museum/nothing")


def test_other_architectures_have_no_such_format(tmp_path: Path) -> None:
    from models_ml.networks.sources import BUNDLED

    with pytest.raises(UserError, match="another architecture"):
        write_transformers(tmp_path, load_pretrained(f"local-dir:{BUNDLED['heritage-mini']}"))
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db
def test_a_checkpoint_is_registered_and_exported_by_command(checkpoint: Path, tmp_path: Path, settings) -> None:
    settings.MODELS_DIR = tmp_path / "models"
    shutil.copytree(checkpoint, settings.MODELS_DIR / "authors")
    call_command("register_model", "authors", f"transformers:{settings.MODELS_DIR / 'authors'}", stdout=StringIO())
    model = EmbeddingModel.objects.get(slug="authors")
    assert (model.source, model.dimension) == ("transformers:authors", 768)
    weights = (checkpoint / "model.safetensors").read_bytes()
    assert model.fingerprint == hashlib.sha256(weights).hexdigest()
    call_command("export_model", "authors", tmp_path / "out", stdout=StringIO())
    assert AutoTokenizer.from_pretrained(tmp_path / "out")(TEXTS).input_ids
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_model", "authors", tmp_path / "out")
