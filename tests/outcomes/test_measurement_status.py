"""Referrals, and nobody else, is told when persons were last measured."""

from typing import Any

import httpx

from shared.measurement_status import MOST_INSTRUMENTS, MOST_PSEUDONYMS, STATUS_PATH
from tests.outcomes.measuring import KATHY, a_measurement, post, record
from tests.support.running import Running


async def ask(outcomes: Running, **body: Any) -> httpx.Response:
    """The answer to a question of the referrals service."""
    token = outcomes.token("service", org="referrals")
    return await outcomes.client.post(STATUS_PATH, json=body, headers=token)


async def test_the_latest_standing_measurement_is_told(outcomes: Running) -> None:
    person = outcomes.platform.keyring.pseudonym(KATHY)
    other = outcomes.platform.keyring.pseudonym("9990000026")
    await record(outcomes)
    later = await record(outcomes, occasion="repeat", taken_on="2026-06-01")
    await record(outcomes, instrument="ucla3", items=[1, 1, 1], taken_on="2026-04-01")
    asked = {"pseudonyms": [person, other, person], "instruments": ["swemwbs", "ucla3", "pam13"]}
    answer = await ask(outcomes, **asked)
    assert answer.status_code == 200
    swemwbs = {"pseudonym": person, "instrument": "swemwbs"}
    loneliness = {"pseudonym": person, "instrument": "ucla3", "occasion": "first", "taken_on": "2026-04-01"}
    assert answer.json()["items"] == [
        {**swemwbs, "occasion": "repeat", "taken_on": "2026-06-01"},
        loneliness,
    ]
    corrected = {**a_measurement(occasion="repeat", taken_on="2026-05-25"), "reason": "The day was wrong."}
    await post(outcomes, corrected, path=f"/v1/measurements/{later['id']}/correct")
    told = (await ask(outcomes, **asked)).json()["items"]
    assert told == [{**swemwbs, "occasion": "repeat", "taken_on": "2026-05-25"}, loneliness]


async def test_nobody_else_may_ask(outcomes: Running) -> None:
    body: dict[str, Any] = {"pseudonyms": [], "instruments": []}
    callers = [
        outcomes.token("case-manager", communities=("*",)),
        outcomes.token("analyst"),
        outcomes.token("service", org="trajectories"),
    ]
    for token in callers:
        assert (await outcomes.client.post(STATUS_PATH, json=body, headers=token)).status_code == 403
    assert (await ask(outcomes, **body)).json() == {"items": []}


async def test_what_cannot_be_asked_is_named(outcomes: Running) -> None:
    person = outcomes.platform.keyring.pseudonym(KATHY)
    for body, fault in (
        ({"pseudonyms": ["p1:short"], "instruments": []}, ("code.invalid", "/pseudonyms/0")),
        ({"pseudonyms": [person], "instruments": ["swemwbs", "none"]}, ("code.unknown", "/instruments/1")),
        (
            {"pseudonyms": [person] * (MOST_PSEUDONYMS + 1), "instruments": []},
            ("list.too_long", "/pseudonyms"),
        ),
        (
            {"pseudonyms": [], "instruments": ["swemwbs"] * (MOST_INSTRUMENTS + 1)},
            ("list.too_long", "/instruments"),
        ),
    ):
        answer = await ask(outcomes, **body)
        assert answer.status_code == 422
        assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [fault]


async def test_the_audit_names_nobody(outcomes: Running) -> None:
    await ask(outcomes, pseudonyms=[outcomes.platform.keyring.pseudonym(KATHY)], instruments=["swemwbs"])
    rows = await outcomes.rows("select event, person_key, detail::text as detail from audit")
    assert [(row["event"], row["person_key"]) for row in rows] == [("measurement.status-read", None)]
    assert "p1:" not in rows[0]["detail"]
