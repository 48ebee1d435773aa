"""The diary: events are planned, leave as a calendar, come back changed and are never doubled; results are told once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from tests.referrals.acting import a_key
from tests.referrals.counted import facts, published
from tests.support.running import Running

FAIR: dict[str, Any] = {
    "title": "Community wellbeing fair",
    "description": "Checks, stalls; tea\\coffee:\nfor " + "everybody, and cafés too " * 9 + '"free"',
    "place": "Windermere, St Mary's",
    "starts_at": "2026-06-20T10:00:00+01:00",
    "ends_at": "2026-06-20T15:00:00+01:00",
    "communities": ["kendal"],
    "ages": ["older", "working-age"],
    "needs": ["generally-well"],
    "topics": ["health check", "falls, and more"],
}
NEXT = datetime.now(tz=UTC).year + 1
RESULTS: dict[str, Any] = {
    "attended": 60,
    "checked": 40,
    "findings": [
        {"kind": "high-blood-pressure", "new": 9, "known": 5},
        {"kind": "atrial-fibrillation", "new": 2, "known": 0},
    ],
    "signposted": 12,
    "referred": 3,
    "schools": [],
    "feedback": {"n": 18, "of": 20},
}


def lead(service: Running, *communities: str) -> dict[str, str]:
    """The headers of a development lead, of Kendal unless another community is named."""
    return service.token("development-lead", communities=communities or ("kendal",))


async def send(
    service: Running, body: dict[str, Any], path: str = "", *, by: dict[str, str] | None = None
) -> httpx.Response:
    """POST an event or its results."""
    headers = {**(by or lead(service)), "Idempotency-Key": a_key()}
    return await service.client.post(f"/v1/events{path}", json=body, headers=headers)


async def planned(service: Running, **changes: Any) -> dict[str, Any]:
    """An event that was planned."""
    answer = await send(service, {**FAIR, **changes})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def take(
    service: Running,
    content: bytes | str,
    query: str = "?community=kendal",
    *,
    by: dict[str, str] | None = None,
) -> httpx.Response:
    """POST a calendar."""
    headers = {**(by or lead(service)), "Content-Type": "text/calendar"}
    return await service.client.post(f"/v1/events.ics{query}", content=content, headers=headers)


async def diary(service: Running, query: str = "") -> list[dict[str, Any]]:
    """The events of the diary."""
    url = f"/v1/events?limit=500{query}"
    answer = await service.client.get(url, headers=service.token("dashboard"))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def exported(service: Running) -> Calendar:
    """The calendar for everybody, as a library opens it."""
    answer = await service.client.get("/v1/events.ics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.text)


def a_calendar(*entries: str) -> str:
    """A calendar as another program writes it."""
    whole = "\n".join(f"BEGIN:VEVENT\n{entry}\nEND:VEVENT" for entry in entries)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Compass//EN\n{whole}\nEND:VCALENDAR\n".replace(
        "\n", "\r\n"
    )


def an_entry(uid: str = "a@compass", start: str = "20260701T100000", *more: str) -> str:
    """An entry of such a calendar, of an hour."""
    return "\n".join((f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", "SUMMARY:Walk", *more))


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    """Code and pointer of every fault."""
    return [(one["code"], one["pointer"]) for one in answer.json().get("errors", ())]


async def test_an_event_is_planned_read_and_changed_on_its_version(referrals: Running) -> None:
    made = await planned(referrals)
    assert (made["occurrences"], made["results"], made["starts_at"]) == (1, None, "2026-06-20T09:00:00Z")
    url = f"/v1/events/{made['id']}"
    read = await referrals.client.get(url, headers=referrals.token("dashboard"))
    assert read.json() == {name: value for name, value in made.items() if name != "occurrences"}
    change = {**FAIR, "title": "Wellbeing fair", "status": "cancelled"}
    first = {**lead(referrals), "If-Match": 'W/"1"'}
    changed = await referrals.client.put(url, json=change, headers=first)
    assert (changed.status_code, changed.json()["version"], changed.json()["status"]) == (200, 2, "cancelled")
    assert (await referrals.client.put(url, json=change, headers=first)).status_code == 412
    foreign = {**lead(referrals, "barrow"), "If-Match": 'W/"2"'}
    assert (await referrals.client.put(url, json=change, headers=foreign)).status_code == 403
    assert await diary(referrals) == []
    assert [one["title"] for one in await diary(referrals, "&cancelled=true")] == ["Wellbeing fair"]


async def test_an_event_that_recurs_keeps_its_hour_over_the_change_of_clocks(referrals: Running) -> None:
    made = await planned(
        referrals,
        starts_at="2026-10-20T10:00:00+01:00",
        ends_at="2026-10-20T11:00:00+01:00",
        rrule="FREQ=WEEKLY;COUNT=3",
    )
    assert (made["occurrences"], "warnings" in made) == (3, False)
    assert [one["starts_at"] for one in await diary(referrals)] == [
        "2026-10-20T09:00:00Z",
        "2026-10-27T10:00:00Z",
        "2026-11-03T10:00:00Z",
    ]
    assert [one["number"] for one in await diary(referrals, "&from=2026-10-27&to=2026-10-27")] == [1]
    assert await diary(referrals, "&community=barrow") == []
    assert len(await diary(referrals, "&community=south-cumbria")) == 3


async def test_a_recurrence_without_end_is_taken_366_times_with_a_warning(referrals: Running) -> None:
    made = await planned(referrals, rrule="FREQ=DAILY")
    assert (made["occurrences"], [one["code"] for one in made["warnings"]]) == (366, ["ical.cut"])
    answer = await take(referrals, a_calendar(an_entry("b", "20260701T100000", "RRULE:FREQ=WEEKLY")))
    told = answer.json()
    assert (told["events"], told["added"]) == (1, 262)
    assert [(one["code"], one["pointer"]) for one in told["warnings"]] == [("ical.cut", "/0/RRULE")]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"ends_at": "2026-06-20T09:00:00+01:00"}, 422, "date.order"),
        ({"ends_at": FAIR["starts_at"]}, 422, "date.order"),
        ({"communities": ["atlantis"]}, 422, "icc.unknown"),
        ({"communities": ["bay"]}, 422, "icc.ambiguous"),
        ({"communities": []}, 422, "body.required"),
        ({"communities": ["kendal", "barrow"]}, 403, "scope"),
        ({"communities": ["morecambe-bay"]}, 403, "scope"),
        ({"ages": ["old"]}, 422, "enum"),
        ({"rrule": "FREQ=SECONDLY"}, 422, "ical.recurrence"),
        ({"rrule": "every week"}, 422, "ical.recurrence"),
        ({"rrule": "FREQ=DAILY;COUNT=0"}, 422, "ical.recurrence"),
        ({"rrule": "FREQ=DAILY;INTERVAL=99999999"}, 422, "ical.recurrence"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=XX"}, 422, "ical.recurrence"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=77"}, 422, "ical.recurrence"),
        ({"starts_at": "2026-06-20T10:00:00"}, 422, "date.offset_required"),
    ],
)
async def test_what_no_event_can_be_is_refused(
    referrals: Running, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await send(referrals, {**FAIR, **change})
    named = {answer.json()["code"], *(one for one, _ in codes(answer))}
    assert (answer.status_code, code in named) == (status, True), answer.text
    assert await referrals.rows("select 1 from community_event") == []


async def test_a_rule_that_never_comes_true_is_one_event(referrals: Running) -> None:
    made = await planned(referrals, rrule="FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9")
    assert made["occurrences"] == 1


async def test_the_diary_leaves_as_a_calendar_comes_back_changed_and_is_not_doubled(
    referrals: Running,
) -> None:
    times = {"starts_at": f"{NEXT}-06-20T10:00:00+01:00", "ends_at": f"{NEXT}-06-20T15:00:00+01:00"}
    fair = await planned(referrals, **times)
    await planned(referrals, **times, title="Walk", topics=[], description=None, rrule="FREQ=WEEKLY;COUNT=4")
    await planned(referrals, title="Team day", public=False, **times)
    calendar = await exported(referrals)
    entries = calendar.walk("VEVENT")
    assert sorted(str(one["SUMMARY"]) for one in entries) == ["Community wellbeing fair", *["Walk"] * 4]
    same = await take(referrals, calendar.to_ical(), query="")
    assert same.json() == {
        "events": 5,
        "added": 0,
        "updated": 0,
        "unchanged": 5,
        "cancelled": 0,
        "warnings": [],
    }
    for one in entries:
        if str(one["UID"]) == fair["uid"]:
            one["SUMMARY"] = "Fair of wellbeing"
        if str(one["UID"]).endswith("#2"):
            later: Any = one
            later["DTSTART"].dt += timedelta(hours=2)
            later["DTEND"].dt += timedelta(hours=2)
        if str(one["UID"]).endswith("#3"):
            one["STATUS"] = "CANCELLED"
    changed = (await take(referrals, calendar.to_ical(), query="")).json()
    assert (changed["added"], changed["updated"], changed["unchanged"], changed["cancelled"]) == (0, 2, 2, 1)
    rows = await diary(referrals, "&cancelled=true")
    assert len(rows) == 6
    assert {one["title"] for one in rows} == {"Fair of wellbeing", "Walk", "Team day"}
    assert [one["topics"] for one in rows if one["id"] == fair["id"]] == [FAIR["topics"]]
    assert [one["starts_at"] for one in rows if one["number"] == 2] == [f"{NEXT}-07-04T11:00:00Z"]
    assert [one["status"] for one in rows if one["number"] == 3] == ["cancelled"]
    again = (await take(referrals, calendar.to_ical(), query="")).json()
    assert (again["added"], again["updated"], again["unchanged"], again["cancelled"]) == (0, 0, 5, 0)


async def test_a_calendar_of_another_program_is_expanded_and_follows_its_changes(referrals: Running) -> None:
    series = an_entry(
        "s", f"{NEXT}0801T100000", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;COUNT=4", f"EXDATE:{NEXT}0808T100000"
    )
    moved = an_entry(
        "s", f"{NEXT}0815T140000", f"RECURRENCE-ID:{NEXT}0815T100000", f"DTEND:{NEXT}0815T150000"
    )
    day = an_entry("d", f"{NEXT}0901", "CATEGORIES:Dying Matters,Walks").replace(
        "DTSTART:", "DTSTART;VALUE=DATE:"
    )
    zoned = an_entry("z", f"{NEXT}0902T120000", "CLASS:PRIVATE").replace(
        "DTSTART:", "DTSTART;TZID=Europe/Paris:"
    )
    first = (await take(referrals, a_calendar(moved, series, day, zoned))).json()
    assert (first["events"], first["added"], first["cancelled"]) == (4, 5, 0)
    assert [(one["uid"], one["starts_at"], one["ends_at"]) for one in await diary(referrals)] == [
        ("s", f"{NEXT}-08-01T09:00:00Z", f"{NEXT}-08-01T11:00:00Z"),
        ("s", f"{NEXT}-08-15T13:00:00Z", f"{NEXT}-08-15T14:00:00Z"),
        ("s", f"{NEXT}-08-22T09:00:00Z", f"{NEXT}-08-22T11:00:00Z"),
        ("d", f"{NEXT}-08-31T23:00:00Z", f"{NEXT}-09-01T23:00:00Z"),
        ("z", f"{NEXT}-09-02T10:00:00Z", f"{NEXT}-09-02T11:00:00Z"),
    ]
    assert [one["topics"] for one in await diary(referrals) if one["uid"] == "d"] == [
        ["Dying Matters", "Walks"]
    ]
    assert "z" not in {str(one["UID"]) for one in (await exported(referrals)).walk("VEVENT")}
    fewer = an_entry("s", f"{NEXT}0801T110000", "RRULE:FREQ=WEEKLY;COUNT=2")
    second = (
        await take(referrals, a_calendar(fewer, day.replace("SUMMARY", "STATUS:CANCELLED\nSUMMARY")))
    ).json()
    assert (second["added"], second["updated"], second["cancelled"]) == (1, 1, 3)
    assert [one["starts_at"] for one in await diary(referrals) if one["uid"] == "s"] == [
        f"{NEXT}-08-01T10:00:00Z",
        f"{NEXT}-08-08T10:00:00Z",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", ("ical.syntax", "")),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nnonsense", ("ical.syntax", "")),
        ("BEGIN:VEVENT\nUID:x\nEND:VEVENT", ("ical.syntax", "")),
        (b"BEGIN:VCALENDAR\nX:\xff\xfe\nEND:VCALENDAR", ("ical.syntax", "")),
        (a_calendar("SUMMARY:x\nDTSTART:20260701T100000"), ("ical.syntax", "/0/UID")),
        (a_calendar("UID:x\nSUMMARY:x"), ("ical.syntax", "/0/DTSTART")),
        (a_calendar("UID:x\nDTSTART:tomorrow"), ("ical.syntax", "/0/DTSTART")),
        (a_calendar("UID:x\nUID:y\nDTSTART:20260701T100000"), ("ical.syntax", "/0/UID")),
        (a_calendar(an_entry("x", "20260701T100000", "EXDATE:never")), ("ical.syntax", "/0/EXDATE")),
        (a_calendar(an_entry("x", "20260701T100000", "RRULE:often")), ("ical.recurrence", "/0/RRULE")),
        (a_calendar(an_entry("x", "20260701T100000", "DTEND:20260701T090000")), ("date.order", "/0/DTEND")),
        (
            a_calendar(an_entry("x", "20260701T100000", "RRULE:FREQ=MINUTELY")),
            ("ical.recurrence", "/0/RRULE"),
        ),
        (a_calendar(an_entry("x"), an_entry("x")), ("row.duplicate", "/1/UID")),
        (
            a_calendar(an_entry("x", "20260701T100000", "RECURRENCE-ID:20260701T100000")),
            ("reference.unresolved", "/0/RECURRENCE-ID"),
        ),
        (a_calendar(an_entry("x", "20260701T100000", "X-ICC-AGES:old")), ("enum", "/0/X-ICC-AGES")),
        (
            a_calendar(an_entry("x", "20260701T100000", "X-ICC-COMMUNITIES:atlantis")),
            ("icc.unknown", "/0/X-ICC-COMMUNITIES"),
        ),
        (
            a_calendar(an_entry("x", "20260701T100000", "X-ICC-COMMUNITIES:barrow")),
            ("row.out_of_scope", "/0/UID"),
        ),
        (
            a_calendar(an_entry("x").replace("SUMMARY:Walk", "SUMMARY:Ask 999 000 0018")),
            ("text.forbidden", "/0/SUMMARY"),
        ),
        (
            a_calendar(an_entry("x", "20260701T100000", "CATEGORIES:9990000018")),
            ("text.forbidden", "/0/CATEGORIES"),
        ),
        (a_calendar(*(an_entry(f"{n}") for n in range(10_000))), ("list.too_long", "")),
        (
            a_calendar(*(an_entry(f"{n}", "20260701T100000", "RRULE:FREQ=DAILY") for n in range(100))),
            ("list.too_long", ""),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_a_calendar_that_is_wrong_is_refused_whole(
    referrals: Running, content: bytes | str, fault: tuple[str, str]
) -> None:
    answer = await take(referrals, content)
    assert (answer.status_code, codes(answer)[:1]) == (422, [fault]), answer.text
    assert await referrals.rows("select 1 from community_event") == []


async def test_a_calendar_says_whose_its_events_are_and_changes_nobody_elses(referrals: Running) -> None:
    nobodys = await take(referrals, a_calendar(an_entry()), query="")
    assert codes(nobodys) == [("body.required", "/0/X-ICC-COMMUNITIES")]
    assert (await take(referrals, a_calendar(an_entry()))).json()["added"] == 1
    foreign = await take(referrals, a_calendar(an_entry()), "?community=barrow", by=lead(referrals, "barrow"))
    assert codes(foreign) == [("row.out_of_scope", "/0/UID")]
    large = await take(referrals, b"x" * (5 * 1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "body.too_large")
    other = await referrals.client.post("/v1/events.ics", json={}, headers=lead(referrals))
    assert other.status_code == 415


async def test_results_are_told_once_and_counted_and_a_rebuild_gives_the_same(referrals: Running) -> None:
    fair = await planned(referrals)
    told = await send(referrals, RESULTS, f"/{fair['id']}/results")
    assert (told.status_code, told.json()["results"]) == (201, RESULTS)
    assert [one["results"] for one in await diary(referrals)] == [RESULTS]
    again = await send(referrals, RESULTS, f"/{fair['id']}/results")
    assert (again.status_code, again.json()["code"]) == (409, "state.transition")
    wide = lead(referrals, "kendal", "barrow")
    both = (await send(referrals, {**FAIR, "communities": ["kendal", "barrow"]}, by=wide)).json()
    assert (await send(referrals, {"attended": 9}, f"/{both['id']}/results", by=wide)).status_code == 201
    await referrals.work()
    counted = sorted(
        (one["measure"], one["place"], one["month"], one["numerator"], one["denominator"])
        for one in await facts(referrals)
    )
    assert counted == [
        ("events-held", "kendal", "2026-06", 1, None),
        ("events-held", "south-cumbria", "2026-06", 1, None),
        ("health-check-finding-rate", "kendal", "2026-06", 11, 40),
    ]
    before = await published(referrals)
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    assert sorted(await published(referrals), key=str) == sorted(before, key=str)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"attended": 10}, ("number.range", "/checked")),
        ({"signposted": 61}, ("number.range", "/signposted")),
        ({"referred": 61}, ("number.range", "/referred")),
        ({"findings": [{"kind": "x", "new": 40, "known": 1}]}, ("number.range", "/findings/0")),
        ({"findings": [{"kind": "x", "new": 1, "known": 1}] * 2}, ("row.duplicate", "/findings")),
        ({"feedback": {"n": 3, "of": 2}}, ("number.range", "/feedback/n")),
        ({"feedback": {"n": 3, "of": 61}}, ("number.range", "/feedback/of")),
        ({"attended": -1}, ("number.range", "/attended")),
    ],
)
async def test_results_that_cannot_be_are_refused(
    referrals: Running, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    fair = await planned(referrals)
    answer = await send(referrals, {**RESULTS, **change}, f"/{fair['id']}/results")
    assert (answer.status_code, fault in codes(answer)) == (422, True), answer.text
    assert await referrals.rows("select 1 from event_result") == []


async def test_nothing_comes_of_an_event_that_is_still_to_be(referrals: Running) -> None:
    later = referrals.platform.clock().astimezone(UTC) + timedelta(days=2)
    times = {"starts_at": f"{later:%Y-%m-%dT%H:00:00Z}", "ends_at": f"{later:%Y-%m-%dT%H:30:00Z}"}
    fair = await planned(referrals, **times)
    answer = await send(referrals, RESULTS, f"/{fair['id']}/results")
    assert (answer.status_code, codes(answer)) == (422, [("date.future", "")])
    foreign = await send(referrals, RESULTS, f"/{fair['id']}/results", by=lead(referrals, "barrow"))
    assert foreign.status_code == 403
    assert datetime.fromisoformat(fair["starts_at"]) > referrals.platform.clock()
