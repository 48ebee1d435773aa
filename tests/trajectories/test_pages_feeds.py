"""The pages of feeds and of revisions."""

from datetime import timedelta
from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import KNOWN_AT, a_cell, publish
from tests.trajectories.writing import look, seen

KEY = "reablement-assessments"
CELL: dict[str, Any] = {"measure": KEY, "community": "kendal", "month": "2020-01"}


async def shown(service: Running, address: str, role: str = "analyst", **asked: Any) -> Element:
    answer = await look(service, address, role, **asked)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


async def test_what_a_council_did_not_send_is_named(quarter: Running) -> None:
    page = await shown(quarter, "/feeds")
    found = {row["Measure"]: row for row in table_of(page, class_="app-missing-months")}
    assert found["Reablement assessments completed"]["March 2020"] == "Not supplied: Lancaster, Bay ICC"
    arrived = {row["Measure"]: row for row in table_of(page, class_="app-arrivals")}
    assert arrived["Reablement assessments completed"] == {
        "Measure": "Reablement assessments completed",
        "From": "cumbria",
        "Up to": "March 2020",
        "Arrived": "9 April 2020, 11:00",
    }


async def test_files_of_activity_stand_there_with_their_errors(changing: Running) -> None:
    headers = {
        **changing.token("analyst", communities=("*",)),
        "Content-Type": "text/csv",
        "Idempotency-Key": "a",
    }
    address = "/v1/activity/submissions"
    good = b"month,practice,count\n2020-01,A82026,40\n"
    bad = b"month,practice,count\n2020-01,A82026,-4\n"
    assert (await changing.client.post(address, content=good, headers=headers)).status_code == 200
    headers["Idempotency-Key"] = "b"
    assert (await changing.client.post(address, content=bad, headers=headers)).status_code == 422
    rejected, accepted = table_of(await shown(changing, "/feeds"), class_="app-files")
    items = (await seen(changing, address))["items"]
    assert [one["status"] for one in items] == ["rejected", "accepted"]
    assert (accepted["State"], accepted["Rows"], accepted["Errors"]) == ("accepted", "1", "none")
    assert (accepted["Measure"], accepted["Months"]) == ("Non-elective admissions", "January 2020")
    assert rejected["State"] == "rejected"
    assert items[0]["errors"][0]["detail"] in rejected["Errors"]


async def test_feeds_are_for_those_who_may_read_them(quarter: Running) -> None:
    answer = await look(quarter, "/feeds", "dashboard")
    assert answer.status_code == 403
    assert "feeds.read" in read_page(answer.text).one("main").text
    links = {
        one.text
        for one in (await shown(quarter, "/", "dashboard")).one("nav", **{"aria-label": "Menu"}).all("a")
    }
    assert links == {"At a glance", "Measures", "Revisions"}


async def test_every_value_that_a_figure_had_is_shown(changing: Running) -> None:
    await cut(changing)
    corrected = a_cell(KEY, Month(2020, 1), "kendal", 100, None, route="hospital")
    await publish(changing, [corrected], known_at=KNOWN_AT + timedelta(days=2))
    await changing.app.state.reporting.version.ask()
    items = (await seen(changing, "/v1/performance/revisions", **CELL))["items"]
    lines = table_of(await shown(changing, "/revisions", **CELL), class_="app-past")
    assert [line["Value"] for line in lines] == [str(one["value"]) for one in items[::-1]]
    assert len(lines) == 2
    assert lines[0]["Until"] == "now"
    assert lines[0]["Change"] == f"+{items[1]['change']}"
    protected = table_of(await shown(changing, "/revisions", "dashboard", **CELL), class_="app-past")
    told = (await seen(changing, "/v1/performance/revisions", "dashboard", **CELL))["items"]
    assert [line["Value"] for line in protected] == [str(one["value"]) for one in told] == ["25"]


async def test_without_a_figure_the_page_asks_for_one(quarter: Running) -> None:
    page = await shown(quarter, "/revisions")
    assert list(page.all("table")) == []
    assert {one.attributes["name"] for one in page.all("select")} == {"measure", "community", "month"}
    month = await shown(quarter, f"/measures/{KEY}", community="kendal", reference="2020-03")
    links = [one.attributes["href"] for one in month.one("table", class_="app-months").all("a")]
    assert f"/revisions?measure={KEY}&community=kendal&month=2020-01" in links


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"measure": "unheard-of"}, 422),
        ({"community": "atlantis"}, 422),
        ({"month": "soon"}, 422),
        ({"community": "A82026"}, 403),
    ],
)
async def test_a_past_that_cannot_be_shown_is_told_on_a_page(
    quarter: Running, asked: dict[str, Any], status: int
) -> None:
    answer = await look(quarter, "/revisions", "oversight", **{**CELL, **asked})
    assert answer.status_code == status, answer.text
    assert read_page(answer.text).one("h1").text
