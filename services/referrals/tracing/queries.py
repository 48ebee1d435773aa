"""Reads of records that may be of one person."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.scope import seen_by
from services.referrals.records.states import OPEN_STATUSES
from services.referrals.records.tables import Referral, ReferralConflict
from shared.service.acting import Act

MOST_RECORDS = 50
"""As at intake: a number that is used for everybody must not link everything with everything."""


async def records_held(act: Act, *ids: UUID) -> Mapping[UUID, Referral]:
    """Records that the caller sees, held till the act ends; in one order, so that two such acts never wait for each other."""
    found = select(Referral).where(col(Referral.id).in_(ids), seen_by(act)).order_by(col(Referral.id))
    return {one.id: one for one in await act.session.exec(found.with_for_update())}


async def others_under(act: Act, referral: Referral) -> Sequence[Referral]:
    """The other records under the referral's NHS number, newest first."""
    same = select(Referral).where(
        col(Referral.nhs_number_index) == referral.nhs_number_index,
        col(Referral.id) != referral.id,
        col(Referral.merged_into).is_(None),
    )
    return (await act.session.exec(same.order_by(col(Referral.id).desc()).limit(MOST_RECORDS))).all()


async def open_links_of(act: Act, referral: Referral) -> Sequence[ReferralConflict]:
    """The conflicts of a referral that nobody has settled, held till the act ends."""
    either = or_(
        col(ReferralConflict.referral_id) == referral.id, col(ReferralConflict.other_id) == referral.id
    )
    links = select(ReferralConflict).where(either, col(ReferralConflict.settled_at).is_(None))
    return (await act.session.exec(links.with_for_update())).all()


async def merged_into(act: Act, referral: Referral) -> Sequence[Referral]:
    """The records that became part of a referral."""
    return (await act.session.exec(select(Referral).where(col(Referral.merged_into) == referral.id))).all()


def agrees(one: Referral, other: Referral) -> bool:
    """Whether two records under one NHS number are of one person as far as anybody knows: a name that is not known contradicts none."""
    return None in (one.identity_index, other.identity_index) or one.identity_index == other.identity_index


def duplicate_among(referral: Referral, others: Sequence[Referral]) -> UUID | None:
    """The newest open referral of the person on the pathway."""
    return next(
        (
            one.id
            for one in others
            if one.pathway == referral.pathway and one.status in OPEN_STATUSES and agrees(one, referral)
        ),
        None,
    )


def routed_among(others: Sequence[Referral]) -> Referral | None:
    """The newest record that found a community."""
    return next((one for one in others if one.icc != UNROUTED), None)
