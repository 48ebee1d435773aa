"""A partner says with its answer whether it takes more people: the directory tells it from then on, and its entry is fresh."""

from typing import Any

import pytest

from shared.months import london_day
from tests.referrals.acting import manager
from tests.referrals.moments import at, later
from tests.referrals.onward import a_case, asked, partner, respond
from tests.support.running import Running

SERVICE = "adult-social-care-ot"


async def entry(service: Running) -> dict[str, Any]:
    """The service as the directory tells it."""
    answer = await service.client.get(f"/v1/services/{SERVICE}", headers=manager(service))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("said", "state"), [("yes", "current"), ("waiting-list", "current"), ("no", "closed")]
)
async def test_an_answer_by_link_says_whether_there_is_room(
    referrals: Running, said: str, state: str
) -> None:
    assert ((await entry(referrals))["state"], (await entry(referrals))["capacity"]) == ("stale", None)
    onward = await asked(referrals, await a_case(referrals))
    assert [one["code"] for one in onward["warnings"]] == ["entry.stale"]
    form = {"status": "received", "open": said}
    assert (await referrals.client.post(onward["link"], data=form)).status_code == 200
    told, today = await entry(referrals), london_day(referrals.platform.clock()).isoformat()
    assert told["capacity"] == {"unit": "places", "open": said, "places": None, "as_of": today}
    assert (told["state"], told["assured_on"]) == (state, today)
    (kept,) = await referrals.rows("select client from audit where event = 'directory.changed'")
    assert kept["client"] == "one-time-link"
    with at(referrals, later(referrals, days=190)):
        assert (await entry(referrals))["state"] == ("closed" if said == "no" else "stale")


async def test_the_page_asks_for_room_and_an_answer_without_it_changes_nothing(referrals: Running) -> None:
    onward = await asked(referrals, await a_case(referrals))
    page = await referrals.client.get(onward["link"])
    assert 'name="open" value="waiting-list"' in page.text
    assert (await referrals.client.post(onward["link"], data={"status": "completed"})).status_code == 200
    assert ((await entry(referrals))["state"], (await entry(referrals))["version"]) == ("stale", 1)


async def test_a_form_with_another_word_for_room_leaves_link_and_directory_as_they_were(
    referrals: Running,
) -> None:
    onward = await asked(referrals, await a_case(referrals))
    answer = await referrals.client.post(onward["link"], data={"status": "received", "open": "perhaps"})
    assert (answer.status_code, "by one of the three answers" in answer.text) == (422, True)
    assert (await entry(referrals))["capacity"] is None
    assert (await referrals.client.get(onward["link"])).status_code == 200


async def test_the_service_says_it_by_its_token_and_nobody_for_it(referrals: Running) -> None:
    onward = await asked(referrals, await a_case(referrals))
    body = {"status": "declined", "reason_code": "no-capacity", "open": "no"}
    hearsay = await respond(referrals, onward, body, by=manager(referrals))
    assert [(one["code"], one["pointer"]) for one in hearsay.json()["errors"]] == [
        ("field.read_only", "/open")
    ]
    assert (await entry(referrals))["capacity"] is None
    own = await respond(referrals, onward, body, by=partner(referrals, SERVICE))
    assert (own.status_code, (await entry(referrals))["state"]) == (200, "closed")
