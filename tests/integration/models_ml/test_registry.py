"""Registering models: what is accepted, what is refused and why."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from heritage.errors import UserError
from heritage.models import JobRun, Role
from models_ml.models import EmbeddingModel
from models_ml.registry import ensure_bundled_model, get_models, register_model
from tests.factories import CollectionFactory, UserFactory

pytestmark = pytest.mark.django_db

TINY = {"embed_dim": 32, "vision_cfg": {}, "text_cfg": {}}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"weights")
    return tmp_path


def test_the_bundled_model_is_there_from_the_start():
    mini = EmbeddingModel.objects.get(slug="heritage-mini")
    assert mini.source == "bundled:heritage-mini"
    assert mini.dimension > 0
    assert mini.parent is None


def test_new_weights_of_the_bundled_model_make_its_vectors_missing():
    EmbeddingModel.objects.filter(slug="heritage-mini").update(fingerprint="of an older release", dimension=1)
    ensure_bundled_model()
    mini = EmbeddingModel.objects.get(slug="heritage-mini")
    assert mini.fingerprint != "of an older release"
    assert mini.dimension > 1


def test_a_folder_is_read_for_its_dimension(folder):
    model = register_model(slug="mine", source=f"local-dir:{folder}")
    assert model.dimension == 32
    assert register_model(slug="mine", source=f"local-dir:{folder}") == model


def test_a_folder_in_the_data_directory_is_kept_relative_to_it(folder, settings):
    settings.MODELS_DIR = folder.parent
    assert register_model(slug="mine", source=f"local-dir:{folder}").source == f"local-dir:{folder.name}"


def test_a_taken_slug_is_refused(folder):
    with pytest.raises(UserError, match="choose another slug"):
        register_model(slug="heritage-mini", source=f"local-dir:{folder}")


@pytest.mark.parametrize("slug", ["", "two words", "-dash", "ä", "a" * 101])
def test_a_malformed_slug_is_refused(slug, folder):
    with pytest.raises(UserError, match="cannot name a model"):
        register_model(slug=slug, source=f"local-dir:{folder}")


@pytest.mark.parametrize("name", ["open_clip_config.json", "open_clip_model.safetensors"])
def test_an_incomplete_folder_is_refused(name, folder):
    (folder / name).unlink()
    with pytest.raises(UserError, match="is missing"):
        register_model(slug="mine", source=f"local-dir:{folder}")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "does not describe"),
        ("{}", "does not describe"),
        *[
            (json.dumps({"model_cfg": TINY | {"embed_dim": each}}), "embed_dim")
            for each in (None, -1, 0, 1e400, "8", True)
        ],
        (json.dumps({"model_cfg": TINY | {"vision_cfg": {"width": 1e400}}}), "width"),
        (json.dumps({"model_cfg": TINY | {"text_cfg": {"layers": 100_000}}}), "layers"),
        *[
            (json.dumps({"model_cfg": TINY | {"text_cfg": {"tokenizer_kwargs": each}}}), "tokenizer_kwargs")
            for each in ([1], "x", {"bpe_path": "/etc/passwd"}, {"clean": 3})
        ],
    ],
)
def test_a_config_that_is_none_is_refused_before_anything_is_stored(config, message, folder):
    (folder / "open_clip_config.json").write_text(config)
    with pytest.raises(UserError, match=message):
        register_model(slug="mine", source=f"local-dir:{folder}")
    assert not EmbeddingModel.objects.filter(slug="mine").exists()


def test_an_unknown_model_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"No model is called 'nope'.*heritage-mini"):
        get_models(["heritage-mini", "nope"])


def test_the_list_as_json(capsys):
    call_command("register_model", "--list", "--json")
    rows = json.loads(capsys.readouterr().out)["models"]
    assert [row["slug"] for row in rows] == ["heritage-mini"]
    assert rows[0]["vectors"] == {
        "images": 0, "images_missing": 0, "images_of_page": 0, "segments": 0, "segments_missing": 0,
    }  # fmt: skip


def test_a_user_s_mistake_is_one_line():
    with pytest.raises(CommandError, match="Name a slug and a source"):
        call_command("register_model")


@pytest.mark.parametrize("batches", ["mixed", "collection", "balanced"])
def test_the_models_page_starts_a_finetuning_with_the_chosen_batches(client, batches):
    client.force_login(UserFactory(role=Role.LEAD))
    CollectionFactory(slug="smg")
    assert f'value="{batches}"' in client.get(reverse("models")).content.decode()
    form = {"base": "heritage-mini", "name": "ft", "collections": ["smg"], "epochs": "2", "batches": batches}
    answer = client.post(reverse("start-finetune"), form)
    job = JobRun.objects.get()
    assert answer.url == job.get_absolute_url()
    assert job.arguments["batches"] == batches


def test_batches_that_there_are_not_start_nothing(client):
    client.force_login(UserFactory(role=Role.LEAD))
    client.post(reverse("start-finetune"), {"base": "heritage-mini", "name": "ft", "epochs": "2", "batches": "both"})
    assert not JobRun.objects.exists()
