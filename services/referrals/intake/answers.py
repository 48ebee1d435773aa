"""The 201 as its sender gets it, now or when it is sent again: status, headers, body."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson

from services.referrals.records.tables import RECEIVED
from shared.http.conditional import etag

CREATED = 201
FIRST_VERSION = 1


def receipt_headers(id: UUID) -> dict[str, str]:  # noqa: A002 - the referral's own
    """Where the referral is read, and its version."""
    return {"Location": f"/v1/referrals/{id}", "ETag": etag(FIRST_VERSION)}


def receipt_body(row: Mapping[str, Any]) -> bytes:
    """What a sender is told of a new referral: JSON, without the duplicate, which only the statement finds out."""
    return orjson.dumps(
        {
            "id": row["id"],
            "status": RECEIVED,
            "icc": row["icc"],
            "team": row["team"],
            "pathway": row["pathway"],
            "priority": row["priority"],
            "identity": row["identity"],
            "due": {
                "triage_by": row["triage_by"].astimezone(UTC),
                "start_by": row["start_by"].astimezone(UTC),
            },
            "case_id": None,
            "version": FIRST_VERSION,
            "referred_at": row["referred_at"].astimezone(UTC),
            "received_at": row["received_at"].astimezone(UTC),
        },
        option=orjson.OPT_UTC_Z,
    )


def with_duplicate(answer: bytes, duplicate: UUID | None) -> bytes:
    """The answer with `possible_duplicate_of` as its last member, when there is one the sender may know of."""
    return (
        answer
        if duplicate is None
        else b'%s,"possible_duplicate_of":"%s"}' % (answer[:-1], str(duplicate).encode())
    )
