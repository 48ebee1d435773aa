"""What a keyring promises about columns, blind indexes and pseudonyms."""

import hmac
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto import DecryptionRefusedError, KeyNotGrantedError, Keyring, Purpose
from shared.crypto.keyring import Key, KeySet

ROW = UUID("0198c0de-0000-7000-8000-000000000001")
OTHER_ROW = UUID("0198c0de-0000-7000-8000-000000000002")
PLACE: dict[str, Any] = {"table": "referral", "column": "family", "row": ROW}


def a_key(purpose: Purpose, *, key_id: str | None = None) -> Key:
    return Key(id=key_id or os.urandom(4).hex(), purpose=purpose, secret=os.urandom(32))


def some_keys() -> KeySet:
    keys = tuple(a_key(purpose) for purpose in Purpose)
    return KeySet(keys=keys, current_data=next(key.id for key in keys if key.purpose is Purpose.DATA))


def with_new_data_key(keys: KeySet) -> KeySet:
    key = a_key(Purpose.DATA)
    return KeySet(keys=(*keys.keys, key), current_data=key.id)


KEYS = some_keys()
KEYRING = Keyring(KEYS)
# Lone surrogates are no text; everything else is.
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_what_was_encrypted_comes_back_as_it_was(text: str) -> None:
    assert KEYRING.decrypt(KEYRING.encrypt(text, **PLACE), **PLACE) == text


@given(st.binary())
def test_bytes_come_back_as_they_were(raw: bytes) -> None:
    assert KEYRING.decrypt_bytes(KEYRING.encrypt(raw, **PLACE), **PLACE) == raw


@pytest.mark.parametrize(
    "elsewhere", [{"table": "case"}, {"column": "given"}, {"row": OTHER_ROW}], ids=["table", "column", "row"]
)
def test_a_value_copied_to_another_place_does_not_open(elsewhere: dict[str, object]) -> None:
    blob = KEYRING.encrypt("Archer", **PLACE)
    with pytest.raises(DecryptionRefusedError, match="another row"):
        KEYRING.decrypt(blob, **{**PLACE, **elsewhere})


@given(TEXT, st.data())
def test_a_value_with_any_one_bit_changed_does_not_open(text: str, data: st.DataObject) -> None:
    blob = bytearray(KEYRING.encrypt(text, **PLACE))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecryptionRefusedError):
        KEYRING.decrypt(bytes(blob), **PLACE)


@given(st.binary(max_size=64))
def test_bytes_that_were_never_encrypted_do_not_open(raw: bytes) -> None:
    with pytest.raises(DecryptionRefusedError):
        KEYRING.decrypt(raw, **PLACE)


def test_a_shortened_value_does_not_open() -> None:
    blob = KEYRING.encrypt("Archer", **PLACE)
    for length in range(len(blob)):
        with pytest.raises(DecryptionRefusedError):
            KEYRING.decrypt(blob[:length], **PLACE)


def test_a_value_under_another_key_passed_off_as_ours_does_not_open() -> None:
    ours, theirs = some_keys(), some_keys()
    disguised = tuple(
        replace(key, id=ours.current_data) if key.id == theirs.current_data else key for key in theirs.keys
    )
    blob = Keyring(KeySet(disguised, ours.current_data)).encrypt("Archer", **PLACE)
    with pytest.raises(DecryptionRefusedError):
        Keyring(ours).decrypt(blob, **PLACE)


def test_equal_texts_look_different_when_encrypted() -> None:
    assert len({KEYRING.encrypt("Archer", **PLACE) for _ in range(1_000)}) == 1_000


def test_after_a_rotation_the_newest_key_encrypts_and_every_key_decrypts() -> None:
    before = Keyring(KEYS)
    rotated_keys = with_new_data_key(KEYS)
    rotated = Keyring(rotated_keys)
    old, new = before.encrypt("old", **PLACE), rotated.encrypt("new", **PLACE)
    assert [old[1:5].hex(), new[1:5].hex()] == [KEYS.current_data, rotated_keys.current_data]
    assert [rotated.decrypt(old, **PLACE), rotated.decrypt(new, **PLACE)] == ["old", "new"]


