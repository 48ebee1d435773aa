"""Inviting from a cohort: the practice's alone, a referral each, accepted or declined, and a case of who accepts."""

from typing import Any

import httpx
import pytest

from tests.referrals.acting import a_key, manager
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_patient
from tests.referrals.casework import the_case
from tests.referrals.listing import worklist
from tests.referrals.test_case_finding import a_row, numbers, practice, read, taken
from tests.support.running import Running


async def a_cohort(service: Running, count: int) -> tuple[dict[str, Any], dict[str, str]]:
    """A cohort of Kendal's practice, and NHS number → member."""
    known = numbers(count)
    cohort = (await taken(service, [a_row(one) for one in known]))["cohort"]
    items = (await read(service, cohort, "?limit=500"))["items"]
    members = {one["pseudonym"]: one["id"] for one in items}
    return cohort, {one: members[service.platform.keyring.pseudonym(one)] for one in known}


def person(number: str, member: str, **changes: Any) -> dict[str, Any]:
    """An invited person, as the practice names them."""
    patient = a_patient(nhs_number=number, family=f"Archer{number[-4:]}", registered_practice=None, **changes)
    return {"id": member, "patient": patient}


async def invite(
    service: Running,
    cohort: dict[str, Any],
    people: list[dict[str, Any]],
    *,
    by: dict[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    """POST an invitation."""
    headers = {**(by or practice(service)), "Idempotency-Key": a_key()}
    url = f"/v1/case-finding/cohorts/{cohort['id']}/invite"
    return await service.client.post(url, json={"members": people, **more}, headers=headers)


async def answer(
    service: Running, cohort: dict[str, Any], member: str, said: str, *, by: dict[str, str] | None = None
) -> httpx.Response:
    """POST what an invited person said."""
    url = f"/v1/case-finding/cohorts/{cohort['id']}/members/{member}/answer"
    return await service.client.post(url, json={"answer": said}, headers=by or practice(service))


async def test_who_accepts_has_a_case_and_who_declines_has_none(referrals: Running) -> None:
    cohort, members = await a_cohort(referrals, 3)
    (one, yes), (other, no), (_, left) = members.items()
    sent = await invite(referrals, cohort, [person(one, yes), person(other, no)], pathway="mdt-frailty")
    assert (sent.status_code, {item["status"] for item in sent.json()["items"]}) == (200, {"invited"})
    kendal = await worklist(referrals, "kendal")
    assert [(item["stage"], item["pathway"]) for item in kendal["items"]] == [("triage", "mdt-frailty")] * 2
    accepted = await answer(referrals, cohort, yes, "accepted")
    assert accepted.json()["status"] == "accepted"
    case = await the_case(referrals, accepted.json()["case_id"])
    assert (case["icc"], case["referral_id"]) == ("kendal", accepted.json()["referral_id"])
    declined = await answer(referrals, cohort, no, "declined")
    assert (declined.json()["status"], declined.json()["case_id"]) == ("declined", None)
    shown = {item["id"]: item["status"] for item in (await read(referrals, cohort))["items"]}
    assert shown == {yes: "accepted", no: "declined", left: "found"}
    states = await referrals.rows("select status from referral order by status")
    assert [row["status"] for row in states] == ["accepted", "withdrawn"]
    assert (await answer(referrals, cohort, no, "accepted")).status_code == 409
    assert (await answer(referrals, cohort, left, "accepted")).status_code == 409
    counted = await referrals.rows("select topic, count(*) as n from fact_event group by topic")
    assert {row["topic"]: row["n"] for row in counted} == {"referral.received": 2, "referral.triaged": 1}


async def test_an_invitation_is_all_or_nothing_and_once(referrals: Running) -> None:
    cohort, members = await a_cohort(referrals, 3)
    (one, first), (other, second), (third, last) = members.items()

    async def faults(people: list[dict[str, Any]], **more: Any) -> list[tuple[str, str]]:
        refused = await invite(referrals, cohort, people, **more)
        assert refused.status_code == 422, refused.text
        return [(fault["code"], fault["pointer"]) for fault in refused.json()["errors"]]

    swapped = [person(one, first), person(third, second)]
    assert await faults(swapped) == [("reference.unresolved", "/members/1/patient/nhs_number")]
    assert await faults([person(one, first)] * 2) == [("row.duplicate", "/members/1/id")]
    assert await faults([]) == [("body.required", "/members")]
    assert await faults([person(one, first)], pathway="sorcery") == [("enum", "/pathway")]
    assert await referrals.rows("select 1 from referral") == []
    assert (await invite(referrals, cohort, [person(one, first)])).status_code == 200
    again = await invite(referrals, cohort, [person(other, second), person(one, first)])
    assert (again.status_code, again.json()["code"]) == (409, "state.transition")
    assert len(await referrals.rows("select 1 from referral")) == 1
    assert (await invite(referrals, cohort, [person(third, last)] * 201)).status_code == 422


@pytest.mark.parametrize("org", [EAST_PRACTICE, "RTX"])
async def test_only_the_practice_invites_its_people(referrals: Running, org: str) -> None:
    cohort, members = await a_cohort(referrals, 1)
    ((one, member),) = members.items()
    foreign = referrals.token("practice-system", org=org)
    assert (await invite(referrals, cohort, [person(one, member)], by=foreign)).status_code == 404
    assert (await invite(referrals, cohort, [person(one, member)], by=manager(referrals))).status_code == 403
    assert (await invite(referrals, cohort, [person(one, member)])).status_code == 200
    assert (await answer(referrals, cohort, member, "accepted", by=foreign)).status_code == 404
    assert (await answer(referrals, cohort, member, "accepted", by=manager(referrals))).status_code == 403


async def test_a_list_sent_again_leaves_invitations_as_they_are(referrals: Running) -> None:
    cohort, members = await a_cohort(referrals, 1)
    ((one, member),) = members.items()
    assert (await invite(referrals, cohort, [person(one, member)])).status_code == 200
    told = await taken(referrals, [a_row(one, score="0.1", measured_on="2026-06-20")])
    assert told["updated"] == 1
    (shown,) = (await read(referrals, cohort))["items"]
    assert (shown["status"], shown["band"], shown["practice"]) == ("invited", "fit", KENDAL_PRACTICE)
