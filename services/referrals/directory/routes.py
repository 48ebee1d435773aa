"""Partners and services: what there is, who has room, and whose entry is stale."""

from typing import Annotated

from fastapi import Path, Query

from services.referrals.directory.actions import (
    WRITE,
    add_partner,
    add_service,
    change_partner,
    change_service,
    say_capacity,
)
from services.referrals.directory.finding import find_services, list_partners, read_partner, read_service
from services.referrals.directory.rules import Age, Need, Open, PartnerKind, State, Wanted
from services.referrals.directory.schemas import (
    CapacityBody,
    PartnerAnswer,
    PartnerBody,
    PartnerChange,
    ServiceAnswer,
    ServiceBody,
    ServiceChange,
)
from shared.http.conditional import IfMatch
from shared.service.acting import Act
from shared.service.guard import may
from shared.service.paging import Page
from shared.service.routing import Paging, Router

router = Router(tags=["directory"], impersonal=True)
Reads = Annotated[Act, may("directory.read")]
Writes = Annotated[Act, may(WRITE)]
Key = Annotated[str, Path(max_length=40, examples=["age-uk"])]
Community = Annotated[str | None, Query(examples=["kendal"], description="Who serves this community")]


@router.post("/v1/partners")
async def post_partner(act: Writes, partner: PartnerBody) -> PartnerAnswer:
    """Add an organisation that the own communities work with."""
    act.headers["Location"] = f"/v1/partners/{partner.code}"
    return await add_partner(act, partner)


@router.get("/v1/partners")
async def get_partners(
    act: Reads, paging: Paging, kind: PartnerKind | None = None, community: Community = None
) -> Page[PartnerAnswer]:
    """The partners by name; those that the communities' reports name are there from the first day, with their source."""
    return await list_partners(act, kind=kind, community=community, paging=paging)


@router.get("/v1/partners/{code}")
async def get_partner(act: Reads, code: Key) -> PartnerAnswer:
    """One partner."""
    return await read_partner(act, code)


@router.put("/v1/partners/{code}")
async def put_partner(act: Writes, code: Key, partner: PartnerChange, expected: IfMatch) -> PartnerAnswer:
    """Say what a partner is now, in place of what was said before, on its version."""
    return await change_partner(act, code, partner, expected=expected)


@router.post("/v1/services")
async def post_service(act: Writes, service: ServiceBody) -> ServiceAnswer:
    """Add a service of a partner. A case can be sent on to it at once."""
    act.headers["Location"] = f"/v1/services/{service.key}"
    return await add_service(act, service)


@router.get("/v1/services")
async def get_services(
    act: Reads,
    paging: Paging,
    near: Annotated[str | None, Query(examples=["LA9 4JE"], description="A postcode")] = None,
    community: Community = None,
    need: Need | None = None,
    age: Age | None = None,
    takes: Annotated[Open | None, Query(alias="open", description="Whether it takes people")] = None,
    state: Annotated[
        State | None, Query(description="`stale` and `closed` are a development lead's list")
    ] = None,
    partner: Annotated[str | None, Query(examples=["age-uk"])] = None,
) -> Page[ServiceAnswer]:
    """Services for somebody who is on the telephone: of the community of a postcode first, those with room first."""
    wanted = Wanted(age=age, need=need, open=takes, state=state, partner=partner)
    return await find_services(act, wanted, near=near, community=community, paging=paging)


@router.get("/v1/services/{key}")
async def get_service(act: Reads, key: Key) -> ServiceAnswer:
    """One service."""
    return await read_service(act, key)


@router.put("/v1/services/{key}")
async def put_service(act: Writes, key: Key, service: ServiceChange, expected: IfMatch) -> ServiceAnswer:
    """Say what a service is now, in place of what was said before, on its version; `assured_on` makes its entry fresh."""
    return await change_service(act, key, service, expected=expected)


@router.put("/v1/services/{key}/capacity")
async def put_capacity(
    act: Annotated[Act, may(WRITE, "onward.respond")], key: Key, capacity: CapacityBody
) -> ServiceAnswer:
    """Say whether a service takes people, by its partner's token or by the development lead; its entry is fresh from that day on."""
    return await say_capacity(act, key, capacity)
