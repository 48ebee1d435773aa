"""A multidisciplinary meeting as tests hold it."""

from datetime import date, timedelta
from typing import Any

import httpx

from shared.months import london_day
from tests.referrals.acting import a_key, manager
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import a_case
from tests.support.running import Running

NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050")
CHAIR = "local:case-manager"
GP: dict[str, Any] = {"org": "A82026", "sector": "gp", "present": True}
ICC_TEAM: dict[str, Any] = {"org": "kendal-icc", "sector": "community", "present": True}
HOSPITAL: dict[str, Any] = {"org": "RTX", "sector": "acute", "present": True}
CHARITY: dict[str, Any] = {"partner": "age-uk", "sector": "vcse", "present": True}
CONSENT = {"given_by": "self", "on": "2026-06-20"}
BENEFIT: dict[str, Any] = {
    "asked_on": "2026-09-24",
    "self_care": "better",
    "use_avoided": [{"kind": "gp-visit", "count": 2}],
    "judged_by": "mdt",
}


def today(service: Running) -> date:
    """The London day of the service's clock."""
    return london_day(service.platform.clock())


def a_meeting(**changes: Any) -> dict[str, Any]:
    """A frailty meeting of Kendal with three organisations."""
    meeting = {
        "kind": "frailty",
        "community": "kendal",
        "held_on": "2026-06-24",
        "chair": CHAIR,
        "attendees": [GP, ICC_TEAM, HOSPITAL],
    }
    return {**meeting, **changes}


async def frail(service: Running, number: str = NUMBERS[0], **changes: Any) -> dict[str, Any]:
    """An open case of somebody who was referred to the frailty meeting."""
    patient = a_patient(nhs_number=number)
    return await a_case(service, a_referral(patient=patient, **{"pathway": "mdt-frailty", **changes}))


async def send(
    service: Running,
    path: str,
    body: dict[str, Any],
    *,
    by: dict[str, str] | None = None,
    key: str | None = None,
) -> httpx.Response:
    """POST something of meetings."""
    headers = {**(by or manager(service)), "Idempotency-Key": key or a_key()}
    return await service.client.post(f"/v1/mdt-meetings{path}", json=body, headers=headers)


async def held(service: Running, **changes: Any) -> dict[str, Any]:
    """A meeting that was recorded."""
    answer = await send(service, "", a_meeting(**changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def said(case: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a meeting said of a case."""
    return {
        "case_id": case["id"],
        "reason": "Three falls since Easter",
        "decisions": ["Review the sedatives"],
        "actions": [],
        **changes,
    }


def to_do(
    owner: str = CHAIR, due_on: date | str = "2026-07-08", text: str = "Ring the pharmacist"
) -> dict[str, Any]:
    """An action as it is sent."""
    return {"text": text, "owner": owner, "due_on": f"{due_on}"}


async def discussed(
    service: Running, meeting: dict[str, Any], case: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    """A discussion that was recorded."""
    answer = await send(service, f"/{meeting['id']}/discussions", said(case, **changes))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def read(service: Running, path: str, *, by: dict[str, str] | None = None) -> Any:
    """What stands at an address of meetings."""
    answer = await service.client.get(f"/v1/mdt-meetings{path}", headers=by or manager(service))
    assert answer.status_code == 200, answer.text
    return answer.json()


def in_days(service: Running, days: int) -> date:
    """A day so far from today."""
    return today(service) + timedelta(days=days)
