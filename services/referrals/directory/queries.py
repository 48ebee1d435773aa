"""Reading the directory: the data file, and over it what was written here."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.referrals.directory.catalogue import shipped
from services.referrals.directory.rules import USUAL_WORKING_DAYS, Directory, Partner, PartnerService
from services.referrals.directory.tables import DirectoryEntry


async def whole_directory(session: AsyncSession) -> Directory:
    """Every partner and service as they stand."""
    rows = (await session.exec(select(DirectoryEntry))).all()
    file = shipped()
    changed = {row.key: partner_of(row) for row in rows if row.what == "partner"}
    partners = {**file.partners, **changed}
    services = {one.key: under(one, partners) for one in file.services.values()}
    services |= {row.key: service_of(row, partners) for row in rows if row.what == "service"}
    return Directory(partners, services)


async def partner_called(session: AsyncSession, code: str) -> Partner | None:
    """One partner by its code."""
    row = await session.get(DirectoryEntry, code)
    if row is not None:
        return partner_of(row) if row.what == "partner" else None
    return shipped().partners.get(code)


async def service_called(session: AsyncSession, key: str) -> PartnerService | None:
    """One service by its key."""
    row = await session.get(DirectoryEntry, key)
    entry = shipped().services.get(key) if row is None else None
    if entry is None and (row is None or row.what != "service"):
        return None
    code = row.partner if row is not None else entry.provider if entry is not None else None
    partner = None if code is None else await partner_called(session, code)
    partners = {} if partner is None else {partner.code: partner}
    if row is not None:
        return service_of(row, partners)
    return None if entry is None else under(entry, partners)


async def service_names(session: AsyncSession, keys: Collection[str]) -> Mapping[str, str]:
    """The names of services by their keys."""
    if not keys:
        return {}
    file = shipped().services
    found = select(DirectoryEntry.key, DirectoryEntry.name).where(col(DirectoryEntry.key).in_(keys))
    changed = dict((await session.exec(found)).all())
    return {key: file[key].name for key in keys if key in file} | changed


def partner_of(row: DirectoryEntry) -> Partner:
    """A partner of its row."""
    entry = shipped().partners.get(row.key)
    return Partner(
        code=row.key,
        name=row.name,
        kind=row.kind or "",
        communities=tuple(row.communities or ()),
        contact=row.told.get("contact"),
        source=None if entry is None else entry.source,
        version=row.version,
    )


def service_of(row: DirectoryEntry, partners: Mapping[str, Partner]) -> PartnerService:
    """A service of its row and its partner."""
    entry, told = shipped().services.get(row.key), row.told
    made = PartnerService(
        key=row.key,
        name=row.name,
        kind=row.kind or "",
        provider=row.partner,
        communities=tuple(row.communities or ()),
        working_days=told.get("working_days", USUAL_WORKING_DAYS),
        counts=() if entry is None else entry.counts,
        ages=tuple(told.get("ages", ())),
        needs=tuple(told.get("needs", ())),
        open=row.open,
        assured_on=row.assured_on,
        told=told,
        source=None if entry is None else entry.source,
        version=row.version,
    )
    return under(made, partners)


def under(service: PartnerService, partners: Mapping[str, Partner]) -> PartnerService:
    """A service with the kind and the communities of its partner, where it has one."""
    partner = partners.get(service.provider or "")
    if partner is None:
        return service
    return replace(service, kind=partner.kind, communities=partner.communities)
