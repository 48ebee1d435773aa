"""Started by root, each service, Valkey and the readers of files run under an account of their own; started by anybody else, as them.

An account is one that exists by the name `icc-<service>`, or else a number that nobody has. It may not pass the folders
above its home or above our Python (root's home is 0700, and stays so): it is started in the one, and the others are held
open for it.
"""

import os
import pwd
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.addresses import SERVICES
from shared.children import HELD, LIBRARIES
from shared.local.directory import ROOT, DataDirectory
from shared.local.postgres import reachable_by_all
from shared.local.processes import Account

FIRST_NUMBER = 61_001
"""Nobody hands out numbers from 60,706 to 61,183 (systemd's table of them)."""
HOMES = "services"
VALKEY, READERS = "valkey", "readers"
HERE = "/proc/self/cwd"
_FILES = (
    "ICC_POSTCODE_FILE",
    "ICC_REGISTRY_FILE",
    "ICC_FEED_LAYOUTS",
    "ICC_INSTRUMENTS",
    "ICC_MEASURES_FILE",
    "ICC_JWKS",
)


def service_accounts() -> Mapping[str, Account]:
    """The account of each service; none when we are not root, and need and can have none."""
    return {service: account for service, account in _accounts().items() if service in SERVICES}


def valkey_account() -> Account | None:
    """The account of Valkey, None when we are not root."""
    return _accounts().get(VALKEY)


def reader_account() -> Account | None:
    """The account of those who read strangers' files, None when we are not root: then they run as who asks them."""
    return _accounts().get(READERS)


def _accounts() -> Mapping[str, Account]:
    """Every account, by whose it is."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return {
        one: Account(name, known[name].pw_uid, known[name].pw_gid)
        if (name := f"icc-{one}") in known and known[name].pw_uid != 0
        else Account(name, number, number)
        for number, one in enumerate((*SERVICES, VALKEY, READERS), start=FIRST_NUMBER)
    }


def home_of(directory: DataDirectory, service: str) -> Path:
    """The folder that is a service's data directory when it has an account of its own."""
    return directory.path / HOMES / service


@dataclass(frozen=True, slots=True)
class Lodging:
    """How a program of ours is started under its account: with which Python, what it must be told, which folders are held open."""

    account: Account
    home: Path
    python: str
    environment: Mapping[str, str]
    held: tuple[int, ...]


def lodging(directory: DataDirectory, whose: str, given: Mapping[str, str]) -> Lodging | None:
    """The lodging of a service or of the readers, None where they run as we do. given: the environment that it would have."""
    account = _accounts().get(whose)
    if account is None:
        return None
    base = Path(sys.base_prefix).resolve()
    held = [_held(folder) for folder in (base, ROOT, Path(sysconfig.get_path("purelib")))]
    python, root, packages = (_seen(folder, number) for folder, number in held)
    numbers = tuple(number for _, number in held if number is not None)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    named = {name: str(ROOT / given[name]) for name in _FILES if _is_relative(given.get(name, ""))}
    told = {
        "HOME": "/nonexistent",  # what lies in ours is ours, and the database's driver would look there
        "PYTHONPATH": os.pathsep.join((root, packages)),
        "ICC_DATA_DIR": HERE,
        HELD: ",".join(map(str, numbers)),
        LIBRARIES: os.pathsep.join(filter(None, (f"{python}/lib", given.get(LIBRARIES)))),
    }
    return Lodging(account, home_of(directory, whose), f"{python}/bin/{version}", named | told, numbers)


@cache
def _held(folder: Path) -> tuple[Path, int | None]:
    """A folder with the number under which it is held open for those who may not walk there; None where all may."""
    return folder, None if reachable_by_all(folder) else os.open(folder, os.O_PATH | os.O_DIRECTORY)


def _seen(folder: Path, number: int | None) -> str:
    return str(folder) if number is None else f"/proc/self/fd/{number}"


def _is_relative(name: str) -> bool:
    return bool(name) and "://" not in name and not Path(name).is_absolute()
