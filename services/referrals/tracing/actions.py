"""The only writers of who a person is found to be."""

from collections.abc import Sequence
from uuid import UUID

from services.referrals.cases.actions import discharge_case
from services.referrals.identity.rules import Fault, nhs_number
from services.referrals.pathways.rules import UNROUTED
from services.referrals.records.actions import hold_referral
from services.referrals.records.answers import answer_to_act
from services.referrals.records.encryption import (
    decrypted,
    decrypted_json,
    encrypted,
    encrypted_json,
    nhs_number_index,
)
from services.referrals.records.events import happened
from services.referrals.records.schemas import ReferralAnswer
from services.referrals.records.steps import give_items, leave_lists, place, set_limits
from services.referrals.records.tables import Referral, ReferralConflict
from services.referrals.settings import Settings
from services.referrals.tracing.queries import (
    agrees,
    duplicate_among,
    merged_into,
    open_links_of,
    others_under,
    records_held,
    routed_among,
)
from services.referrals.tracing.rules import Record, merge_obstacle
from services.referrals.tracing.schemas import IdentifyRequest, MergeRequest
from shared.http.versions import ExpectedVersion
from shared.problems import Conflict, Invalid
from shared.service.acting import Act


async def identify_person(
    act: Act, referral_id: UUID, told: IdentifyRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Give a referral in tracing its NHS number; conflicts, duplicates and route are looked at again.

    Raises NotFound, PreconditionFailed, Invalid, Conflict.
    """
    referral = await hold_referral(act, referral_id, expected)
    number = _checked_number(act, told.nhs_number)
    links = await open_links_of(act, referral)
    if referral.identity != "tracing" and (referral.number_checked or not links):
        raise Conflict("Its person is not in doubt.")
    referral.number_checked = told.checked
    await give_number(act, referral, number)
    await happened(act, "referral.identified", referral, reason_code=told.checked, icc=referral.icc)
    return await answer_to_act(act, referral)


async def give_number(act: Act, referral: Referral, number: str) -> bool:
    """Write down a referral's NHS number; conflicts, duplicates and route are looked at again.

    Gives whether referrals under the number are of somebody of another name or birth date.
    """
    links = await open_links_of(act, referral)
    referral.nhs_number = encrypted(act.keyring, number, column="nhs_number", row=referral.id)
    referral.nhs_number_index = nhs_number_index(act.keyring, number)
    referral.identity = "nhs-number"
    others = await others_under(act, referral)
    _link_again(act, referral, links, others)
    if referral.possible_duplicate_of is None:
        referral.possible_duplicate_of = duplicate_among(referral, others)
    await _route_again(act, referral, others)
    return not all(agrees(one, referral) for one in others)


def _checked_number(act: Act, text: str) -> str:
    production = act.platform.settings_of(Settings).environment == "production"
    try:
        return nhs_number(text, test_numbers_allowed=not production)
    except Fault as fault:
        raise Invalid.one(fault.code, "/nhs_number", fault.detail) from None


def _link_again(
    act: Act, referral: Referral, links: Sequence[ReferralConflict], others: Sequence[Referral]
) -> None:
    """Settle the conflicts that the number ends, and link those that it brings: another person under the same number."""
    of_another = {one.id for one in others if not agrees(one, referral)}
    for link in links:
        other = link.other_id if link.referral_id == referral.id else link.referral_id
        if other not in of_another:
            link.settled_at = act.now
        of_another.discard(other)
    for other in of_another:
        act.session.add(
            ReferralConflict(referral_id=referral.id, other_id=other, shown=False, found_later=True)
        )


async def _route_again(act: Act, referral: Referral, others: Sequence[Referral]) -> None:
    """A referral that found no community goes where the person's other records are."""
    known = routed_among([one for one in others if agrees(one, referral)])
    if referral.icc != UNROUTED or known is None:
        return
    referral.icc = known.icc
    referral.registered_practice = referral.registered_practice or known.registered_practice
    place(act, referral)
    await set_limits(act, referral)
    await give_items(act, referral, to=referral)


async def merge_records(
    act: Act, referral_id: UUID, wanted: MergeRequest, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Let one record become part of another one of the same person, which answers for both from then on.

    Raises NotFound, PreconditionFailed, Invalid, Conflict.
    """
    if wanted.into == referral_id:
        raise Invalid.one("reference.cycle", "/into", "A record does not become part of itself.")
    held = await records_held(act, referral_id, wanted.into)
    merged = await hold_referral(act, referral_id, expected)
    into = held.get(wanted.into)
    if into is None:
        raise Invalid.one("reference.unresolved", "/into", "There is no such referral.")
    if into.merged_into is not None:
        raise Conflict("The other record became part of another one itself: `merged_into` names it.")
    if obstacle := merge_obstacle(_record(merged), _record(into)):
        raise Conflict(obstacle)
    await discharge_case(act, merged, outcome="referred-on")
    await give_items(act, merged, to=into)
    await leave_lists(act, merged)
    for earlier in await merged_into(act, merged):
        earlier.merged_into = into.id
    merged.merged_into = into.id
    _settle(act, await open_links_of(act, merged))
    await _complete(act, into, merged)
    await happened(act, "referral.merged-away", merged, comment=wanted.reason)
    await happened(act, "referral.merged", into, comment=wanted.reason)
    answer = await answer_to_act(act, into)
    return answer.model_copy(update={"merged_into": into.id})


def _record(referral: Referral) -> Record:
    relied_on = referral.nhs_number_index if referral.identity == "nhs-number" else None
    return Record(referral.status, relied_on)


def _settle(act: Act, links: Sequence[ReferralConflict]) -> None:
    for link in links:
        link.settled_at = act.now


async def _complete(act: Act, into: Referral, merged: Referral) -> None:
    """Give the record that survives the number, the local identifier and the route that only the other one had."""
    keyring = act.keyring
    if into.identity == "tracing" and merged.identity == "nhs-number":
        number = decrypted(keyring, merged.nhs_number, column="nhs_number", row=merged.id)
        into.nhs_number = encrypted(keyring, number, column="nhs_number", row=into.id)
        into.nhs_number_index, into.identity = merged.nhs_number_index, "nhs-number"
        into.number_checked = merged.number_checked
    if into.local_index is None and merged.local_index is not None:
        local = decrypted_json(keyring, merged.local_identity, column="local_identity", row=merged.id)
        into.local_identity = encrypted_json(keyring, local, column="local_identity", row=into.id)
        into.local_index = merged.local_index
    if into.icc == UNROUTED:
        await _route_again(act, into, [merged])