def test_a_process_that_meets_a_newer_key_opens_its_keys_again() -> None:
    rotated = with_new_data_key(KEYS)
    running = Keyring(KEYS, reopen=lambda: rotated)
    blob = Keyring(rotated).encrypt("Archer", **PLACE)
    assert running.decrypt(blob, **PLACE) == "Archer"
    assert running.encrypt("Archer", **PLACE)[1:5].hex() == rotated.current_data


def test_a_value_under_a_lost_key_names_the_key_and_not_the_value() -> None:
    blob = Keyring(with_new_data_key(KEYS)).encrypt("Archer", **PLACE)
    with pytest.raises(DecryptionRefusedError, match=f"data key {blob[1:5].hex()} is not in the keyring"):
        KEYRING.decrypt(blob, **PLACE)


def test_a_blind_index_finds_its_value_and_tells_kinds_apart() -> None:
    index = KEYRING.blind_index("nhs-number", "9990000018")
    assert index == KEYRING.blind_index("nhs-number", "9990000018")
    assert index != KEYRING.blind_index("local-id", "9990000018")
    assert index != Keyring(some_keys()).blind_index("nhs-number", "9990000018")


@given(TEXT, TEXT)
def test_different_values_have_different_blind_indexes(one: str, other: str) -> None:
    same = KEYRING.blind_index("name", one) == KEYRING.blind_index("name", other)
    assert same == (one == other)


def test_a_pseudonym_is_stable_and_belongs_to_its_key() -> None:
    pseudonym = KEYRING.pseudonym("9990000018")
    assert pseudonym.startswith("p1:")
    assert len(pseudonym) == 46
    assert pseudonym == KEYRING.pseudonym("9990000018")
    assert pseudonym != Keyring(some_keys()).pseudonym("9990000018")


@pytest.mark.parametrize(
    "spelling", ["999 000 0018", "999000001", "99900000180", "٩٩٩٠٠٠٠٠١٨", "9990000018\n", ""]
)
def test_a_pseudonym_of_another_spelling_is_refused_without_repeating_it(spelling: str) -> None:
    with pytest.raises(ValueError, match="ten digits") as refused:
        KEYRING.pseudonym(spelling)
    assert not spelling or spelling not in str(refused.value)


def test_signing_keys_differ_by_label_and_are_no_key_of_another_purpose() -> None:
    secrets = {key.secret for key in KEYS.keys}
    made = {KEYRING.signing_key("cursor"), KEYRING.signing_key("one-time-link")}
    assert len(made) == 2
    assert made.isdisjoint(secrets)


@given(st.binary())
def test_evidence_can_be_checked_by_whoever_holds_the_key_with_hmac_alone(message: bytes) -> None:
    secret = next(key.secret for key in KEYS.keys if key.purpose is Purpose.AUDIT)
    assert KEYRING.evidence("audit-row", message) == hmac.digest(secret, b"audit-row\x00" + message, "sha256")


def test_a_key_that_was_not_granted_cannot_be_used() -> None:
    audit_only = Keyring(
        KeySet(tuple(key for key in KEYS.keys if key.purpose is Purpose.AUDIT), KEYS.current_data)
    )
    uses: list[Callable[[], object]] = [
        lambda: audit_only.encrypt("Archer", **PLACE),
        lambda: audit_only.blind_index("name", "Archer"),
        lambda: audit_only.pseudonym("9990000018"),
        lambda: audit_only.signing_key("cursor"),
    ]
    for use in uses:
        with pytest.raises(KeyNotGrantedError):
            use()


def test_a_key_does_not_show_its_secret_when_printed() -> None:
    key = a_key(Purpose.DATA)
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)
