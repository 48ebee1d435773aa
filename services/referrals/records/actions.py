"""Opening records: every reading of what identifies a person has its audit row before anybody is told of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlmodel import col

from services.referrals.identity.rules import Fault, nhs_number
from services.referrals.pathways.catalogue import catalogue
from services.referrals.pathways.rules import Priority
from services.referrals.records import states
from services.referrals.records.answers import answer_to_act, referral_answer, referral_shown
from services.referrals.records.encryption import (
    decrypted_json,
    encrypted_json,
    glass_holder,
    local_index,
    nhs_number_index,
    seal_card,
)
from services.referrals.records.events import happened, was_read
from services.referrals.records.queries import (
    Wanted,
    conflicts_seen,
    events_of,
    hidden_of,
    listed_referrals,
    referral_seen,
    referral_to_change,
    referrals_of_person,
    seen_referral,
)
from services.referrals.records.rules import Filters, change_faults, filter_faults, hides, uncovers
from services.referrals.records.schemas import PersonSearch, ReferralAnswer, ReferralChange
from services.referrals.records.scope import WORK, owner_of, sight
from services.referrals.records.steps import give_items, place, set_limits
from services.referrals.records.tables import Referral, ReferralEvent
from services.referrals.settings import Settings
from shared.audit import AuditSigner
from shared.auth.caller import Caller
from shared.http.versions import ExpectedVersion
from shared.nhs_numbers import without_separators
from shared.problems import Conflict, Forbidden, Invalid, NotFound
from shared.registry.registry import Registry
from shared.service.acting import Act
from shared.service.paging import Page, Pager
from shared.service.platform import Platform

RESOURCE = "referral"
PERSON_BYTES = 8
"""Of a person's keyed hash in the row of a list: enough to tell a million people apart."""


class _About(TypedDict, total=False):
    """What an audit row says of a reading, beside its caller and event; as in `shared.audit.signing.About`."""

    resource_id: UUID
    version_before: int
    version_after: int
    person: str | None
    detail: Mapping[str, object]


async def open_referral(platform: Platform, referral_id: UUID, *, caller: Caller) -> dict[str, Any]:
    """One referral as its reader is told of it. NotFound also for one the caller may not know of."""
    now = platform.clock()
    seen = sight(caller, registry=platform.registry, now=now)
    async with platform.database.connection() as connection:
        holder = glass_holder(platform.keyring, caller)
        row = await seen_referral(connection, referral_id, sight=seen, now=now, holder=holder)
    if row is None:
        raise NotFound
    answer = referral_answer(row, keyring=platform.keyring, caller=caller)
    about = _about(row, number=answer["patient"]["nhs_number"])
    await _record(platform, caller=caller, event="referral.read", **about)
    return answer


async def list_referrals(
    platform: Platform, *, caller: Caller, filters: Filters, wanted: Wanted, now: datetime
) -> Sequence[dict[str, Any]]:
    """A page of referrals as their reader is told of them, and one more where more follow. Invalid for filters that can match nothing, Forbidden for a community that is not the caller's."""
    faults = list(filter_faults(filters, pathways=catalogue().pathways, teams=_teams(platform.registry)))
    if faults:
        raise Invalid(errors=faults)
    seen = sight(caller, registry=platform.registry, now=now)
    if seen.nothing or not all(seen.sees_list_of(icc) for icc in filters.iccs or ()):
        raise Forbidden("The token does not cover these referrals.")
    async with platform.database.connection() as connection:
        found = await listed_referrals(connection, sight=seen, filters=filters, now=now, wanted=wanted)
    answers = [referral_answer(row, keyring=platform.keyring, caller=caller) for row in found]
    detail = {"filters": filters.told(), **_shown(answers[: wanted.limit], signer=platform.signer)}
    await _record(platform, caller=caller, event="referral.listed", detail=detail)
    return answers


