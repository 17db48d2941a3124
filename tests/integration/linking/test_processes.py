"""Several processes share a sampling or an embedding, and come to what one comes to."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from heritage.models import Collection
from linking.models import Sampling
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.vectors.store import read_vectors
from tests.factories import collections_with_vectors
from tests.integration.models_ml.training.test_finetune import base, records  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)

CHECKOUT = Path(__file__).parents[3]
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "manage.py")


def two_processes(*arguments: str, **environment: str) -> str:
    """What a command prints that two processes run together, on this test's database."""
    parameters = connection.get_connection_params()
    address = make_conninfo(
        **{key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    )
    own = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "heritage.settings", **environment}
    ran = subprocess.run(
        [*TORCHRUN, *arguments], cwd=CHECKOUT, env=own, capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


def test_two_processes_sample_what_one_samples() -> None:
    models = ["base", "ft-best", "ft-last"]
    collections_with_vectors({"smg": 24, "nms": 15}, models)
    arguments = ("sample_pairs", "pilot", "--collections", "smg", "nms", "--models", *models, "--percentile", "80")
    options = ("--per-stratum", "2", "--controls", "random", "--json", "--device", "cpu")
    alone = StringIO()
    call_command(*arguments, *options, "--dry-run", stdout=alone)
    together = json.loads(two_processes(*arguments, *options))
    assert together == json.loads(alone.getvalue()) | {"dry_run": False}
    assert Sampling.objects.get().pairs.count() == len(together["pairs"])


@pytest.mark.usefixtures("records")
def test_two_processes_embed_what_one_embeds(tmp_path: Path) -> None:
    tiny = EmbeddingModel.objects.get(slug="tiny")
    call_command("embed", "tiny", "--device", "cpu", "--precision", "fp32", stdout=StringIO())
    collections = list(Collection.objects.all())
    before = {
        modality: read_vectors(model=tiny, modality=modality, collections=collections) for modality in ("image", "text")
    }
    for vectors in (ImageVector, SegmentVector):
        vectors.objects.filter(model=tiny).delete()
    printed = two_processes(
        *("embed", "tiny", "--device", "cpu", "--precision", "fp32", "--json"), DATA_DIR=str(tmp_path)
    )
    assert json.loads(printed)["images"] == len(before["image"].vectors)
    for modality, table in before.items():
        again = read_vectors(model=tiny, modality=modality, collections=collections)
        assert again.record_ids.tolist() == table.record_ids.tolist()
        assert again.vectors == pytest.approx(table.vectors, abs=1e-5)
