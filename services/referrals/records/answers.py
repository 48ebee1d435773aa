"""A row of a referral or of its events as an answer: its encrypted columns opened, its instants in UTC."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from services.referrals.records.encryption import decrypted, decrypted_event, decrypted_json
from shared.crypto import Keyring


def referral_answer(row: Mapping[str, Any], *, keyring: Keyring) -> dict[str, Any]:
    """What a reader of a referral is told. row: the table's columns and `duplicate`, which may be None."""
    row_id = row["id"]

    def opened(column: str) -> dict[str, Any]:
        return decrypted_json(keyring, row[column], column=column, row=row_id)

    answer = {
        "id": str(row_id),
        "status": row["status"],
        "icc": row["icc"],
        "team": row["team"],
        "pathway": row["pathway"],
        "priority": row["priority"],
        "identity": row["identity"],
        "due": {"triage_by": row["triage_by"].astimezone(UTC), "start_by": row["start_by"].astimezone(UTC)},
        "case_id": None,
        "version": row["version"],
        "referred_at": row["referred_at"].astimezone(UTC),
        "received_at": row["received_at"].astimezone(UTC),
        "legal_basis": row["legal_basis"],
        "reason_code": row["reason_code"],
        "reason_system": row["reason_system"],
        "reason": decrypted(keyring, row["reason"], column="reason", row=row_id),
        "patient": {
            "nhs_number": decrypted(keyring, row["nhs_number"], column="nhs_number", row=row_id),
            **opened("local_identity"),
            **opened("person"),
            **opened("contact"),
            "registered_practice": row["registered_practice"],
        },
        "requester": {**_requester(row), **opened("sender")},
    }
    if row["duplicate"] is not None:
        answer["possible_duplicate_of"] = str(row["duplicate"])
    return answer


def event_answer(row: Mapping[str, Any], *, keyring: Keyring) -> dict[str, Any]:
    """What a reader of a history is told of one event. row: the table's columns."""
    payload = decrypted_event(keyring, row["payload"], row=row["id"])
    return {
        "event": row["event"],
        "at": row["at"].astimezone(UTC),
        "by": payload.get("by_name") or row["by_client"],
    }


def _requester(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = row["requester_kind"]
    return {kind: True if kind == "self" else row["requester_code"]}
