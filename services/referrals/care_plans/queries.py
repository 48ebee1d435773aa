"""Reads of care plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.referrals.care_plans.tables import CarePlan
from shared.service.acting import Act
from shared.service.paging import Pager


async def plan_of(act: Act, case_id: UUID, version: int | None = None) -> CarePlan | None:
    """The plan of a case in one of its versions, the newest unless one is named; None where there is none."""
    found = select(CarePlan).where(col(CarePlan.case_id) == case_id)
    if version is not None:
        found = found.where(col(CarePlan.version) == version)
    return (await act.session.exec(found.order_by(col(CarePlan.version).desc()).limit(1))).first()


async def versions_of(act: Act, case_id: UUID, *, paging: Pager) -> Sequence[CarePlan]:
    """The versions of a case's plan, newest first."""
    found = select(CarePlan).where(col(CarePlan.case_id) == case_id)
    if before := paging.after():
        found = found.where(col(CarePlan.version) < int(before[0]))
    newest = found.order_by(col(CarePlan.version).desc()).limit(paging.limit + 1)
    return (await act.session.exec(newest)).all()
