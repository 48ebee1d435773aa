"""Keys on purpose: python -m shared.crypto master | create | rotate | stage | promote | export --service NAME.

`rotate` suits keys in files: running processes learn the new key when they meet it. Where keys are in settings, `stage` a
key, give the new document to every process, then `promote` it and give that document. `export` prints the document for
one service (ICC_KEYRING); it holds only that service's keys, still wrapped.
"""

import argparse
import base64
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from shared.crypto.document import KeyringDocument, granted, promoted, staged
from shared.crypto.keyring import KEY_BYTES, KeyringError, purposes_granted
from shared.crypto.opening import find_keys, locked_directory, write_document

Change = Callable[[KeyringDocument, bytes], KeyringDocument]


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """Where the keys are, for these commands: files only, since a setting cannot be changed from here."""

    data_dir: Path
    master_key: SecretStr | None
    environment: str = "production"
    keyring: SecretStr | None = None


def _stage(document: KeyringDocument, master: bytes) -> KeyringDocument:
    return staged(document, master, now=datetime.now(UTC))


def _promote(document: KeyringDocument, _: bytes) -> KeyringDocument:
    return promoted(document)


def _rotate(document: KeyringDocument, master: bytes) -> KeyringDocument:
    return promoted(_stage(document, master))


CHANGES: Mapping[str, Change] = {"stage": _stage, "promote": _promote, "rotate": _rotate}


def change_keys(settings: OperatorSettings, change: Change) -> KeyringDocument:
    """Change the keyring file under its lock; gives the document as it now is."""
    find_keys(settings)  # refuses a directory without keys before the lock makes one
    directory = settings.data_dir / "keys"
    with locked_directory(directory):
        document, master = find_keys(settings)
        changed = change(document, master)
        write_document(directory, changed)
    return changed


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command; 0 when it was done, 1 with a sentence on stderr when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m shared.crypto", description=__doc__)
    parser.add_argument("command", choices=["master", "create", "export", *CHANGES])
    parser.add_argument("--data", type=Path, default=Path(environ.get("ICC_DATA_DIR", ".icc")))
    parser.add_argument("--service", help="the service whose keys are exported")
    given = parser.parse_args(arguments)
    if given.command == "export" and not given.service:
        parser.error("export needs --service")
    master = environ.get("ICC_MASTER_KEY")
    settings = OperatorSettings(data_dir=given.data, master_key=SecretStr(master) if master else None)
    try:
        sys.stdout.write(_run(given.command, given.service, settings) + "\n")
    except KeyringError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


def _run(command: str, service: str | None, settings: OperatorSettings) -> str:
    if command == "master":
        return base64.b64encode(os.urandom(KEY_BYTES)).decode()
    if command == "export" and service:
        document, _ = find_keys(settings)
        return granted(document, purposes_granted(service)).model_dump_json()
    if command == "create":
        document, _ = find_keys(settings, may_create=True)
    else:
        document = change_keys(settings, CHANGES[command])
    return f"data key {document.current_data_key} encrypts; {len(document.keys)} keys in {settings.data_dir / 'keys'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