async def search_referrals(act: Act, search: PersonSearch, *, paging: Pager) -> Page[ReferralAnswer]:
    """A page of one person's referrals. Invalid when the body names nobody, or by a number that cannot be one."""
    failing_too = act.platform.settings_of(Settings).nhs_number_policy == "trace"
    number = _searched_number(search, failing_too=failing_too)
    if sight(act.caller, registry=act.registry, now=act.now).nothing:
        raise Forbidden("The token covers no referrals.")
    if number is None:
        index = local_index(act.keyring, search.local_id or "", system=search.local_system or "")
        same_person = col(Referral.local_index) == index
    else:
        same_person = col(Referral.nhs_number_index) == nhs_number_index(act.keyring, number)
    rows = await referrals_of_person(act, same_person, paging=paging)
    ids = [referral.id for referral, _ in rows]
    conflicts, hidden = await conflicts_seen(act, ids), await hidden_of(act, ids)
    page = paging.page(
        rows,
        shown=lambda found: referral_shown(
            act,
            found[0],
            duplicate=found[1],
            conflicts=conflicts.get(found[0].id, ()),
            hidden=found[0].id in hidden,
        ),
        at=lambda found: [str(found[0].id)],
    )
    signer = act.platform.signer
    shown = _shown([one.model_dump(include={"id", "patient"}) for one in page.items], signer=signer)
    asked = f"{search.local_system}\x00{search.local_id}" if number is None else number
    by = "local-id" if number is None else "nhs-number"
    detail = {"by": by, "asked": signer.person_key(asked).hex(), **shown}
    await act.happened("referral.searched", resource_type=RESOURCE, person=number, detail=detail)
    return page


async def see_referral(act: Act, referral_id: UUID) -> Referral:
    """The referral that every reading begins with. Raises NotFound also for one the caller may not know of."""
    referral = await referral_seen(act, referral_id)
    if referral is None:
        raise NotFound
    return referral


async def hold_referral(act: Act, referral_id: UUID, expected: ExpectedVersion | None) -> Referral:
    """The referral that every change begins with: seen by the caller, at the version it was made on, held till the end.

    expected: None for a change that names no version.   Raises NotFound, Conflict for a merged one, PreconditionFailed.
    """
    referral = await referral_to_change(act, referral_id)
    if referral is None:
        raise NotFound
    check_whole(referral)
    if expected is not None:
        expected.check(referral.version)
    return referral


def check_whole(referral: Referral) -> None:
    """Refuse a change of what became part of another record. Raises Conflict."""
    if referral.merged_into is not None:
        raise Conflict(
            "The record became part of another one: `merged_into` names it.", code="state.transition"
        )


def check_sender(act: Act, referral: Referral, detail: str) -> None:
    """Refuse what only the sender of a referral does. Raises Forbidden."""
    if referral.sent_by != owner_of(act.caller):
        raise Forbidden(detail)


def check_open(referral: Referral) -> None:
    """Refuse what is done only while a referral is open. Raises Conflict."""
    if referral.status not in states.OPEN_STATUSES:
        raise Conflict(f"The referral is {referral.status}.", code="state.transition")


async def prioritise(act: Act, referral: Referral, priority: Priority) -> None:
    """Give the referral a priority, with the limits that follow, and the team where it becomes hot work or ceases to be."""
    known = catalogue()
    way = known.pathways[referral.pathway]
    before, referral.priority = referral.priority, priority
    if known.team_kind(way, priority) != known.team_kind(way, before):
        place(act, referral)
        await give_items(act, referral, to=referral)
    await set_limits(act, referral)


