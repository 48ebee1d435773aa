"""The only writers of the directory: partners and services of one's own communities, and what a partner says of its room."""

from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.referrals.directory.answers import partner_shown, service_shown
from services.referrals.directory.catalogue import shipped
from services.referrals.directory.finding import check_covers, known_communities, see_service
from services.referrals.directory.queries import (
    partner_called,
    partner_of,
    service_of,
)
from services.referrals.directory.rules import Open, Partner, PartnerService
from services.referrals.directory.schemas import (
    DEFAULT_UNIT,
    CapacityBody,
    PartnerAnswer,
    PartnerBody,
    PartnerChange,
    ServiceAnswer,
    ServiceBody,
    ServiceChange,
)
from services.referrals.directory.tables import DirectoryEntry
from services.referrals.pathways.catalogue import catalogue
from shared.http.versions import ExpectedVersion
from shared.months import london_day
from shared.problems import Conflict, Invalid, NotFound
from shared.service.acting import Act

WRITE = "directory.write"


async def add_partner(act: Act, body: PartnerBody) -> PartnerAnswer:
    """Add a partner of the caller's communities. Raises Invalid, Forbidden, Conflict."""
    check_covers(act, known_communities(act, body.communities))
    row = await _add(act, _partner_row(act, body.code, body))
    return partner_shown(partner_of(row))


async def change_partner(
    act: Act, code: str, body: PartnerChange, *, expected: ExpectedVersion
) -> PartnerAnswer:
    """Say what a partner is now. Raises NotFound, Forbidden, PreconditionFailed, Invalid."""
    row = await _held(act, code, "partner")
    expected.check(row.version)
    check_covers(act, row.communities or ())
    check_covers(act, known_communities(act, body.communities))
    await _change(act, row, _partner_row(act, code, body))
    return partner_shown(partner_of(row))


async def add_service(act: Act, body: ServiceBody) -> ServiceAnswer:
    """Add a service of a partner of the caller's communities. Raises Invalid, Forbidden, Conflict."""
    partner = await partner_called(act.session, body.partner)
    if partner is None:
        raise Invalid.one("reference.unresolved", "/partner", "The directory has no such partner.")
    check_covers(act, partner.communities)
    row = await _add(act, _service_row(act, body.key, body, partner=partner.code))
    return service_shown(service_of(row, {partner.code: partner}), today=london_day(act.now))


async def change_service(
    act: Act, key: str, body: ServiceChange, *, expected: ExpectedVersion
) -> ServiceAnswer:
    """Say what a service is now. Raises NotFound, Forbidden, PreconditionFailed, Invalid."""
    row = await _held(act, key, "service")
    expected.check(row.version)
    before = await see_service(act, key)
    check_covers(act, before.communities)
    await _change(act, row, _service_row(act, key, body, partner=row.partner))
    return service_shown(await see_service(act, key), today=london_day(act.now))


async def say_capacity(act: Act, key: str, body: CapacityBody) -> ServiceAnswer:
    """Say whether a service takes people: its partner, or the development lead. The newest day counts. Raises NotFound, Forbidden, Conflict."""
    service = await see_service(act, key)
    if act.caller.org not in service.codes:
        if not act.caller.has(WRITE):
            raise NotFound
        check_covers(act, service.communities)
    row = await _held(act, key, "service")
    before = row.told.get("capacity")
    if before is not None and date.fromisoformat(before["as_of"]) > body.as_of:
        raise Conflict("The directory knows a newer day's capacity.", code="state.transition")
    await _keep_capacity(act, row, body)
    return service_shown(await see_service(act, key), today=london_day(act.now))


async def take_capacity(act: Act, key: str, takes: Open) -> None:
    """Keep whether a service takes people, which it says today with an answer. Raises NotFound."""
    row = await _held(act, key, "service")
    unit = (row.told.get("capacity") or {}).get("unit", DEFAULT_UNIT)
    await _keep_capacity(act, row, CapacityBody(unit=unit, open=takes, as_of=london_day(act.now)))


async def _keep_capacity(act: Act, row: DirectoryEntry, body: CapacityBody) -> None:
    """Keep what a service says of its room. Whoever says that has looked at its entry, which is fresh from that day on."""
    row.told = {**row.told, "capacity": body.model_dump(mode="json")}
    row.open = body.open
    row.assured_on = max(row.assured_on or body.as_of, body.as_of)
    await _changed(act, row)


