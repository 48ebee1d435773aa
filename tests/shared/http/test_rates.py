"""One noisy client is slowed down, the others are not."""

from datetime import UTC, datetime
from typing import Any

import time_machine

from tests.shared.tiny import at_once, tiny_application
from tests.support.databases import Databases


async def test_a_client_beyond_its_rate_is_told_when_to_come_back(
    databases: Databases, tmp_path: Any
) -> None:
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path, rate_limit=5) as tiny,
    ):
        # However long the requests take, they are of one second.
        with time_machine.travel(datetime.now(UTC), tick=False):
            answers = await at_once(*(tiny.get("/v1/things") for _ in range(30)))
        other = await tiny.client.get("/v1/things", headers=tiny.bearer("auditor"))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) == 5
    assert {answer.json()["code"] for answer in refused} == {"rate_limit"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert other.status_code == 200
