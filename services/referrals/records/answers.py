"""A row of a referral or of its events as an answer: its encrypted columns opened, its instants in UTC."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson

from services.referrals.records.encryption import TABLE, decrypted_event
from services.referrals.records.queries import beside_one, duplicate_seen
from services.referrals.records.schemas import EventAnswer, ReferralAnswer
from services.referrals.records.scope import WORK
from services.referrals.records.tables import ASSIGNED_EVENT, Referral, ReferralEvent
from shared.auth.caller import Caller
from shared.crypto import Keyring
from shared.service.acting import Act

_TOLD = ("decision", "reason_code", "comment", "icc", "team", "pathway", "practice", "to", "changed")
_ADDRESS = ("postcode", "staying_at", "phone")


def referral_answer(row: Mapping[str, Any], *, keyring: Keyring, caller: Caller) -> dict[str, Any]:
    """What a reader of a referral is told. row: the table's columns, `duplicate`, which may be None, `conflicts` and `hidden`.

    A hidden address is shown to those who manage the case, and not to whoever broke the glass.
    """
    row_id = row["id"]
    decrypt = keyring.decrypt_bytes

    def opened(column: str) -> dict[str, Any]:
        blob = row[column]
        return {} if blob is None else orjson.loads(decrypt(blob, table=TABLE, column=column, row=row_id))

    def text(column: str) -> str | None:
        blob = row[column]
        return None if blob is None else decrypt(blob, table=TABLE, column=column, row=row_id).decode()

    answer = {
        "id": str(row_id),
        "status": row["status"],
        "icc": row["icc"],
        "team": row["team"],
        "pathway": row["pathway"],
        "priority": row["priority"],
        "identity": row["identity"],
        "due": {"triage_by": row["triage_by"].astimezone(UTC), "start_by": row["start_by"].astimezone(UTC)},
        "stage": row["stage"],
        "assignee": row["assignee"],
        "case_id": None if row["case_id"] is None else str(row["case_id"]),
        "version": row["version"],
        "referred_at": row["referred_at"].astimezone(UTC),
        "received_at": row["received_at"].astimezone(UTC),
        "legal_basis": row["legal_basis"],
        "reason_code": row["reason_code"],
        "reason_system": row["reason_system"],
        "reason": text("reason"),
        "patient": {
            "nhs_number": text("nhs_number"),
            **opened("local_identity"),
            **opened("person"),
            **_contact(opened("contact"), in_full=not row["hidden"] or _works_on(row, caller)),
            "registered_practice": row["registered_practice"],
        },
        "requester": {**_requester(row), **opened("sender")},
    }
    if merged_into := row.get("merged_into"):
        answer["merged_into"] = str(merged_into)
    if row["conflicts"]:
        answer["identity_conflict_with"] = [str(other) for other in row["conflicts"]]
    if row["duplicate"] is not None:
        answer["possible_duplicate_of"] = str(row["duplicate"])
    return answer


def referral_shown(
    act: Act, referral: Referral, *, duplicate: UUID | None, conflicts: Sequence[UUID], hidden: bool
) -> ReferralAnswer:
    """The same of a row that an act read, as a model."""
    row = {**dict(referral), "duplicate": duplicate, "conflicts": conflicts, "hidden": hidden}
    return ReferralAnswer.model_validate(referral_answer(row, keyring=act.keyring, caller=act.caller))


async def answer_to_act(act: Act, referral: Referral) -> ReferralAnswer:
    """What the caller of an act is told of the referral that it changed."""
    conflicts, hidden = await beside_one(act, referral.id)
    duplicate = await duplicate_seen(act, referral)
    return referral_shown(act, referral, duplicate=duplicate, conflicts=conflicts, hidden=hidden)


def _works_on(row: Mapping[str, Any], caller: Caller) -> bool:
    """Whether the caller manages this very case: in its community or team, or as the one who has it."""
    return caller.has(WORK) and (
        caller.all_communities
        or row["icc"] in (caller.communities or ())
        or (caller.org is not None and caller.org == row["team"])
        or row["assignee"] == caller.client
    )


def _contact(members: dict[str, Any], *, in_full: bool) -> dict[str, Any]:
    if in_full:
        return members
    return {name: value for name, value in members.items() if name not in _ADDRESS}


def event_shown(event: ReferralEvent, *, keyring: Keyring) -> EventAnswer:
    """What a reader of a history is told of one event."""
    payload = decrypted_event(keyring, event.payload, row=event.id)
    by = payload.get("by_name") or event.by_client
    told = {name: payload[name] for name in _TOLD if payload.get(name)}
    if event.event == ASSIGNED_EVENT:
        told["assignee"] = payload.get("assignee")  # null is the team, and no silence
    return EventAnswer(event=event.event, at=event.at, by=by, **told)


def _requester(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = row["requester_kind"]
    return {kind: True if kind == "self" else row["requester_code"]}
