"""The survey of how teams function: nobody's own answer, a round from eight replies on, and its figure."""

from fractions import Fraction
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.surveys.rules import result_of, scores_in_hundredths, sums_of
from tests.support.running import Running

ADDRESS = "/v1/surveys/team-functioning/rounds"
REPLIES = [[4, 5, 3], [3, 4, 4], [5, 5, 5], [2, 3, 3], [4, 4, 4], [3, 3, 5], [4, 4, 2], [5, 4, 4]]
ROUND: dict[str, Any] = {"team": "kendal-icc", "month": "2026-05", "invited": 12, "replies": REPLIES}


def lead(service: Running, *communities: str, org: str | None = None) -> dict[str, str]:
    return service.token("development-lead", communities=communities, org=org)


async def send(
    service: Running, body: dict[str, Any], *, by: dict[str, str] | None = None, key: str | None = None
) -> httpx.Response:
    headers = {**(by or lead(service, "kendal")), "Idempotency-Key": key or str(uuid4())}
    return await service.client.post(ADDRESS, json=body, headers=headers)


async def figures(service: Running) -> list[tuple[Any, ...]]:
    await service.work()
    answer = await service.client.get("/v1/facts?limit=500", headers=service.token("service"))
    return [
        (one["place"], one["month"], one["numerator"], one["denominator"], one["known_at"])
        for one in answer.json()["items"]
        if one["measure"] == "team-functioning-mean"
    ]


async def test_a_round_of_eight_replies_is_shown_with_its_reply_rate(outcomes: Running) -> None:
    answer = await send(outcomes, ROUND)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    # 92 points over 24 scores; the questions have 30, 32 and 30 points of 8 people.
    assert (told["mean"], told["question_means"]) == (3.83, [3.75, 4.0, 3.75])
    assert (told["replies"], told["reply_rate"], told["suppressed"]) == (8, 8 / 12, False)
    read = await outcomes.client.get(answer.headers["location"], headers=lead(outcomes, "kendal"))
    assert (read.status_code, read.json()) == (200, told)


async def test_of_seven_replies_nothing_is_told(outcomes: Running) -> None:
    answer = await send(outcomes, {**ROUND, "replies": REPLIES[:7]})
    told = answer.json()
    assert answer.status_code == 201
    assert [told[name] for name in ("mean", "question_means", "replies", "reply_rate")] == [None] * 4
    assert (told["suppressed"], told["invited"]) == (True, 12)
    assert "8 replies" in told["notes"][0]
    assert await figures(outcomes) == []


async def test_who_answered_what_is_not_kept(outcomes: Running) -> None:
    await send(outcomes, ROUND)
    (row,) = await outcomes.rows("select replies, sums::text as sums from survey_round")
    assert (row["replies"], row["sums"]) == (8, "[30, 32, 30]")
    kept = await outcomes.rows("select detail::text as detail from audit where event like 'survey-round%'")
    assert [one["detail"] for one in kept] == ['{"team": "kendal-icc", "month": "2026-05", "invited": 12}']


async def test_a_later_round_of_the_month_takes_the_place_and_the_earlier_tells_nothing(
    outcomes: Running,
) -> None:
    first = (await send(outcomes, ROUND)).json()
    before = await figures(outcomes)
    await send(outcomes, {**ROUND, "replies": [*REPLIES, [1, 1, 1]]})
    after = await figures(outcomes)
    read = await outcomes.client.get(f"{ADDRESS}/{first['id']}", headers=lead(outcomes, "kendal"))
    assert (read.json()["mean"], read.json()["superseded"]) == (None, True)
    # Points of a person are the mean of three scores: 92 and 95 thirds, in hundredths.
    assert [one[:4] for one in after] == [
        ("kendal", "2026-05", 3067, 8),
        ("kendal", "2026-05", 3167, 9),
    ]
    await outcomes.client.post("/v1/operations/facts/rebuild", headers=outcomes.token("operator"))
    assert await figures(outcomes) == after
    assert before == after[:1]


