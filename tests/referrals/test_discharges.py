"""Discharges in any order, of two cases of one person: outcomes, days and avoided activity always obey the interface."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.referrals.cases.rules import OUTCOMES
from services.referrals.discharges.rules import AVOIDED_KINDS, JUDGES
from shared.months import Month
from shared.nhs_numbers import nhs_check_digit
from tests.referrals.acting import act, manager, read
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import a_case, work
from tests.referrals.counted import facts
from tests.referrals.moments import at, london
from tests.support.running import Running

REFERRED, BEGINS = date(2026, 6, 12), date(2026, 7, 22)
REOPENED_WITHIN = 90  # days of the discharge; source: the interface, *States*
DEATH = "deceased"

Verb = Literal["discharge", "reopen", "withdraw", "accept", "wait"]


@dataclass(frozen=True)
class Move:
    """One thing that is tried. of: which case. back: for how many days before today it says it happened; negative: after."""

    verb: Verb
    of: int = 0
    back: int = 0
    outcome: str = "goals-met"
    avoided: tuple[tuple[str, int], ...] = ()
    days: int = 1


moves = st.builds(
    Move,
    st.sampled_from(
        ["discharge", "discharge", "discharge", "reopen", "reopen", "withdraw", "accept", "wait"]
    ),
    st.integers(0, 1),
    st.sampled_from([-1, 0, 0, 0, 1, 30, 40, 41, 60]),
    st.sampled_from([*OUTCOMES, DEATH, DEATH]),
    st.lists(st.tuples(st.sampled_from(AVOIDED_KINDS), st.integers(1, 3)), max_size=2).map(tuple),
    st.sampled_from([1, 30, 89, 90, 91]),
)


@dataclass
class One:
    """What the model knows of a referral and its case."""

    referral_id: str
    case_id: str
    status: str = "accepted"
    ended_on: date | None = None
    outcome: str | None = None


@dataclass
class Model:
    """What the interface says happens. counted: (month, kind) → the activity avoided.   said: (case, kind) → what of it was counted."""

    service: Running
    both: Sequence[One]
    today: date = BEGINS
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def dead(self) -> bool:
        """Whether a death of the person stands on record."""
        return any(one.outcome == DEATH for one in self.both)

    def faults(self, move: Move, day: date) -> list[tuple[str, str]]:
        """What is wrong with a discharge, as code and pointer."""
        if day > self.today:
            return [("date.future", "/discharged_on")]
        found = [("date.order", "/discharged_on")] if day < REFERRED else []
        if move.avoided and (self.dead or move.outcome == DEATH):
            found.append(("state.transition", "/avoided"))
        return found

    async def tried(self, move: Move) -> None:
        """Try a move, and see that what is answered is what the model says."""
        one = self.both[move.of]
        with at(self.service, london(self.today.isoformat(), "12:00")):
            await getattr(self, f"_{move.verb}")(move, one)

    async def _wait(self, move: Move, _: One) -> None:
        self.today += timedelta(days=move.days)

    async def _discharge(self, move: Move, one: One) -> None:
        day = self.today - timedelta(days=move.back)
        body = {
            "discharged_on": day.isoformat(),
            "outcome": move.outcome,
            "avoided": [
                {"kind": kind, "count": units, "judged_by": JUDGES[units % len(JUDGES)]}
                for kind, units in move.avoided
            ],
        }
        case = await self.service.client.get(f"/v1/cases/{one.case_id}", headers=manager(self.service))
        answer = await work(self.service, case.json(), "discharge", body)
        if faults := self.faults(move, day):
            assert answer.status_code == 422, answer.text
            assert [(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]] == faults
        elif one.status != "accepted":
            assert (answer.status_code, answer.json()["code"]) == (409, "state.transition")
        else:
            assert answer.status_code == 200, answer.text
            one.status, one.ended_on, one.outcome = "closed", day, move.outcome
            for kind in {kind for kind, _ in move.avoided}:
                stated = sum(units for name, units in move.avoided if name == kind)
                # A case that is discharged again says once more what it said before.
                more = max(0, stated - self.said[one.case_id, kind])
                self.said[one.case_id, kind] += more
                self.counted[str(Month.of(day)), kind] += more

    async def _reopen(self, _: Move, one: One) -> None:
        answer = await self._acted(one, "reopen", {"comment": "Again"})
        late = one.ended_on is not None and (self.today - one.ended_on).days > REOPENED_WITHIN
        if one.status in ("accepted", "received") or (one.status == "closed" and late):
            assert (answer.status_code, answer.json()["code"]) == (409, "state.transition")
        else:
            assert answer.status_code == 200, answer.text
            went_on = one.status == "closed"
            one.status = "accepted" if went_on else "received"
            assert answer.json()["status"] == one.status
            assert answer.json()["case_id"] == (one.case_id if went_on else None)
            if went_on:
                one.ended_on = one.outcome = None

    async def _withdraw(self, _: Move, one: One) -> None:
        answer = await self._acted(one, "withdraw", {})
        if one.status not in ("accepted", "received"):
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == 200, answer.text
        if one.status == "accepted":
            one.ended_on, one.outcome = self.today, "withdrawn"
        one.status = "withdrawn"

    async def _accept(self, _: Move, one: One) -> None:
        answer = await self._acted(one, "triage", {"decision": "accept"})
        assert answer.status_code == (200 if one.status == "received" else 409), answer.text
        if one.status == "received":
            # A case of its own: the one before stays as it ended.
            one.status, one.case_id, one.ended_on, one.outcome = (
                "accepted",
                answer.json()["case_id"],
                None,
                None,
            )

    async def _acted(self, one: One, what: str, body: dict[str, Any]) -> Any:
        by = manager(self.service)
        current = await read(self.service, {"id": one.referral_id}, by=by)
        return await act(self.service, current, what, body, by=by)

    async def agrees(self) -> None:
        """The cases are those of the model."""
        for one in self.both:
            case = await self.service.client.get(f"/v1/cases/{one.case_id}", headers=manager(self.service))
            ended = None if one.ended_on is None else one.ended_on.isoformat()
            told = case.json()
            assert (told["discharged_on"], told["outcome"]) == (ended, one.outcome)
            assert told["status"] == ("open" if one.status == "accepted" else "discharged")


async def _avoided(service: Running) -> Counter[tuple[str, str]]:
    """(month, kind) → the activity avoided that the figures show."""
    await service.work()
    return Counter(
        {
            (fact["month"], fact["breakdowns"]["kind"]): fact["numerator"]
            for fact in await facts(service)
            if fact["measure"] == "avoided-activity"
        }
    )


def _numbers() -> Iterator[str]:
    """NHS numbers of the range kept for tests, each another person's."""
    for person in count(100_000):
        nine = f"999{person}"
        if (check := nhs_check_digit(nine)) is not None:
            yield nine + check


