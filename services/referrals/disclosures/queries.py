"""Reads of disclosures, and of the times in which the glass was broken."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.cases.tables import Case
from services.referrals.disclosures.tables import Disclosure
from services.referrals.records.tables import BreakGlass
from shared.service.acting import Act
from shared.service.paging import Pager


async def case_of(act: Act, case_id: UUID) -> Case | None:
    """A case that somebody names; whether the caller may see it is decided by its referral."""
    return (await act.session.exec(select(Case).where(col(Case.id) == case_id))).first()


async def disclosures_of(act: Act, case_id: UUID, *, paging: Pager) -> Sequence[Disclosure]:
    """A page of a case's disclosures, newest first, and one more where more follow."""
    found = select(Disclosure).where(col(Disclosure.case_id) == case_id)
    if before := paging.after():
        found = found.where(col(Disclosure.seq) < before[0])
    newest = found.order_by(col(Disclosure.seq).desc()).limit(paging.limit + 1)
    return (await act.session.exec(newest)).all()


async def unread_of(act: Act, subject: UUID) -> Sequence[Disclosure]:
    """What was shared with a subject and nobody has looked at yet."""
    found = select(Disclosure).where(col(Disclosure.subject) == subject, col(Disclosure.read_at).is_(None))
    return (await act.session.exec(found)).all()


async def openings_of(act: Act, *, paging: Pager) -> Sequence[BreakGlass]:
    """A page of every breaking of the glass, newest first, and one more where more follow."""
    found = select(BreakGlass)
    if before := paging.after():
        found = found.where(col(BreakGlass.id) < UUID(before[0]))
    return (await act.session.exec(found.order_by(col(BreakGlass.id).desc()).limit(paging.limit + 1))).all()
