"""`python -m shared.local.homes --data DIR`: furnishes the folder of each service that runs under an account of its own.

A service may not write in its home, only in folders of it: root, who furnishes it anew at each start, must not be led astray.
Run by root before the services start: what each needs of the keys and nothing else, and the compiled modules, which it may
not write. A process of its own, for what it loads would cost every other start.
"""

import argparse
import compileall
import json
import os
import stat
import sys
from pathlib import Path

from shared.audit.anchors import ANCHORS
from shared.auth.key_files import KEYS_DIRECTORY, PUBLIC_HALVES, SIGNING_PUBLIC, private_file
from shared.auth.keys import load_or_create_signing_key, public_key_set
from shared.crypto.document import granted
from shared.crypto.keyring import KeyringError, purposes_granted
from shared.crypto.opening import KEYRING_FILE, MASTER_FILE, find_keys
from shared.files import PrivateFileError, write_private
from shared.local.accounts import READERS, home_of, reader_account, service_accounts
from shared.local.directory import ROOT, DataDirectory
from shared.local.processes import Account
from shared.registry.postcodes import FOLDER as POSTCODES
from shared.settings import PlatformSettings, read_settings

OPEN_TO_PASS = 0o711
READABLE, PRIVATE = 0o750, 0o700


def furnish(directory: DataDirectory, settings: PlatformSettings) -> None:
    """Make every home, with its keys and its way to the anchors. Raises KeyringError, PrivateFileError, OSError."""
    anchors = directory.path / ANCHORS
    anchors.mkdir(exist_ok=True)
    anchors.chmod(OPEN_TO_PASS)
    directory.path.chmod(OPEN_TO_PASS)
    for service, account in service_accounts().items():
        home = home_of(directory, service)
        home.parent.mkdir(mode=OPEN_TO_PASS, exist_ok=True)
        home.parent.chmod(OPEN_TO_PASS)
        for folder in (home, home / KEYS_DIRECTORY):
            _folder(folder, owner=0, group=account.gid, mode=READABLE)
        _folder(home / POSTCODES, owner=account.uid, group=account.gid, mode=PRIVATE)
        for name, content in _keys_of(service, directory, settings).items():
            write_private(home / KEYS_DIRECTORY / name, content, owner=(account.uid, account.gid))
        way = home / ANCHORS
        if not way.is_symlink():
            way.symlink_to(Path("..", "..", ANCHORS))
        _folder(anchors / service, owner=account.uid, group=account.gid, mode=PRIVATE)
        for kept in (anchors / service).iterdir():
            _hand_over(kept, account)
    if (readers := reader_account()) is not None:
        _folder(home_of(directory, READERS), owner=0, group=readers.gid, mode=READABLE)


def _folder(folder: Path, *, owner: int, group: int, mode: int) -> None:
    """A folder as it shall be; OSError where a service has put a way elsewhere in its place."""
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    itself = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(itself, owner, group)
        os.fchmod(itself, mode)
    finally:
        os.close(itself)


def _hand_over(file: Path, account: Account) -> None:
    """Give a file that root wrote before the services had accounts to its service; never what another name leads to."""
    found = file.lstat()
    if found.st_uid == 0 and stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        os.chown(file, account.uid, account.gid, follow_symlinks=False)


def _keys_of(service: str, directory: DataDirectory, settings: PlatformSettings) -> dict[str, bytes]:
    """The files of keys that a service may have; what comes by settings is not among them."""
    keys = directory.path / KEYS_DIRECTORY
    found: dict[str, bytes] = {}
    if settings.keyring is None:
        document, _ = find_keys(settings)
        found[KEYRING_FILE] = granted(document, purposes_granted(service)).model_dump_json().encode()
        if settings.master_key is None:
            found[MASTER_FILE] = (keys / MASTER_FILE).read_bytes()
    if settings.service_keys is None:
        found |= {name: (keys / name).read_bytes() for name in (private_file(service), PUBLIC_HALVES)}
    if settings.uses_local_key:
        shown = public_key_set(load_or_create_signing_key(directory.path)).as_dict()
        found[SIGNING_PUBLIC] = json.dumps(shown).encode()
    return found


def main() -> int:
    """Furnish; 0 when done, 1 with a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m shared.local.homes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    directory = DataDirectory(parser.parse_args().data)
    try:
        furnish(directory, read_settings(PlatformSettings, data_dir=directory.path))
    except (KeyringError, PrivateFileError, OSError) as refusal:
        sys.stderr.write(f"the services' own folders cannot be made: {refusal}\n")
        return 1
    for package in ("shared", "services"):
        compileall.compile_dir(ROOT / package, quiet=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
