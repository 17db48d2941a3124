"""How the embedded PostgreSQL runs when Heritage Weaver runs as root, which PostgreSQL refuses for itself.

Two ways, neither of which opens any folder to anybody:

1. A user namespace in which root carries the number of an ordinary account. Outside it, and so on disk,
   the server still is root: folders of mode 0700 stay reachable and files stay root's.
2. Where namespaces are refused, as in a Docker container's default profile: the ordinary account itself,
   with the one capability (CAP_DAC_OVERRIDE) that lets it reach its data below root's closed folders.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from heritage.errors import UserError

# An account that exists everywhere and owns nothing. Not 65534: in a namespace all unknown owners show as that.
PREFERRED_ACCOUNT = "daemon"


@dataclass(frozen=True)
class Launcher:
    """`prefix` goes before a PostgreSQL program; what it writes belongs to `uid` and `gid`."""

    prefix: tuple[str, ...]
    uid: int
    gid: int


def find_launcher() -> Launcher:
    """The way to run PostgreSQL here, or `UserError` if there is none."""
    if os.geteuid() != 0:
        return Launcher(prefix=(), uid=os.geteuid(), gid=os.getegid())
    account = ordinary_account()
    for launcher in (in_namespace(account), with_capability(account)):
        if works(launcher):
            return launcher
    raise UserError(
        "PostgreSQL does not run as root, and this machine lets root neither map users nor change them: "
        "run Heritage Weaver as an ordinary user, or set DATABASE_URL."
    )


def ordinary_account() -> pwd.struct_passwd:
    """An account to run as. initdb insists on one that has a name."""
    accounts = [entry for entry in pwd.getpwall() if entry.pw_uid not in (0, 65534)]
    if not accounts:
        raise UserError("PostgreSQL does not run as root, and there is no other account here: set DATABASE_URL.")
    return next((entry for entry in accounts if entry.pw_name == PREFERRED_ACCOUNT), accounts[0])


def in_namespace(account: pwd.struct_passwd) -> Launcher:
    prefix = ("unshare", "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
    return Launcher(prefix=prefix, uid=0, gid=0)


def with_capability(account: pwd.struct_passwd) -> Launcher:
    prefix = (
        "setpriv",
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        "--bounding-set=-all,+dac_override",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        # Changing the user clears the signal that the keeper asked for; ask again.
        "--pdeathsig=INT",
    )
    return Launcher(prefix=prefix, uid=account.pw_uid, gid=account.pw_gid)


def works(launcher: Launcher) -> bool:
    try:
        finished = subprocess.run([*launcher.prefix, "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return finished.returncode == 0


def give_tree(folder: Path, *, uid: int, gid: int) -> None:
    """Make `uid` the owner of our own folder and all in it, when the way to run has changed since last time."""
    if folder.lstat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), uid, gid, follow_symlinks=False)
    # Last, so that an interrupted change is taken up again.
    os.chown(folder, uid, gid, follow_symlinks=False)
