"""What stands on a list beside its referral: put there and taken off by whatever slice it belongs to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referrals.records.actions import hold_referral
from services.referrals.records.states import Stage
from services.referrals.records.steps import proceed, put_on_list, take_off_list
from services.referrals.records.tables import Referral
from shared.auth.caller import ROLES, Caller
from shared.ids import new_id
from shared.months import london_day
from shared.service.acting import Act
from tests.referrals.acting import act as post_act
from tests.referrals.acting import manager
from tests.referrals.builders import a_referral
from tests.referrals.casework import work
from tests.referrals.listing import standing, worklist
from tests.referrals.moments import at, later, london
from tests.referrals.onward import a_case, asked, partner, respond
from tests.referrals.sending import post
from tests.support.running import Running

ACCEPT = {"decision": "accept"}
CALLER = Caller(client="tests", scopes=ROLES["case-manager"], communities=frozenset({"*"}))


@asynccontextmanager
async def _acting(service: Running, referral: dict[str, Any]) -> AsyncIterator[tuple[Act, Referral]]:
    """An act of a slice on a referral that it holds."""
    async with service.platform.transaction() as session:
        act = Act(CALLER, session, service.platform, service.platform.clock())
        yield act, await hold_referral(act, UUID(referral["id"]), None)


async def _accepted(service: Running) -> dict[str, Any]:
    sent = await post(service, a_referral())
    answer = await post_act(service, sent, "triage", ACCEPT, by=manager(service, "*"))
    accepted: dict[str, Any] = answer.json()
    return accepted


async def test_an_item_stands_beside_its_referral_until_it_is_done(referrals: Running) -> None:
    accepted, subject = await _accepted(referrals), new_id()
    async with _acting(referrals, accepted) as (act, referral):
        await put_on_list(
            act, referral, "onward-answer", subject=subject, due_at=act.now - timedelta(hours=1)
        )
    listed = await worklist(referrals, "kendal")
    assert [(one["stage"], one["state"]) for one in listed["items"]] == [
        ("onward-answer", "overdue"),
        ("first-contact", "waiting"),
    ]
    assert listed["counts"]["onward-answer"] == {"overdue": 1, "due": 0, "waiting": 0, "alert": 0}
    async with _acting(referrals, accepted) as (act, referral):
        await put_on_list(
            act, referral, "onward-answer", subject=subject, due_at=act.now + timedelta(days=90)
        )
    assert await standing(referrals, accepted["id"]) == {"kendal": ["first-contact", "onward-answer"]}
    async with _acting(referrals, accepted) as (act, referral):
        await take_off_list(act, referral, "onward-answer", subject=subject)
    assert await standing(referrals, accepted["id"]) == {"kendal": ["first-contact"]}


async def test_an_alert_is_an_alert_whenever_it_was(referrals: Running) -> None:
    accepted = await _accepted(referrals)
    async with _acting(referrals, accepted) as (act, referral):
        await put_on_list(act, referral, "alert", subject=new_id(), due_at=act.now, about="person.arrived")
    listed = await worklist(referrals, "kendal")
    assert [(one["stage"], one["state"], one.get("about")) for one in listed["items"]] == [
        ("alert", "alert", "person.arrived"),
        ("first-contact", "waiting", None),
    ]
    assert listed["counts"]["alert"] == {"overdue": 0, "due": 0, "waiting": 0, "alert": 1}


async def test_items_go_where_their_referral_goes_and_end_with_it(referrals: Running) -> None:
    by = manager(referrals, "*")
    accepted = await _accepted(referrals)
    given = (await post_act(referrals, accepted, "assign", {"assignee": "mary"}, by=by)).json()
    async with _acting(referrals, accepted) as (act, referral):
        await put_on_list(act, referral, "repeat-measure", subject=new_id())
        await put_on_list(act, referral, "mdt-action", subject=new_id(), assignee="tom")
    owners = {one["stage"]: one["assignee"] for one in (await worklist(referrals, "kendal"))["items"]}
    assert owners == {"first-contact": "mary", "repeat-measure": "mary", "mdt-action": "tom"}
    for leaver in ("mary", "tom"):
        body = {"from": leaver, "to": "ann"}
        await referrals.client.post("/v1/worklists/reassign", json=body, headers=by)
    owners = {one["stage"]: one["assignee"] for one in (await worklist(referrals, "kendal"))["items"]}
    assert set(owners.values()) == {"ann"}
    body = {"icc": "lancaster", "reason": "Moved"}
    moved = await post_act(referrals, given, "transfer", body, by=by, version=given["version"] + 1)
    assert set((await standing(referrals, accepted["id"]))["lancaster"]) == set(owners)
    await post_act(referrals, moved.json(), "withdraw", {}, by=by)
    assert await standing(referrals, accepted["id"]) == {}


@pytest.mark.parametrize(
    ("stage", "due"), [("assessment", "2026-06-26"), ("care-plan", "2026-06-26"), ("review", "2026-09-20")]
)
async def test_an_open_case_goes_on_to_what_it_waits_for_next(
    referrals: Running, stage: Stage, due: str
) -> None:
    with at(referrals, london("2026-06-12", "11:00")):
        accepted = await _accepted(referrals)
        async with _acting(referrals, accepted) as (act, referral):
            await proceed(act, referral, stage, on=london(due).date() if stage == "review" else None)
        (item,) = (await worklist(referrals, "kendal"))["items"]
    assert (item["stage"], item["since"]) == (stage, accepted["received_at"])
    assert datetime.fromisoformat(item["due"]) == london(due, "17:00")


async def test_a_case_never_goes_back_and_its_next_step_waits_out_a_pause(referrals: Running) -> None:
    by = manager(referrals, "*")
    accepted = await _accepted(referrals)
    async with _acting(referrals, accepted) as (act, referral):
        await proceed(act, referral, "care-plan")
        await proceed(act, referral, "assessment")
    (item,) = (await worklist(referrals, "kendal"))["items"]
    assert item["stage"] == "care-plan"
    paused = await post_act(referrals, accepted, "pause", {"reason": "in-hospital"}, by=by)
    with at(referrals, later(referrals, days=28)):
        await post_act(referrals, paused.json(), "resume", {}, by=by)
        (after,) = (await worklist(referrals, "kendal"))["items"]
    days = london_day(datetime.fromisoformat(after["due"])) - london_day(datetime.fromisoformat(item["due"]))
    assert (after["state"], days >= timedelta(days=27)) == ("waiting", True)


async def test_what_a_partner_was_asked_outlasts_the_discharge_and_its_refusal_is_seen(
    referrals: Running,
) -> None:
    case, by = await a_case(referrals), manager(referrals)
    onward = await asked(referrals, case, to="physiotherapy")
    ended = {"discharged_on": london_day(referrals.platform.clock()).isoformat(), "outcome": "referred-on"}
    await work(referrals, {"id": case["case_id"], "version": 2}, "discharge", ended, by=by)
    assert await standing(referrals, case["id"]) == {"kendal": ["onward-answer"]}
    await respond(referrals, onward, {"status": "declined"}, by=partner(referrals, "physiotherapy"))
    assert await standing(referrals, case["id"]) == {"kendal": ["alert"]}
    await referrals.client.get(f"/v1/onward-referrals/{onward['id']}", headers=by)
    assert await standing(referrals, case["id"]) == {}


async def test_a_refusal_that_nobody_read_outlasts_the_discharge_too(referrals: Running) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case, to="physiotherapy")
    await respond(referrals, onward, {"status": "declined"}, by=partner(referrals, "physiotherapy"))
    ended = {"discharged_on": london_day(referrals.platform.clock()).isoformat(), "outcome": "goals-met"}
    await work(referrals, {"id": case["case_id"], "version": 2}, "discharge", ended)
    assert await standing(referrals, case["id"]) == {"kendal": ["alert"]}
