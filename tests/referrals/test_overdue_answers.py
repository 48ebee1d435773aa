"""An answer that a partner owes beyond its day is told to webhooks once."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from services.referrals.onward.rules import LINK_HOLDS
from tests.referrals.acting import manager
from tests.referrals.builders import KENDAL_PRACTICE
from tests.referrals.moments import at, later
from tests.referrals.onward import a_case, asked, respond
from tests.support.databases import Databases
from tests.support.receiving import Receiver, delivered, receiving, registered
from tests.support.running import Running, running

OVERDUE = "onward.overdue"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Who is told."""
    async with receiving() as one:
        yield one


@pytest.fixture
async def telling(databases: Databases, data_dir: Path, receiver: Receiver) -> AsyncIterator[Running]:
    """The referrals service, which may call the receiver."""
    given = {"delivery_origins": (receiver.origin,)}
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir, settings=given) as service,
    ):
        yield service


async def test_an_answer_that_is_overdue_is_told_once(telling: Running, receiver: Receiver) -> None:
    own = telling.token("practice-system", org=KENDAL_PRACTICE)
    await registered(telling, receiver, [OVERDUE], by=own)
    case = await a_case(telling)
    late = await asked(telling, case, to="district-nursing")
    answered = await asked(telling, case, version=2)
    done = await respond(telling, answered, {"status": "completed"}, by=manager(telling))
    assert done.status_code == 200, done.text
    await delivered(telling, receiver.origin)
    assert receiver.got == []
    with at(telling, later(telling, days=LINK_HOLDS.days)):
        for _ in range(2):
            await delivered(telling, receiver.origin)
    assert receiver.told() == [
        (
            OVERDUE,
            {
                "referral_id": case["id"],
                "case_id": case["case_id"],
                "community": "kendal",
                "pathway": "case-management",
                "onward_id": late["id"],
            },
        )
    ]
    (told,) = receiver.got
    assert datetime.fromisoformat(told.json()["timestamp"]) == datetime.fromisoformat(late["due"])
    assert len(await telling.rows("select from audit where event = 'onward.overdue'")) == 1
    assert len(await telling.rows("select from onward_referral where overdue_at is not null")) == 1
