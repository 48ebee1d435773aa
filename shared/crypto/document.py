"""The keyring document: the same JSON in DATA/keys/keyring.json and in ICC_KEYRING.

`{"version": 1, "current_data_key": id, "keys": [{"id", "purpose", "created_at", "wrapped"}]}`. Each key is wrapped by
the master key with AES-256-GCM; its purpose and id are authenticated, so that no key can be passed off as another.
"""

import base64
import os
from collections.abc import Collection
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.crypto.keyring import KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, Key, KeyringError, KeySet, Purpose

_KEY_ID = r"^[0-9a-f]{8}$"


class WrappedKey(BaseModel):
    """One key as it is stored: readable only with the master key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=_KEY_ID)
    purpose: Purpose
    created_at: datetime
    wrapped: str


class KeyringDocument(BaseModel):
    """The wrapped keys of a deployment and the id of the data key that encrypts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    current_data_key: str = Field(pattern=_KEY_ID)
    keys: tuple[WrappedKey, ...]


def new_document(master: bytes, *, now: datetime) -> KeyringDocument:
    """Fresh keys, one for each purpose."""
    keys = tuple(new_wrapped_key(master, purpose, now=now) for purpose in Purpose)
    data = next(key.id for key in keys if key.purpose is Purpose.DATA)
    return KeyringDocument(current_data_key=data, keys=keys)


def new_wrapped_key(master: bytes, purpose: Purpose, *, now: datetime) -> WrappedKey:
    """A fresh key, already wrapped."""
    key_id = os.urandom(KEY_ID_BYTES).hex()
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(master).encrypt(nonce, os.urandom(KEY_BYTES), _label(purpose, key_id))
    wrapped = base64.b64encode(nonce + sealed).decode()
    return WrappedKey(id=key_id, purpose=purpose, created_at=now, wrapped=wrapped)


def unwrap(document: KeyringDocument, master: bytes, *, purposes: Collection[Purpose]) -> KeySet:
    """The keys of the given purposes in the clear. Raises KeyringError when the master key is another one."""
    keys = tuple(_unwrap_one(key, master) for key in document.keys if key.purpose in purposes)
    return KeySet(keys=keys, current_data=document.current_data_key)


def staged(document: KeyringDocument, master: bytes, *, now: datetime) -> KeyringDocument:
    """The document with one more data key, which decrypts but does not encrypt yet."""
    return document.model_copy(
        update={"keys": (*document.keys, new_wrapped_key(master, Purpose.DATA, now=now))}
    )


def promoted(document: KeyringDocument) -> KeyringDocument:
    """The document with its newest data key encrypting."""
    data = [key for key in document.keys if key.purpose is Purpose.DATA]
    return document.model_copy(update={"current_data_key": data[-1].id})


def granted(document: KeyringDocument, purposes: Collection[Purpose]) -> KeyringDocument:
    """The document cut down to the keys of the given purposes, for a service that may hold no others."""
    return document.model_copy(
        update={"keys": tuple(key for key in document.keys if key.purpose in purposes)}
    )


def parse_document(text: str | bytes) -> KeyringDocument:
    """The document in a file or setting. Raises KeyringError without echoing it."""
    try:
        return KeyringDocument.model_validate_json(text)
    except ValidationError:
        raise KeyringError("the keyring is not a keyring document of version 1") from None


def parse_master_key(text: str) -> bytes:
    """32 bytes from base64. Raises KeyringError without echoing it."""
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        master = b""
    if len(master) != KEY_BYTES:
        raise KeyringError(
            "ICC_MASTER_KEY must be 32 bytes in base64: `python -m shared.crypto master` makes one"
        )
    return master


def _unwrap_one(key: WrappedKey, master: bytes) -> Key:
    try:
        raw = base64.b64decode(key.wrapped, validate=True)
        secret = AESGCM(master).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _label(key.purpose, key.id))
    except (InvalidTag, ValueError):
        raise KeyringError(
            f"the master key does not open key {key.id}: it is not the one this keyring was made with"
        ) from None
    return Key(id=key.id, purpose=key.purpose, secret=secret)


def _label(purpose: Purpose, key_id: str) -> bytes:
    return f"icc-keyring|1|{purpose}|{key_id}".encode()
