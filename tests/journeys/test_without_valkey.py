"""Without Valkey the system starts, says so, accepts, and its figures arrive by the sweep."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import quarter
from tests.support.system import System, running_system, until

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def system(system_directory: Path) -> Iterator[System]:
    """A whole system that was told to go without Valkey."""
    with running_system(
        system_directory, environment={"ICC_REDIS_URL": "none", "ICC_SWEEP_INTERVAL": "1s"}
    ) as started:
        yield started


async def test_it_is_ready_and_says_that_it_is_degraded(system: System) -> None:
    async with system.client("outcomes") as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert system.kill("valkey-server") == 0


async def test_a_councils_figures_arrive_by_the_sweep(system: System) -> None:
    async with system.client("outcomes") as client:
        answer = await client.post(
            "/v1/feeds/reablement/submissions",
            content=quarter.as_csv(quarter.routes_table()),
            headers={
                **system.token("council-feed", org="cumbria"),
                "Content-Type": "text/csv",
                "Idempotency-Key": secrets.token_hex(8),
                "Prefer": "wait=20",
            },
        )
    assert answer.status_code == 200, answer.text

    async def arrived() -> bool:
        async with system.client("trajectories") as client:
            shown = await client.get(
                "/v1/performance?measure=reablement-assessments&community=barrow&from=2020-01&to=2020-03",
                headers=system.token("analyst"),
            )
        return [point["value"] for point in shown.json()["series"][0]["points"]] == quarter.ASSESSMENTS[
            "barrow"
        ]

    await until(arrived, seconds=60)
