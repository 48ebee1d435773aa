"""Somebody whom 999 cannot name yet: a validation request is taken, and each later message says more."""

from typing import Any

from fhir.resources.R4B.bundle import Bundle

from tests.referrals.acting import act, read
from tests.referrals.messages import NHS_NUMBER, a_message, a_validation, request_of, send, told
from tests.support.running import Running

NOTHING_KNOWN: dict[str, Any] = dict.fromkeys(
    ("identifier", "name", "gender", "birthDate", "address", "generalPractitioner")
)
KNOWN = ("family", "given", "birth_date", "nhs_number")


def at(minute: int) -> str:
    return f"2026-06-12T09:{minute:02}:00.0000000+01:00"


def everywhere(service: Running) -> dict[str, str]:
    return service.token("case-manager", communities=("*",))


async def taken(service: Running, message: dict[str, Any]) -> dict[str, Any]:
    answer = await send(service, message, org="RX6", role="hospital-system")
    assert answer.status_code == 200, answer.text
    Bundle.model_validate(answer.json())
    return {"id": request_of(answer.json())["id"], "version": 1}


async def unnamed(service: Running) -> dict[str, Any]:
    """The first message about somebody of whom there is a telephone number and nothing else."""
    return await taken(service, a_validation(patient=NOTHING_KNOWN, changed_at=at(0)))


def later(referral: dict[str, Any], minute: int, **patient: Any) -> dict[str, Any]:
    return a_validation(
        reason="update",
        request_id=referral["id"],
        changed_at=at(minute),
        patient={**NOTHING_KNOWN, **patient},
    )


async def known(service: Running, referral: dict[str, Any]) -> list[Any]:
    patient = (await read(service, referral, by=everywhere(service)))["patient"]
    return [patient.get(name) for name in KNOWN]


async def test_somebody_without_name_and_birth_date_stands_on_the_urgent_teams_list(
    referrals: Running,
) -> None:
    made, by = await unnamed(referrals), everywhere(referrals)
    assert await known(referrals, made) == [None] * 4
    urgent = await referrals.client.get("/v1/worklists/teams/urgent-response", headers=by)
    (item,) = urgent.json()["items"]
    assert item["person"] == {"name": "Name not known", "age": None, "district": None}
    listed = await referrals.client.get("/worklist", params={"list": "team:urgent-response"}, headers=by)
    shown = await referrals.client.get(f"/worklist/referrals/{made['id']}", headers=by)
    assert "Name not known" in listed.text
    assert "Age not known" in listed.text
    assert "Name not known" in shown.text
    assert "Birth date not known" in shown.text


async def test_each_later_message_adds_what_it_knows_and_takes_nothing_back(referrals: Running) -> None:
    made = await unnamed(referrals)
    name = [{"family": "Archer", "given": ["Kathy"]}]
    steps: list[tuple[dict[str, Any], list[str | None]]] = [
        ({"name": name}, ["Archer", "Kathy", None, None]),
        ({"birthDate": "1938-02-11"}, ["Archer", "Kathy", "1938-02-11", None]),
        (
            {"identifier": [{"system": NHS_NUMBER, "value": "9990000018"}]},
            ["Archer", "Kathy", "1938-02-11", "9990000018"],
        ),
        ({}, ["Archer", "Kathy", "1938-02-11", "9990000018"]),
    ]
    for minute, (patient, expected) in enumerate(steps, 1):
        await taken(referrals, later(made, minute, **patient))
        assert await known(referrals, made) == expected
    assert (await read(referrals, made, by=everywhere(referrals)))["identity"] == "nhs-number"


async def test_a_name_that_is_not_known_contradicts_nobody(referrals: Running) -> None:
    named = await taken(referrals, a_validation(changed_at=at(0)))
    made = await unnamed(referrals)
    number = [{"system": NHS_NUMBER, "value": "9990000018"}]
    await taken(referrals, later(made, 1, identifier=number))
    now = await read(referrals, made, by=everywhere(referrals))
    assert now["identity"] == "nhs-number"
    assert now["possible_duplicate_of"] == named["id"]
    assert "identity_conflict_with" not in now


async def test_the_work_goes_on_without_a_name(referrals: Running) -> None:
    made, by = await unnamed(referrals), everywhere(referrals)
    accepted = (await act(referrals, made, "triage", {"decision": "accept"}, by=by)).json()
    headers = {**by, "If-Match": 'W/"1"', "Idempotency-Key": "onward"}
    onward = await referrals.client.post(
        f"/v1/cases/{accepted['case_id']}/onward-referrals",
        json={"service": "district-nursing", "reason": "A wound"},
        headers=headers,
    )
    assert onward.status_code == 201, onward.text
    link = await referrals.client.get(onward.json()["link"])
    assert "Name not known" in link.text
    ended = await referrals.client.post(
        f"/v1/cases/{accepted['case_id']}/discharge",
        json={"discharged_on": "2026-06-30", "outcome": "goals-met"},
        headers={**by, "If-Match": 'W/"2"', "Idempotency-Key": "end"},
    )
    assert ended.status_code in (200, 201), ended.text
    summary = await referrals.client.get(f"/v1/cases/{accepted['case_id']}/summary.json", headers=by)
    assert summary.status_code == 200, summary.text
    Bundle.model_validate(summary.json())


async def test_a_referral_needs_a_name_and_a_birth_date(referrals: Running) -> None:
    for missing in ("name", "birthDate"):
        answer = await send(referrals, a_message(patient={missing: None}))
        assert told(answer) == (400, "REC_BAD_REQUEST", "required")
        assert answer.json()["issue"][0]["expression"][0].startswith(f"entry[2].resource.{missing}")
    assert not await referrals.rows("select * from referral")
