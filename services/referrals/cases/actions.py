"""The only writers of cases."""

from sqlmodel import col, select

from services.referrals.cases.tables import Case
from services.referrals.records.tables import Referral
from shared.ids import new_id
from shared.months import london_day
from shared.service.acting import Act


def open_case(act: Act, referral: Referral) -> None:
    """Open the referral's case."""
    case = Case(id=new_id(), referral_id=referral.id, opened_at=act.now)
    act.session.add(case)
    referral.case_id = case.id


async def discharge_case(act: Act, referral: Referral, *, outcome: str) -> None:
    """End the referral's open case today, where it has one."""
    held = (
        select(Case).where(col(Case.referral_id) == referral.id, col(Case.status) == "open").with_for_update()
    )
    case = (await act.session.exec(held)).first()
    if case is None:
        return
    case.status, case.discharged_on, case.outcome = "discharged", london_day(act.now), outcome
    case.version += 1


def reopen_case(case: Case) -> None:
    """Let a discharged case go on."""
    case.status, case.discharged_on, case.outcome = "open", None, None
    case.version += 1