def _partner_row(act: Act, code: str, body: PartnerChange) -> DirectoryEntry:
    contact = None if body.contact is None else body.contact.model_dump(mode="json")
    return DirectoryEntry(
        key=code,
        what="partner",
        name=body.name,
        kind=body.kind,
        communities=known_communities(act, body.communities),
        told={"contact": contact},
        changed_at=act.now,
        changed_by=act.caller.client,
    )


def _service_row(act: Act, key: str, body: ServiceChange, *, partner: str | None) -> DirectoryEntry:
    if body.pathway is not None and body.pathway not in catalogue().pathways:
        raise Invalid.one("code.unknown", "/pathway", "There is no such pathway.")
    apart = {"key", "partner", "name", "assured_on"}
    return DirectoryEntry(
        key=key,
        what="service",
        name=body.name,
        partner=partner,
        open=None if body.capacity is None else body.capacity.open,
        assured_on=body.assured_on,
        told=body.model_dump(mode="json", exclude=apart),
        changed_at=act.now,
        changed_by=act.caller.client,
    )


async def _add(act: Act, row: DirectoryEntry) -> DirectoryEntry:
    """Store a new entry. Raises Conflict where a partner or a service has its name."""
    file, taken = shipped(), Conflict("The directory has this name already.", code="row.duplicate")
    if row.key in file.partners or row.key in file.services or not await _insert(act, row):
        raise taken
    await _recorded(act, row, "added")
    return await act.session.get_one(DirectoryEntry, row.key)


async def _insert(act: Act, row: DirectoryEntry) -> bool:
    """Whether the row is new."""
    made = insert(DirectoryEntry).values(**row.model_dump()).on_conflict_do_nothing()
    connection = await act.session.connection()
    return (await connection.execute(made.returning(col(DirectoryEntry.key)))).first() is not None


async def _held(act: Act, key: str, what: str) -> DirectoryEntry:
    """The row of an entry, held till the act ends; one of the data file gets its row here. Raises NotFound."""
    file = shipped()
    standing = file.partners.get(key) or file.services.get(key)
    if standing is not None:
        await _insert(act, _row_of(act, standing))
    held = select(DirectoryEntry).where(col(DirectoryEntry.key) == key, col(DirectoryEntry.what) == what)
    row = (await act.session.exec(held.with_for_update().execution_options(populate_existing=True))).first()
    if row is None:
        raise NotFound
    return row


def _row_of(act: Act, standing: Partner | PartnerService) -> DirectoryEntry:
    """An entry of the data file as the row that takes its place."""
    common: dict[str, Any] = {
        "name": standing.name,
        "changed_at": act.now,
        "changed_by": act.caller.client,
    }
    if isinstance(standing, Partner):
        communities = list(standing.communities)
        return DirectoryEntry(
            key=standing.code,
            what="partner",
            kind=standing.kind,
            communities=communities,
            told={},
            **common,
        )
    alone = standing.provider is None
    told = {
        **(standing.told or {}),
        "ages": standing.ages,
        "needs": standing.needs,
        "working_days": standing.working_days,
    }
    return DirectoryEntry(
        key=standing.key,
        what="service",
        partner=standing.provider,
        kind=standing.kind if alone else None,
        communities=list(standing.communities) if alone else None,
        told=told,
        **common,
    )


async def _change(act: Act, row: DirectoryEntry, to: DirectoryEntry) -> None:
    """Take over what an entry says now; which partner runs a service stays."""
    for name in ("name", "open", "assured_on", "told"):
        setattr(row, name, getattr(to, name))
    if row.what == "partner":
        row.kind, row.communities = to.kind, to.communities
    await _changed(act, row)


async def _changed(act: Act, row: DirectoryEntry) -> None:
    row.version += 1
    row.changed_at, row.changed_by = act.now, act.caller.client
    await _recorded(act, row, "changed")


async def _recorded(act: Act, row: DirectoryEntry, verb: str) -> None:
    await act.happened(f"directory.{verb}", resource_type=f"directory-{row.what}", detail={"entry": row.key})
