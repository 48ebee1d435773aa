"""The only writer of consents. A withdrawn one ends what was shared on it and is not answered yet."""

from datetime import date
from uuid import UUID

from services.referrals.cases.actions import hold_case, see_case
from services.referrals.cases.tables import Case
from services.referrals.consents.queries import consents_of
from services.referrals.consents.rules import Giver, Scope, consent_faults
from services.referrals.consents.schemas import ConsentAnswer, ConsentList, ConsentRead, ConsentRequest
from services.referrals.consents.tables import Consent
from services.referrals.directory.queries import whole_directory
from services.referrals.onward.actions import recall
from services.referrals.records.events import happened, was_read
from shared.ids import new_id
from shared.problems import Invalid, NotFound
from shared.service.acting import Act


async def record_consent(act: Act, case_id: UUID, given: ConsentRequest) -> ConsentAnswer:
    """Record what was agreed to, or taken back. Raises NotFound, Conflict, Invalid."""
    case, referral = await hold_case(act, case_id, None)
    directory = await whole_directory(act.session)
    known = directory.partners.keys() | directory.services.keys()
    faults = consent_faults(
        scope=given.scope, partner=given.partner, on=given.on, withdrawn_on=given.withdrawn_on, known=known
    )
    if errors := list(faults):
        raise Invalid(errors=errors)
    before = [
        one.id
        for one in await consents_of(act, case_id)
        if (one.scope, one.partner) == (given.scope, given.partner)
    ]
    consent = keep_consent(
        act,
        case,
        given.scope,
        given_by=given.given_by,
        on=given.on,
        partner=given.partner,
        withdrawn_on=given.withdrawn_on,
    )
    ended = [] if given.withdrawn_on is None else await recall(act, referral, before)
    event = "consent.given" if given.withdrawn_on is None else "consent.withdrawn"
    await happened(act, event, referral, consent=str(consent.id), scope=given.scope, to=given.partner)
    return ConsentAnswer(**_shown(consent).model_dump(), recalled=ended)


def _shown(consent: Consent) -> ConsentRead:
    return ConsentRead.model_validate({**consent.model_dump(), "on": consent.given_on})


async def read_consents(act: Act, case_id: UUID) -> ConsentList:
    """Every record of a consent of a case, the newest of a scope and partner saying what holds. Raises NotFound."""
    case, referral = await see_case(act, case_id)
    found = await consents_of(act, case.id)
    await was_read(act, "consents.read", referral, rows=len(found))
    return ConsentList(items=[_shown(one) for one in found])


async def read_consent(act: Act, case_id: UUID, consent_id: UUID) -> ConsentRead:
    """One record of a consent of a case. Raises NotFound."""
    read = await read_consents(act, case_id)
    for one in read.items:
        if one.id == consent_id:
            return one
    raise NotFound


def keep_consent(
    act: Act,
    case: Case,
    scope: Scope,
    *,
    given_by: Giver,
    on: date,
    partner: str | None = None,
    withdrawn_on: date | None = None,
) -> Consent:
    """Add a record of a consent to a case that the act holds. Whoever calls this records what happened."""
    consent = Consent(
        id=new_id(),
        case_id=case.id,
        scope=scope,
        partner=partner,
        given_by=given_by,
        given_on=on,
        withdrawn_on=withdrawn_on,
        recorded_at=act.now,
        recorded_by=act.caller.client,
    )
    act.session.add(consent)
    return consent
