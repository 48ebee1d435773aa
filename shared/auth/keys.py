"""Keys that live in the data directory: the local token key and the services' own key.

Several processes may start at once, so a key is written beside its place and linked into it: the first one wins and
all read the same file. Files are 0600 in a directory that is 0700, and refused (PrivateFileError) when others may use them.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import ECKey, KeySet

from shared.files import PrivateFileError, read_private

KEYS_DIRECTORY = "keys"


def load_or_create_signing_key(data_dir: Path) -> ECKey:
    """The ES256 key with which `icc token` signs on this machine (`keys/signing.pem`)."""
    return _ec_key(load_or_create_file(data_dir, "signing.pem", _new_pem))


def load_or_create_service_key(data_dir: Path, configured: str | None = None) -> ECKey:
    """The ES256 key of the services' own credential: `ICC_SERVICE_KEY` (PEM) or `keys/service.pem`. Never published."""
    if configured:
        return _ec_key(configured.encode())
    return _ec_key(load_or_create_file(data_dir, "service.pem", _new_pem))


def public_key_set(key: ECKey) -> KeySet:
    """A key set with the public half of a key, as `/.well-known/jwks.json` shows it."""
    public = key.as_dict(private=False) | {"use": "sig", "alg": "ES256", "kid": key.thumbprint()}
    return KeySet([ECKey.import_key(public)])


def load_or_create_file(data_dir: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """The bytes of `keys/<name>`; made once, whoever comes first."""
    directory = data_dir / KEYS_DIRECTORY
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name
    kept = read_private(path)
    if kept is None:
        _write_once(path, make())
        kept = read_private(path)
    if kept is None:
        raise PrivateFileError(f"{path} points to a file that is not there.")
    return kept


def _write_once(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()


def _new_pem() -> bytes:
    return ECKey.generate_key("P-256").as_pem(private=True)


def _ec_key(pem: bytes) -> ECKey:
    key = ECKey.import_key(pem)
    if key.curve_name != "P-256":
        raise ValueError("the signing key must be an EC key on P-256")
    return key
