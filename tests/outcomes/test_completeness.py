"""Who sent what, how late, and what is missing of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.outcomes.completeness.rules import Sending, return_told, returns_to_show
from services.outcomes.signals.rules import due_on
from shared.ids import new_id
from shared.months import Month, Period, parse_period
from tests.outcomes.builders import ROUTES_CSV, corrected, declarations, long_csv, registry
from tests.outcomes.sending import at_noon, send
from tests.support.quarter import PERIOD, as_csv, outcomes_table
from tests.support.running import Running

REABLEMENT = declarations().feeds["reablement"]
KENDAL = "kendal"
Q4 = parse_period(PERIOD)
AWAITED = ("cumbria", Q4)
CUMBRIAN = ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east")


async def returns(
    outcomes: Running, feed: str = "reablement", *, org: str = "cumbria", **query: str
) -> list[dict[str, Any]]:
    """A feed's returns as a council sees them."""
    answer = await outcomes.client.get(
        f"/v1/feeds/{feed}/completeness", params=query, headers=outcomes.token("council-feed", org=org)
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def sent(
    month: Month, received_at: datetime, *, table: str = "routes", changed: bool = False, **other: Any
) -> Sending:
    """What a submission of Cumbria's gave."""
    given = {"in_force": True, "places": CUMBRIAN, "submission": new_id(), **other}
    return Sending(
        council="cumbria", table=table, month=month, received_at=received_at, changed=changed, **given
    )


def quarter(*days: str, **other: Any) -> list[Sending]:
    """January, February and March 2020, received on these days."""
    return [sent(month, at_noon(day), **other) for month, day in zip(Q4, days, strict=True)]


@pytest.mark.parametrize(
    ("sendings", "today", "status", "days_late"),
    [
        ([], "2020-04-30", "due", None),
        ([], "2020-05-01", "overdue", 1),
        (quarter("2020-02-03", "2020-03-03", "2020-04-30"), "2026-01-01", "supplied", None),
        (quarter("2020-02-03", "2020-03-03", "2020-05-02"), "2026-01-01", "late", 2),
        (quarter("2020-04-02", "2020-04-02", "2020-04-02")[:2], "2020-04-30", "due", None),
        (quarter("2020-04-02", "2020-04-02", "2020-04-02")[:2], "2020-05-10", "overdue", 10),
        (quarter("2020-04-02", "2020-04-02", "2020-04-02", places=()), "2020-05-10", "overdue", 10),
        (quarter("2020-04-02", "2020-04-02", "2020-04-02", in_force=False), "2020-05-10", "overdue", 10),
        (quarter("2020-04-02", "2020-04-02", "2020-04-02", table="outcomes"), "2020-05-10", "overdue", 10),
    ],
)
def test_a_return_is_there_once_its_first_table_has_a_figure_in_every_month(
    sendings: list[Sending], today: str, status: str, days_late: int | None
) -> None:
    told = return_told(REABLEMENT, registry(), AWAITED, sendings, today=date.fromisoformat(today))
    assert (told.status, told.days_late, told.due_on) == (status, days_late, date(2020, 4, 30))


def test_a_return_that_comes_late_at_night_is_dated_by_englands_clock() -> None:
    sendings = [sent(month, datetime(2020, 4, 30, 23, 30, tzinfo=UTC)) for month in Q4]
    told = return_told(REABLEMENT, registry(), AWAITED, sendings, today=date(2020, 6, 1))
    assert (told.status, told.days_late) == ("late", 1)


def test_a_correction_keeps_the_day_on_which_the_return_came() -> None:
    first = quarter("2020-04-02", "2020-04-02", "2020-04-02", in_force=False)
    again = quarter("2020-09-02", "2020-09-02", "2020-09-02", changed=True)
    other = quarter("2020-09-03", "2020-09-03", "2020-09-03", table="outcomes", changed=True)
    told = return_told(REABLEMENT, registry(), AWAITED, [*first, *again, *other], today=date(2020, 10, 1))
    assert (told.status, told.received_at, told.restated) == ("supplied", at_noon("2020-04-02"), 3)


def test_what_a_return_lacks_is_named_by_table_and_place() -> None:
    sendings = quarter("2020-04-02", "2020-04-02", "2020-04-02", places=("barrow", "millom", "east"))
    told = return_told(REABLEMENT, registry(), AWAITED, sendings, today=date(2020, 10, 1))
    assert {(lack.table, lack.place) for lack in told.missing} == {
        *(("routes", place) for place in ("mid-furness", "grange-and-lakes", "kendal")),
        *(("outcomes", place) for place in CUMBRIAN),
    }
    assert {lack.months for lack in told.missing} == {tuple(Q4)}
    assert return_told(REABLEMENT, registry(), AWAITED, [], today=date(2020, 10, 1)).missing == ()


def test_a_practices_figure_stands_for_its_community() -> None:
    sendings = quarter("2020-04-02", "2020-04-02", "2020-04-02", places=("A82026",))
    told = return_told(REABLEMENT, registry(), AWAITED, sendings, today=date(2020, 10, 1))
    assert KENDAL not in {lack.place for lack in told.missing if lack.table == "routes"}


def test_returns_are_shown_from_a_councils_first_one_to_its_last() -> None:
    shown = returns_to_show(
        REABLEMENT, registry(), today=Month(2026, 6), first_sent={"cumbria": Month(2020, 2)}
    )
    by_council = {council: [period.label for who, period in shown if who == council] for council, _ in shown}
    assert set(by_council) == {"cumbria", "lancashire", "westmorland-and-furness", "cumberland"}
    assert (by_council["cumbria"][0], by_council["cumbria"][-1]) == ("2022-23-Q4", "2019-20-Q4")
    assert by_council["lancashire"] == ["2026-27-Q1", "2025-26-Q4", "2025-26-Q3", "2025-26-Q2"]
    assert shown[0][1].label == "2026-27-Q1"


def test_only_housing_authorities_of_the_bay_are_awaited_for_homelessness() -> None:
    homelessness = declarations().feeds["homelessness"]
    shown = returns_to_show(homelessness, registry(), today=Month(2022, 6), first_sent={})
    assert {council for council, _ in shown} == {"barrow-borough", "south-lakeland", "lancaster-city"}


async def test_a_quarter_that_came_years_later_is_late(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    (found,) = await returns(outcomes, period=PERIOD)
    named = {name: found[name] for name in ("council", "period", "status", "due_on", "restated")}
    assert named == {
        "council": "cumbria", "period": PERIOD, "status": "late", "due_on": "2020-04-30", "restated": 0,
    }  # fmt: skip
    assert found["days_late"] > 2000
    assert {(lack["table"], lack["place"]) for lack in found["missing"]} == {
        ("outcomes", place) for place in CUMBRIAN
    }
    assert found["missing"][0]["months"] == ["2020-01", "2020-02", "2020-03"]


async def test_the_other_table_completes_a_return_and_a_correction_is_counted(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    await send(outcomes, as_csv(outcomes_table()), period=PERIOD)
    (before,) = await returns(outcomes, period=PERIOD)
    again = await send(outcomes, corrected())
    (found,) = await returns(outcomes, period=PERIOD)
    assert (before["restated"], found["restated"], found["missing"]) == (0, 1, [])
    assert found["received_at"] == before["received_at"]
    assert again["id"] in found["submissions"]
    assert len(found["submissions"]) == 2


async def test_a_month_that_is_asked_for_stands_alone(outcomes: Running) -> None:
    await send(outcomes, long_csv("2020-02,kendal,community,4"))
    (month,) = await returns(outcomes, period="2020-02")
    (whole,) = await returns(outcomes, period=PERIOD)
    assert (month["period"], month["status"], month["due_on"]) == ("2020-02", "late", "2020-03-30")
    assert (whole["status"], "received_at" in whole and whole["received_at"]) == ("overdue", None)
    assert ("routes", "kendal", ["2020-01", "2020-03"]) in [
        (lack["table"], lack["place"], lack["months"]) for lack in whole["missing"]
    ]


async def test_without_a_period_every_return_since_the_first_is_shown_in_pages(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    assert [one["period"] for one in await returns(outcomes)][-1] == PERIOD
    headers, query, seen = outcomes.token("analyst"), {"limit": "7"}, []
    while query:
        answer = (
            await outcomes.client.get("/v1/feeds/reablement/completeness", params=query, headers=headers)
        ).json()
        seen += [(one["council"], one["period"]) for one in answer["items"]]
        query = {"limit": "7", "cursor": answer["next"]} if answer["next"] else {}
    assert len(seen) == len(set(seen))
    assert ("cumbria", PERIOD) in seen
    assert {"lancashire", "cumberland"} <= {council for council, _ in seen}


async def test_a_council_sees_its_own_returns_and_no_others(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    assert await returns(outcomes, period=PERIOD, org="lancashire") == [
        {
            "council": "lancashire", "period": PERIOD, "status": "overdue", "due_on": "2020-04-30", "received_at": None,
            "days_late": (outcomes.platform.clock().date() - date(2020, 4, 30)).days, "restated": 0,
            "submissions": [], "missing": [],
        }
    ]  # fmt: skip
    asked = [
        ("council-feed", "lancashire", "cumbria", 403),
        ("council-feed", "cumbria", "narnia", 422),
        ("analyst", None, "cumbria", 200),
    ]
    for role, org, council, status in asked:
        answer = await outcomes.client.get(
            f"/v1/feeds/reablement/completeness?period={PERIOD}&council={council}",
            headers=outcomes.token(role, org=org),
        )
        assert answer.status_code == status
    assert [one["council"] for one in answer.json()["items"]] == ["cumbria"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("period=2019", 422, "date.format"),
        ("perod=2019-20", 400, "query.unknown"),
        ("limit=0", 400, "query.limit"),
        ("cursor=x", 400, "query.cursor"),
    ],
)
async def test_a_wrong_question_is_refused(outcomes: Running, query: str, status: int, code: str) -> None:
    answer = await outcomes.client.get(
        f"/v1/feeds/reablement/completeness?{query}", headers=outcomes.token("analyst")
    )
    told = answer.json()
    assert (answer.status_code, [told["code"], *(one["code"] for one in told.get("errors", []))][-1]) == (
        status,
        code,
    )


async def test_the_feeds_say_when_a_return_is_due_and_what_a_period_may_be(outcomes: Running) -> None:
    answer = await outcomes.client.get("/v1/feeds", headers=outcomes.token("dashboard"))
    said = {one["feed"]: (one["due_every"], one["due_days"], one["grains"]) for one in answer.json()["items"]}
    assert said["reablement"] == ("quarter", 30, ["month"])
    assert len(said) == 4


def test_a_month_is_a_return_where_a_feed_says_so() -> None:
    monthly = REABLEMENT.model_copy(update={"due_every": "month"})
    shown = returns_to_show(monthly, registry(), today=Month(2026, 6), first_sent={})
    assert [period.label for council, period in shown if council == "lancashire"] == [
        "2026-06", "2026-05", "2026-04", "2026-03",
    ]  # fmt: skip
    assert due_on(monthly, Period(Month(2026, 6), Month(2026, 6), "2026-06")) == date(2026, 7, 30)
