"""The only writers of disclosures, and of the glass that is broken."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import col, select

from services.referrals.disclosures.queries import case_of, disclosures_of, openings_of, unread_of
from services.referrals.disclosures.rules import OPEN_FOR, Kind, Part
from services.referrals.disclosures.schemas import (
    BreakGlassAnswer,
    BreakGlassRequest,
    DisclosureAnswer,
    OpeningAnswer,
)
from services.referrals.disclosures.tables import Disclosure
from services.referrals.records.actions import see_referral
from services.referrals.records.encryption import glass_holder
from services.referrals.records.events import was_read
from services.referrals.records.steps import put_on_list, take_off_list
from services.referrals.records.tables import BreakGlass, Referral
from shared.ids import new_id
from shared.problems import NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager

BREAK_GLASS: Final = "break-glass"
log = structlog.get_logger()


def disclose(
    act: Act,
    case_id: UUID,
    kind: Kind,
    *,
    subject: UUID,
    to: str,
    parts: Sequence[Part],
    why: str,
    consent_id: UUID | None = None,
    read_at: datetime | None = None,
) -> None:
    """Add a sharing to a case's list. Whoever calls this records what happened. read_at: null until it is looked at."""
    disclosure_id = new_id()
    act.session.add(
        Disclosure(
            id=disclosure_id,
            case_id=case_id,
            kind=kind,
            subject=subject,
            to=to,
            parts=list(parts),
            consent_id=consent_id,
            at=act.now,
            by=act.caller.client,
            read_at=read_at,
            **act.sealed(Disclosure, disclosure_id, why=why),
        )
    )


async def note_read(act: Act, subject: UUID) -> None:
    """Keep when what was shared was first looked at."""
    for one in await unread_of(act, subject):
        one.read_at = act.now


async def list_disclosures(act: Act, case_id: UUID, *, paging: Pager) -> Page[DisclosureAnswer]:
    """A page of what of a case was shared. Alerts about a broken glass are seen to by it. Raises NotFound."""
    case = await case_of(act, case_id)
    if case is None:
        raise NotFound
    referral = await see_referral(act, case.referral_id)
    rows = await disclosures_of(act, case_id, paging=paging)
    await was_read(act, "disclosures.read", referral, rows=min(len(rows), paging.limit))
    for one in rows[: paging.limit]:
        if one.kind == BREAK_GLASS and one.by != act.caller.client:
            await take_off_list(act, referral, "alert", subject=one.subject)
    return paging.page(rows, shown=lambda one: _shown(act, one), at=lambda one: [one.seq])


def _shown(act: Act, one: Disclosure) -> DisclosureAnswer:
    return DisclosureAnswer.model_validate({**one.model_dump(exclude={"why"}), "why": act.opened(one, "why")})


async def break_glass(act: Act, case_id: UUID, why: BreakGlassRequest) -> BreakGlassAnswer:
    """Let the caller read a case for an hour. Its case manager gets an alert, the log a warning, the auditor a row. Raises NotFound."""
    case = await case_of(act, case_id)
    if case is None:
        raise NotFound
    held = select(Referral).where(col(Referral.id) == case.referral_id).with_for_update()
    referral = (await act.session.exec(held)).one()
    opening_id, until = new_id(), act.now + OPEN_FOR
    act.session.add(
        BreakGlass(
            id=opening_id,
            referral_id=referral.id,
            client=act.caller.client,
            org=act.caller.org,
            holder=glass_holder(act.keyring, act.caller),
            opened_at=act.now,
            until=until,
            **act.sealed(BreakGlass, opening_id, reason=why.reason),
        )
    )
    disclose(
        act,
        case_id,
        BREAK_GLASS,
        subject=opening_id,
        to=act.caller.client,
        parts=["case"],
        why=why.reason,
    )
    if referral.stage is not None:
        await put_on_list(act, referral, "alert", subject=opening_id, due_at=act.now, about=BREAK_GLASS)
    await was_read(act, "case.break-glass", referral, opening=str(opening_id), until=until.isoformat())
    log.warning("break_glass", client=act.caller.client, case=str(case_id), until=until.isoformat())
    return BreakGlassAnswer(id=opening_id, case_id=case_id, referral_id=referral.id, until=until)


async def list_openings(act: Act, *, paging: Pager) -> Page[OpeningAnswer]:
    """A page of every breaking of the glass, for the auditor."""
    rows = await openings_of(act, paging=paging)
    page = paging.page(rows, shown=lambda one: _told(act, one), at=lambda one: [str(one.id)])
    detail = {"rows": len(page.items), "shown": [str(one.id) for one in page.items]}
    await act.happened("break-glass.listed", resource_type=BREAK_GLASS, detail=detail)
    return page


def _told(act: Act, one: BreakGlass) -> OpeningAnswer:
    return OpeningAnswer(
        id=one.id,
        referral_id=one.referral_id,
        by=one.client,
        org=one.org,
        at=one.opened_at,
        until=one.until,
        reason=act.opened(one, "reason") or "",
    )
