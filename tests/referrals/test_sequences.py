"""Every sequence of acts that the state table allows ends where the table says, on exactly the lists where it should stand.

Sequences share their beginnings: each act is done in a savepoint, whatever can follow is tried, and the savepoint is undone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.referrals.cases.actions import discharge_case
from services.referrals.records.actions import hold_referral
from services.referrals.records.events import happened
from services.referrals.records.rules import Sight
from services.referrals.records.states import OPEN_STATUSES, STAGE_OF, TRANSITIONS, Status, Step, status_after
from services.referrals.records.steps import move
from services.referrals.records.tables import Referral
from services.referrals.transfers.actions import transfer_referral
from services.referrals.transfers.schemas import TransferRequest
from services.referrals.triage.actions import (
    answer_question,
    reopen_referral,
    triage_referral,
    withdraw_referral,
)
from services.referrals.triage.schemas import (
    AnswerRequest,
    ReopenRequest,
    TriageRequest,
    WithdrawalRequest,
)
from services.referrals.worklists.queries import Wanted, page_of
from shared.auth.caller import ROLES, Caller
from shared.http.versions import ExpectedVersion
from shared.months import london_day
from shared.problems import Conflict
from shared.service.acting import Act
from tests.referrals.acting import act as post_act
from tests.referrals.acting import manager, read
from tests.referrals.builders import KENDAL_PRACTICE, a_referral
from tests.referrals.listing import standing
from tests.referrals.sending import post
from tests.support.running import Running

LONGEST = 5
CALLER = Caller(
    client="tests",
    scopes=ROLES["practice-system"] | ROLES["case-manager"],
    org=KENDAL_PRACTICE,
    communities=frozenset({"*"}),
)
LISTS = ("kendal", "east", "unrouted")
LEFT = text("""
    select (select count(*) from referral_event), (select count(*) from case_record where status = 'open'),
           (select count(*) from referral_pause where resumed_at is null)
""")


async def _discharge(act: Act, referral_id: UUID, *, expected: ExpectedVersion) -> None:
    referral = await hold_referral(act, referral_id, expected)
    await move(act, referral, "discharge")
    await discharge_case(act, referral, outcome="goals-met")
    await happened(act, "referral.closed", referral)


async def _answer(act: Act, referral_id: UUID, *, expected: ExpectedVersion) -> None:
    assert expected.versions
    await answer_question(act, referral_id, AnswerRequest(text="Yes"))


def _elsewhere(icc: str) -> str:
    return "east" if icc == "kendal" else "kendal"


def _does(step: Step, icc: str) -> Callable[..., Awaitable[Any]]:
    """The action of a step, for a referral of a community."""

    def triage(**decided: Any) -> Callable[..., Awaitable[Any]]:
        return partial(_with, triage_referral, TriageRequest(**decided))

    actions: Mapping[Step, Callable[..., Awaitable[Any]]] = {
        "accept": triage(decision="accept"),
        "reject": triage(decision="reject"),
        "redirect": triage(decision="redirect", icc=_elsewhere(icc)),
        "redirect-away": triage(decision="redirect", to="A clinic"),
        "request-information": triage(decision="request-information"),
        "answer": _answer,
        "withdraw": partial(_with, withdraw_referral, WithdrawalRequest()),
        "reopen": partial(_with, reopen_referral, ReopenRequest(comment="Again")),
        "discharge": _discharge,
        "transfer": partial(_with, transfer_referral, TransferRequest(icc=_elsewhere(icc), reason="Moved")),
    }
    return actions[step]


async def _with(action: Any, body: Any, act: Act, referral_id: UUID, *, expected: ExpectedVersion) -> None:
    await action(act, referral_id, body, expected=expected)


@dataclass
class Walk:
    """A walk over all sequences that go on from a referral. steps: how many acts were done, undone ones too."""

    act: Act
    referral_id: UUID
    steps: int = 0

    async def go_on(self, done: tuple[Step, ...], status: Status, icc: str, *, most: int) -> None:
        """Try whatever can follow."""
        for step in get_args(Step):
            after = status_after(status, step)
            if after is not None and len(done) < most:
                await self.try_one(
                    done, step, after, _elsewhere(icc) if step in ("redirect", "transfer") else icc, most
                )
            elif after is None and len(done) <= 1:
                await self.refuse(done, step, icc)

    async def try_one(self, done: tuple[Step, ...], step: Step, after: Status, icc: str, most: int) -> None:
        """Do one act, check what it left, go on from there, undo it."""
        savepoint = await self.act.session.begin_nested()
        await self.do(done, step, icc)
        self.steps += 1
        await self.check((*done, step), after, icc)
        await self.go_on((*done, step), after, icc, most=most)
        await savepoint.rollback()

    async def do(self, done: tuple[Step, ...], step: Step, icc: str) -> None:
        """One act, on the version that the referral has after so many acts."""
        before = _elsewhere(icc) if step in ("redirect", "transfer") else icc
        version = ExpectedVersion(frozenset({len(done) + 1}))
        await _does(step, before)(self.act, self.referral_id, expected=version)
        await self.act.session.flush()

    async def refuse(self, done: tuple[Step, ...], step: Step, icc: str) -> None:
        """An act that the table does not allow is a conflict."""
        savepoint = await self.act.session.begin_nested()
        with pytest.raises(Conflict) as refused:
            await self.do(done, step, _elsewhere(icc) if step in ("redirect", "transfer") else icc)
        assert refused.value.code == "state.transition"
        await savepoint.rollback()

    async def check(self, done: tuple[Step, ...], status: Status, icc: str) -> None:
        """Status, case, history, pauses and lists are those of the sequence."""
        session = self.act.session
        referral = await session.get_one(Referral, self.referral_id)
        stage = STAGE_OF.get(status)
        assert (referral.status, referral.icc, referral.stage) == (status, icc, stage), done
        assert referral.version == 1 + len(done), done
        found = (await (await session.connection()).execute(LEFT)).one()
        assert tuple(found) == (1 + len(done), status == "accepted", status == "information-requested"), done
        assert await self.lists() == ({icc: stage} if status in OPEN_STATUSES else {}), done

    async def lists(self) -> dict[str, str]:
        """On which lists the referral stands, and with which stage; each list's counts are those of its items."""
        raw = await (await self.act.session.connection()).get_raw_connection()
        connection: Any = raw.driver_connection
        found = {}
        for name in LISTS:
            wanted = Wanted("list", name, Sight(everything=True), london_day(self.act.now))
            listed = await page_of(connection, wanted, now=self.act.now, limit=50, after=None)
            if listed.rows:
                found[name] = listed.rows[0]["stage"]
                counts = {stage: sum(states.values()) for stage, states in listed.counts.items()}
                assert {stage: items for stage, items in counts.items() if items} == {found[name]: 1}
        return found


