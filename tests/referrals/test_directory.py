"""The directory: what the communities' reports name is there from the first day, and who may change what."""

from typing import Any

import httpx
import pytest

from services.referrals.directory.catalogue import shipped
from services.referrals.pathways.catalogue import catalogue
from tests.referrals.acting import a_key, manager
from tests.referrals.casework import a_case
from tests.support.running import Running

CAFE = {
    "code": "cafe-kendal",
    "name": "Repair café",
    "kind": "community-group",
    "contact": {"phone": "01539 700000", "url": "https://cafe.example"},
    "communities": ["kendal"],
}
LUNCH: dict[str, Any] = {
    "partner": "cafe-kendal",
    "key": "repair-lunch",
    "name": "Lunch and mending",
    "pathway": "social-prescribing",
    "ages": ["older"],
    "needs": ["generally-well"],
    "places": [{"name": "Town hall", "postcode": "LA9 4DL"}],
    "volunteers": 12,
    "capacity": {"unit": "people", "open": "yes", "places": 6, "as_of": "2026-06-20"},
    "assured_on": "2026-06-20",
}


def lead(service: Running, *communities: str) -> dict[str, str]:
    """The headers of a development lead, of Kendal unless another community is named."""
    return service.token("development-lead", communities=communities or ("kendal",))


async def send(
    service: Running,
    what: str,
    body: dict[str, Any],
    *,
    by: dict[str, str] | None = None,
    key: str | None = None,
) -> httpx.Response:
    """POST a partner or a service."""
    headers = {**(by or lead(service)), "Idempotency-Key": key or a_key()}
    return await service.client.post(f"/v1/{what}", json=body, headers=headers)


async def put(
    service: Running, path: str, body: dict[str, Any], *, version: int = 1, by: dict[str, str] | None = None
) -> httpx.Response:
    """PUT an entry on a version."""
    headers = {**(by or lead(service)), "If-Match": f'W/"{version}"'}
    return await service.client.put(f"/v1/{path}", json=body, headers=headers)


async def read(service: Running, path: str, *, status: int = 200) -> Any:
    """What stands at an address of the directory, for anybody with a token."""
    answer = await service.client.get(f"/v1/{path}", headers=service.token("dashboard"))
    assert answer.status_code == status, answer.text
    return answer.json()


async def keys(service: Running, query: str) -> list[str]:
    """The keys of the services that a search finds, in its order."""
    return [one["key"] for one in (await read(service, f"services?limit=500&{query}"))["items"]]


async def have(service: Running) -> None:
    """The café and its lunch."""
    assert (await send(service, "partners", CAFE)).status_code == 201
    assert (await send(service, "services", LUNCH)).status_code == 201


async def test_partners_and_services_of_the_reports_are_there_with_their_source(referrals: Running) -> None:
    cafe = await read(referrals, "partners/peoples-cafe")
    assert (cafe["kind"], cafe["communities"], cafe["version"]) == ("voluntary", ["kendal"], 1)
    assert cafe["source"].startswith("Integrated Care Communities annual report 2019/20, Kendal")
    clinic = await read(referrals, "services/co-led-substance-clinic")
    assert (clinic["pathway"], clinic["lived_experience"]) == ("substance-use", True)
    assert (clinic["state"], clinic["capacity"]) == ("stale", None)
    assert (await read(referrals, "services/church-volunteers"))["volunteers"] == 200
    kendal = {one["code"] for one in (await read(referrals, "partners?community=kendal"))["items"]}
    assert {"growing-well", "the-well", "cumbria-county-council"} <= kendal
    assert not {"bae-systems", "housing-organisations-lancaster"} & kendal
    assert {"cumbria-constabulary", "barrow-police"} == {
        one["code"] for one in (await read(referrals, "partners?kind=police"))["items"]
    }


def test_the_data_file_names_only_communities_that_there_are(referrals: Running) -> None:
    known = {one.slug for one in referrals.platform.registry.file.communities}
    named = {slug for one in shipped().partners.values() for slug in one.communities}
    named |= {slug for one in shipped().services.values() for slug in one.communities}
    assert named <= known
    pathways = {(one.told or {}).get("pathway") for one in shipped().services.values()} - {None}
    assert pathways <= catalogue().pathways.keys()


async def test_a_lead_adds_a_partner_and_its_service(referrals: Running) -> None:
    key = a_key()
    made = await send(referrals, "partners", CAFE, key=key)
    assert (made.status_code, made.headers["Location"]) == (201, "/v1/partners/cafe-kendal")
    assert made.json() == {**await read(referrals, "partners/cafe-kendal")}
    assert (await send(referrals, "partners", CAFE, key=key)).content == made.content
    again = await send(referrals, "partners", CAFE)
    assert (again.status_code, again.json()["code"]) == (409, "row.duplicate")
    service = await send(referrals, "services", LUNCH)
    assert (service.status_code, service.json()["communities"]) == (201, ["kendal"])
    assert service.json()["needs_consent"] is True
    assert service.json()["state"] == "current"
    assert service.json() == await read(referrals, "services/repair-lunch")


