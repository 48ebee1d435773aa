"""Reads of cohorts, each as far as the caller sees it: a practice its own people, a community's workers theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, true
from sqlmodel import col, select

from services.referrals.case_finding.rules import BANDS, Band
from services.referrals.case_finding.tables import Cohort, Member
from services.referrals.records.scope import sight
from shared.service.acting import Act
from shared.service.paging import Pager


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which people of a cohort are wanted. area: a postcode's outward code or sector."""

    area: str | None = None
    band: str | None = None
    practice: str | None = None


def _seen(act: Act) -> ColumnElement[bool]:
    seen = sight(act.caller, registry=act.registry, now=act.now)
    if seen.everything:
        return true()
    return or_(col(Member.icc).in_(seen.communities), col(Member.practice) == seen.org)


def _of(act: Act, cohort_id: UUID, wanted: Narrowed) -> list[ColumnElement[bool]]:
    conditions = [col(Member.cohort_id) == cohort_id, _seen(act)]
    if wanted.area is not None:
        is_sector = " " in wanted.area
        area = col(Member.sector) if is_sector else func.split_part(col(Member.sector), " ", 1)
        conditions.append(area == wanted.area)
    if wanted.band is not None:
        conditions.append(col(Member.band) == wanted.band)
    if wanted.practice is not None:
        conditions.append(col(Member.practice) == wanted.practice)
    return conditions


async def cohort_seen(act: Act, cohort_id: UUID, *, owner: str) -> Cohort | None:
    """A cohort that the caller made, or of whose people it sees any."""
    anybody = select(Member.id).where(col(Member.cohort_id) == col(Cohort.id), _seen(act))
    found = select(Cohort).where(
        col(Cohort.id) == cohort_id, or_(col(Cohort.owner) == owner, anybody.exists())
    )
    return (await act.session.exec(found)).first()


async def counts_of(act: Act, cohort_id: UUID, wanted: Narrowed) -> dict[Band, int]:
    """How many people of each band there are."""
    found = select(Member.band, func.count()).where(*_of(act, cohort_id, wanted)).group_by(col(Member.band))
    counted = dict((await act.session.exec(found)).all())
    return {band: counted.get(band, 0) for band in BANDS}


async def members_of(act: Act, cohort_id: UUID, wanted: Narrowed, *, paging: Pager) -> Sequence[Member]:
    """A page of the people, in a lasting order, and one more where more follow."""
    found = select(Member).where(*_of(act, cohort_id, wanted))
    if after := paging.after():
        found = found.where(col(Member.id) > UUID(after[0]))
    return (await act.session.exec(found.order_by(col(Member.id)).limit(paging.limit + 1))).all()


async def members_of_practice(
    act: Act, cohort_id: UUID, members: Sequence[UUID], *, practice: str, held: bool = False
) -> dict[UUID, Member]:
    """Those of some people of a cohort who are a practice's own, held till the act ends where asked."""
    found = select(Member).where(
        col(Member.cohort_id) == cohort_id, col(Member.id).in_(members), col(Member.practice) == practice
    )
    found = found.order_by(col(Member.id))
    return {one.id: one for one in (await act.session.exec(found.with_for_update() if held else found)).all()}


async def owned(act: Act, cohort_id: UUID) -> Cohort:
    """A cohort that is there, held till the act ends: two lists of it wait for each other."""
    found = select(Cohort).where(col(Cohort.id) == cohort_id).with_for_update()
    return (await act.session.exec(found)).one()
