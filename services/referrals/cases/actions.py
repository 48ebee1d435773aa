"""Opening cases for reading and changing, and the only writers of cases."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel
from sqlmodel import col, select

from services.referrals.cases.queries import (
    case_seen,
    case_to_change,
    cases_seen,
    kept_of,
    one_kept,
)
from services.referrals.cases.rules import CaseStatus, Outcome
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.cases.tables import Case, OfCase
from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.actions import check_whole
from services.referrals.records.events import was_read
from services.referrals.records.tables import Referral
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import Month, london_day
from shared.problems import Conflict, NotFound
from shared.service.acting import Act
from shared.service.paging import Page, Pager

RowT = TypeVar("RowT", bound=OfCase)
AnswerT = TypeVar("AnswerT", bound=BaseModel)


def open_case(act: Act, referral: Referral) -> None:
    """Open the referral's case."""
    case = Case(id=new_id(), referral_id=referral.id, opened_at=act.now)
    act.session.add(case)
    referral.case_id = case.id


async def discharge_case(act: Act, referral: Referral, *, outcome: Outcome) -> None:
    """End the referral's open case today, where it has one."""
    held = (
        select(Case).where(col(Case.referral_id) == referral.id, col(Case.status) == "open").with_for_update()
    )
    case = (await act.session.exec(held)).first()
    if case is not None:
        end_case(case, on=london_day(act.now), outcome=outcome)


def end_case(case: Case, *, on: date, outcome: Outcome) -> None:
    """End an open case."""
    case.status, case.discharged_on, case.outcome = "discharged", on, outcome
    case.version += 1


def reopen_case(case: Case) -> None:
    """Let a discharged case go on."""
    case.status, case.discharged_on, case.outcome = "open", None, None
    case.version += 1


async def see_case(act: Act, case_id: UUID) -> tuple[Case, Referral]:
    """The case that every reading begins with, and its referral. Raises NotFound also for one the caller may not know of."""
    found = await case_seen(act, case_id)
    if found is None:
        raise NotFound
    return found


async def hold_case(act: Act, case_id: UUID, expected: ExpectedVersion | None) -> tuple[Case, Referral]:
    """The case that every change begins with, and its referral, both held till the end.

    expected: the case's version; None for a change that names none.   Raises NotFound, Conflict, PreconditionFailed.
    """
    found = await case_to_change(act, case_id)
    if found is None:
        raise NotFound
    referral, case = found
    check_whole(referral)
    if expected is not None:
        expected.check(case.version)
    return case, referral


def check_open_case(case: Case) -> None:
    """Refuse what is done only while a case is open. Raises Conflict."""
    if case.status != "open":
        raise Conflict("The case is discharged.", code="state.transition")


def case_shown(case: Case, referral: Referral) -> CaseAnswer:
    """What a reader of a case is told."""
    return CaseAnswer.model_validate(
        {**case.model_dump(), **referral.model_dump(include={"icc", "team", "pathway"})}
    )


async def read_case(act: Act, case_id: UUID) -> CaseAnswer:
    """One case as it stands. Raises NotFound."""
    case, referral = await see_case(act, case_id)
    await was_read(act, "case.read", referral, case=str(case.id))
    return case_shown(case, referral)


async def list_cases(act: Act, *, status: CaseStatus | None, paging: Pager) -> Page[CaseAnswer]:
    """A page of the cases that the caller sees, newest first."""
    rows = await cases_seen(act, status=status, paging=paging)
    page = paging.page(rows, shown=lambda found: case_shown(*found), at=lambda found: [str(found[0].id)])
    shown = {"rows": len(page.items), "shown": [str(one.id) for one in page.items]}
    await act.happened("case.listed", resource_type="case", detail=shown)
    return page


def keep(act: Act, table: type[RowT], case: Case, body: BaseModel, **columns: Any) -> RowT:
    """Keep what was recorded of a case, its body encrypted."""
    row_id = new_id()
    said = {**body.model_dump(mode="json", by_alias=True, exclude_none=True), "by": by(act)}
    row = table(
        id=row_id,
        case_id=case.id,
        recorded_at=act.now,
        by_client=act.caller.client,
        **columns,
        **act.sealed(table, row_id, content=orjson.dumps(said)),
    )
    act.session.add(row)
    return row


def by(act: Act) -> str:
    """Who does this: the name in the token where it gave one, else the client."""
    return act.caller.name or act.caller.client


def kept_shown(act: Act, row: OfCase, answer: type[AnswerT], **beside: Any) -> AnswerT:
    """What was recorded of a case, as its readers are told of it."""
    said = orjson.loads(act.opened(row, "content") or "{}")
    known = {"id": row.id, "case_id": row.case_id, "recorded_at": row.recorded_at}
    return answer.model_validate({**said, **known, **beside})


async def list_kept(
    act: Act,
    table: type[RowT],
    answer: type[AnswerT],
    case_id: UUID,
    *,
    event: str,
    paging: Pager,
    beside: Sequence[str] = (),
) -> Page[AnswerT]:
    """A page of what was recorded of a case, newest first, as its readers are told of it. Raises NotFound.

    beside: the columns that are told beside what was said.
    """
    case, referral = await see_case(act, case_id)
    rows = await kept_of(act, table, case.id, paging=paging)
    page = paging.page(
        rows,
        shown=lambda row: kept_shown(act, row, answer, **{name: getattr(row, name) for name in beside}),
        at=lambda row: [str(row.id)],
    )
    await was_read(act, event, referral, case=str(case.id), rows=len(page.items))
    return page


async def read_kept(
    act: Act,
    table: type[RowT],
    answer: type[AnswerT],
    case_id: UUID,
    row_id: UUID,
    *,
    event: str,
    beside: Sequence[str] = (),
) -> AnswerT:
    """One thing that was recorded of a case, as its readers are told of it. Raises NotFound.

    beside: the columns that are told beside what was said.
    """
    case, referral = await see_case(act, case_id)
    row = await one_kept(act, table, case.id, row_id)
    if row is None:
        raise NotFound
    await was_read(act, event, referral, case=str(case.id), row=str(row_id))
    return kept_shown(act, row, answer, **{name: getattr(row, name) for name in beside})


def counted_at(referral: Referral, day: date) -> dict[str, Any]:
    """Where and in which month a figure counts what is done for a person: at the community that does it."""
    place = referral.counted_place if referral.icc == UNROUTED else referral.icc
    return {"counted_month": Month.of(day).first_day, "counted_place": place}
