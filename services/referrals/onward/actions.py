"""The only writers of onward referrals: sent from a case, answered in one of three ways, recalled with a consent."""

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from services.referrals.cases.actions import check_open_case, hold_case, see_case
from services.referrals.consents.queries import consents_of
from services.referrals.consents.rules import standing
from services.referrals.database import bands_of
from services.referrals.directory.actions import take_capacity
from services.referrals.directory.queries import service_called
from services.referrals.directory.rules import PartnerService, odd_of
from services.referrals.disclosures.actions import disclose, note_read
from services.referrals.onward.answers import may_know, onward_shown, parts_of
from services.referrals.onward.queries import (
    Found,
    held,
    onward_of_link,
    onward_seen,
    onwards_seen,
    unanswered_of,
    unanswered_on,
    works_cases,
)
from services.referrals.onward.rules import (
    LINK_HOLDS,
    TOKEN_BYTES,
    TOKEN_LENGTH,
    AnsweredBy,
    link_holds,
    may_become,
)
from services.referrals.onward.schemas import OnwardAnswer, OnwardRequest, RespondRequest
from services.referrals.onward.tables import ANSWERED_EVENT, RECALLED_EVENT, SENT_EVENT, OnwardReferral
from services.referrals.pathways.catalogue import working_day_after
from services.referrals.pathways.rules import Term
from services.referrals.records.actions import PERSON_BYTES
from services.referrals.records.encryption import decrypted
from services.referrals.records.events import happened, was_read
from services.referrals.records.queries import hidden_of
from services.referrals.records.states import DECLINED
from services.referrals.records.steps import put_on_list, take_off_list
from services.referrals.records.tables import Referral
from services.referrals.triage.reasons import reason_codes
from services.referrals.triage.rules import reason_faults
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import Month, london_day
from shared.nhs_numbers import without_separators
from shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager

_LINK = "onward-link"


async def send_onward(
    act: Act, case_id: UUID, asked: OnwardRequest, *, expected: ExpectedVersion
) -> OnwardAnswer:
    """Ask a service for something, with a one-time link for its answer. Raises NotFound, PreconditionFailed, Conflict, Invalid."""
    case, referral = await hold_case(act, case_id, expected)
    check_open_case(case)
    service = await _service(act, asked.service)
    consent_id = await _consent(act, case_id, service)
    token, onward_id = token_urlsafe(TOKEN_BYTES), new_id()
    due = Term(working_days=service.working_days).after(act.now, add_working_days=working_day_after)
    onward = OnwardReferral(
        id=onward_id,
        case_id=case_id,
        referral_id=referral.id,
        service=service.key,
        partner=service.provider,
        consent_id=consent_id,
        sent_at=act.now,
        sent_by=act.caller.client,
        due_at=due,
        link_hash=act.keyring.blind_index(_LINK, token),
        link_expires_at=act.now + LINK_HOLDS,
        counted_month=Month.of(due).first_day,
        counted_place=referral.counted_place,
        **bands_of(referral),
        **act.sealed(OnwardReferral, onward_id, reason=asked.reason),
    )
    act.session.add(onward)
    disclose(
        act,
        case_id,
        "onward-referral",
        subject=onward_id,
        to=service.key,
        parts=parts_of(service, hidden=bool(await hidden_of(act, [referral.id]))),
        why=asked.reason,
        consent_id=consent_id,
    )
    case.version += 1
    await put_on_list(act, referral, "onward-answer", subject=onward_id, due_at=due, about=service.key)
    await happened(act, SENT_EVENT, referral, onward=str(onward_id), to=service.key)
    told: dict[str, Any] = {"link": f"/answer/{token}", "case_version": case.version}
    if (odd := odd_of(service, today=london_day(act.now))) is not None:
        told["warnings"] = [{"code": odd[0], "pointer": "/service", "detail": odd[1]}]
    return await onward_shown(act, onward, referral, **told)


async def _service(act: Act, key: str) -> PartnerService:
    service = await service_called(act.session, key)
    if service is None:
        raise Invalid.one("code.unknown", "/service", "The directory has no such service.")
    return service


