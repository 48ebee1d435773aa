"""The signals about returns: given once by the date or by a resend, and told as an Atom feed."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from services.outcomes.feeds.declarations import Feed
from services.outcomes.signals.rules import due_on, signals_by_date
from shared.ids import new_id
from shared.months import parse_period
from tests.outcomes.builders import ROUTES_CSV, corrected, declarations, long_csv
from tests.outcomes.sending import at_noon, post, send
from tests.support.databases import Databases
from tests.support.feed_reading import ATOM, entries, links, parsed, terms
from tests.support.quarter import PERIOD
from tests.support.running import Running, running

REABLEMENT = declarations().feeds["reablement"]


def test_a_return_is_asked_for_five_days_before_and_told_late_the_day_after() -> None:
    period = parse_period("2026-27-Q1")
    due = due_on(REABLEMENT, period)
    told = {days: list(signals_by_date(due, today=due + timedelta(days))) for days in (-6, -5, 0, 1, 90)}
    assert due == date(2026, 7, 30)
    assert told == {-6: [], -5: ["feed.due"], 0: ["feed.due"], 1: ["feed.late"], 90: ["feed.late"]}


@asynccontextmanager
async def at_time(
    databases: Databases, tmp_path: Path
) -> AsyncIterator[tuple[Running, Callable[[str], None]]]:
    """The service with a clock that a test sets to noon of a day."""
    now = [at_noon("2026-05-15")]

    def set_day(day: str) -> None:
        now[0] = at_noon(day)

    async with (
        databases.lend("outcomes") as url,
        running("outcomes", database_url=url, data_dir=tmp_path, clock=lambda: now[0]) as service,
    ):
        yield service, set_day


async def given(service: Running, feed: str = "reablement") -> list[tuple[str, str, str]]:
    """The signals about a feed, the oldest first."""
    rows = await service.rows(
        "select kind, council, period from feed_signal where feed = $1 order by id, council", feed
    )
    return [(row["kind"], row["council"], row["period"]) for row in rows]


async def test_signals_begin_with_the_periods_that_end_after_the_first_day(
    databases: Databases, tmp_path: Path
) -> None:
    async with at_time(databases, tmp_path) as (service, set_day):
        for day in ("2026-05-15", "2026-07-24", "2026-07-25", "2026-07-25", "2026-07-29"):
            set_day(day)
            await service.work()
            awaited = [] if day < "2026-07-25" else ["cumberland", "lancashire", "westmorland-and-furness"]
            assert sorted(await given(service)) == [("feed.due", one, "2026-27-Q1") for one in awaited]
        set_day("2026-07-31")
        await service.work()
        await service.work()
        assert len(await given(service)) == 6
        assert {kind for kind, _, _ in (await given(service))[3:]} == {"feed.late"}
        assert len(await given(service, "homelessness")) == 4


async def test_nobody_is_told_late_who_has_sent(databases: Databases, tmp_path: Path) -> None:
    async with at_time(databases, tmp_path) as (service, set_day):
        await service.work()
        set_day("2026-07-20")
        rows = [
            f"2026-{month},{place},community,9"
            for month in ("04", "05", "06")
            for place in ("lancaster", "bay-icc")
        ]
        await send(service, long_csv(*rows), org="lancashire")
        set_day("2026-08-02")
        await service.work()
        assert {(kind, council) for kind, council, _ in await given(service)} == {
            ("feed.late", "cumberland"),
            ("feed.late", "westmorland-and-furness"),
        }


async def test_a_resend_that_changes_a_figure_is_told_once_and_one_that_changes_none_is_not(
    outcomes: Running,
) -> None:
    await send(outcomes, ROUTES_CSV)
    await send(outcomes, ROUTES_CSV + b"\n")
    assert await given(outcomes) == []
    changed = await send(outcomes, corrected())
    await send(outcomes, corrected())
    assert await given(outcomes) == [("feed.revised", "cumbria", PERIOD)]
    (entry,) = entries(await feed_of(outcomes))
    to = links(entry)
    headers = outcomes.token("council-feed", org="cumbria")
    assert (await outcomes.client.get(to["related"], headers=headers)).json()["id"] == changed["id"]
    listed = (await outcomes.client.get(to["alternate"], headers=headers)).json()["items"]
    assert [(one["council"], one["restated"]) for one in listed] == [("cumbria", 1)]


async def feed_of(outcomes: Running, *, query: str = "", **who: Any) -> ET.Element:
    """The feed of signals, as its reader parses it."""
    headers = outcomes.token(**(who or {"role": "council-feed", "org": "cumbria"}))
    answer = await outcomes.client.get(f"/v1/feeds/signals.atom{query}", headers=headers)
    return parsed(answer)


async def some_signals(outcomes: Running, feed: Feed = REABLEMENT) -> None:
    """Five signals, one of them about Lancashire."""
    for number, council in enumerate(["cumbria"] * 4 + ["lancashire"]):
        await outcomes.rows(
            "insert into feed_signal (id, kind, feed, council, period, due_on, at) "
            "values ($1, 'feed.late', $2, $3, $4, '2020-04-30', $5)",
            new_id(), feed.feed, council, f"20{10 + number}-{11 + number}-Q4", at_noon(f"2020-05-0{number + 1}"),
        )  # fmt: skip


async def test_the_feed_of_signals_has_what_atom_demands(outcomes: Running) -> None:
    empty = await feed_of(outcomes)
    await some_signals(outcomes)
    found = await feed_of(outcomes)
    for feed in (empty, found):
        for name in ("id", "title", "updated", "author"):
            assert len(feed.findall(f"{ATOM}{name}")) == 1
        assert list(links(feed)) == ["self"]
    assert found.findtext(f"{ATOM}updated") == "2020-05-04T12:00:00Z"
    told = entries(found)
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in told]
    assert len(set(ids)) == 4
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert dict(terms(told[0])) == {
        "kind": "feed.late", "feed": "reablement", "council": "cumbria", "period": "2013-14-Q4",
    }  # fmt: skip
    assert told[0].findtext(f"{ATOM}title") == (
        "Reablement: assessments completed, by route of access and by outcome: the return of Cumbria County Council "
        "for 2013-14-Q4 is late; it was due on 30 April 2020"
    )


async def test_the_feed_of_signals_is_paged_and_shows_each_signal_once(outcomes: Running) -> None:
    await some_signals(outcomes)
    query, seen = "?limit=2", []
    while query:
        page = await feed_of(outcomes, query=query, role="analyst")
        seen += [entry.findtext(f"{ATOM}id") for entry in entries(page)]
        following = links(page).get("next")
        query = "?" + following.partition("?")[2] if following else ""
    assert (len(seen), len(set(seen))) == (5, 5)


async def test_the_feed_of_signals_is_not_sent_twice(outcomes: Running) -> None:
    await some_signals(outcomes)
    headers = outcomes.token("council-feed", org="cumbria")
    first = await outcomes.client.get("/v1/feeds/signals.atom", headers=headers)
    asked = headers | {"If-None-Match": first.headers["etag"]}
    again = await outcomes.client.get("/v1/feeds/signals.atom", headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    await send(outcomes, ROUTES_CSV)
    await send(outcomes, corrected())
    assert (await outcomes.client.get("/v1/feeds/signals.atom", headers=asked)).status_code == 200


async def test_who_may_not_see_returns_sees_no_signals(outcomes: Running) -> None:
    await some_signals(outcomes)
    asked = {
        ("dashboard", None, ""): 403,
        ("council-feed", None, ""): 403,
        ("council-feed", "lancashire", ""): 200,
        ("operator", None, ""): 200,
        ("analyst", None, "?feed=bins"): 422,
        ("analyst", None, "?feed=carers"): 200,
    }
    for (role, org, query), status in asked.items():
        answer = await outcomes.client.get(
            f"/v1/feeds/signals.atom{query}", headers=outcomes.token(role, org=org)
        )
        assert answer.status_code == status, (role, org, query)
    assert (await outcomes.client.get("/v1/feeds/signals.atom")).status_code == 401
    own = await feed_of(outcomes, role="council-feed", org="lancashire")
    assert len(entries(own)) == 1


async def test_many_posts_of_one_correction_give_one_signal(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    for _ in range(3):
        assert (await post(outcomes, corrected())).status_code in {200, 202}
    await outcomes.work()
    assert await given(outcomes) == [("feed.revised", "cumbria", PERIOD)]
