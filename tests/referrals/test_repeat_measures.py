"""Measures that are to be repeated: outcomes says when each person was last measured, the lists say what is due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import orjson
import pytest

from services.referrals.facts import TOPICS
from services.referrals.pathways.catalogue import catalogue
from services.referrals.repeat_measures.actions import ask_again, round_begun
from services.referrals.repeat_measures.catalogue import FILE, load_repeats, repeats
from services.referrals.repeat_measures.clients import Outcomes
from services.referrals.repeat_measures.rules import Measured, due_of
from shared.measurement_status import STATUS_PATH
from shared.months import months_after
from shared.service.sister import Sister
from shared.service.upkeep import day_periodic
from tests.outcomes.measuring import record
from tests.referrals.acting import act, manager, read
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import DISCHARGE, a_case, worked
from tests.referrals.counted import facts
from tests.referrals.listing import worklist
from tests.referrals.moments import at, london
from tests.support.pages import sign_in
from tests.support.running import Running

NUMBER, OTHER = "9990000018", "9990000026"


@dataclass
class Sisterly:
    """Outcomes as referrals meets it over HTTP. latest: (NHS number, instrument) → occasion and day."""

    service: Running
    latest: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    garbage: bytes | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != STATUS_PATH or self.status != 200:
            return httpx.Response(self.status)
        if self.garbage is not None:
            return httpx.Response(200, content=self.garbage)
        question = orjson.loads(request.content)
        self.asked.append(question)
        known = self.service.platform.keyring.pseudonym
        items = [
            {"pseudonym": known(number), "instrument": instrument, "occasion": occasion, "taken_on": day}
            for (number, instrument), (occasion, day) in self.latest.items()
            if known(number) in question["pseudonyms"] and instrument in question["instruments"]
        ]
        return httpx.Response(200, json={"items": items})

    async def ask(self, moment: Any = None, **bounds: int) -> bool:
        """One round of asking, at the service's time or another."""
        sister = Sister(
            self.service.platform.settings,
            "outcomes",
            of="referrals",
            transport=httpx.MockTransport(self.answer),
        )
        with at(self.service, moment or self.service.platform.clock()):
            more = await ask_again(self.service.platform, Outcomes(sister), **bounds)
        await sister.close()
        return more


@pytest.fixture
def told(referrals: Running) -> Sisterly:
    return Sisterly(referrals)


async def due_items(service: Running, name: str = "kendal", *, moment: Any = None) -> list[dict[str, Any]]:
    """What a list says is to be repeated."""
    with at(service, moment or service.platform.clock()):
        items = (await worklist(service, name))["items"]
    return [item for item in items if item["stage"] == "repeat-measure"]


NOW = london("2026-07-22")


async def test_what_was_measured_half_a_year_ago_stands_on_the_list(told: Sisterly) -> None:
    service = told.service
    told.latest = {
        (NUMBER, "pam13"): ("first", "2026-01-10"),
        (NUMBER, "swemwbs"): ("repeat", "2025-08-10"),
        (NUMBER, "wemwbs"): ("first", "2026-07-01"),
        (OTHER, "pam13"): ("first", "2026-01-10"),
    }
    with at(service, NOW):
        case = await a_case(service)
    await told.ask(NOW)
    late, soon = await due_items(service, moment=NOW)
    assert (late["about"], late["due"], late["state"]) == ("pam13", "2026-07-10T16:00:00Z", "overdue")
    assert late["next_action"] == "Repeat the measure: Patient Activation Measure"
    assert late["case_id"] == case["id"]
    assert (soon["about"], soon["due"], soon["state"]) == ("swemwbs", "2026-08-10T16:00:00Z", "waiting")
    counts = (await worklist(service, "kendal"))["counts"]
    assert sum(counts["repeat-measure"].values()) == 2


async def test_what_is_due_again_leads_to_the_page_that_records_it(told: Sisterly) -> None:
    service = told.service
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    with at(service, NOW):
        case = await a_case(service)
    await told.ask(NOW)
    page = await sign_in(service.client, manager(service), f"/worklist/referrals/{case['referral_id']}")
    todo = page.one("section", class_="app-attention")
    # What is overdue stands before what is not, and the address names the measure and nobody.
    assert next(todo.all("strong")).text.startswith("Repeat the measure")
    (way,) = [one.attributes["href"] for one in todo.all("a") if one.text == "Record the measure"]
    assert way.endswith("/measure?instrument=pam13&occasion=repeat")


async def test_people_are_asked_about_by_pseudonym_and_nothing_else_of_them_leaves(
    told: Sisterly,
) -> None:
    await a_case(told.service)
    await told.ask()
    (question,) = told.asked
    assert question.keys() == {"pseudonyms", "instruments"}
    assert question["pseudonyms"] == [told.service.platform.keyring.pseudonym(NUMBER)]
    assert set(question["instruments"]) == repeats().instruments.keys()
    rows = await told.service.rows("select detail, client from audit where event = 'measures.asked'")
    assert [(orjson.loads(row["detail"]), row["client"]) for row in rows] == [({"cases": 1, "due": 0}, None)]


