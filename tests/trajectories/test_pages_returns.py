"""What is due and overdue of councils on the page of feeds: read of outcomes with the reader's own token."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.trajectories.dashboard.clients import Outcomes
from shared.service.sister import Sister
from shared.settings import PlatformSettings
from tests.support.databases import Databases
from tests.support.running import Running, running
from tests.trajectories.pages import Element, read_page, table_of
from tests.trajectories.writing import look

AWAY = httpx.MockTransport(lambda _: httpx.Response(503))


@pytest.fixture
async def outcomes_told(databases: Databases, tmp_path: Path) -> AsyncIterator[tuple[Running, Outcomes]]:
    """The dashboard beside the true outcomes service, which verifies the same tokens."""
    settings = PlatformSettings(environment="test", data_dir=tmp_path)
    async with (
        databases.lend("outcomes") as of_outcomes,
        databases.lend("trajectories") as of_trajectories,
        running("outcomes", database_url=of_outcomes, data_dir=tmp_path) as outcomes,
    ):
        transport = httpx.ASGITransport(app=outcomes.app)
        told = Outcomes(Sister(settings, "outcomes", of=None, transport=transport))
        async with running(
            "trajectories", database_url=of_trajectories, data_dir=tmp_path, returns=told
        ) as service:
            yield service, told


async def feeds(service: Running, role: str = "analyst") -> Element:
    answer = await look(service, "/feeds", role)
    assert answer.status_code == 200, answer.text
    return read_page(answer.text)


async def test_what_is_due_and_overdue_of_councils_stands_on_the_dashboard(
    outcomes_told: tuple[Running, Outcomes],
) -> None:
    service, told = outcomes_told
    found = {row["Return"]: row for row in table_of(await feeds(service), class_="app-returns")}
    reablement = next(row for title, row in found.items() if title.startswith("Reablement"))
    assert "Lancashire County Council: 3 returns, the oldest since" in reablement["Overdue"]
    assert "Westmorland and Furness Council" in reablement["Due next"]
    token = service.token("dashboard", communities=("*",))["Authorization"].removeprefix("Bearer ")
    assert await told.seen_by(token) is None
    assert await told.seen_by("nonsense") is None


async def test_while_outcomes_is_away_the_page_says_so(databases: Databases, tmp_path: Path) -> None:
    settings = PlatformSettings(environment="test", data_dir=tmp_path)
    away = Outcomes(Sister(settings, "outcomes", of=None, transport=AWAY))
    async with (
        databases.lend("trajectories") as url,
        running("trajectories", database_url=url, data_dir=tmp_path, returns=away) as service,
    ):
        page = (await feeds(service)).one("main")
        assert "The outcomes service does not answer now" in page.text
        assert list(page.all("table", class_="app-returns")) == []
