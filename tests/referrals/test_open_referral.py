"""The directory as Open Referral UK 3.0 has it: what its public validator asks of the details, the pages and each service."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, ConfigDict, Field

from tests.referrals.test_directory import have
from tests.support.running import Running, running

BASE: Final = "/v1/openreferral"
Text = Annotated[str, Field(min_length=1)]
Kind = Literal["physical", "postal", "virtual"]


class Told(BaseModel):
    """An object of the profile HSDS-UK-3.0: what it requires, and the types and code lists of what is told; nothing else is."""

    model_config = ConfigDict(extra="forbid")
    id: UUID


class Address(Told):
    """Where a location is."""

    address_1: Text
    city: str
    state_province: str
    postal_code: Text
    country: Literal["GB"]
    address_type: Kind


class Location(Told):
    """A place."""

    location_type: Kind
    name: Text
    addresses: list[Address] = []


class AtLocation(Told):
    """A service at a place."""

    service_id: UUID
    location: Location


class Area(Told):
    """Where a service serves."""

    service_id: UUID
    name: Text


class Phone(Told):
    """A telephone number."""

    number: Text


class Organization(Told):
    """Who runs a service."""

    name: Text
    description: Text


class Service(Told):
    """A service."""

    name: Text
    description: Text
    url: AnyUrl
    status: Literal["active", "inactive", "defunct", "temporarily closed"]
    organization: Organization
    email: Annotated[str, Field(pattern="@")] | None = None
    minimum_age: int | None = None
    maximum_age: int | None = None
    assured_date: date | None = None
    service_areas: list[Area] = []
    service_at_locations: list[AtLocation] = []
    phones: list[Phone] = []


async def test_every_service_is_what_the_profile_asks(referrals: Running) -> None:
    await have(referrals)
    listed = (await referrals.client.get(f"{BASE}/services?per_page=500")).json()["contents"]
    assert {"url", "service_at_locations", "minimum_age"} <= {name for one in listed for name in one}
    ids = [one["id"] for one in listed]
    assert len(set(ids)) == len(ids)
    for one in listed:
        assert Service.model_validate(one).service_areas
        read = await referrals.client.get(f"{BASE}/services/{one['id']}")
        assert read.json() == one
    without_page = next(one for one in listed if one["name"] == "Reablement at home")
    own = without_page["url"].removeprefix(str(referrals.client.base_url).rstrip("/"))
    assert (await referrals.client.get(own)).json() == without_page


@pytest.mark.parametrize("per_page", [5, 34, 500])
async def test_pages_say_of_themselves_what_they_are(referrals: Running, per_page: int) -> None:
    await have(referrals)
    url = f"{BASE}/services?per_page={per_page}"
    first = (await referrals.client.get(f"{url}&page=1")).json()
    seen: list[str] = []
    for number in range(1, first["total_pages"] + 1):
        page = (await referrals.client.get(f"{url}&page={number}")).json()
        assert (page["page_number"], page["first_page"], page["last_page"]) == (
            number,
            number == 1,
            number == first["total_pages"],
        )
        assert (page["size"], page["empty"]) == (len(page["contents"]), False)
        assert page["last_page"] or page["size"] == per_page
        seen += [one["id"] for one in page["contents"]]
    assert len(seen) == len(set(seen)) == first["total_items"]
    beyond = (await referrals.client.get(f"{url}&page={first['total_pages'] + 1}")).json()
    assert (beyond["size"], beyond["empty"], beyond["contents"]) == (0, True, [])


@pytest.mark.parametrize("path", ["", "/"])
async def test_the_details_name_version_profile_and_document(referrals: Running, path: str) -> None:
    answer = await referrals.client.get(f"{BASE}{path}")
    assert (answer.status_code, set(answer.json())) == (200, {"version", "profile", "openapi_url"})
    document = await referrals.client.get(answer.json()["openapi_url"])
    assert f"{BASE}/services" in document.json()["paths"]


async def test_a_page_of_any_origin_reads_the_directory_and_nothing_else(referrals: Running) -> None:
    origin = {"Origin": "https://finder.example"}
    for path in ("", "/services"):
        answer = await referrals.client.get(f"{BASE}{path}", headers=origin)
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    closed = await referrals.client.get("/v1/services", headers={**origin, **referrals.token("dashboard")})
    assert "access-control-allow-origin" not in closed.headers


async def test_a_listed_origin_is_named_once(referrals: Running) -> None:
    origin = "https://finder.example"
    settings = {"cors_origins": (origin,)}
    async with running(
        "referrals",
        database_url=referrals.database_url,
        data_dir=referrals.data_dir,
        settings=settings,
    ) as listing:
        answer = await listing.client.get(BASE, headers={"Origin": origin})
        assert answer.headers.get_list("access-control-allow-origin") == [origin]
