"""What the communities tell: forums, insights and trainings are kept for who leads there, and counted."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.referrals.snapshots.queries import rates_standing
from shared.months import london_day
from tests.referrals.acting import a_key, holds
from tests.referrals.counted import facts, published
from tests.referrals.moments import london
from tests.support.running import Running

FORUM: dict[str, Any] = {
    "community": "kendal",
    "held_on": "2026-06-10",
    "invited": ["growing-well", "the-well", "headway", "sldc"],
    "attended": ["growing-well", "sldc"],
    "problems": [
        {
            "text": "Nobody visits on Sundays",
            "owner": "growing-well",
            "solution": "A rota",
            "service": "voluntary-befriending",
        }
    ],
}
INSIGHT: dict[str, Any] = {
    "community": "kendal",
    "on": "2026-06-11",
    "audience": {"age": "older", "need": "generally-well"},
    "theme": "transport",
    "text": "The last bus leaves before the clinic ends",
}
TRAINING: dict[str, Any] = {
    "topic": "health coaching",
    "date": "2026-06-12",
    "days": 2,
    "community": "kendal",
    "places": [{"org_kind": "health", "completed": 9}, {"org_kind": "voluntary", "completed": 4}],
}
BODIES = {"forums": FORUM, "insights": INSIGHT, "trainings": TRAINING}


def lead(service: Running, *communities: str) -> dict[str, str]:
    """The headers of a development lead, of Kendal unless another community is named."""
    return service.token("development-lead", communities=communities or ("kendal",))


async def send(
    service: Running, what: str, *, by: dict[str, str] | None = None, **changes: Any
) -> httpx.Response:
    """POST a forum, an insight or a training."""
    headers = {**(by or lead(service)), "Idempotency-Key": a_key()}
    return await service.client.post(f"/v1/{what}", json={**BODIES[what], **changes}, headers=headers)


async def listed(service: Running, what: str, *, by: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """What somebody reads."""
    answer = await service.client.get(f"/v1/{what}", headers=by or lead(service))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("what", sorted(BODIES))
async def test_what_is_told_is_read_where_it_was_told_and_nowhere_else(referrals: Running, what: str) -> None:
    made = await send(referrals, what)
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in BODIES[what]} == BODIES[what]
    assert await listed(referrals, what) == [made.json()]
    assert await listed(referrals, what, by=lead(referrals, "barrow")) == []
    assert await listed(referrals, what, by=referrals.token("analyst")) == [made.json()]
    assert (await send(referrals, what, by=lead(referrals, "barrow"))).status_code == 403
    assert (await send(referrals, what, by=referrals.token("analyst"))).status_code == 403
    url = f"/v1/{what}"
    assert (await referrals.client.get(url, headers=referrals.token("dashboard"))).status_code == 403
    for community in ("grange-and-lakes", "south-cumbria", "morecambe-bay"):
        foreign = await referrals.client.get(f"{url}?community={community}", headers=lead(referrals))
        assert (foreign.status_code, foreign.json()["code"]) == (403, "scope")
    both = lead(referrals, "barrow", "millom")
    filtered = await referrals.client.get(f"{url}?community=barrow-and-millom", headers=both)
    assert (filtered.status_code, filtered.json()["items"]) == (200, [])


@pytest.mark.parametrize(
    ("what", "change", "fault"),
    [
        ("forums", {"invited": ["nobody"]}, ("code.unknown", "/invited/0")),
        ("forums", {"attended": ["nobody"]}, ("code.unknown", "/attended/0")),
        ("forums", {"invited": ["sldc", "sldc"]}, ("row.duplicate", "/invited")),
        ("forums", {"held_on": "2090-01-01"}, ("date.future", "/held_on")),
        ("forums", {"community": "atlantis"}, ("icc.unknown", "/community")),
        (
            "forums",
            {"problems": [{"text": "x", "owner": "y", "service": "z"}]},
            ("code.unknown", "/problems/0/service"),
        ),
        ("insights", {"on": "2090-01-01"}, ("date.future", "/on")),
        ("insights", {"audience": {"age": "old"}}, ("enum", "/audience/age")),
        ("insights", {"community": "bay"}, ("icc.ambiguous", "/community")),
        ("trainings", {"days": 0}, ("number.range", "/days")),
        ("trainings", {"places": []}, ("body.required", "/places")),
        ("trainings", {"places": [{"org_kind": "bank", "completed": 1}]}, ("enum", "/places/0/org_kind")),
        (
            "trainings",
            {"places": [{"org_kind": "health", "completed": 1}] * 2},
            ("row.duplicate", "/places"),
        ),
    ],
)
async def test_what_is_wrong_is_refused_with_its_code(
    referrals: Running, what: str, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    answer = await send(referrals, what, **change)
    assert answer.status_code == 422, answer.text
    assert fault in [(one["code"], one["pointer"]) for one in answer.json()["errors"]], answer.text
    assert await listed(referrals, what) == []


async def test_what_people_said_is_kept_encrypted(referrals: Running) -> None:
    await send(referrals, "forums")
    await send(referrals, "insights")
    rows = [str(row) for row in await referrals.rows("select c::text as c from community_forum as c")]
    rows += [str(row) for row in await referrals.rows("select c::text as c from community_insight as c")]
    assert len(rows) == 2
    assert not [row for row in rows if holds(row, "Sundays") or holds(row, "last bus")]


async def test_trainings_are_counted_by_kind_of_organisation_and_a_rebuild_gives_the_same(
    referrals: Running,
) -> None:
    await send(referrals, "trainings")
    await send(referrals, "trainings", places=[{"org_kind": "health", "completed": 3}])
    await referrals.work()
    newest = {
        tuple(one["breakdowns"].items()): one["numerator"]
        for one in await facts(referrals)
        if (one["measure"], one["place"], one["month"]) == ("training-completed", "kendal", "2026-06")
    }
    assert newest == {(("kind", "health"),): 12, (("kind", "voluntary"),): 4}
    before = await published(referrals)
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    assert sorted(await published(referrals), key=str) == sorted(before, key=str)


async def test_active_partners_are_those_who_came_of_those_invited_in_three_months(
    referrals: Running,
) -> None:
    month = london_day(referrals.platform.clock()).replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=3)
    await send(referrals, "forums", held_on=f"{month}", attended=["sldc"])
    await send(
        referrals, "forums", held_on=f"{before}", invited=["lighthouse", "sldc"], attended=["lighthouse"]
    )
    day = date.fromisoformat(f"{month:%Y-%m}-02")
    async with referrals.platform.transaction() as session:
        found = await rates_standing(session, at=london(f"{day}"), day=day)
    rates = {
        one.month: (one.numerator, one.denominator) for one in found if one.measure == "partners-active-rate"
    }
    assert rates[f"{month}"] == (2, 5)
    assert rates[f"{last}"] == (1, 2)