async def _consent(act: Act, case_id: UUID, service: PartnerService) -> UUID | None:
    """The consent on which a service is told of a person; None where it needs none. Raises Conflict."""
    if not service.needs_consent:
        return None
    found = standing(await consents_of(act, case_id), scope="share-with-partner", partners=service.codes)
    if found is None:
        raise Conflict(
            "Record the person's consent to share with this partner first.", code="consent.required"
        )
    return found.id


async def read_onward(act: Act, onward_id: UUID) -> OnwardAnswer:
    """One onward referral. Raises NotFound also for one that was sent to somebody else."""
    onward, referral = await _see(act, onward_id)
    await _note_read(act, onward)
    if works_cases(act):
        await take_off_list(act, referral, "alert", subject=onward.id)
    await was_read(act, "onward.read", referral, onward=str(onward.id))
    return await onward_shown(act, onward, referral)


async def list_onwards_of(act: Act, case_id: UUID, *, paging: Pager) -> Page[OnwardAnswer]:
    """A page of what one case asked. Raises NotFound."""
    await see_case(act, case_id)
    return await _listed(act, await onwards_seen(act, paging=paging, case_id=case_id), paging=paging)


async def list_onwards(act: Act, *, paging: Pager) -> Page[OnwardAnswer]:
    """A page of what was sent to the caller, or of what the caller's cases sent. Raises Forbidden where that can be nothing."""
    if not works_cases(act) and act.caller.org is None:
        raise Forbidden("The token names no organisation, so nothing was sent to it.")
    return await _listed(act, await onwards_seen(act, paging=paging), paging=paging)


async def _listed(act: Act, found: Sequence[Found], *, paging: Pager) -> Page[OnwardAnswer]:
    """The page, with the audit of who was shown."""
    for onward, _ in found[: paging.limit]:
        await _note_read(act, onward)
    shown = {onward.id: await onward_shown(act, onward, referral) for onward, referral in found}
    page = paging.page(found, shown=lambda one: shown[one[0].id], at=lambda one: [str(one[0].id)])
    detail = {
        "rows": len(page.items),
        "shown": [str(one.id) for one in page.items],
        "persons": _persons(act, found[: paging.limit]),
    }
    await act.happened("onward.listed", resource_type="onward-referral", detail=detail)
    return page


def _persons(act: Act, found: Sequence[Found]) -> list[str]:
    """Whose they are, each by the beginning of the keyed hash."""
    opened = (decrypted(act.keyring, one.nhs_number, column="nhs_number", row=one.id) for _, one in found)
    numbers = {without_separators(number) for number in opened if number is not None}
    return sorted(act.platform.signer.person_key(number)[:PERSON_BYTES].hex() for number in numbers)


async def _note_read(act: Act, onward: OnwardReferral) -> None:
    """Keep when the partner first saw it."""
    if not works_cases(act):
        await note_read(act, onward.id)


async def respond(
    act: Act, onward_id: UUID, answered: RespondRequest, *, case_id: UUID | None = None
) -> OnwardAnswer:
    """Take the partner's answer, from it or from a case manager on its behalf. Raises NotFound, Conflict, Invalid.

    case_id: of the address, where it names the case.
    """
    seen, _ = await _see(act, onward_id)
    if case_id is not None and seen.case_id != case_id:
        raise NotFound
    onward, referral = await held(act, onward_id)
    by: AnsweredBy = "case-manager" if works_cases(act) else "partner"
    await _take(act, onward, referral, answered, by=by)
    return await onward_shown(act, onward, referral)


async def _see(act: Act, onward_id: UUID) -> Found:
    found = await onward_seen(act, onward_id)
    if found is None:
        raise NotFound
    return found


