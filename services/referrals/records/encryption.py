"""What identifies a person: encrypted columns, each bound to its row, and the blind indexes that find them again."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.referrals.identity.rules import who
from services.referrals.records.rules import card_of
from services.referrals.records.tables import Referral
from shared.auth.caller import Caller
from shared.crypto import Keyring
from shared.nhs_numbers import without_separators

TABLE = "referral"
EVENT_TABLE = "referral_event"


def encrypted(keyring: Keyring, text: str | None, *, column: str, row: UUID) -> bytes | None:
    """A text for an encrypted column; None stays null."""
    return None if text is None else keyring.encrypt(text, table=TABLE, column=column, row=row)


def encrypted_json(keyring: Keyring, members: Mapping[str, Any], *, column: str, row: UUID) -> bytes | None:
    """Several values for one encrypted column, those that are None left out; null when nothing is left."""
    present = {name: value for name, value in members.items() if value is not None}
    return keyring.encrypt(orjson.dumps(present), table=TABLE, column=column, row=row) if present else None


def decrypted(keyring: Keyring, blob: bytes | None, *, column: str, row: UUID) -> str | None:
    """The text of an encrypted column."""
    return None if blob is None else keyring.decrypt(blob, table=TABLE, column=column, row=row)


def decrypted_json(keyring: Keyring, blob: bytes | None, *, column: str, row: UUID) -> dict[str, Any]:
    """The values of an encrypted column; empty for null."""
    if blob is None:
        return {}
    members: dict[str, Any] = orjson.loads(keyring.decrypt_bytes(blob, table=TABLE, column=column, row=row))
    return members


def nhs_number_index(keyring: Keyring, number: str) -> bytes:
    """The keyed hash of an NHS number, relied on or still to be traced; its spaces and hyphens do not count."""
    return keyring.blind_index("nhs-number", without_separators(number))


def local_index(keyring: Keyring, local_id: str, *, system: str) -> bytes:
    """The keyed hash of an identifier within the system that gave it."""
    return keyring.blind_index("local-id", f"{system}\x00{local_id}")


def identity_index(keyring: Keyring, family: str | None, birth_date: date | None) -> bytes | None:
    """The keyed hash of a family name and a birth date: two that differ under one NHS number are in conflict.

    None where one of them is not known: that contradicts nobody.
    """
    if family is None or birth_date is None:
        return None
    return keyring.blind_index("identity", who(family, birth_date))


def glass_holder(keyring: Keyring, caller: Caller) -> bytes:
    """The keyed hash of who breaks a glass: the client, its organisation and the person named in the token."""
    return keyring.blind_index(
        "glass-holder", "\x00".join((caller.client, caller.org or "", caller.name or ""))
    )


def sealed_card(
    keyring: Keyring, person: Mapping[str, Any], contact: Mapping[str, Any], *, row: UUID
) -> bytes | None:
    """What a worklist shows of a person, as one encrypted column."""
    return encrypted_json(keyring, card_of(person, contact), column="card", row=row)


def opened_card(keyring: Keyring, row: Mapping[str, Any], *, row_id: UUID) -> dict[str, Any]:
    """What a worklist shows of a person. A row that is older than the column is opened the long way."""
    if row["card"] is not None:
        return decrypted_json(keyring, row["card"], column="card", row=row_id)
    person = decrypted_json(keyring, row["person"], column="person", row=row_id)
    return card_of(person, decrypted_json(keyring, row["contact"], column="contact", row=row_id))


def seal_card(keyring: Keyring, referral: Referral) -> None:
    """Let a referral's card say what its person and contact say now."""
    held = {
        column: decrypted_json(keyring, getattr(referral, column), column=column, row=referral.id)
        for column in ("person", "contact")
    }
    referral.card = sealed_card(keyring, held["person"], held["contact"], row=referral.id)


def encrypted_event(keyring: Keyring, members: Mapping[str, Any], *, row: UUID) -> bytes:
    """What an event holds beside its name and time."""
    return keyring.encrypt(orjson.dumps(members), table=EVENT_TABLE, column="payload", row=row)


def decrypted_event(keyring: Keyring, blob: bytes, *, row: UUID) -> dict[str, Any]:
    """What `encrypted_event` was given."""
    members: dict[str, Any] = orjson.loads(
        keyring.decrypt_bytes(blob, table=EVENT_TABLE, column="payload", row=row)
    )
    return members
