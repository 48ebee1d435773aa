"""What each key is for, which service may hold it, and what an open keyring does: encrypt, find, pseudonymise.

An encrypted value is `version (1 byte) · key id (4) · nonce (12) · AES-256-GCM ciphertext and tag (length + 16)`.
The header and `table|column|row id` are authenticated with it, so a value copied into another cell does not open.
Random nonces of 96 bits: rotate a data key long before it made 2**32 values (NIST SP 800-38D, section 8.3).
"""

import base64
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16
VERSION = b"\x01"
HEADER_BYTES = len(VERSION) + KEY_ID_BYTES
SEALED_FROM = HEADER_BYTES + NONCE_BYTES
SHORTEST = SEALED_FROM + TAG_BYTES
PSEUDONYM_PREFIX = "p1:"
_NHS_NUMBER = re.compile(r"[0-9]{10}", re.ASCII)


class Purpose(StrEnum):
    """What a key is for. A key is never used for two purposes."""

    DATA = "data"
    BLIND_INDEX = "blind-index"
    PSEUDONYM = "pseudonym"
    AUDIT = "audit"
    SIGNING = "signing"


EVERY_SERVICE = frozenset({Purpose.DATA, Purpose.AUDIT, Purpose.SIGNING})

# A service not named here gets what every service needs: a way to encrypt, to keep evidence, to sign cursors.
SPECIAL_GRANTS: Mapping[str, frozenset[Purpose]] = {
    "referrals": frozenset({Purpose.BLIND_INDEX, Purpose.PSEUDONYM}),
    "outcomes": frozenset({Purpose.PSEUDONYM}),
}


def purposes_granted(service: str) -> frozenset[Purpose]:
    """The purposes of the keys that a service may hold."""
    return EVERY_SERVICE | SPECIAL_GRANTS.get(service, frozenset())


# No message of these holds a key, a plaintext or a ciphertext.


class KeyringError(Exception):
    """The keys cannot be opened or made; the message says what an operator should do."""


class KeyNotGrantedError(KeyringError):
    """This process was not given the key it was asked to use."""


class DecryptionRefusedError(Exception):
    """A stored value was changed, belongs to another row, column or table, or its key is not in the keyring."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key in the clear: its id (8 hexadecimal digits), what it is for, its 32 bytes."""

    id: str
    purpose: Purpose
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys a process holds. `current_data` is the id of the data key that encrypts; every data key decrypts."""

    keys: tuple[Key, ...]
    current_data: str


class Keyring:
    """Encrypts columns, makes blind indexes, pseudonyms and keyed evidence with the keys a service was granted.

    `reopen` reads the keys again when a value names a data key made after this process started (rotation).
    """

    def __init__(self, keys: KeySet, *, reopen: Callable[[], KeySet] | None = None) -> None:
        self._reopen = reopen
        self._take(keys)

    def _take(self, keys: KeySet) -> None:
        self._ciphers = {
            VERSION + bytes.fromhex(key.id): AESGCM(key.secret)
            for key in keys.keys
            if key.purpose is Purpose.DATA
        }
        self._hashes: dict[Purpose, HMAC] = {
            key.purpose: HMAC(key.secret, SHA256()) for key in keys.keys if key.purpose is not Purpose.DATA
        }
        self._header = VERSION + bytes.fromhex(keys.current_data)
        self._cipher = self._ciphers.get(self._header)

    def encrypt(self, plaintext: str | bytes, *, table: str, column: str, row: UUID) -> bytes:
        """A column's value under the current data key, bound to its table, column and row."""
        if self._cipher is None:
            raise KeyNotGrantedError("this process holds no data key")
        raw = plaintext.encode() if isinstance(plaintext, str) else plaintext
        nonce = os.urandom(NONCE_BYTES)
        place = self._header + _place(table, column, row)
        return self._header + nonce + self._cipher.encrypt(nonce, raw, place)

    def decrypt(self, blob: bytes, *, table: str, column: str, row: UUID) -> str:
        """The text that `encrypt` was given for this cell. Raises DecryptionRefusedError."""
        return self.decrypt_bytes(blob, table=table, column=column, row=row).decode()

    def decrypt_bytes(self, blob: bytes, *, table: str, column: str, row: UUID) -> bytes:
        """The bytes that `encrypt` was given for this cell. Raises DecryptionRefusedError."""
        # A page of a list opens hundreds of values: what is wrong with one is looked into only where one does not open.
        header = blob[:HEADER_BYTES]
        cipher = self._ciphers.get(header) if len(blob) >= SHORTEST else None
        if cipher is None:
            cipher = self._sought_cipher(blob, where=f"{table}.{column}")
        place = header + f"{table}|{column}|".encode() + row.bytes
        try:
            return cipher.decrypt(blob[HEADER_BYTES:SEALED_FROM], blob[SEALED_FROM:], place)
        except InvalidTag:
            raise DecryptionRefusedError(f"{table}.{column}: changed, or of another row") from None

    def _sought_cipher(self, blob: bytes, *, where: str) -> AESGCM:
        """The cipher of a value whose key we do not hold yet. Raises DecryptionRefusedError where there is none."""
        if len(blob) < SHORTEST or blob[:1] != VERSION:
            raise DecryptionRefusedError(f"{where}: not an encrypted value")
        header = blob[:HEADER_BYTES]
        if self._reopen is not None:
            self._take(self._reopen())
        cipher = self._ciphers.get(header)
        if cipher is None:
            raise DecryptionRefusedError(f"{where}: data key {header[1:].hex()} is not in the keyring")
        return cipher

    def blind_index(self, kind: str, value: str) -> bytes:
        """32 bytes by which an encrypted value is found again. The caller folds the value (case, spaces) first.

        kind: what the value is ("nhs-number"), so that equal texts of two kinds do not look equal.
        """
        return self._keyed(Purpose.BLIND_INDEX, f"{kind}\x00{value}".encode())

    def pseudonym(self, nhs_number: str) -> str:
        """The name under which a person is known outside referrals: `p1:` and 43 base64url characters.

        Raises ValueError (without the value) unless given ten digits: two spellings would make two people.
        """
        if not _NHS_NUMBER.fullmatch(nhs_number):
            raise ValueError("a pseudonym is made of an NHS number of ten digits")
        digest = self._keyed(Purpose.PSEUDONYM, b"nhs-number\x00" + nhs_number.encode())
        return PSEUDONYM_PREFIX + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def evidence(self, label: str, message: bytes) -> bytes:
        """32 bytes that only a holder of the audit key can make over a message; the label separates its uses."""
        return self._keyed(Purpose.AUDIT, label.encode() + b"\x00" + message)

    def alias(self, label: str, *texts: str) -> str:
        """What stands in a table for texts that a client chose, and that may say anything: 43 base64url characters.

        Equal texts under one label have one alias; nobody without the key can tell them from it, or try them out.
        """
        digest = self._keyed(Purpose.SIGNING, label.encode() + b"\x00" + orjson.dumps(texts))
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def signing_key(self, label: str) -> bytes:
        """A 32-byte key for signing what clients hand back to us (cursors), one for each label."""
        return self._keyed(Purpose.SIGNING, label.encode())

    def _keyed(self, purpose: Purpose, message: bytes) -> bytes:
        """HMAC-SHA-256. Each key is taken up once and its state copied: that costs twice what the hashing does."""
        prepared = self._hashes.get(purpose)
        if prepared is None:
            raise KeyNotGrantedError(f"this process holds no {purpose} key")
        keyed = prepared.copy()
        keyed.update(message)
        return keyed.finalize()


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}|{column}|".encode() + row.bytes