async def test_a_round_mended_to_too_few_replies_is_withdrawn(outcomes: Running) -> None:
    await send(outcomes, ROUND)
    await figures(outcomes)
    await send(outcomes, {**ROUND, "replies": REPLIES[:7]})
    assert [one[2:4] for one in await figures(outcomes)] == [(3067, 8), (None, None)]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"team": "kendal"}, "code.unknown", "/team"),
        ({"team": None}, "body.type", "/team"),
        ({"month": "2026-13"}, "date.format", "/month"),
        ({"month": "2999-01"}, "date.future", "/month"),
        ({"invited": 7}, "number.range", "/invited"),
        ({"invited": 0}, "number.range", "/invited"),
        ({"invited": "12"}, "number.type", "/invited"),
        ({"invited": 8.5}, "number.integer_required", "/invited"),
        ({"replies": None}, "body.type", "/replies"),
        ({"replies": [*REPLIES, [4, 4]]}, "number.required", "/replies/8"),
        ({"replies": [*REPLIES, [4, 4, 4, 4]]}, "list.too_long", "/replies/8"),
        ({"replies": [[]]}, "body.required", "/replies/0"),
        ({"replies": [[4] * 51]}, "list.too_long", "/replies/0"),
        ({"replies": [[4, 6, 3]]}, "number.range", "/replies/0/1"),
        ({"replies": [[4, 0, 3]]}, "number.range", "/replies/0/1"),
        ({"replies": [[4, None, 3]]}, "number.type", "/replies/0/1"),
        ({"replies": [[4, True, 3]]}, "number.type", "/replies/0/1"),
        ({"names": ["Ann"]}, "body.unknown_field", "/names"),
    ],
)
async def test_what_makes_no_round_is_refused(
    outcomes: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await send(outcomes, {**ROUND, **change})
    assert answer.status_code == 422, answer.text
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await outcomes.rows("select 1 from survey_round") == []


async def test_a_repeat_under_one_key_makes_one_round(outcomes: Running) -> None:
    first = await send(outcomes, ROUND, key="one")
    again = await send(outcomes, ROUND, key="one")
    other = await send(outcomes, {**ROUND, "invited": 13}, key="one")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert len(await outcomes.rows("select 1 from survey_round")) == 1


async def test_a_round_is_its_communitys(outcomes: Running) -> None:
    made = (await send(outcomes, ROUND)).json()
    foreign = lead(outcomes, "barrow")
    assert (await send(outcomes, ROUND, by=foreign)).status_code == 403
    assert (await outcomes.client.get(f"{ADDRESS}/{made['id']}", headers=foreign)).status_code == 404
    assert (await outcomes.client.get(f"{ADDRESS}?team=kendal-icc", headers=foreign)).status_code == 403
    listed = await outcomes.client.get(ADDRESS, headers=foreign)
    assert (listed.status_code, listed.json()["items"]) == (200, [])
    team = outcomes.token("case-manager", org="kendal-icc")
    for reader in (team, outcomes.token("analyst", communities=("*",)), lead(outcomes, "south-cumbria")):
        listed = await outcomes.client.get(f"{ADDRESS}?team=kendal-icc&month=2026-05", headers=reader)
        assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    for role in ("dashboard", "operator"):
        refused = await outcomes.client.get(ADDRESS, headers=outcomes.token(role, communities=("*",)))
        assert (refused.status_code, refused.json()["code"]) == (403, "scope")
    refused = await send(outcomes, ROUND, by=outcomes.token("case-manager", communities=("kendal",)))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope")
    practice = outcomes.token("practice-system", org="A82026")
    assert (await outcomes.client.get(ADDRESS, headers=practice)).status_code == 403


async def test_rounds_are_listed_newest_month_first_page_by_page(outcomes: Running) -> None:
    months = ["2026-03", "2026-05", "2026-04"]
    for month in months:
        await send(outcomes, {**ROUND, "month": month})
    seen: list[str] = []
    query = "limit=2"
    while query:
        page = await outcomes.client.get(f"{ADDRESS}?{query}", headers=lead(outcomes, "kendal"))
        seen += [one["month"] for one in page.json()["items"]]
        query = f"limit=2&cursor={page.json()['next']}" if page.json()["next"] else ""
    assert seen == ["2026-05", "2026-04", "2026-03"]
    unknown = await outcomes.client.get(f"{ADDRESS}?team=nobody", headers=lead(outcomes, "kendal"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "code.unknown")


async def test_a_team_of_no_community_counts_in_its_area(outcomes: Running) -> None:
    everywhere = lead(outcomes, "*")
    answer = await send(outcomes, {**ROUND, "team": "icat"}, by=everywhere)
    assert (answer.status_code, answer.json()["place"]) == (201, "lancashire")
    assert [one[0] for one in await figures(outcomes)] == ["lancashire"]


@given(st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=8, max_size=40))
def test_the_mean_lies_among_the_scores_and_the_figure_is_within_a_hundredth(
    replies: list[list[int]],
) -> None:
    result = result_of(len(replies), sums_of(replies))
    assert result is not None
    scores = [score for reply in replies for score in reply]
    assert result.mean == Fraction(sum(scores), len(scores))
    assert min(scores) <= result.mean <= max(scores)
    hundredths = scores_in_hundredths(len(replies), result)
    assert abs(Fraction(hundredths, 100) - result.mean * len(replies)) <= Fraction(1, 200)
