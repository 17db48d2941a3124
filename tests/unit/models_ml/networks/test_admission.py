"""No code and no pickle from a model's source, wherever it lies: each kind of source with each kind of trap."""

import json
import pickle
import shutil
from pathlib import Path

import huggingface_hub.constants
import open_clip
import pytest

from heritage.errors import UserError
from models_ml.networks import admission
from models_ml.networks.encoders import load_encoder
from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME
from tests.tiny_model import tiny_model_folder

CODE = """
from pathlib import Path
from transformers import PreTrainedTokenizerFast
Path({marker!r}).write_text("ran")
class Own(PreTrainedTokenizerFast):
    pass
"""


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The hub's cache on this machine, without a network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_model_folder(tmp_path / "tiny")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "ran"


def _publish(hub: Path, name: str, folder: Path) -> None:
    repository = hub / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    shutil.copytree(folder, repository / "snapshots" / ("0" * 40))


def _edit(path: Path, **changes) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _edit_text(folder: Path, **changes) -> None:
    document = json.loads((folder / CONFIG_NAME).read_text())
    document["model_cfg"]["text_cfg"] |= changes
    (folder / CONFIG_NAME).write_text(json.dumps(document))


def _edit_vision(folder: Path, **changes) -> None:
    document = json.loads((folder / CONFIG_NAME).read_text())
    document["model_cfg"]["vision_cfg"] |= changes
    (folder / CONFIG_NAME).write_text(json.dumps(document))


def _bring_code(folder: Path, marker: Path) -> None:
    (folder / "own.py").write_text(CODE.format(marker=str(marker)))
    _edit(folder / "tokenizer_config.json", tokenizer_class="Own", auto_map={"AutoTokenizer": [None, "own.Own"]})


def _map_code_silently(folder: Path, marker: Path) -> None:
    _bring_code(folder, marker)
    _edit_text(folder, tokenizer_kwargs={"trust_remote_code": True})


def _take_code_of_another(folder: Path, marker: Path) -> None:
    _edit_text(folder, tokenizer_kwargs={"trust_remote_code": True}, hf_tokenizer_name="evil/words")


def _pickle_weights(folder: Path, marker: Path) -> None:
    (folder / WEIGHTS_NAME).unlink()
    (folder / "open_clip_pytorch_model.bin").write_bytes(pickle.dumps({}))


def _name_a_tower_elsewhere(folder: Path, marker: Path) -> None:
    _edit_vision(folder, timm_model_name="hf-hub:evil/tower")


def _name_a_text_tower_elsewhere(folder: Path, marker: Path) -> None:
    _edit_text(folder, hf_model_name="evil/text")


def _read_a_file(folder: Path, marker: Path) -> None:
    _edit_text(folder, hf_tokenizer_name=None, tokenizer_kwargs={"bpe_path": "/etc/passwd"})


TRAPS = [
    (_bring_code, "asks to run code"),
    (_map_code_silently, "asks to run code"),
    (_take_code_of_another, "asks to run code"),
    (_pickle_weights, "pickle"),
    (_name_a_tower_elsewhere, "image tower"),
    (_name_a_text_tower_elsewhere, "text tower"),
    (_read_a_file, "tokenizer_kwargs"),
]


@pytest.mark.parametrize(("trap", "message"), TRAPS)
@pytest.mark.parametrize("kind", ["hf-hub", "local-dir"])
def test_a_trap_is_refused_and_nothing_of_it_runs(hub, model, marker, trap, message, kind):
    trap(model, marker)
    _publish(hub, "evil/m", model)
    with pytest.raises(UserError, match=message):
        load_encoder("hf-hub:evil/m" if kind == "hf-hub" else f"local-dir:{model}")
    assert not marker.exists()


def test_a_tokenizer_elsewhere_on_the_hub_brings_no_code_either(hub, model, marker, tmp_path):
    words = tmp_path / "words"
    words.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.move(model / name, words / name)
    _edit_text(model, hf_tokenizer_name="evil/words")
    _bring_code(words, marker)
    _publish(hub, "evil/words", words)
    _publish(hub, "evil/m", model)
    with pytest.raises(UserError, match="asks to run code"):
        load_encoder("hf-hub:evil/m")
    assert not marker.exists()


def test_a_plain_model_of_the_hub_is_the_same_as_its_folder(hub, model):
    _publish(hub, "museum/tiny", model)
    texts = ["a red telephone", "lamp"]
    there = load_encoder("hf-hub:museum/tiny").encode_texts(texts)
    assert (there == load_encoder(f"local-dir:{model}").encode_texts(texts)).all()


def test_a_model_that_is_not_on_the_hub_is_one_sentence(hub):
    with pytest.raises(UserError, match="could not be downloaded"):
        load_encoder("hf-hub:museum/none")


@pytest.fixture
def published(model, tmp_path, monkeypatch):
    """The tiny model as one of open_clip's own list."""
    described = json.loads((model / CONFIG_NAME).read_text())
    described["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "museum/words"
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny-arch", described["model_cfg"])
    listed = {"museum": {"hf_hub": "museum/tiny/weights.bin", **described["preprocess_cfg"], "mean": (0.25,) * 3}}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny-arch", listed)
    return model


def test_weights_of_an_architecture_are_the_safetensors_beside_the_listed_pickle(hub, published):
    _publish(hub, "museum/words", published)
    shutil.copy(published / WEIGHTS_NAME, published / "weights.safetensors")
    (published / "weights.bin").write_bytes(pickle.dumps({}))
    _publish(hub, "museum/tiny", published)
    encoder = load_encoder("tiny-arch:museum")
    assert (encoder.dimension, encoder._preprocess.mean) == (16, (0.25,) * 3)
    local = load_encoder(f"local-dir:{published}")
    assert (encoder.encode_texts(["lamp"]) == local.encode_texts(["lamp"])).all()


def test_an_architecture_with_pickled_weights_only_is_refused(hub, published):
    _publish(hub, "museum/words", published)
    (published / "weights.bin").write_bytes(pickle.dumps({}))
    _publish(hub, "museum/tiny", published)
    with pytest.raises(UserError, match="pickle only"):
        load_encoder("tiny-arch:museum")


def test_what_open_clip_ships_passes_its_own_bounds():
    for name in open_clip.list_models():
        config = open_clip.get_model_config(name)
        admission.check_numbers(Path(name), config)
        admission.check_towers(Path(name), config)