PEOPLE = _numbers()


@given(tried=st.lists(moves, min_size=1, max_size=8))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_discharges_in_any_order_obey_the_interface(referrals: Running, tried: list[Move]) -> None:
    with at(referrals, london(BEGINS.isoformat())):
        person = a_patient(nhs_number=next(PEOPLE))
        cases = [
            await a_case(referrals, a_referral(patient=person, pathway=pathway))
            for pathway in ("case-management", "falls-prevention")
        ]
    before = await _avoided(referrals)
    model = Model(referrals, [One(case["referral_id"], case["id"]) for case in cases])
    for move in tried:
        await model.tried(move)
    await model.agrees()
    gained = await _avoided(referrals)
    gained.subtract(before)
    assert +gained == +model.counted
    assert not -gained


@pytest.mark.parametrize("kind", AVOIDED_KINDS)
async def test_no_kind_of_activity_is_avoided_by_a_death(referrals: Running, kind: str) -> None:
    with at(referrals, london(BEGINS.isoformat())):
        first, other = [
            await a_case(referrals, a_referral(pathway=one)) for one in ("health-coaching", "end-of-life")
        ]
        avoided = [{"kind": kind, "count": 1, "judged_by": "gp"}]
        body = {"discharged_on": BEGINS.isoformat(), "outcome": DEATH, "avoided": avoided}
        died = await work(referrals, first, "discharge", body)
        assert (died.status_code, died.json()["errors"][0]["code"]) == (422, "state.transition")
        assert (await work(referrals, first, "discharge", {**body, "avoided": []})).status_code == 200
        later = await work(referrals, other, "discharge", {**body, "outcome": "goals-met"})
        assert (later.status_code, later.json()["errors"][0]["pointer"]) == (422, "/avoided")
    assert await _avoided(referrals) == Counter()
