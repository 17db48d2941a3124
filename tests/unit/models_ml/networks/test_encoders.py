"""Loading models and encoding with them: what comes out, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.transform import image_transform_v2

from heritage.errors import UserError
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import load_encoder, source_dimension
from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME
from models_ml.networks.loading import load_pretrained
from models_ml.networks.pretrained import trim_tokens
from tests.tiny_model import COLOURS, coloured_image, tiny_model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model_folder(tmp_path / "tiny")


def test_vectors_are_float32_and_of_length_one(folder: Path) -> None:
    encoder = load_encoder(f"local-dir:{folder}", precision="fp32")
    images = encoder.encode_images([coloured_image(colour) for colour in COLOURS])
    texts = encoder.encode_texts(["a red telephone", "", "漢字 ☎"])
    assert (encoder.dimension, encoder.image_size) == (16, 32)
    for vectors, count in ((images, 8), (texts, 3)):
        assert vectors.shape == (count, 16)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_bytes_and_floats_give_the_same_as_images(folder: Path) -> None:
    encoder = load_encoder(f"local-dir:{folder}", precision="fp32")
    images = [coloured_image(colour) for colour in COLOURS[:3]]
    transform = image_transform_v2(load_pretrained(f"local-dir:{folder}").preprocess, is_train=False)
    floats = torch.stack([transform(image) for image in images])
    np.testing.assert_array_equal(encoder.encode_images(images), encoder.encode_images(floats))
    pixels = np.stack([encoder.to_bytes(image) for image in images])
    np.testing.assert_array_equal(encoder.encode_images(images), encoder.encode_bytes(pixels))


def test_a_text_has_the_same_vector_alone_and_beside_longer_ones(folder: Path) -> None:
    encoder = load_encoder(f"local-dir:{folder}", precision="fp32")
    together = encoder.encode_texts(["lamp", "a red telephone made of brass and wood"])
    np.testing.assert_allclose(together[:1], encoder.encode_texts(["lamp"]), atol=1e-6)


def test_leaving_out_padding_changes_nothing(folder: Path) -> None:
    pretrained = load_pretrained(f"local-dir:{folder}")
    tokens = pretrained.tokenize(["lamp", "a red telephone"])
    trimmed = trim_tokens(pretrained.network, tokens)
    assert trimmed.shape[1] < tokens.shape[1]
    with torch.inference_mode():
        torch.testing.assert_close(pretrained.network.encode_text(trimmed), pretrained.network.encode_text(tokens))


def test_nothing_in_nothing_out(folder: Path) -> None:
    encoder = load_encoder(f"local-dir:{folder}")
    assert encoder.encode_images([]).shape == (0, 16)
    assert encoder.encode_texts([]).shape == (0, 16)


def test_shorter_arithmetic_stays_close(folder: Path) -> None:
    images = [coloured_image(colour) for colour in COLOURS]
    exact, short = (
        load_encoder(f"local-dir:{folder}", device="cpu", precision=precision).encode_images(images)
        for precision in ("fp32", "bf16")
    )
    assert short.dtype == np.float32
    assert (exact * short).sum(axis=1).min() > 0.99


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("ViT-B-16-SigLIP", "does not say where the weights are"),
        ("ViT-B-16-SigLIP:", "does not say where the weights are"),
        ("ViT-Z-99:webli", "knows no architecture"),
        ("ViT-B-16-SigLIP:random", "choose one of webli"),
        ("local-dir:/nowhere", "is not an open_clip model folder"),
    ],
)
def test_unknown_sources_are_refused(source: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_encoder(source)


def test_dimension_is_known_without_the_weights() -> None:
    assert source_dimension("ViT-B-16-SigLIP:webli") == 768
    with pytest.raises(UserError, match="choose one of webli"):
        source_dimension("ViT-B-16-SigLIP:nope")


def _damage(folder: Path, kind: str) -> None:
    weights, config = folder / WEIGHTS_NAME, folder / CONFIG_NAME
    if kind == "cut off":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif kind == "pickle":
        weights.rename(folder / "open_clip_pytorch_model.bin")
    elif kind == "no weights":
        weights.unlink()
    elif kind == "other architecture":
        config.write_text(config.read_text().replace('"layers": 1', '"layers": 2'))
    elif kind == "no JSON":
        config.write_text("{")
    elif kind == "other JSON":
        config.write_text("[]")
    elif kind == "no tokenizer":
        (folder / "tokenizer.json").unlink()
        (folder / "tokenizer_config.json").unlink()
    elif kind == "foreign code":
        document = json.loads(config.read_text())
        document["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"trust_remote_code": True}
        config.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cut off", "are damaged"),
        ("pickle", "pickled weights"),
        ("no weights", "holds no weights"),
        ("other architecture", "do not fit together"),
        ("no JSON", "is not valid JSON"),
        ("other JSON", "does not describe an open_clip model"),
        ("no tokenizer", "do not fit together"),
        ("foreign code", "asks to run code"),
    ],
)
def test_damaged_folders_are_refused_in_one_sentence(folder: Path, kind: str, message: str) -> None:
    _damage(folder, kind)
    with pytest.raises(UserError, match=message) as caught:
        load_encoder(f"local-dir:{folder}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("device", "precision", "message"),
    [
        ("cpu", "fp16", "needs a GPU"),
        ("cpu", "fp8", "unknown"),
        ("toaster", "auto", "unknown"),
        ("meta", "auto", "not supported"),
    ],
)
def test_device_and_precision_that_cannot_be_had(device: str, precision: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        choose_compute(device, precision)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there() -> None:
    with pytest.raises(UserError, match="PyTorch sees 0 GPUs"):
        choose_compute("cuda")
