"""Webhooks about returns: each council hears of its own, once."""

from datetime import datetime
from pathlib import Path

from services.outcomes.signals.rules import KINDS
from tests.outcomes.sending import at_noon
from tests.support.databases import Databases
from tests.support.receiving import delivered, receiving, registered, subscriber
from tests.support.running import running


async def test_a_council_hears_that_its_own_return_is_due_and_late(
    databases: Databases, tmp_path: Path
) -> None:
    now = [at_noon("2026-05-15")]

    def clock() -> datetime:
        return now[0]

    async with (
        receiving() as receiver,
        databases.lend("outcomes") as url,
        running(
            "outcomes",
            database_url=url,
            data_dir=tmp_path,
            settings={"delivery_origins": (receiver.origin,)},
            clock=clock,
        ) as service,
    ):
        own = subscriber(service, "council-feed", org="lancashire")
        await registered(service, receiver, list(KINDS), by=own)
        await registered(service, receiver, list(KINDS), by=service.token("hospital-system", org="RTX"))
        for day in ("2026-05-15", "2026-07-25", "2026-07-25", "2026-07-31"):
            now[0] = at_noon(day)
            await delivered(service, receiver.origin)
        of_reablement = [(kind, data) for kind, data in receiver.told() if data["feed"] == "reablement"]
        about = {
            "feed": "reablement",
            "council": "lancashire",
            "period": "2026-27-Q1",
            "due_on": "2026-07-30",
            "submission": None,
        }
        assert of_reablement == [("feed.due", about), ("feed.late", about)]
        assert {data["council"] for _, data in receiver.told()} == {"lancashire"}
