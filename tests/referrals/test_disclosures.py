"""Who was told what of a person is on record, and whoever breaks the glass is seen to have done so."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.auth.caller import ROLES
from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.settings import LOCAL_ISSUER
from tests.referrals.acting import a_key, holds, manager, read
from tests.referrals.builders import a_patient
from tests.referrals.listing import worklist
from tests.referrals.moments import at, later
from tests.referrals.onward import REASON, a_case, asked, consent, partner
from tests.support.running import Running

WHY = "Found on the floor in Barrow market"


async def break_glass(
    service: Running, case: dict[str, Any], *, by: dict[str, str], reason: str = WHY, key: str | None = None
) -> httpx.Response:
    headers = {**by, "Idempotency-Key": key or a_key()}
    url = f"/v1/cases/{case['case_id']}/break-glass"
    return await service.client.post(url, json={"reason": reason}, headers=headers)


async def disclosed(
    service: Running, case: dict[str, Any], *, by: dict[str, str] | None = None, query: str = ""
) -> Any:
    url = f"/v1/cases/{case['case_id']}/disclosures{query}"
    answer = await service.client.get(url, headers=by or manager(service))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_each_sharing_says_to_whom_what_why_on_which_consent_and_when_it_was_read(
    referrals: Running,
) -> None:
    case = await a_case(referrals)
    agreed = {"scope": "share-with-partner", "partner": "age-uk", "given_by": "self", "on": "2026-06-20"}
    given = (await consent(referrals, case, agreed)).json()
    council = await asked(referrals, case)
    friends = await asked(referrals, case, to="voluntary-befriending", version=2)
    await referrals.client.get(f"/v1/onward-referrals/{friends['id']}", headers=partner(referrals, "age-uk"))
    second, first = (await disclosed(referrals, case))["items"]
    assert (first["to"], first["subject"], first["why"]) == ("adult-social-care-ot", council["id"], REASON)
    assert (first["consent_id"], first["read_at"]) == (None, None)
    assert first["parts"] == ["flags", "name", "phone", "postcode", "birth-date", "nhs-number", "reason"]
    assert (second["to"], second["consent_id"]) == ("voluntary-befriending", given["id"])
    assert second["parts"] == ["flags", "name", "phone", "postcode", "reason"]
    assert second["read_at"] is not None


async def test_the_list_is_paged_recorded_and_foreign_to_others(referrals: Running) -> None:
    case = await a_case(referrals)
    for version in (1, 2, 3):
        await asked(referrals, case, version=version)
    page = await disclosed(referrals, case, query="?limit=2")
    rest = await disclosed(referrals, case, query=f"?limit=2&cursor={page['next']}")
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert len(await referrals.rows("select 1 from audit where event = 'disclosures.read'")) == 2
    url = f"/v1/cases/{case['case_id']}/disclosures"
    assert (await referrals.client.get(url, headers=manager(referrals, "barrow"))).status_code == 404
    other = partner(referrals, "adult-social-care-ot")
    assert (await referrals.client.get(url, headers=other)).status_code == 403


async def test_a_broken_glass_lets_one_person_read_one_case_for_an_hour(referrals: Running) -> None:
    case, by = await a_case(referrals), manager(referrals, "barrow")
    url = f"/v1/referrals/{case['id']}"
    assert (await referrals.client.get(url, headers=by)).status_code == 404
    opened = await break_glass(referrals, case, by=by)
    assert (opened.status_code, opened.json()["referral_id"]) == (201, case["id"])
    assert (await read(referrals, case, by=by))["patient"]["family"] == "Archer"
    assert len((await disclosed(referrals, case, by=by))["items"]) == 1
    with at(referrals, later(referrals, minutes=59)):
        assert (await referrals.client.get(f"{url}/history", headers=by)).status_code == 200
    with at(referrals, later(referrals, minutes=61)):
        for path in (url, f"{url}/history", f"/v1/cases/{case['case_id']}/disclosures"):
            assert (await referrals.client.get(path, headers=by)).status_code == 404


async def test_a_broken_glass_is_open_to_who_broke_it_and_not_to_others_of_the_client(
    referrals: Running,
) -> None:
    case, by = await a_case(referrals), manager(referrals, "barrow")
    opened = await break_glass(referrals, case, by=by)
    assert opened.headers["location"] == f"/v1/cases/{case['case_id']}/disclosures"
    for same_client in ({"name": "Somebody else"}, {"org": "barrow-icc"}):
        other = named(referrals, **same_client)
        for path in (f"/v1/referrals/{case['id']}", f"/v1/cases/{case['case_id']}"):
            assert (await referrals.client.get(path, headers=by)).status_code == 200
            assert (await referrals.client.get(path, headers=other)).status_code == 404


def named(service: Running, **claims: str) -> dict[str, str]:
    """The headers of a case manager of Barrow, of the same client as `manager`, whose token says more."""
    said = {
        "sub": "local:case-manager",
        "scope": " ".join(ROLES["case-manager"]),
        "iss": LOCAL_ISSUER,
        "aud": "icc",
        "communities": ["barrow"],
        **claims,
    }
    key, now = load_or_create_signing_key(service.data_dir), service.platform.tokens._clock()
    return {"Authorization": f"Bearer {sign_claims(key, said, ttl=timedelta(hours=1), now=now)}"}


async def test_a_broken_glass_shows_no_other_case_lists_nothing_and_changes_nothing(
    referrals: Running,
) -> None:
    case, other, by = await a_case(referrals), await a_case(referrals), manager(referrals, "barrow")
    await break_glass(referrals, case, by=by)
    assert (await referrals.client.get(f"/v1/referrals/{other['id']}", headers=by)).status_code == 404
    assert (await referrals.client.get("/v1/referrals", headers=by)).json()["items"] == []
    change = await referrals.client.post(
        f"/v1/referrals/{case['id']}/assign", json={"assignee": None}, headers={**by, "If-Match": 'W/"2"'}
    )
    assert change.status_code == 404
    assert (await read(referrals, case))["version"] == case["version"]


async def test_a_broken_glass_is_shouted(
    referrals: Running, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    case, by = await a_case(referrals), manager(referrals, "barrow")
    opened = (await break_glass(referrals, case, by=by)).json()
    captured = capfdbinary.readouterr()
    assert b"break_glass" in captured.out + captured.err
    assert WHY.encode() not in captured.out + captured.err
    (audited,) = await referrals.rows("select * from audit where event = 'case.break-glass'")
    assert audited["resource_id"] == case["id"]
    listed = await worklist(referrals, "kendal")
    (alert,) = [one for one in listed["items"] if one["stage"] == "alert"]
    assert (alert["about"], alert["next_action"]) == ("break-glass", "Read who broke the glass, and why")
    told = await referrals.client.get("/v1/break-glass", headers=referrals.token("auditor"))
    (opening,) = told.json()["items"]
    assert (opening["id"], opening["reason"], opening["until"]) == (opened["id"], WHY, opened["until"])
    await disclosed(referrals, case, by=by)
    assert (await worklist(referrals, "kendal"))["counts"]["alert"]["alert"] == 1
    colleague = referrals.token("case-manager", org="kendal-icc", communities=("kendal",))
    (entry,) = (await disclosed(referrals, case, by=colleague))["items"]
    assert (await worklist(referrals, "kendal"))["counts"]["alert"]["alert"] == 0
    assert (entry["kind"], entry["why"], entry["parts"]) == ("break-glass", WHY, ["case"])


async def test_the_reason_is_kept_encrypted_and_asked_for(referrals: Running) -> None:
    case, by, key = await a_case(referrals), manager(referrals, "barrow"), a_key()
    blank = await break_glass(referrals, case, by=by, reason=" ")
    assert [(one["code"], one["pointer"]) for one in blank.json()["errors"]] == [("text.blank", "/reason")]
    first = await break_glass(referrals, case, by=by, key=key)
    again = await break_glass(referrals, case, by=by, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    kept = await referrals.rows(
        "select g::text as row from break_glass g union all select d::text from disclosure d"
        " union all select a::text from audit a union all select k::text from idempotency k"
    )
    assert len(await referrals.rows("select 1 from break_glass")) == 1
    assert not [row for row in kept if holds(row["row"], WHY)]
    nowhere = {"case_id": case["id"]}
    assert (await break_glass(referrals, nowhere, by=by)).status_code == 404
    assert (await break_glass(referrals, case, by=partner(referrals, "telecare"))).status_code == 403


async def test_a_hidden_address_stays_hidden_from_whoever_breaks_the_glass(referrals: Running) -> None:
    case = await a_case(referrals, patient=a_patient(flags=[{"kind": "hidden-address"}]))
    foreign = manager(referrals, "barrow")
    assert (await break_glass(referrals, case, by=foreign)).status_code == 201
    shown = (await read(referrals, case, by=foreign))["patient"]
    assert (shown["family"], shown.get("postcode"), shown.get("phone")) == ("Archer", None, None)
    assert (await read(referrals, case, by=manager(referrals)))["patient"]["postcode"]
