"""Where the keys come from at start: settings in a distributed deployment, files in the data directory otherwise.

Master key: ICC_MASTER_KEY, else DATA/keys/master.key. Keyring: ICC_KEYRING, else DATA/keys/keyring.json.
Files are made at the first start, except in production, where an operator makes them on purpose.
"""

import base64
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from shared.crypto.document import (
    KeyringDocument,
    granted,
    new_document,
    parse_document,
    parse_master_key,
    unwrap,
)
from shared.crypto.keyring import KEY_BYTES, Keyring, KeyringError, KeySet, purposes_granted
from shared.files import PrivateFileError, read_private, write_private

MASTER_FILE = "master.key"
KEYRING_FILE = "keyring.json"
FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
LOCK = ".keyring.lock"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class KeySettings(Protocol):
    """The settings that say where the keys are."""

    @property
    def data_dir(self) -> Path:
        """The data directory; keys lie in its `keys`."""
        ...

    @property
    def environment(self) -> str:
        """local, test or production."""
        ...

    @property
    def master_key(self) -> SecretStr | None:
        """32 bytes in base64."""
        ...

    @property
    def keyring(self) -> SecretStr | None:
        """The keyring document, instead of the file."""
        ...


def open_keyring(settings: KeySettings, *, service: str) -> Keyring:
    """The keyring of a service's process: only the keys that this service may hold. Raises KeyringError.

    Keys that lie in a file are read again when a row names a newer data key; keys in settings stay as they are.
    """
    purposes = purposes_granted(service)

    def reopen() -> KeySet:
        document, master = find_keys(settings)
        return unwrap(document, master, purposes=purposes)

    return Keyring(reopen(), reopen=reopen if settings.keyring is None else None)


def find_keys(settings: KeySettings, *, may_create: bool | None = None) -> tuple[KeyringDocument, bytes]:
    """The keyring document and the master key; made when missing and allowed (by default: outside production)."""
    allowed = settings.environment != "production" if may_create is None else may_create
    given = parse_master_key(settings.master_key.get_secret_value()) if settings.master_key else None
    if settings.keyring is not None:
        if given is None:
            raise KeyringError("ICC_KEYRING is set without the ICC_MASTER_KEY that opens it")
        return parse_document(settings.keyring.get_secret_value()), given
    directory = settings.data_dir / "keys"
    found = _read(directory, given)
    if found is None and not allowed:
        raise KeyringError(
            f"there are no keys in {directory}: restore them, or make them with `python -m shared.crypto create`"
        )
    return found or _create(directory, given)


def _read(directory: Path, given: bytes | None) -> tuple[KeyringDocument, bytes] | None:
    try:
        document, stored = read_private(directory / KEYRING_FILE), read_private(directory / MASTER_FILE)
    except PrivateFileError as refusal:
        raise KeyringError(str(refusal)) from None
    if document is None:
        return None
    master = given or (parse_master_key(stored.decode("ascii", "replace")) if stored else None)
    if master is None:
        raise KeyringError(
            f"{directory / KEYRING_FILE} is there, its master key is not: set ICC_MASTER_KEY or restore {MASTER_FILE}"
        )
    return parse_document(document), master


def _create(directory: Path, given: bytes | None) -> tuple[KeyringDocument, bytes]:
    """Make what is missing. Of several processes that start at once, one makes the keys and the others read them."""
    with locked_directory(directory):
        found = _read(directory, given)
        if found is not None:
            return found
        if (directory / MASTER_FILE).exists():
            # New keys beside an old master key would hide that the old keyring is lost, and its data unreadable.
            raise KeyringError(
                f"{directory / MASTER_FILE} is there, {KEYRING_FILE} is not: restore it; if nothing was stored yet, delete {MASTER_FILE}"
            )
        master = given or os.urandom(KEY_BYTES)
        document = new_document(master, now=datetime.now(UTC))
        if given is None:
            write_private(directory / MASTER_FILE, base64.b64encode(master) + b"\n")
        write_document(directory, document)
        return document, master


def write_document(directory: Path, document: KeyringDocument) -> None:
    """Replace the keyring file."""
    write_private(directory / KEYRING_FILE, document.model_dump_json(indent=1).encode() + b"\n")
    # Under accounts of their own the services have each its part, in a folder of its own, and read that again.
    for part in directory.parent.glob(f"services/*/keys/{KEYRING_FILE}"):
        purposes, owner = purposes_granted(part.parents[1].name), part.stat()
        content = granted(document, purposes).model_dump_json().encode()
        write_private(part, content, owner=(owner.st_uid, owner.st_gid))


@contextmanager
def locked_directory(directory: Path) -> Iterator[None]:
    """Hold the directory's key lock, making the directory (0700) when it is missing.

    However many processes start, one makes the keys. Reading needs no lock: files are replaced, never rewritten.
    """
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    if directory.stat().st_mode & _OTHERS_WRITE:
        raise KeyringError(f"{directory} can be written by others: make it 0700 (`chmod 700`)")
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
