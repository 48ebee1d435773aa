"""What a clinical system does with measurements: records them, corrects them, asks for a person's."""

from typing import Any
from uuid import uuid4

import httpx

from tests.support.running import Running

PATH = "/v1/measurements"
KATHY = "9990000018"
PRACTICE = "A82026"
"""A practice of Kendal."""


def a_measurement(**changed: Any) -> dict[str, Any]:
    """A first SWEMWBS of an invented person in Kendal; a member given as None is left out."""
    person = {"nhs_number": changed.pop("nhs_number", KATHY)}
    if birth_year := changed.pop("birth_year", 1938):
        person["birth_year"] = birth_year
    usual = {
        "person": person,
        "instrument": "swemwbs",
        "items": [3, 4, 2, 3, 3, 4, 3],
        "taken_on": "2026-05-20",
        "occasion": "first",
        "icc": "kendal",
    }
    if changed.get("instrument", "swemwbs") != "swemwbs":
        del usual["items"]
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


async def post(
    outcomes: Running,
    body: dict[str, Any],
    *,
    path: str = PATH,
    key: str | None = None,
    token: dict[str, str] | None = None,
) -> httpx.Response:
    """The answer to a posted measurement, by a case manager of everywhere unless a token is given."""
    identity = token or outcomes.token("case-manager", communities=("*",))
    headers = identity | {"Idempotency-Key": key or str(uuid4())}
    return await outcomes.client.post(path, json=body, headers=headers)


async def record(outcomes: Running, **changed: Any) -> dict[str, Any]:
    """The receipt of a recorded measurement."""
    answer = await post(outcomes, a_measurement(**changed))
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def faults(outcomes: Running, **changed: Any) -> list[tuple[str, str]]:
    """Code and pointer of everything that is wrong with a measurement, of which nothing was stored."""
    answer = await post(outcomes, a_measurement(**changed))
    assert answer.status_code == 422, answer.text
    assert await stored(outcomes) == 0
    return [(one["code"], one["pointer"]) for one in answer.json()["errors"]]


async def stored(outcomes: Running) -> int:
    """How many measurements the database holds."""
    rows = await outcomes.rows("select count(*) as n from measurement")
    number: int = rows[0]["n"]
    return number