async def test_each_case_is_asked_about_once_a_night_and_what_is_due_once_an_hour(told: Sisterly) -> None:
    service = told.service
    for number in (NUMBER, OTHER):
        with at(service, NOW):
            await a_case(service, a_referral(patient=a_patient(nhs_number=number)))
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}

    async def asked(day: str, time: str) -> int:
        before = len(told.asked)
        await told.ask(london(day, time))
        return sum(len(one["pseudonyms"]) for one in told.asked[before:])

    assert await asked("2026-07-22", "10:00") == 2
    assert await asked("2026-07-22", "10:30") == 0
    assert await asked("2026-07-22", "11:30") == 1
    assert await asked("2026-07-23", "01:30") == 1
    assert await asked("2026-07-23", "02:01") == 2


async def test_a_measure_that_was_repeated_leaves_the_list(told: Sisterly) -> None:
    service = told.service
    with at(service, NOW):
        await a_case(service)
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    await told.ask(NOW)
    assert len(await due_items(service, moment=NOW)) == 1
    told.latest = {(NUMBER, "pam13"): ("repeat", "2026-07-22")}
    await told.ask(london("2026-07-22", "11:30"))
    assert await due_items(service, moment=NOW) == []


async def test_a_case_that_ends_asks_for_nothing_more(told: Sisterly) -> None:
    service = told.service
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    with at(service, NOW):
        case = await a_case(service)
        await told.ask(NOW)
        await worked(service, case, "discharge", DISCHARGE)
    assert await due_items(service, moment=NOW) == []
    before = len(told.asked)
    await told.ask(london("2026-07-24"))
    assert len(told.asked) == before


async def test_a_person_with_two_cases_is_measured_for_one_of_them(told: Sisterly) -> None:
    service = told.service
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    with at(service, NOW):
        first = await a_case(service)
        await told.ask(NOW)
        second = await a_case(service, a_referral(pathway="falls-prevention"))
        await told.ask(london("2026-07-23"))
        assert [one["case_id"] for one in await due_items(service, moment=NOW)] == [second["id"]]
        await worked(service, second, "discharge", DISCHARGE)
        await told.ask(london("2026-07-24"))
    assert [one["case_id"] for one in await due_items(service, moment=NOW)] == [first["id"]]


async def test_who_died_is_measured_no_more(told: Sisterly) -> None:
    service = told.service
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    with at(service, NOW):
        await a_case(service)
        await told.ask(NOW)
        other = await a_case(service, a_referral(pathway="end-of-life"))
        await worked(service, other, "discharge", {**DISCHARGE, "outcome": "deceased"})
        await told.ask(london("2026-07-23"))
    assert await due_items(service, moment=NOW) == []


async def test_who_is_in_tracing_is_not_asked_about(told: Sisterly) -> None:
    person = a_patient(nhs_number=None, local_id="77", local_system="https://rec.example/id")
    await a_case(told.service, a_referral(patient=person))
    await told.ask()
    assert told.asked == []


@contextmanager
def _gone(told: Sisterly) -> Iterator[None]:
    told.status = 500
    yield
    told.status = 200


@pytest.mark.parametrize("cases", [0, 1])
async def test_while_outcomes_is_away_the_list_says_so_and_is_otherwise_whole(
    told: Sisterly, cases: int
) -> None:
    service = told.service
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    with at(service, NOW):
        await a_case(service)
        await told.ask(NOW)
        for _ in range(cases):
            await a_case(service, a_referral(patient=a_patient(nhs_number=OTHER)))
    whole = await worklist(service, "kendal")
    assert "warnings" not in whole
    with _gone(told):
        assert await told.ask(london("2026-07-22", "10:01")) is False
        assert await told.ask(london("2026-07-22", "10:02")) is False
    lacking = await worklist(service, "kendal")
    (warning,) = lacking.pop("warnings")
    assert warning["code"] == "dependency"
    assert "22 July 2026, 10:01" in warning["detail"]
    assert lacking["items"] == whole["items"]
    assert lacking["counts"] == whole["counts"]
    assert (await worklist(service, "lancaster"))["warnings"] == [warning]
    assert (await worklist(service, "me"))["warnings"] == [warning]
    await told.ask(london("2026-07-22", "10:03"))
    assert "warnings" not in await worklist(service, "kendal")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"items": [{"pseudonym": "p1:x", "instrument": "pam13", "occasion": "then", "taken_on": "x"}]}',
    ],
)
async def test_an_answer_that_cannot_be_understood_changes_nothing(told: Sisterly, answer: bytes) -> None:
    service = told.service
    await a_case(service)
    told.garbage = answer
    assert await told.ask() is False
    assert (await worklist(service, "kendal"))["warnings"]
    assert await service.rows("select 1 from measure_check") == []