@pytest.mark.parametrize("first", list(TRANSITIONS["received"]))
async def test_every_sequence_of_acts_ends_where_the_table_says_and_on_the_right_lists(
    referrals: Running, first: Step
) -> None:
    sent = await post(referrals, a_referral())
    async with referrals.platform.database.session() as session:
        await session.begin()
        act = Act(CALLER, session, referrals.platform, referrals.platform.clock())
        walk = Walk(act, UUID(sent["id"]))
        icc = "east" if first in ("redirect", "transfer") else "kendal"
        await walk.try_one((), first, TRANSITIONS["received"][first], icc, LONGEST)
        await session.rollback()
    assert walk.steps == _sequences(TRANSITIONS["received"][first], LONGEST - 1)


def _sequences(status: Status, length: int) -> int:
    """How many sequences of at most so many further acts there are, the empty one too."""
    if length == 0:
        return 1
    return 1 + sum(_sequences(after, length - 1) for after in TRANSITIONS[status].values())


BODIES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "accept": ("triage", {"decision": "accept"}),
    "reject": ("triage", {"decision": "reject"}),
    "redirect": ("triage", {"decision": "redirect", "icc": "east"}),
    "redirect-away": ("triage", {"decision": "redirect", "to": "A clinic"}),
    "request-information": ("triage", {"decision": "request-information"}),
    "answer": ("answer", {"text": "Yes"}),
    "withdraw": ("withdraw", {}),
    "reopen": ("reopen", {"comment": "Again"}),
    "transfer": ("transfer", {"team": "lancaster-icc", "reason": "Moved"}),
}


@given(steps=st.lists(st.sampled_from(sorted(BODIES)), min_size=1, max_size=7))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_any_acts_over_http_do_what_the_table_says_and_nothing_else(
    referrals: Running, steps: list[Step]
) -> None:
    by = {"answer": referrals.token("practice-system", org=KENDAL_PRACTICE)}
    current = await post(referrals, a_referral())
    done = 0
    for step in steps:
        expected = status_after(current["status"], step)
        what, body = BODIES[step]
        answer = await post_act(referrals, current, what, body, by=by.get(step) or manager(referrals, "*"))
        assert answer.status_code == (409 if expected is None else 200), (step, answer.text)
        if expected is None:
            assert (await read(referrals, current, by=manager(referrals, "*")))["version"] == done + 1
            continue
        current, done = answer.json(), done + 1
        assert (current["status"], current["version"]) == (expected, done + 1)
    lists = await standing(referrals, current["id"])
    assert lists == (
        {current["icc"]: [STAGE_OF[current["status"]]]} if current["status"] in OPEN_STATUSES else {}
    )
    history = await referrals.client.get(
        f"/v1/referrals/{current['id']}/history", headers=manager(referrals, "*")
    )
    assert len(history.json()["items"]) == done + 1