@pytest.mark.parametrize(
    ("what", "change", "status", "code"),
    [
        ("partners", {"code": "age-uk"}, 409, "row.duplicate"),
        ("partners", {"code": "telecare"}, 409, "row.duplicate"),
        ("partners", {"code": "a b"}, 422, "ods.format"),
        ("partners", {"kind": "bank"}, 422, "enum"),
        ("partners", {"communities": []}, 422, "body.required"),
        ("partners", {"communities": ["atlantis"]}, 422, "icc.unknown"),
        ("partners", {"communities": ["bay"]}, 422, "icc.ambiguous"),
        ("partners", {"communities": ["barrow"]}, 403, "scope"),
        ("partners", {"contact": {"url": "javascript:x"}}, 422, "url.forbidden"),
        ("partners", {"contact": {"url": "https://somebody:secret@example.org"}}, 422, "url.forbidden"),
        ("partners", {"contact": {"url": 'https://example.org/"x'}}, 422, "url.forbidden"),
        ("partners", {"name": "Call 999 000 0018"}, 422, "text.forbidden"),
        ("services", {"places": [{"name": "Home of 9990000018"}]}, 422, "text.forbidden"),
        ("partners", {"contact": {"phone": "12"}}, 422, "phone.format"),
        ("services", {"partner": "nobody"}, 422, "reference.unresolved"),
        ("services", {"partner": "bae-systems"}, 403, "scope"),
        ("services", {"key": "cafe-kendal"}, 409, "row.duplicate"),
        ("services", {"key": "physiotherapy"}, 409, "row.duplicate"),
        ("services", {"pathway": "flying"}, 422, "code.unknown"),
        ("services", {"ages": ["older", "older"]}, 422, "row.duplicate"),
        ("services", {"assured_on": "2099-01-01"}, 422, "date.future"),
        ("services", {"places": [{"name": "Hall", "postcode": "nowhere"}]}, 422, "postcode.format"),
        ("services", {"volunteers": -1}, 422, "number.range"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_code(
    referrals: Running, what: str, change: dict[str, Any], status: int, code: str
) -> None:
    if what == "services":
        assert (await send(referrals, "partners", CAFE)).status_code == 201
    before = await referrals.rows("select key from directory_entry")
    answer = await send(referrals, what, {**(CAFE if what == "partners" else LUNCH), **change})
    body = answer.json()
    codes = {body["code"], *(one["code"] for one in body.get("errors", ()))}
    assert (answer.status_code, code in codes) == (status, True), answer.text
    assert await referrals.rows("select key from directory_entry") == before


async def test_an_entry_of_the_report_is_changed_on_its_version(referrals: Running) -> None:
    change = {
        "name": "Lunch Bunch",
        "ages": ["older"],
        "capacity": {"unit": "people", "open": "waiting-list", "as_of": "2026-06-20"},
        "assured_on": "2026-06-20",
    }
    path = "services/loneliness-prevention-lunch-bunch"
    foreign = await put(referrals, path, change, by=lead(referrals, "barrow"))
    assert foreign.status_code == 403
    changed = await put(referrals, path, change)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (changed.json()["state"], changed.json()["partner"]) == ("current", "peoples-cafe")
    stale = await put(referrals, path, change)
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    nobody = await put(referrals, "services/peoples-cafe", change)
    assert nobody.status_code == 404
    partner = {"name": "People's Café", "kind": "faith", "communities": ["kendal"]}
    assert (await put(referrals, "partners/peoples-cafe", partner)).json()["version"] == 2
    assert (await read(referrals, path))["kind"] == "faith"


async def test_a_link_worker_finds_what_is_near_and_has_room(referrals: Running) -> None:
    await have(referrals)
    near = await keys(referrals, "near=LA9%204JE&age=older")
    assert near[0] == "repair-lunch"
    assert {"loneliness-prevention-lunch-bunch", "voluntary-befriending", "telecare"} <= set(near)
    assert not {"homeless-shelter", "i-matter-families", "co-led-substance-clinic"} & set(near)
    assert await keys(referrals, "near=LA9%204JE&open=yes") == ["repair-lunch"]
    assert "repair-lunch" not in await keys(referrals, "near=LA9%204JE&need=complex-or-disability")
    assert await keys(referrals, "community=kendal&state=current") == ["repair-lunch"]
    assert set(await keys(referrals, "near=ZE1%200AA")) >= {"telecare", "physiotherapy"}
    assert (await read(referrals, "services?near=LA9", status=422))["errors"][0]["code"] == "postcode.format"
    assert (await read(referrals, "services?community=bay", status=422))["code"] == "icc.ambiguous"
    first = await read(referrals, "services?limit=50")
    rest = await read(referrals, f"services?limit=50&cursor={first['next']}")
    assert len({one["key"] for one in (*first["items"], *rest["items"])}) == 68


async def test_a_partner_says_how_much_room_it_has_and_nobody_elses(referrals: Running) -> None:
    await have(referrals)
    said = {"unit": "people", "open": "no", "places": 0, "as_of": "2026-06-24"}
    path = "services/repair-lunch/capacity"

    async def say(org: str, body: dict[str, Any]) -> httpx.Response:
        by = referrals.token("partner", org=org)
        return await referrals.client.put(f"/v1/{path}", json=body, headers=by)

    assert (await say("age-uk", said)).status_code == 404
    assert (await say("cafe-kendal", said)).json()["state"] == "closed"
    older = await say("cafe-kendal", {**said, "as_of": "2026-06-01"})
    assert (older.status_code, older.json()["code"]) == (409, "state.transition")
    by = lead(referrals, "barrow")
    assert (await referrals.client.put(f"/v1/{path}", json=said, headers=by)).status_code == 403
    assert await keys(referrals, "community=kendal&state=closed") == ["repair-lunch"]


async def test_a_case_is_sent_on_to_a_service_that_was_added_with_a_warning_where_its_entry_is_odd(
    referrals: Running,
) -> None:
    await have(referrals)
    case = await a_case(referrals)

    async def ask(service: str, version: int) -> httpx.Response:
        headers = {**manager(referrals), "Idempotency-Key": a_key(), "If-Match": f'W/"{version}"'}
        url = f"/v1/cases/{case['id']}/onward-referrals"
        return await referrals.client.post(
            url, json={"service": service, "reason": "Lonely"}, headers=headers
        )

    lacking = await ask("repair-lunch", case["version"])
    assert (lacking.status_code, lacking.json()["code"]) == (409, "consent.required")
    consent = {
        "scope": "share-with-partner",
        "partner": "cafe-kendal",
        "given_by": "self",
        "on": "2026-06-20",
    }
    url = f"/v1/cases/{case['id']}/consents"
    given = await referrals.client.post(
        url, json=consent, headers={**manager(referrals), "Idempotency-Key": a_key()}
    )
    assert given.status_code == 201, given.text
    sent = await ask("repair-lunch", case["version"])
    assert (sent.status_code, "warnings" in sent.json()) == (201, False), sent.text
    partner = referrals.token("partner", org="cafe-kendal")
    told = await referrals.client.get("/v1/onward-referrals", headers=partner)
    assert [one["service_name"] for one in told.json()["items"]] == ["Lunch and mending"]
    stale = await ask("telecare", sent.json()["case_version"])
    assert [one["code"] for one in stale.json()["warnings"]] == ["entry.stale"]
    assert "never" in stale.json()["warnings"][0]["detail"]
    worklist = await referrals.client.get("/v1/worklists/kendal", headers=manager(referrals))
    assert "Lunch and mending" in worklist.text


async def test_open_referral_shows_the_directory_to_anybody(referrals: Running) -> None:
    await have(referrals)
    page = (await referrals.client.get("/v1/openreferral/services?per_page=10&page=2")).json()
    assert (page["total_items"], page["total_pages"], page["page_number"], page["size"]) == (68, 7, 2, 10)
    assert (page["first_page"], page["last_page"], page["empty"]) == (False, False, False)
    whole = (await referrals.client.get("/v1/openreferral/services?per_page=500")).json()
    ids = {one["id"] for one in whole["contents"]}
    assert len(ids) == 68
    lunch = next(one for one in whole["contents"] if one["name"] == "Lunch and mending")
    assert (lunch["status"], lunch["organization"]["name"], lunch["minimum_age"]) == (
        "active",
        "Repair café",
        65,
    )
    assert lunch["service_areas"][0]["name"] == "Kendal"
    assert lunch["service_at_locations"][0]["location"]["addresses"][0]["postal_code"] == "LA9 4DL"
    one = await referrals.client.get(f"/v1/openreferral/services/{lunch['id']}")
    assert one.json() == lunch
    nothing = await referrals.client.get("/v1/openreferral/services/0190a6e5-7c1d-7b60-9c54-2f6c1d9a7e11")
    assert nothing.status_code == 404
    odd = await referrals.client.get("/v1/openreferral/services?pages=1")
    assert (odd.status_code, odd.json()["code"]) == (400, "query.unknown")
    assert (await referrals.client.get("/v1/openreferral")).json()["version"] == "HSDS-UK-3.0"


@pytest.mark.parametrize("path", ["partners/%00", "services/%00", "partners/nobody", "services/age-uk"])
async def test_what_is_not_there_is_not_found(referrals: Running, path: str) -> None:
    await read(referrals, path, status=404)