async def test_more_cases_than_one_question_may_name_are_asked_about_in_turn(told: Sisterly) -> None:
    for number in (NUMBER, OTHER):
        await a_case(told.service, a_referral(patient=a_patient(nhs_number=number)))
    assert [await told.ask(most=1) for _ in range(3)] == [True, True, False]
    assert len({one["pseudonyms"][0] for one in told.asked}) == 2


async def test_what_is_due_again_is_counted_among_what_waits_and_what_is_overdue(told: Sisterly) -> None:
    service = told.service
    told.latest = {
        (NUMBER, "pam13"): ("first", "2026-01-10"),
        (NUMBER, "wemwbs"): ("first", "2026-02-10"),
    }
    with at(service, NOW):
        await a_case(service)
    await told.ask(NOW)
    later = "update worklist_item set due_at = now() + interval '9 days' where about = 'wemwbs'"
    await service.rows(later)
    await day_periodic(TOPICS).run(service.platform)
    await service.work()
    counted = {
        fact["measure"]: fact["numerator"]
        for fact in await facts(service)
        if fact["breakdowns"] == {"stage": "repeat-measure"} and fact["place"] == "kendal"
    }
    assert counted == {"worklist-waiting": 2, "worklist-overdue": 1}


async def test_an_item_goes_where_its_referral_goes(told: Sisterly) -> None:
    service = told.service
    told.latest = {(NUMBER, "pam13"): ("first", "2026-01-10")}
    with at(service, NOW):
        case = await a_case(service)
        await told.ask(NOW)
        referral = await read(service, {"id": case["referral_id"]}, by=manager(service))
        moved = {"icc": "east", "reason": "She moved"}
        answer = await act(service, referral, "transfer", moved, by=manager(service))
    assert answer.status_code == 200, answer.text
    assert await due_items(service, moment=NOW) == []
    assert len(await due_items(service, "east", moment=NOW)) == 1


async def test_outcomes_itself_is_asked_and_answers(referrals: Running, outcomes: Running) -> None:
    there = httpx.ASGITransport(outcomes.app)
    sister = Sister(referrals.platform.settings, "outcomes", of="referrals", transport=there)
    with at(referrals, NOW):
        await a_case(referrals)
        assert (await ask_again(referrals.platform, Outcomes(sister))) is False
        assert await due_items(referrals) == []
    taken = (await record(outcomes, taken_on="2026-01-10"))["instrument"]
    with at(referrals, london("2026-07-23")):
        await ask_again(referrals.platform, Outcomes(sister))
        (item,) = await due_items(referrals)
    assert (item["about"], item["due"]) == (taken, "2026-07-10T16:00:00Z")
    assert "warnings" not in await worklist(referrals, "kendal")
    await record(outcomes, taken_on="2026-07-23", occasion="repeat")
    with at(referrals, london("2026-07-23", "11:30")):
        await ask_again(referrals.platform, Outcomes(sister))
    assert await due_items(referrals) == []
    assert await Outcomes(sister).answers()
    await sister.close()


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 10), 6, date(2026, 7, 10)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@pytest.mark.parametrize(
    ("measured", "today", "due"),
    [
        (Measured("pam13", first=True, taken_on=date(2026, 1, 10)), date(2026, 6, 11), None),
        (Measured("pam13", first=True, taken_on=date(2026, 1, 10)), date(2026, 6, 12), date(2026, 7, 10)),
        (Measured("pam13", first=False, taken_on=date(2025, 7, 10)), date(2026, 6, 12), date(2026, 7, 10)),
        (Measured("zbi12", first=True, taken_on=date(2025, 7, 10)), date(2026, 6, 12), None),
    ],
)
def test_a_measure_stands_on_a_list_four_weeks_before_it_is_due(
    measured: Measured, today: date, due: date | None
) -> None:
    wanted = repeats().of_pathway("case-management")
    expected = {} if due is None else {measured.instrument: due}
    assert due_of([measured], repeats=repeats(), wanted=wanted, today=today) == expected


def test_a_round_begins_at_two_in_the_night() -> None:
    assert round_begun(london("2026-07-22", "01:59")) == london("2026-07-21", "02:00")
    assert round_begun(london("2026-07-22", "02:00")) == london("2026-07-22", "02:00")


def test_every_pathway_has_its_instruments_and_a_wrong_file_stops_the_start(tmp_path: Any) -> None:
    assert {key: len(repeats().of_pathway(key)) for key in catalogue().pathways}["carer-support"] == 10

    def broken(change: Callable[[dict[str, Any]], object]) -> None:
        document = orjson.loads(FILE.read_bytes())
        change(document)
        (tmp_path / "bad.json").write_bytes(orjson.dumps(document))
        with pytest.raises((KeyError, ValueError)):
            load_repeats(tmp_path / "bad.json")

    broken(lambda one: one["usual"].append("phq99"))
    broken(lambda one: one["pathways"].update({"gardening": {"only": []}}))
    broken(lambda one: one["instruments"].clear())
    broken(lambda one: one.pop("months"))
