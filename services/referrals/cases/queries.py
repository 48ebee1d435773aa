"""Reads of cases. Each carries the predicate of the referrals that its caller sees."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlmodel import col, select

from services.referrals.cases.rules import DEATH, CaseStatus
from services.referrals.cases.tables import Case, OfCase
from services.referrals.records.queries import referral_seen
from services.referrals.records.rules import visible
from services.referrals.records.scope import SEEN_NAMES, seen_by, seen_values
from services.referrals.records.tables import Referral
from shared.service.acting import Act
from shared.service.paging import Pager

RowT = TypeVar("RowT", bound=OfCase)


async def newest_case(act: Act, referral: Referral) -> Case | None:
    """The last case of a referral that the act holds, open or not; None when it never had one."""
    cases = select(Case).where(col(Case.referral_id) == referral.id)
    return (await act.session.exec(cases.order_by(col(Case.id).desc()).with_for_update())).first()


async def case_seen(act: Act, case_id: UUID) -> tuple[Case, Referral] | None:
    """A case with its referral; None when the caller sees no such referral, nor broke its glass."""
    case = await act.session.get(Case, case_id)
    referral = None if case is None else await referral_seen(act, case.referral_id)
    return None if case is None or referral is None else (case, referral)


_TO_CHANGE = (
    select(Referral, Case)
    .join(Case, col(Referral.id) == col(Case.referral_id))
    .where(col(Case.id) == bindparam("held"), text(visible(**SEEN_NAMES)))
    .with_for_update()
)


async def case_to_change(act: Act, case_id: UUID) -> tuple[Referral, Case] | None:
    """A referral and its case, both held until the act ends; None when the caller sees no such case.

    The referral is named first, for PostgreSQL locks in that order, and so does whoever holds the referral alone.
    """
    return (await act.session.exec(_TO_CHANGE, params={"held": case_id, **seen_values(act)})).first()


async def cases_seen(
    act: Act, *, status: CaseStatus | None, paging: Pager
) -> Sequence[tuple[Case, Referral]]:
    """The cases that a caller sees, newest first."""
    found = (
        select(Case, Referral).join(Referral, col(Referral.id) == col(Case.referral_id)).where(seen_by(act))
    )
    if status is not None:
        found = found.where(col(Case.status) == status)
    if before := paging.after():
        found = found.where(col(Case.id) < UUID(before[0]))
    return (await act.session.exec(found.order_by(col(Case.id).desc()).limit(paging.limit + 1))).all()


async def kept_of(act: Act, table: type[RowT], case_id: UUID, *, paging: Pager) -> Sequence[RowT]:
    """What was recorded of a case that the caller was found to see, newest first."""
    found = select(table).where(col(table.case_id) == case_id)
    if before := paging.after():
        found = found.where(col(table.id) < UUID(before[0]))
    return (await act.session.exec(found.order_by(col(table.id).desc()).limit(paging.limit + 1))).all()


async def one_kept(act: Act, table: type[RowT], case_id: UUID, row_id: UUID) -> RowT | None:
    """One thing that was recorded of a case that the caller was found to see; None where the case has no such."""
    found = select(table).where(col(table.id) == row_id, col(table.case_id) == case_id)
    return (await act.session.exec(found)).first()


async def is_dead(act: Act, referral: Referral) -> bool:
    """Whether a case of this person ended with a death."""
    same = col(Referral.id) == referral.id
    if referral.nhs_number_index is not None:
        same = col(Referral.nhs_number_index) == referral.nhs_number_index
    found = select(Case.id).join(Referral, col(Referral.id) == col(Case.referral_id))
    return (
        await act.session.exec(found.where(same, col(Case.outcome) == DEATH).limit(1))
    ).first() is not None
