"""The only writers of what a later message says of a referral that is there: an update, a cancellation."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.referrals.errors import LocalDataNewer
from services.referrals.fhir.queries import newest_sent
from services.referrals.intake.drafts import draft
from services.referrals.intake.drafts import place as placement_of
from services.referrals.intake.rules import Finding
from services.referrals.intake.schemas import UnnamedRequest
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.actions import check_sender, hold_referral, prioritise
from services.referrals.records.encryption import decrypted, decrypted_json, encrypted_json, seal_card
from services.referrals.records.events import happened
from services.referrals.records.rules import hides
from services.referrals.records.states import OPEN_STATUSES
from services.referrals.records.steps import give_items, place, set_limits
from services.referrals.records.tables import Referral
from services.referrals.tracing.actions import give_number
from services.referrals.triage.actions import withdraw_referral
from services.referrals.triage.schemas import WithdrawalRequest
from shared.nhs_numbers import without_separators
from shared.problems import Conflict
from shared.service.acting import Act

_REPLACED: Final = ("person", "sender", "reason", "reason_code", "reason_system", "identity_index")
"""What an update says anew, whole. A contact is merged: flags that hide an address are no sender's to take away."""


async def cancel_request(act: Act, referral_id: UUID, *, in_error: bool) -> int:
    """Take a referral back as its sender asks; its version then. Raises NotFound, Forbidden, Conflict for one that has ended."""
    why = WithdrawalRequest(reason_code="sent-in-error" if in_error else None)
    return (await withdraw_referral(act, referral_id, why, expected=None)).version


async def update_request(
    act: Act,
    referral_id: UUID,
    asked: UnnamedRequest,
    finding: Finding,
    *,
    sent_at: datetime,
    message_id: UUID,
) -> int:
    """Let a referral say what its sender knows now; its version then. message_id: the row of the message itself.

    Raises NotFound, Forbidden, LocalDataNewer for an update that is older than another, Conflict for one that has ended.
    """
    referral = await hold_referral(act, referral_id, None)
    check_sender(act, referral, "Only its sender updates a request.")
    newest = await newest_sent(act, referral_id, without=message_id)
    if referral.status not in OPEN_STATUSES:
        raise LocalDataNewer(f"The request is {referral.status}.")
    if newest is not None and sent_at < newest:
        raise LocalDataNewer
    number = _new_number(act, referral, finding)
    asked = _as_known(act, referral, asked)
    made = draft(
        asked,
        finding,
        id=referral_id,
        placement=placement_of(
            asked, finding, received_at=referral.received_at, registry=act.registry, catalogue=catalogue()
        ),
        received_at=referral.received_at,
        sent_by=referral.sent_by,
        keyring=act.keyring,
    )
    for column in _REPLACED:
        setattr(referral, column, made.row[column])
    if made.row["local_index"] is not None:
        referral.local_identity, referral.local_index = made.row["local_identity"], made.row["local_index"]
    _merge_contact(act, referral, made.row["contact"])
    await _route(act, referral, icc=made.row["icc"], practice=made.row["registered_practice"])
    if number is not None and await give_number(act, referral, number):
        referral.identity = "tracing"
    if asked.priority is not None and asked.priority != referral.priority:
        await prioritise(act, referral, asked.priority)
    await happened(act, "referral.changed", referral, changed="message")
    return referral.version


def _as_known(act: Act, referral: Referral, asked: UnnamedRequest) -> UnnamedRequest:
    """An update with the name and birth date that it leaves out: to say nothing takes nothing back."""
    patient = asked.patient
    held = decrypted_json(act.keyring, referral.person, column="person", row=referral.id)
    known: dict[str, Any] = {}
    if patient.family is None:
        known = {"family": held.get("family"), "given": patient.given or held.get("given")}
    if patient.birth_date is None and "birth_date" in held:
        known["birth_date"] = date.fromisoformat(held["birth_date"])
        known["birth_date_estimated"] = held["birth_date_estimated"]
    return asked.model_copy(update={"patient": patient.model_copy(update=known)}) if known else asked


def _new_number(act: Act, referral: Referral, finding: Finding) -> str | None:
    """The NHS number that an update brings for a person who had none to rely on. Raises Conflict for another than the known one."""
    known = decrypted(act.keyring, referral.nhs_number, column="nhs_number", row=referral.id)
    if finding.nhs_number is None or (known and without_separators(known) == finding.nhs_number):
        return None
    if known is not None and referral.identity == "nhs-number":
        raise Conflict("The request is known under another NHS number.", code="nhs_number.several")
    return finding.nhs_number


def _merge_contact(act: Act, referral: Referral, sent: bytes | None) -> None:
    where: dict[str, Any] = {"column": "contact", "row": referral.id}
    held = decrypted_json(act.keyring, referral.contact, **where)
    new = decrypted_json(act.keyring, sent, **where)
    hiding = [flag for flag in held.get("flags") or () if hides([flag])]
    flags = [*hiding, *(new.get("flags") or ())]
    merged = {**held, **new, "flags": flags or None}
    referral.contact = encrypted_json(act.keyring, merged, **where)
    referral.address_hidden = hides(flags)
    seal_card(act.keyring, referral)


async def _route(act: Act, referral: Referral, *, icc: str, practice: str | None) -> None:
    """A referral that had found no community goes where the update says; one that was sent on stays there."""
    referral.registered_practice = referral.registered_practice or practice
    if referral.icc != UNROUTED or icc == UNROUTED:
        return
    referral.icc = icc
    place(act, referral)
    await set_limits(act, referral)
    await give_items(act, referral, to=referral)
