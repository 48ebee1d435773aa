"""A correction takes the place of a measurement; the earlier stays readable, and counts no more."""

import asyncio
from typing import Any

import httpx

from tests.outcomes.measuring import KATHY, PATH, a_measurement, post, record
from tests.support.running import Running

REASON = "Two answers were swapped."


async def correct(outcomes: Running, which: str, **changed: Any) -> httpx.Response:
    """The answer to a correction."""
    body = {**a_measurement(**changed), "reason": REASON}
    return await post(outcomes, body, path=f"{PATH}/{which}/correct")


async def read(outcomes: Running, which: str) -> dict[str, Any]:
    """A measurement as a manager of Kendal reads it."""
    token = outcomes.token("case-manager", communities=("kendal",))
    answer = await outcomes.client.get(f"{PATH}/{which}", headers=token)
    document: dict[str, Any] = answer.json()
    return document


async def found(outcomes: Running) -> list[str]:
    """The ids that a search for the person gives."""
    token = outcomes.token("case-manager", communities=("kendal",))
    answer = await outcomes.client.post(f"{PATH}/search", json={"nhs_number": KATHY}, headers=token)
    return [one["id"] for one in answer.json()["items"]]


async def test_a_corrected_first_is_what_later_ones_are_compared_with(outcomes: Running) -> None:
    first = await record(outcomes)
    later = await record(outcomes, occasion="repeat", items=[4] * 7, taken_on="2026-06-01")
    assert later["change_from_first"] == 5.05
    answer = await correct(outcomes, first["id"], items=[4] * 7)
    assert answer.status_code == 201
    corrected = answer.json()
    assert corrected["supersedes"] == first["id"]
    assert answer.headers["location"] == f"{PATH}/{corrected['id']}"
    assert (await read(outcomes, later["id"]))["change_from_first"] == 0
    earlier = await read(outcomes, first["id"])
    assert (earlier["score"], earlier["superseded_by"]) == (22, corrected["id"])
    assert (await read(outcomes, corrected["id"]))["reason"] == REASON
    assert await found(outcomes) == [later["id"], corrected["id"]]


async def test_a_reason_is_encrypted_and_names_no_number(outcomes: Running) -> None:
    first = await record(outcomes)
    made = (await correct(outcomes, first["id"])).json()
    rows = await outcomes.rows("select reason from measurement where id = $1", made["id"])
    assert REASON.encode() not in rows[0]["reason"]
    body = {**a_measurement(), "reason": f"This was of {KATHY}."}
    refused = await post(outcomes, body, path=f"{PATH}/{made['id']}/correct")
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [
        ("text.forbidden", "/reason")
    ]


async def test_what_was_corrected_is_not_corrected_again(outcomes: Running) -> None:
    first = await record(outcomes)
    answers = await asyncio.gather(*[correct(outcomes, first["id"]) for _ in range(4)])
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert {one.json().get("code") for one in answers} == {None, "state.transition"}


async def test_a_first_that_others_follow_stays_the_first(outcomes: Running) -> None:
    first = await record(outcomes)
    later = await record(outcomes, occasion="repeat", taken_on="2026-06-01")
    for wrong in (
        {"occasion": "repeat"},
        {"nhs_number": "9990000026"},
        {"taken_on": "2026-06-02"},
        {"taken_on": "2024-05-31"},
        {"episode": "case-1"},
        {"instrument": "ucla3", "items": [1, 1, 1]},
    ):
        refused = await correct(outcomes, first["id"], **wrong)
        assert (refused.status_code, refused.json()["code"]) == (409, "state.transition"), wrong
    assert (await correct(outcomes, first["id"], taken_on="2024-06-02")).status_code == 201
    moved = await correct(outcomes, later["id"], occasion="repeat", nhs_number="9990000026")
    assert moved.status_code == 409
    assert await record(outcomes, nhs_number="9990000026")
    moved = await correct(
        outcomes, later["id"], occasion="repeat", nhs_number="9990000026", taken_on="2026-06-01"
    )
    assert moved.status_code == 201


async def test_a_repeat_may_turn_out_to_be_a_first_of_its_own(outcomes: Running) -> None:
    await record(outcomes)
    later = await record(outcomes, occasion="repeat", taken_on="2026-06-01")
    refused = await correct(outcomes, later["id"], taken_on="2026-06-01")
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    taken = await correct(outcomes, later["id"], taken_on="2026-06-01", episode="case-1")
    assert (taken.status_code, taken.json()["change_from_first"]) == (201, None)


async def test_another_s_measurement_cannot_be_corrected(outcomes: Running) -> None:
    first = await record(outcomes)
    body = {**a_measurement(), "reason": REASON}
    token = outcomes.token("case-manager", communities=("barrow",))
    refused = await post(outcomes, body, path=f"{PATH}/{first['id']}/correct", token=token)
    assert refused.status_code == 404


async def test_a_correction_that_is_sent_twice_happens_once(outcomes: Running) -> None:
    first = await record(outcomes)
    body = {**a_measurement(items=[4] * 7), "reason": REASON}
    path = f"{PATH}/{first['id']}/correct"
    one, two = [await post(outcomes, body, path=path, key="twice") for _ in range(2)]
    assert (two.status_code, two.content) == (201, one.content)
    assert two.headers["idempotent-replayed"] == "true"


async def test_a_correction_is_checked_like_a_measurement(outcomes: Running) -> None:
    first = await record(outcomes)
    refused = await correct(outcomes, first["id"], items=[3] * 6)
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [
        ("body.required", "/items")
    ]
    assert (await read(outcomes, first["id"]))["superseded_by"] is None
