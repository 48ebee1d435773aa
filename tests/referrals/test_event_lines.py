"""The lines of the diary's calendar, as RFC 5545 wants them."""

from datetime import UTC, datetime

from icalendar import Calendar

from tests.referrals.test_events import FAIR, planned
from tests.support.running import Running

NEXT = datetime.now(tz=UTC).year + 1


async def test_no_line_of_the_calendar_is_longer_than_75_bytes(referrals: Running) -> None:
    times = {"starts_at": f"{NEXT}-06-20T10:00:00+01:00", "ends_at": f"{NEXT}-06-20T15:00:00+01:00"}
    await planned(referrals, **times, title="é" * 200)
    content = (await referrals.client.get("/v1/events.ics")).content
    assert max(map(len, content.split(b"\r\n"))) <= 75
    (entry,) = Calendar.from_ical(content).walk("VEVENT")
    assert (str(entry["SUMMARY"]), str(entry["DESCRIPTION"])) == ("é" * 200, FAIR["description"])
