"""`POST /v1/events` takes a calendar where it is sent one: as `/v1/events.ics` does, under a key for repeats."""

from typing import Any

import httpx
import pytest
from icalendar import Calendar

from tests.referrals.acting import a_key
from tests.referrals.test_events import (
    FAIR,
    NEXT,
    a_calendar,
    an_entry,
    codes,
    diary,
    exported,
    lead,
    planned,
    send,
)
from tests.support.running import Running


async def take(
    service: Running, content: bytes | str, query: str = "?community=kendal", *, key: str = ""
) -> httpx.Response:
    """POST a calendar into the diary."""
    headers = {**lead(service), "Content-Type": "text/calendar", "Idempotency-Key": key or a_key()}
    return await service.client.post(f"/v1/events{query}", content=content, headers=headers)


async def test_a_calendar_goes_into_the_diary_and_its_repeat_is_the_first_answer(referrals: Running) -> None:
    key, walks = a_key(), a_calendar(an_entry("w", f"{NEXT}0801T100000", "RRULE:FREQ=WEEKLY;COUNT=3"))
    first = await take(referrals, walks, key=key)
    assert (first.status_code, first.json()["events"], first.json()["added"]) == (201, 1, 3)
    assert "location" not in first.headers
    again = await take(referrals, walks, key=key)
    assert (again.headers["idempotent-replayed"], again.content) == ("true", first.content)
    other = await take(referrals, a_calendar(an_entry("v")), key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    unkeyed = await referrals.client.post(
        "/v1/events", content=walks, headers={**lead(referrals), "Content-Type": "text/calendar"}
    )
    assert unkeyed.json()["code"] == "idempotency.required"
    assert len(await diary(referrals)) == 3


async def test_the_diary_goes_out_is_changed_and_comes_in_without_doubles(referrals: Running) -> None:
    one = await planned(
        referrals, starts_at=f"{NEXT}-06-20T10:00:00+01:00", ends_at=f"{NEXT}-06-20T15:00:00+01:00"
    )
    many = {
        "starts_at": f"{NEXT}-07-01T10:00:00+01:00",
        "ends_at": f"{NEXT}-07-01T11:00:00+01:00",
        "rrule": "FREQ=WEEKLY;COUNT=4",
    }
    await planned(referrals, **many)
    calendar = await exported(referrals)
    assert len(calendar.walk("VEVENT")) == 5
    same = await take(referrals, calendar.to_ical(), "")
    assert (same.json()["added"], same.json()["updated"], same.json()["unchanged"]) == (0, 0, 5)
    for entry in calendar.walk("VEVENT"):
        if str(entry["UID"]) == one["uid"]:
            entry["SUMMARY"] = "Wellbeing fair, larger"
    changed = await take(referrals, Calendar.from_ical(calendar.to_ical()).to_ical(), "")
    assert (changed.json()["added"], changed.json()["updated"], changed.json()["unchanged"]) == (0, 1, 4)
    assert [entry["title"] for entry in await diary(referrals)] == [
        "Wellbeing fair, larger",
        *[FAIR["title"]] * 4,
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nnonsense", ("ical.syntax", "")),
        (a_calendar(an_entry("x", "20260701T100000", "DTEND:20260701T090000")), ("date.order", "/0/DTEND")),
        (a_calendar(*(an_entry(f"{n}") for n in range(10_000))), ("list.too_long", "")),
    ],
    ids=["syntax", "order", "ten thousand"],
)
async def test_a_calendar_that_is_wrong_changes_nothing(
    referrals: Running, content: str, fault: tuple[str, str]
) -> None:
    answer = await take(referrals, content)
    assert (answer.status_code, codes(answer)) == (422, [fault])
    assert await diary(referrals) == []


async def test_what_is_neither_event_nor_calendar_is_refused(referrals: Running) -> None:
    headers: dict[str, Any] = {**lead(referrals), "Idempotency-Key": a_key()}
    page = await referrals.client.post(
        "/v1/events", content="<html>", headers={**headers, "Content-Type": "text/html"}
    )
    assert (page.status_code, page.json()["code"]) == (415, "content_type")
    beside = await referrals.client.post("/v1/events?community=kendal", json=FAIR, headers=headers)
    assert (beside.status_code, beside.json()["code"]) == (400, "query.unknown")
    assert await diary(referrals) == []
    good = await send(referrals, FAIR)
    assert (good.status_code, good.headers["etag"]) == (201, 'W/"1"')
    assert good.headers["location"] == f"/v1/events/{good.json()['id']}"
