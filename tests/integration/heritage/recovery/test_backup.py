"""`backup`, `verify` and `restore` as people run them: a site with everything, into a place with nothing."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from heritage.database import embedded
from heritage.recovery import archive

CHECKOUT = Path(__file__).resolve().parents[4]


def manage(data_dir: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
        input=stdin,
        timeout=180,
    )


def done(data_dir: Path, *arguments: str, stdin: str | None = None) -> str:
    ran = manage(data_dir, *arguments, stdin=stdin)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


STATE = """
from django.apps import apps
from django.core import serializers
import hashlib, json
left = ("sessions", "contenttypes")
found = {m._meta.label: hashlib.sha256(serializers.serialize("json", m.objects.order_by("pk")).encode()).hexdigest()
         for m in apps.get_models() if m._meta.managed and m._meta.app_label not in left}
print(json.dumps(found))
"""

WAYS_IN = """
from allauth.socialaccount.models import SocialAccount
from heritage.accounts.second_factor.factors import add_app
from heritage.models import User
ada = User.objects.get(username="ada")
add_app(user=ada, secret="JBSWY3DPEHPK3PXP")
SocialAccount.objects.create(user=ada, provider="oidc-museum", uid="4711")
"""


def state(data_dir: Path) -> dict[str, str]:
    """A digest of all rows of each table."""
    return json.loads(done(data_dir, "shell", "--no-imports", "-c", STATE).splitlines()[-1])


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="heritage-backup-"))
    yield folder
    for each in folder.iterdir():
        if each.is_dir():
            embedded.leave(each, wait=10)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(place: Path) -> Path:
    folder = place / "site"
    Image.new("RGB", (60, 40), "red").save(place / "lamp.png")
    rows = ["record_id,name,description,img_path", "L.1,Lamp,A Miner's lamp\tof brass; née ☎,lamp.png", "L.2,Loom,,"]
    (place / "records.csv").write_text("\n".join(rows), encoding="utf-8")
    done(folder, "migrate", "--verbosity", "0")
    done(folder, "create_account", "ada", "--role", "admin", "--password", "a loom and a lamp", "--token")
    done(folder, "shell", "--no-imports", "-c", WAYS_IN)
    done(
        folder, "import_records", "smg", str(place / "records.csv"), "--format", "uniform", "--images-root", str(place)
    )
    (folder / "evaluations").mkdir(exist_ok=True)
    (folder / "evaluations" / "figures.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def before(site: Path) -> dict[str, str]:
    """What a backup has: its own line in the audit log is written once it is there."""
    return state(site)


@pytest.fixture(scope="module")
def backup(place: Path, site: Path, before: dict[str, str]) -> Path:
    path = place / "weaver.tar"
    result = json.loads(done(site, "backup", str(path), "--json"))
    assert result["files"] >= 2
    assert path.stat().st_mode & 0o077 == 0
    return path


def test_a_backup_restored_elsewhere_is_the_same_site(place, site, before, backup):
    other = place / "other"
    done(other, "restore", str(backup))
    assert state(other) == before
    assert {"mfa.Authenticator", "socialaccount.SocialAccount"} <= set(before)
    kept = {path.relative_to(site): path.read_bytes() for path in (site / "images").rglob("*") if path.is_file()}
    assert kept == {
        path.relative_to(other): path.read_bytes() for path in (other / "images").rglob("*") if path.is_file()
    }
    assert (other / "evaluations" / "figures.json").read_text() == "{}"
    assert (other / "evaluations" / "figures.json").stat().st_mode & 0o077 == 0
    # Numbers go on after those that came along.
    created = json.loads(done(other, "create_account", "grace", "--role", "lead", "--json"))
    assert created["created"] is True
    rows = place / "more.csv"
    rows.write_text("record_id,name,description\nL.3,Valve,Of a radio")
    assert json.loads(done(other, "import_records", "smg", str(rows), "--format", "uniform", "--json"))["created"] == 1


def test_a_place_with_something_in_it_is_refused_and_left_as_it_is(site, backup, place):
    before = state(site)
    refused = manage(site, "restore", str(backup))
    assert refused.returncode
    assert "restore into an empty one" in refused.stderr
    assert state(site) == before
    with_tables = place / "with-tables"
    done(with_tables, "migrate", "--verbosity", "0")
    assert "The database has tables already" in manage(with_tables, "restore", str(backup)).stderr


def test_an_existing_file_is_not_overwritten(site, backup):
    before = backup.read_bytes()
    assert "there already" in manage(site, "backup", str(backup)).stderr
    assert backup.read_bytes() == before


def test_verify_restores_on_trial_and_says_so(site, backup):
    assert "is good (restored on trial)" in done(site, "verify", str(backup))


def test_a_damaged_backup_is_refused_before_anything_is_written(place, site, backup):
    damaged = place / "damaged.tar"
    with tarfile.open(backup) as tar:
        member = next(each for each in tar if each.name.startswith("files/images/"))
    content = bytearray(backup.read_bytes())
    content[member.offset_data] ^= 1
    damaged.write_bytes(content)
    assert f"{member.name} is not what was stored" in manage(site, "verify", str(damaged), "--quick").stderr
    nowhere = place / "nowhere"
    assert "is damaged" in manage(nowhere, "restore", str(damaged)).stderr
    assert not (nowhere / "images").exists()
    cut = place / "cut.tar"
    cut.write_bytes(backup.read_bytes()[: member.offset_data + 10])
    for path in (cut, place / "records.csv", place / "none.tar"):
        refused = manage(site, "verify", str(path), "--quick")
        assert "no whole backup" in refused.stderr
        assert "Traceback" not in refused.stderr


def rewritten(backup: Path, path: Path, change) -> Path:
    """The backup with another list of contents."""
    with tarfile.open(backup) as before:
        document = json.load(before.extractfile(archive.CONTENTS))
        change(document)
        made = archive.Archive(path)
        for member in before:
            if member.name != archive.CONTENTS:
                made._add(member.name, before.extractfile(member), member.size)
    about = {name: value for name, value in document.items() if name not in ("members", "format")}
    made.close(about)
    return path


def test_a_backup_of_a_newer_version_is_refused_in_words(place, backup):
    newer = rewritten(backup, place / "newer.tar", lambda it: it["migrations"].append(["heritage", "9999_later"]))
    refused = manage(place / "older", "restore", str(newer))
    assert "of a newer version of Heritage Weaver (heritage 9999_later)" in refused.stderr


def test_a_server_does_not_work_on_a_newer_database(place, site):
    insert = (
        "from django.db.migrations.recorder import MigrationRecorder as R; from django.db import connection as c; "
        "R(c).record_applied('heritage', '9999_later')"
    )
    done(site, "shell", "--no-imports", "-c", insert)
    try:
        for command in (("serve", "--bind", "127.0.0.1:0"), ("backup", str(place / "x.tar"))):
            refused = manage(site, *command)
            assert refused.returncode
            assert "The database is of a newer version of Heritage Weaver" in refused.stderr
    finally:
        done(site, "shell", "--no-imports", "-c", insert.replace("record_applied", "record_unapplied"))


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "files/../../x"])
def test_names_that_lead_out_of_the_folder_are_refused(name):
    assert not archive.is_inside(name)
    assert archive.is_inside("files/images/ab/cd.webp")