async def held_by_link(act: Act, token: str) -> Found:
    """What a link that still holds was given out for. Raises NotFound for every other, whatever the reason."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        raise NotFound
    onward_id = await onward_of_link(act, act.keyring.blind_index(_LINK, token))
    if onward_id is None:
        raise NotFound
    onward, referral = await held(act, onward_id)
    holds = link_holds(
        onward.status, used_at=onward.link_used_at, expires_at=onward.link_expires_at, now=act.now
    )
    if not holds or not await may_know(act, onward):
        raise NotFound
    return onward, referral


async def read_by_link(act: Act, token: str) -> OnwardAnswer:
    """What the holder of a link is asked. Reading does not use the link up. Raises NotFound."""
    onward, referral = await held_by_link(act, token)
    await _note_read(act, onward)
    await was_read(act, "onward.read", referral, onward=str(onward.id))
    return await onward_shown(act, onward, referral)


async def respond_by_link(act: Act, token: str, answered: RespondRequest) -> OnwardAnswer:
    """Take the one answer of a link. Raises NotFound, Conflict, Invalid."""
    onward, referral = await held_by_link(act, token)
    await _take(act, onward, referral, answered, by="link")
    onward.link_used_at = act.now
    return await onward_shown(act, onward, referral)


async def _take(
    act: Act, onward: OnwardReferral, referral: Referral, answered: RespondRequest, *, by: AnsweredBy
) -> None:
    if faults := _faults(answered, by):
        raise Invalid(errors=faults)
    if not may_become(onward.status, answered.status):
        raise Conflict(
            f"An onward referral that is {onward.status} cannot become {answered.status}.",
            code="state.transition",
        )
    onward.status, onward.answered_at, onward.answered_by = answered.status, act.now, by
    onward.reason_code = answered.reason_code
    if answered.outcome is not None:
        onward.outcome = act.sealed(OnwardReferral, onward.id, outcome=answered.outcome)["outcome"]
    onward.version += 1
    if answered.status == "completed":
        onward.completed_at = act.now
    if answered.open is not None:
        await take_capacity(act, onward.service, answered.open)
    if answered.status != "received":
        await take_off_list(act, referral, "onward-answer", subject=onward.id)
    if answered.status == "declined" and by != "case-manager":
        # Somebody must find another way, after a discharge too: it is seen until the refusal was read.
        await put_on_list(act, referral, "alert", subject=onward.id, due_at=act.now, about=DECLINED)
    await happened(
        act, ANSWERED_EVENT, referral, onward=str(onward.id), to=onward.service, answer=answered.status, by=by
    )


def _faults(answered: RespondRequest, by: AnsweredBy) -> list[FieldError]:
    if answered.open is not None and by == "case-manager":
        return [FieldError("field.read_only", "/open", "The service itself says whether it takes people.")]
    decisions = {reason.code: reason.decisions for reason in reason_codes()}
    if answered.status != "declined" and answered.reason_code is not None:
        return [FieldError("field.read_only", "/reason_code", "Only what is declined has a reason.")]
    return list(reason_faults(answered.reason_code, decision="declined", decisions_of=decisions))


async def recall(act: Act, referral: Referral, consents: Sequence[UUID]) -> list[UUID]:
    """End what was shared on withdrawn consents and is not answered yet, and its links. Gives which."""
    return await _recall(act, referral, await unanswered_on(act, consents))


async def recall_of_ended(act: Act, referral: Referral, case_id: UUID) -> None:
    """End what a withdrawn or dead person's case still asks of partners, and its links: nobody needs their name any more."""
    await _recall(act, referral, await unanswered_of(act, case_id))


async def _recall(act: Act, referral: Referral, found: Sequence[OnwardReferral]) -> list[UUID]:
    for onward in found:
        onward.status, onward.recalled_at = "recalled", act.now
        onward.version += 1
        await take_off_list(act, referral, "onward-answer", subject=onward.id)
        await happened(act, RECALLED_EVENT, referral, onward=str(onward.id), to=onward.service)
    return [onward.id for onward in found]


async def await_again(act: Act, referral: Referral, case_id: UUID) -> None:
    """Let what a case that goes on had asked stand on its list again, as far as it is unanswered."""
    for onward in await unanswered_of(act, case_id):
        await put_on_list(
            act, referral, "onward-answer", subject=onward.id, due_at=onward.due_at, about=onward.service
        )
