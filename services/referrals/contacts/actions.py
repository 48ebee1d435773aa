"""The only writer of contacts."""

from uuid import UUID

from services.referrals.cases.actions import check_open_case, hold_case, keep, kept_shown
from services.referrals.cases.rules import order_faults
from services.referrals.contacts.rules import face_faults, reached
from services.referrals.contacts.schemas import ContactAnswer, ContactRequest
from services.referrals.contacts.tables import Contact
from services.referrals.records.events import happened
from services.referrals.records.steps import proceed
from shared.months import london_day
from shared.problems import Invalid
from shared.service.acting import Act


async def record_contact(act: Act, case_id: UUID, made: ContactRequest) -> ContactAnswer:
    """Record a contact; once the person is reached the assessment is next. Raises NotFound, Invalid, Conflict."""
    case, referral = await hold_case(act, case_id, None)
    order = order_faults(london_day(made.at), referred_at=referral.referred_at, pointer="/at")
    if errors := [*order, *face_faults(made.kind, face_to_face=made.face_to_face)]:
        raise Invalid(errors=errors)
    check_open_case(case)
    met = reached(made.with_, made.outcome)
    contact = keep(act, Contact, case, made, at=made.at, face_to_face=made.face_to_face, reached=met)
    if met:
        await proceed(act, referral, "assessment")
    await happened(act, "case.contacted", referral)
    return kept_shown(act, contact, ContactAnswer)
