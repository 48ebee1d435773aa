"""What a backup holds: its dumps and anchors with their digests, under a signature that only the platform's keys make."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.audit.signing import canonical_bytes
from shared.crypto.keyring import Keyring
from shared.files import write_private
from shared.local import LocalError

MANIFEST = "manifest.json"
DUMPS = "databases"
LABEL = "backup-manifest"


class Manifest(BaseModel):
    """The content of a backup.

    taken_at: when it was begun; whatever was acknowledged before is in it.   server: PostgreSQL's version.   revisions: service →
    its newest migration.   files: path in the backup → SHA-256.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    taken_at: datetime
    server: str
    revisions: Mapping[str, str]
    files: Mapping[str, str]
    mac: str = ""

    def signed(self, keyring: Keyring) -> "Manifest":
        """The manifest with its signature."""
        return self.model_copy(update={"mac": self._mac(keyring).hex()})

    def is_of(self, keyring: Keyring) -> bool:
        """Whether these keys signed it: then they also open what the dumps hold."""
        return compare_digest(self._mac(keyring).hex(), self.mac)

    def _mac(self, keyring: Keyring) -> bytes:
        return keyring.evidence(LABEL, canonical_bytes([self.model_dump(mode="json", exclude={"mac"})]))


def dump_of(backup: Path, service: str) -> Path:
    """Where a service's dump lies in a backup."""
    return backup / DUMPS / f"{service}.dump"


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write it as the last file: a backup without one was broken off."""
    write_private(backup / MANIFEST, manifest.model_dump_json(indent=1).encode() + b"\n")


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a whole and unchanged backup. Raises LocalError with what is wrong with it."""
    try:
        manifest = Manifest.model_validate_json((backup / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise LocalError(
            f"{backup} holds no {MANIFEST}: it is no backup, or one that was broken off.", exit_code=2
        ) from None
    except (OSError, ValidationError) as error:
        raise LocalError(f"{backup / MANIFEST} cannot be read ({type(error).__name__}).") from None
    for name, digest in manifest.files.items():
        file = backup / name
        if not file.is_file():
            raise LocalError(f"{name} is missing in {backup}.")
        if digest_of(file) != digest:
            raise LocalError(f"{name} in {backup} is not as the backup wrote it: take another backup.")
    return manifest


def digests_in(folder: Path) -> Mapping[str, str]:
    """Path below the folder → SHA-256, for every file in it."""
    return {str(path.relative_to(folder)): digest_of(path) for path in files_below(folder)}


def files_below(folder: Path) -> Iterator[Path]:
    """Every plain file in a folder and its folders, in order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
