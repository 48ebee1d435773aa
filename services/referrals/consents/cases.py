"""The case that a change of this kind begins with."""

from uuid import UUID

from sqlmodel import col, select

from services.referrals.cases.tables import Case
from services.referrals.records.actions import hold_referral
from services.referrals.records.tables import Referral
from shared.http.versions import ExpectedVersion
from shared.problems import Conflict, NotFound
from shared.service.acting import Act


async def hold_case(
    act: Act, case_id: UUID, expected: ExpectedVersion | None = None
) -> tuple[Case, Referral]:
    """A case and its referral, seen by the caller, at the version named, held till the end; the referral first, as everywhere.

    expected: None for a change that names no version.   Raises NotFound, PreconditionFailed.
    """
    of = (await act.session.exec(select(Case.referral_id).where(col(Case.id) == case_id))).first()
    if of is None:
        raise NotFound
    referral = await hold_referral(act, of, None)
    held = select(Case).where(col(Case.id) == case_id).with_for_update()
    case = (await act.session.exec(held)).one()
    if expected is not None:
        expected.check(case.version)
    return case, referral


def check_case_open(case: Case) -> None:
    """Refuse what is done only while a case is open. Raises Conflict."""
    if case.status != "open":
        raise Conflict(f"The case is {case.status}.", code="state.transition")
