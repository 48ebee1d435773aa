"""`POST /v1/referrals`: which community and team a referral goes to, and by when it is due."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.referrals.builders import a_patient, a_referral, keyed
from tests.support.running import Running


@pytest.mark.parametrize(
    ("patient", "changes", "icc", "team"),
    [
        ({"registered_practice": "B86001", "staying_at": "LA9 4JE"}, {}, "kendal", "kendal-icc"),
        ({"registered_practice": None}, {}, "unrouted", "unrouted"),
        ({}, {"icc": "east"}, "east", "east-icc"),
        ({}, {"pathway": "urgent-response", "priority": "two-hour"}, "kendal", "urgent-response"),
        ({"registered_practice": "P81002"}, {"pathway": "discharge-to-assess"}, "lancaster", "icat"),
    ],
)
async def test_a_referral_finds_its_community_and_team(
    *,
    referrals: Running,
    practice: dict[str, str],
    patient: dict[str, Any],
    changes: dict[str, Any],
    icc: str,
    team: str,
) -> None:
    document = a_referral(patient=a_patient(**patient), **changes)
    answer = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    assert (answer.status_code, answer.json()["icc"], answer.json()["team"]) == (201, icc, team)


async def test_the_two_hours_start_at_receipt_however_old_the_referral(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(referred_at="2019-03-04T10:00:00Z", pathway="urgent-response", priority=None)
    body = (await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))).json()
    received, start_by = (
        datetime.fromisoformat(text) for text in (body["received_at"], body["due"]["start_by"])
    )
    assert start_by - received == timedelta(hours=2)
    assert (body["priority"], body["referred_at"]) == ("two-hour", "2019-03-04T10:00:00Z")
