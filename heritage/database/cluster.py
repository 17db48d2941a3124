"""Making the embedded server's data, and the command line that runs PostgreSQL on it."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from heritage.errors import UserError
from heritage.files.private import write_private_file

from .folder import DATABASE, ROLE, ServerFolder
from .unprivileged import Launcher

# Parallel index builds share this much memory; a container's /dev/shm is often smaller. An HNSW index of 768 dimensions
# takes about 3 kB a vector while it is built, and is built many times slower where it does not fit.
MAINTENANCE_MEMORY_MB = 512

# Pages that the server keeps: an eighth of the machine's memory, which it shares with models, within these bounds. An
# HNSW index that is not among them is read page by page for each question.
LEAST_SHARED_MB, MOST_SHARED_MB = 256, 4096
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "work_mem": "16MB",
    "maintenance_work_mem": f"{MAINTENANCE_MEMORY_MB}MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}

# Nobody but our own role, and it only with its password. The superuser has no way in: what needs one is
# done in single-user mode before the server starts.
HOST_BASED_AUTHENTICATION = f"local all {ROLE} scram-sha-256\n"


def make_cluster(folder: ServerFolder, *, binaries: Path, launcher: Launcher) -> None:
    """Initialise the data folder, its role, its database and the vector extension, all or nothing.

    The extension goes into template1, so that every database made later (such as a test's) has it:
    it is not a trusted extension, and our role is no superuser.
    """
    draft = folder.path / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    os.chown(draft, launcher.uid, launcher.gid)
    with tempfile.TemporaryDirectory(dir=folder.path) as passing:
        # The superuser's password is thrown away: see HOST_BASED_AUTHENTICATION.
        password_file = Path(passing) / "superuser"
        write_private_file(password_file, secrets.token_urlsafe(32))
        run_program(
            [
                *launcher.prefix,
                binaries / "initdb",
                *("--pgdata", draft, "--username=postgres", "--encoding=UTF8", "--no-instructions"),
                *("--auth=scram-sha-256", f"--pwfile={password_file}"),
                # Sorts by code point on every machine alike, whatever its libraries.
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            ],
            folder,
        )
    (draft / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION)
    # In single-user mode a statement ends with its line.
    statements = [
        "CREATE EXTENSION vector",
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{folder.password()}'",
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
    ]
    run_program(
        [*launcher.prefix, binaries / "postgres", "--single", "-D", draft, "-c", "exit_on_error=on", "template1"],
        folder,
        stdin="\n".join(statements) + "\n",
    )
    draft.rename(folder.cluster)


def check_version(folder: ServerFolder, *, binaries: Path) -> None:
    """The data must be of the major version of the programs: PostgreSQL reads no other."""
    made_by = (folder.cluster / "PG_VERSION").read_text().strip()
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    major = answer.split()[2].split(".")[0]
    if made_by != major:
        raise UserError(
            f"The data in {folder.cluster} were made by PostgreSQL {made_by}, and this is PostgreSQL {major}: "
            "dump them with the earlier version of Heritage Weaver, move the folder away, and load them again."
        )


def server_command(
    folder: ServerFolder, *, binaries: Path, launcher: Launcher, extra: dict[str, str]
) -> list[str | Path]:
    """The command line that runs the server. `extra` settings go last and so win."""
    place = {"unix_socket_directories": str(folder.socket_folder)}
    settings = SETTINGS | kept_pages() | place | shared_memory() | extra
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [*launcher.prefix, binaries / "postgres", "-D", folder.cluster, *options]


def kept_pages() -> dict[str, str]:
    """How much memory the server keeps pages in, by what this machine or container has."""
    memory = psutil.virtual_memory().total
    with suppress(OSError, ValueError):  # no container, or one without a limit, which reads "max"
        memory = min(memory, int(CONTAINER_LIMIT.read_text()))
    pages = min(max(memory // 2**20 // 8, LEAST_SHARED_MB), MOST_SHARED_MB)
    return {"shared_buffers": f"{pages}MB", "effective_cache_size": f"{max(pages * 4, 2048)}MB"}


def shared_memory() -> dict[str, str]:
    """Where parallel workers share memory: in files of the data folder if /dev/shm is too small for them."""
    try:
        status = os.statvfs("/dev/shm")  # noqa: S108 the kernel's own shared memory, not a file of ours
    except OSError:
        return {"dynamic_shared_memory_type": "mmap"}
    room = status.f_bavail * status.f_frsize
    return {} if room > 2 * MAINTENANCE_MEMORY_MB * 2**20 else {"dynamic_shared_memory_type": "mmap"}


def run_program(command: Sequence[str | Path], folder: ServerFolder, *, stdin: str = "") -> None:
    """Run one PostgreSQL program to its end; its words go to the log, the last of them into the error."""
    finished = subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd="/"
    )
    with folder.log.open("a") as log:
        log.write(finished.stdout)
    if finished.returncode:
        said = finished.stdout.strip().splitlines() or ["nothing"]
        raise UserError(f"The embedded PostgreSQL could not be made ({said[-1].strip()}); see {folder.log}.")
