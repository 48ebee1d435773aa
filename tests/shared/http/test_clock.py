"""Where the future begins: by the service's clock, to the day and to the second."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.auth.tokens import LATE_SECONDS
from shared.http.dates import CLOCK_TOLERANCE
from tests.shared.tiny import tiny_application
from tests.support.databases import Databases
from tests.support.running import running

# Half past midnight in London, of the day after.
NOW = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def test_today_is_the_day_it_is_in_london(databases: Databases, tmp_path: Path) -> None:
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path, clock=lambda: NOW) as tiny,
    ):
        sent = '{"person": {"nhs_number": "9990000018", "born": "%s"}, "title": "x"}'
        today = await tiny.post("/v1/things", (sent % "2026-07-01").encode())
        tomorrow = await tiny.post("/v1/things", (sent % "2026-07-02").encode())
    assert today.status_code == 201
    assert [error["code"] for error in tomorrow.json()["errors"]] == ["date.future"]


@pytest.mark.parametrize(
    ("as_at", "status"),
    [(NOW, 200), (NOW + CLOCK_TOLERANCE, 200), (NOW + CLOCK_TOLERANCE + SECOND, 422)],
)
async def test_what_will_be_known_is_not_told_beyond_what_clocks_may_differ(
    databases: Databases, tmp_path: Path, as_at: datetime, status: int
) -> None:
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path, clock=lambda: NOW) as service,
    ):
        answer = await service.client.get(
            "/v1/performance",
            params={
                "measure": "reablement-assessments",
                "period": "last-3-months",
                "as_at": as_at.isoformat(),
            },
            headers=service.token("dashboard"),
        )
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["code"] == "date.future"


async def test_a_remembered_token_ends_when_it_says_and_a_request_under_way_may_end(
    databases: Databases, tmp_path: Path
) -> None:
    hour = timedelta(hours=1)
    last = NOW + hour + timedelta(seconds=LATE_SECONDS)
    time = [NOW]
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path, clock=lambda: time[0]) as tiny,
    ):
        bearer = tiny.bearer(ttl=hour)
        seen = []
        for time[0] in (NOW, last, last, last + SECOND):
            seen.append((await tiny.client.get("/v1/things", headers=bearer)).status_code)
    assert seen == [200, 200, 200, 401]
