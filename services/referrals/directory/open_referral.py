"""The directory in the shape of Open Referral UK 3.0, for anybody: no token, no person, no contact but the organisation's.

Source: the UK profile of the Human Services Data Specification 3.0, `service` with its `organization`, `service_areas` and
`service_at_locations`; a page of its API. Its rules of compliance ask for a `url` of each service, and that pages of any origin
may read the answers.
"""

from math import ceil
from typing import Annotated, Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.referrals.directory.queries import whole_directory
from services.referrals.directory.rules import Directory, PartnerService
from shared.http.answers import json_answer
from shared.http.matching import check_accept
from shared.http.parameters import LONGEST_LIST, PathId, check_query
from shared.problems import BadRequest, NotAcceptable, NotFound, responses
from shared.registry.registry import Registry
from shared.service.guard import PlatformOf
from shared.service.platform import Platform

PROFILE: Final = "https://docs.openreferraluk.org/en/latest/"
VERSION: Final = "HSDS-UK-3.0"
_NAMES: Final = uuid5(NAMESPACE_URL, "https://icc-platform.example/directory/")
_STATUS: Final = {"yes": "active", "waiting-list": "active", "no": "temporarily closed", None: "active"}
_AGES: Final = {"children": (0, 17), "working-age": (18, 64), "older": (65, 120)}
_ABOUT: Final[dict[int | str, Any]] = responses(BadRequest, NotAcceptable)

open_referral_router = APIRouter(prefix="/v1/openreferral", tags=["directory"])


class OpenReferral(BaseModel):
    """What this interface is."""

    version: str
    profile: str
    openapi_url: str


class OpenReferralPage(BaseModel):
    """A page of services."""

    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool
    contents: list[dict[str, Any]]


@open_referral_router.get("", response_model=OpenReferral, responses=_ABOUT)
@open_referral_router.get("/", include_in_schema=False)
async def read_open_referral(request: Request, platform: PlatformOf) -> Response:
    """Which version and profile of Open Referral this is; needs no token."""
    check_accept(request)
    check_query(request)
    told = OpenReferral(version=VERSION, profile=PROFILE, openapi_url=f"{request.base_url}openapi.json")
    return _for_every_page(request, platform, told)


@open_referral_router.get("/services", response_model=OpenReferralPage, responses=_ABOUT)
async def read_open_services(
    request: Request,
    platform: PlatformOf,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=LONGEST_LIST)] = 50,
) -> Response:
    """The services, page by page; needs no token."""
    check_accept(request)
    check_query(request)
    async with platform.transaction() as session:
        found = await whole_directory(session)
    services = sorted(found.services.values(), key=lambda one: one.key)
    here = services[(page - 1) * per_page : page * per_page]
    pages = max(1, ceil(len(services) / per_page))
    return _for_every_page(
        request,
        platform,
        OpenReferralPage(
            total_items=len(services),
            total_pages=pages,
            page_number=page,
            size=len(here),
            first_page=page == 1,
            last_page=page >= pages,
            empty=not here,
            contents=[
                service_as_open(one, found, platform.registry, base=f"{request.base_url}") for one in here
            ],
        ),
    )


@open_referral_router.get(
    "/services/{service_id}", response_model=dict[str, Any], responses={**_ABOUT, **responses(NotFound)}
)
async def read_open_service(request: Request, platform: PlatformOf, service_id: PathId) -> Response:
    """One service; needs no token."""
    check_accept(request)
    check_query(request)
    async with platform.transaction() as session:
        found = await whole_directory(session)
    one = next((one for one in found.services.values() if _id("service", one.key) == service_id), None)
    if one is None:
        raise NotFound
    told = service_as_open(one, found, platform.registry, base=f"{request.base_url}")
    return _for_every_page(request, platform, told)


def _for_every_page(request: Request, platform: Platform, told: Any) -> Response:
    """An answer that a page of any origin may read: it is the same for everybody, and no cookie or token brings more."""
    # A listed origin is named by what every answer passes through.
    listed = request.headers.get("origin") in platform.settings.cors_origins
    return json_answer(told, headers={} if listed else {"Access-Control-Allow-Origin": "*"})


def _id(*parts: str) -> UUID:
    """The same id for the same thing, always."""
    return uuid5(_NAMES, "/".join(parts))


def service_as_open(
    one: PartnerService, directory: Directory, registry: Registry, *, base: str
) -> dict[str, Any]:
    """A service as the standard has it; what is not known is left out. base: our own address, where one without a page is read."""
    told, own = one.told or {}, _id("service", one.key)
    ages = [_AGES[age] for age in one.ages]
    partner = directory.partners.get(one.provider or "")
    contact = {} if partner is None else partner.contact or {}
    shown = {
        "id": str(own),
        "name": one.name,
        "description": told.get("description") or one.name,
        "status": _STATUS[one.open],
        "organization": {
            "id": str(_id("organization", one.provider or one.key)),
            "name": one.name if partner is None else partner.name,
            "description": one.name if partner is None else partner.name,
        },
        "url": contact.get("url") or f"{base}v1/openreferral/services/{own}",
        "email": contact.get("email"),
        "minimum_age": min((low for low, _ in ages), default=None),
        "maximum_age": max((high for _, high in ages), default=None),
        "assured_date": None if one.assured_on is None else one.assured_on.isoformat(),
        "service_areas": [_area(own, slug, registry) for slug in one.communities],
        "service_at_locations": [_at_location(own, place) for place in told.get("places") or ()],
        "phones": [{"id": str(_id("phone", one.key)), "number": contact["phone"]}]
        if contact.get("phone")
        else [],
    }
    return {name: value for name, value in shown.items() if value not in (None, [])}


def _area(service: UUID, slug: str, registry: Registry) -> dict[str, Any]:
    community = registry.community(slug)
    name = slug if community is None else community.name
    return {"id": str(_id("area", str(service), slug)), "service_id": str(service), "name": name}


def _at_location(service: UUID, place: dict[str, Any]) -> dict[str, Any]:
    own = str(_id("location", str(service), place["name"]))
    location: dict[str, Any] = {"id": own, "location_type": "physical", "name": place["name"]}
    if place.get("postcode") is not None:
        address = {
            "id": str(_id("address", own)),
            "address_1": place["name"],
            "city": "",
            "state_province": "",
            "postal_code": place["postcode"],
            "country": "GB",
            "address_type": "physical",
        }
        location["addresses"] = [address]
    return {
        "id": str(_id("at", own)),
        "service_id": str(service),
        "location": location,
    }
