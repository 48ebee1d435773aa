"""Inviting people of a cohort and taking their answers: the practice's alone, for it alone knows who they are."""

from collections.abc import Mapping
from uuid import UUID

from services.referrals.case_finding.queries import members_of_practice
from services.referrals.case_finding.schemas import (
    InvitationAnswer,
    InviteBody,
    Invited,
    InvitedMember,
    InvitedPerson,
)
from services.referrals.case_finding.tables import Member
from services.referrals.identity.rules import Fault, nhs_number
from services.referrals.intake.actions import receive_within
from services.referrals.intake.schemas import ReferralRequest, Requester
from services.referrals.records.actions import see_referral
from services.referrals.triage.actions import triage_referral, withdraw_referral
from services.referrals.triage.schemas import TriageRequest, WithdrawalRequest
from shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.service.acting import Act

REASON = "Invited by the practice: found at risk by its list."
_NOT_THEIRS = "This is not the number of the person of the cohort."


async def invite(act: Act, cohort_id: UUID, asked: InviteBody) -> Invited:
    """Make a referral, with identity, of each of a practice's people whom it invites: all or none. Raises NotFound, Invalid, Conflict."""
    practice = _practice(act)
    wanted = [one.id for one in asked.members]
    found = await members_of_practice(act, cohort_id, wanted, practice=practice, held=True)
    if set(found) != set(wanted):
        raise NotFound
    if errors := _faults(act, asked, found):
        raise Invalid(errors=errors)
    if any(one.status != "found" for one in found.values()):
        raise Conflict("Somebody of these was invited already.")
    for place, one in enumerate(asked.members):
        member = found[one.id]
        member.referral_id = await _refer(act, asked, one, place=place, practice=practice)
        member.status, member.invited_at = "invited", act.now
    shown = {"rows": len(wanted)}
    await act.happened(
        "cohort.invited", resource_type="case-finding-cohort", resource_id=cohort_id, detail=shown
    )
    return Invited(items=[_shown(found[one]) for one in wanted])


def _practice(act: Act) -> str:
    if act.caller.org is None:
        raise Forbidden("Only a practice invites its people.")
    return act.caller.org


def _faults(act: Act, asked: InviteBody, found: Mapping[UUID, Member]) -> list[FieldError]:
    """The members who stand there twice, and those whose person is another one."""
    seen: set[UUID] = set()
    errors = []
    for place, one in enumerate(asked.members):
        if one.id in seen:
            errors.append(
                FieldError("row.duplicate", f"/members/{place}/id", "This member stands here twice.")
            )
        elif not _is_of(act, one, found[one.id]):
            errors.append(
                FieldError("reference.unresolved", f"/members/{place}/patient/nhs_number", _NOT_THEIRS)
            )
        seen.add(one.id)
    return errors


def _is_of(act: Act, one: InvitedPerson, member: Member) -> bool:
    try:
        number = nhs_number(one.patient.nhs_number or "", test_numbers_allowed=True)
    except Fault:
        return False
    return act.keyring.pseudonym(number) == member.pseudonym


async def _refer(act: Act, asked: InviteBody, one: InvitedPerson, *, place: int, practice: str) -> UUID:
    """The referral of an invited person. Raises Invalid, whose pointers are those of the invitation."""
    patient = one.patient.model_copy(
        update={"registered_practice": one.patient.registered_practice or practice}
    )
    referral = ReferralRequest(
        patient=patient,
        requester=Requester(ods=practice),
        referred_at=act.now,
        pathway=asked.pathway,
        reason=asked.reason or REASON,
        legal_basis="direct-care",
    )
    try:
        return await receive_within(act, referral)
    except Invalid as refused:
        errors = [
            FieldError(fault.code, f"/members/{place}{fault.pointer}", fault.detail)
            if fault.pointer.startswith("/patient")
            else fault
            for fault in refused.errors
        ]
    raise Invalid(errors=errors)


async def answer_invitation(
    act: Act, cohort_id: UUID, member_id: UUID, said: InvitationAnswer
) -> InvitedMember:
    """Record what an invited person said: accepting opens the case, declining ends the referral. Raises NotFound, Conflict."""
    found = await members_of_practice(act, cohort_id, [member_id], practice=_practice(act), held=True)
    member = found.get(member_id)
    if member is None:
        raise NotFound
    if member.status != "invited" or member.referral_id is None:
        raise Conflict("There is no open invitation of this person.")
    case_id = None
    if said.answer == "accepted":
        case_id = await _accept(act, member.referral_id)
    else:
        declined = WithdrawalRequest(reason_code="person-declined")
        await withdraw_referral(act, member.referral_id, declined, expected=None)
    member.status, member.answered_at = said.answer, act.now
    await act.happened(f"cohort.{said.answer}", resource_type="case-finding-member", resource_id=member.id)
    return InvitedMember(**_shown(member).model_dump(exclude={"case_id"}), case_id=case_id)


async def _accept(act: Act, referral_id: UUID) -> UUID | None:
    """The case of who accepted, opened unless the community opened it before the practice said so."""
    referral = await see_referral(act, referral_id)
    if referral.status == "accepted":
        return referral.case_id
    accepted = await triage_referral(act, referral_id, TriageRequest(decision="accept"), expected=None)
    return accepted.case_id


def _shown(member: Member) -> InvitedMember:
    return InvitedMember(id=member.id, status=member.status, referral_id=member.referral_id, case_id=None)
