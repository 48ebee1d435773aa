"""Reads of care plans."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, func
from sqlmodel import col, select

from services.referrals.care_plans.tables import CarePlan
from services.referrals.cases.tables import Case
from services.referrals.records.scope import seen_by
from services.referrals.records.tables import Referral
from shared.service.acting import Act
from shared.service.paging import Pager


async def plan_of(act: Act, case_id: UUID, version: int | None = None) -> CarePlan | None:
    """The plan of a case in one of its versions, the newest unless one is named; None where there is none."""
    found = select(CarePlan).where(col(CarePlan.case_id) == case_id)
    if version is not None:
        found = found.where(col(CarePlan.version) == version)
    return (await act.session.exec(found.order_by(col(CarePlan.version).desc()).limit(1))).first()


async def plans_of_person(act: Act, index: bytes) -> Sequence[tuple[CarePlan, Referral]]:
    """The newest plan of each open case of a person, whoever may read it, with the referral."""
    newest = select(CarePlan.case_id, func.max(col(CarePlan.version)).label("version")).group_by(
        col(CarePlan.case_id)
    )
    latest = newest.subquery()
    found = (
        select(CarePlan, Referral)
        .join(
            latest,
            and_(latest.c.case_id == col(CarePlan.case_id), latest.c.version == col(CarePlan.version)),
        )
        .join(Case, col(Case.id) == col(CarePlan.case_id))
        .join(Referral, col(Referral.id) == col(Case.referral_id))
        .where(col(Referral.nhs_number_index) == index, col(Case.status) == "open")
    )
    return (await act.session.exec(found.order_by(col(CarePlan.id).desc()))).all()


async def seen_among(act: Act, referrals: Sequence[UUID]) -> frozenset[UUID]:
    """Those of some referrals that the caller sees."""
    found = select(Referral.id).where(col(Referral.id).in_(referrals), seen_by(act))
    return frozenset(await act.session.exec(found))


async def versions_of(act: Act, case_id: UUID, *, paging: Pager) -> Sequence[CarePlan]:
    """The versions of a case's plan, newest first."""
    found = select(CarePlan).where(col(CarePlan.case_id) == case_id)
    if before := paging.after():
        found = found.where(col(CarePlan.version) < int(before[0]))
    newest = found.order_by(col(CarePlan.version).desc()).limit(paging.limit + 1)
    return (await act.session.exec(newest)).all()