async def change_referral(
    act: Act, referral_id: UUID, change: ReferralChange, *, expected: ExpectedVersion
) -> ReferralAnswer:
    """Change what a merge patch names. Raises NotFound, PreconditionFailed, Forbidden, Invalid, Conflict."""
    referral = await hold_referral(act, referral_id, expected)
    works = act.caller.has(WORK)
    if not works and (referral.sent_by != owner_of(act.caller) or "priority" in change.model_fields_set):
        raise Forbidden("Its sender changes a referral's patient, a case manager its priority too.")
    patient = {} if change.patient is None else change.patient.model_dump(exclude_unset=True, mode="json")
    if faults := list(
        change_faults(given=change.model_fields_set, priority=change.priority, patient=patient)
    ):
        raise Invalid(errors=faults)
    if change.priority is not None:
        check_open(referral)
        await prioritise(act, referral, change.priority)
    if patient:
        place: dict[str, Any] = {"column": "contact", "row": referral.id}
        held = decrypted_json(act.keyring, referral.contact, **place)
        if not works and uncovers(held.get("flags"), patient):
            raise Forbidden("A case manager alone shows an address that was hidden.")
        changed_to = {**held, **patient}
        referral.contact = encrypted_json(act.keyring, changed_to, **place)
        seal_card(act.keyring, referral)
        referral.address_hidden = hides(changed_to.get("flags"))
    changed = [*(change.model_fields_set & {"priority"}), *sorted(f"patient.{name}" for name in patient)]
    await happened(act, "referral.changed", referral, changed=", ".join(changed))
    return await answer_to_act(act, referral)


async def open_history(act: Act, referral_id: UUID) -> Sequence[ReferralEvent]:
    """A referral's events, oldest first. NotFound also for one the caller may not know of."""
    referral = await see_referral(act, referral_id)
    await was_read(act, "referral.history-read", referral)
    return await events_of(act, referral.id)


async def _record(platform: Platform, *, caller: Caller, event: str, **about: Unpack[_About]) -> None:
    """Record what was read, before anybody is told of it. A row of a read names what was found, so it comes second;
    without a transaction round both, for nothing was changed: whoever gets no row here gives no answer.
    """
    await platform.readings.record(caller=caller, event=event, resource_type=RESOURCE, **about)


def _shown(answers: Sequence[Mapping[str, Any]], *, signer: AuditSigner) -> dict[str, object]:
    """What the audit says of a list that was shown: how many rows, and whose, each person by the beginning of the keyed hash.

    Of a row without a number its id. A page so stays within what the server keeps in the row itself.
    """
    numbers = {answer["patient"]["nhs_number"] for answer in answers} - {None}
    keys = (signer.person_key(without_separators(number)) for number in numbers)
    bare = [str(answer["id"]) for answer in answers if answer["patient"]["nhs_number"] is None]
    return {
        "rows": len(answers),
        "persons": sorted(key[:PERSON_BYTES].hex() for key in keys),
    } | ({"without_number": bare} if bare else {})


def _about(row: Mapping[str, Any], *, number: str | None) -> _About:
    """What the audit says of a referral that was read: which, in which version, and whose. number: as it was decrypted."""
    return {
        "resource_id": row["id"],
        "version_before": row["version"],
        "version_after": row["version"],
        "person": None if number is None else without_separators(number),
    }


@lru_cache(maxsize=1)
def _teams(registry: Registry) -> frozenset[str]:
    """The teams of every day: the list of one that has ended may still be asked for."""
    return frozenset(team.code for team in registry.file.teams)


def _searched_number(search: PersonSearch, *, failing_too: bool) -> str | None:
    """The number to search by; None when the search is by local identifier.

    failing_too: whether numbers that fail their check are taken in, and so can be found. Test numbers always can: they may
    have come in before the place was one of production.
    """
    local = (search.local_id, search.local_system)
    if search.nhs_number is not None and local != (None, None):
        raise Invalid.one("body.unknown_field", "/local_id", "Search by one identifier at a time.")
    if search.nhs_number is not None:
        try:
            return nhs_number(search.nhs_number, test_numbers_allowed=True)
        except Fault as fault:
            if failing_too and search.nhs_number:
                return without_separators(search.nhs_number)
            raise Invalid.one(fault.code, "/nhs_number", fault.detail) from None
    if local == (None, None):
        raise Invalid.one(
            "nhs_number.required", "/nhs_number", "Give an NHS number, or local_id and local_system."
        )
    if None in local:
        missing = "/local_id" if search.local_id is None else "/local_system"
        raise Invalid.one("body.required", missing, "A local identifier is known only within its system.")
    return None
