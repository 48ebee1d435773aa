"""The only writer of carers."""

from datetime import date
from uuid import UUID

from services.referrals.carers.queries import carers_of
from services.referrals.carers.rules import carer_faults
from services.referrals.carers.schemas import (
    CarerAnswer,
    CarerConsentAnswer,
    CarerList,
    CarerRequest,
)
from services.referrals.carers.tables import CARER_ASSESSED_TOPIC, IDENTIFIED_TOPIC, Carer, CarerAssessment
from services.referrals.cases.actions import check_open_case, counted_at, hold_case, see_case
from services.referrals.records.events import happened, was_read
from services.referrals.records.tables import Referral
from shared.http.versions import ExpectedVersion
from shared.ids import new_id
from shared.months import london_day
from shared.problems import Invalid, NotFound
from shared.service.acting import Act

MOST_CARERS = 20


async def record_carer(
    act: Act, case_id: UUID, given: CarerRequest, *, expected: ExpectedVersion
) -> CarerAnswer:
    """Record a carer of a case. Raises NotFound, PreconditionFailed, Conflict, Invalid."""
    case, referral = await hold_case(act, case_id, expected)
    check_open_case(case)
    if errors := list(carer_faults(offered_on=given.offered_assessment_on, assessed_on=given.assessed_on)):
        raise Invalid(errors=errors)
    if len(await carers_of(act, case_id)) >= MOST_CARERS:
        raise Invalid.one("list.too_long", "", f"A case has at most {MOST_CARERS} carers.")
    carer = _carer(act, case_id, given, referral)
    act.session.add(carer)
    case.version += 1
    await happened(act, IDENTIFIED_TOPIC, referral, counts=carer.id, carer=str(carer.id))
    if given.assessed_on is not None:
        await _assess(act, referral, carer, on=given.assessed_on)
    return _shown(act, carer, given.assessed_on, version=case.version)


def _carer(act: Act, case_id: UUID, given: CarerRequest, referral: Referral) -> Carer:
    carer_id = new_id()
    sealed = act.sealed(Carer, carer_id, name=given.name, relationship=given.relationship, phone=given.phone)
    return Carer(
        id=carer_id,
        case_id=case_id,
        consent_given_by=given.consent.given_by,
        consent_on=given.consent.on,
        offered_assessment_on=given.offered_assessment_on,
        recorded_at=act.now,
        recorded_by=act.caller.client,
        **counted_at(referral, london_day(act.now)),
        **sealed,
    )


async def _assess(act: Act, referral: Referral, carer: Carer, *, on: date) -> None:
    await act.session.flush()  # the assessment refers to the carer
    assessment = CarerAssessment(
        id=new_id(),
        carer_id=carer.id,
        assessed_on=on,
        **counted_at(referral, on),
    )
    act.session.add(assessment)
    await happened(act, CARER_ASSESSED_TOPIC, referral, counts=assessment.id, carer=str(carer.id))


async def read_carers(act: Act, case_id: UUID) -> CarerList:
    """The carers of a case. Raises NotFound."""
    _, referral = await see_case(act, case_id)
    found = await carers_of(act, case_id)
    await was_read(act, "carers.read", referral, rows=len(found))
    return CarerList(
        items=[_shown(act, carer, None if made is None else made.assessed_on) for carer, made in found]
    )


async def read_carer(act: Act, case_id: UUID, carer_id: UUID) -> CarerAnswer:
    """One carer of a case. Raises NotFound."""
    _, referral = await see_case(act, case_id)
    found = [(carer, made) for carer, made in await carers_of(act, case_id) if carer.id == carer_id]
    if not found:
        raise NotFound
    await was_read(act, "carers.read", referral, rows=1)
    ((carer, made),) = found
    return _shown(act, carer, None if made is None else made.assessed_on)


def _shown(act: Act, carer: Carer, assessed_on: date | None, *, version: int | None = None) -> CarerAnswer:
    told = {
        "id": carer.id,
        "case_id": carer.case_id,
        "name": act.opened(carer, "name"),
        "relationship": act.opened(carer, "relationship"),
        "phone": act.opened(carer, "phone"),
        "consent": CarerConsentAnswer.model_validate(
            {"given_by": carer.consent_given_by, "on": carer.consent_on}
        ),
        "offered_assessment_on": carer.offered_assessment_on,
        "assessed_on": assessed_on,
    }
    return CarerAnswer.model_validate(told if version is None else {**told, "version": version})
