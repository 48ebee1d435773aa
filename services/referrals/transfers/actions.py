"""The only writer of transfers."""

from uuid import UUID

from services.referrals.cases.actions import case_shown, hold_case
from services.referrals.cases.queries import newest_case
from services.referrals.cases.schemas import CaseAnswer
from services.referrals.records.actions import hold_referral
from services.referrals.records.answers import answer_to_act
from services.referrals.records.destinations import Destination, destination_faults, send_on
from services.referrals.records.events import happened
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.steps import move
from services.referrals.records.tables import Referral
from services.referrals.transfers.rules import transfer_faults
from services.referrals.transfers.schemas import TransferRequest
from shared.http.versions import ExpectedVersion
from shared.problems import Invalid
from shared.service.acting import Act

_PLACES = ("practice", "icc", "team")


async def transfer_referral(
    act: Act, referral_id: UUID, wanted: TransferRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Move a referral with its case to another practice, community or team. Raises NotFound, PreconditionFailed, Conflict, Invalid."""
    referral = await hold_referral(act, referral_id, expected)
    await transfer_held(act, referral, wanted)
    return await answer_to_act(act, referral)


async def transfer_case(
    act: Act, case_id: UUID, wanted: TransferRequest, *, expected: ExpectedVersion
) -> CaseAnswer:
    """Move a case with its referral, on the version of the case. Raises NotFound, PreconditionFailed, Conflict, Invalid."""
    case, referral = await hold_case(act, case_id, expected)
    await transfer_held(act, referral, wanted)
    return case_shown(case, referral)


async def transfer_held(act: Act, referral: Referral, wanted: TransferRequest) -> None:
    """The same of a referral that the act holds already. Raises Conflict, Invalid."""
    named = [name for name in _PLACES if getattr(wanted, name) is not None]
    to = Destination(**wanted.model_dump(include=set(named)))
    if errors := [*transfer_faults(named), *destination_faults(act, to)]:
        raise Invalid(errors=errors)
    await move(act, referral, "transfer")
    await send_on(act, referral, to)
    case = await newest_case(act, referral)
    if case is not None:
        case.version += 1
    told = {name: getattr(wanted, name) for name in named}
    await happened(act, "referral.transferred", referral, comment=wanted.reason, **told)
