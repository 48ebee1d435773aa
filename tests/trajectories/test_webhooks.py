"""Webhooks of performance: each hears once what its owner reads in the Atom feed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.trajectories.signals.rules import KINDS
from tests.support.databases import Databases
from tests.support.receiving import Receiver, delivered, receiving, registered, subscriber
from tests.support.running import Running
from tests.trajectories.publishing import cut
from tests.trajectories.shares.a_bay import approved, planned
from tests.trajectories.test_signals import ABOVE, SPECIAL, in_may


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Who is told."""
    async with receiving() as one:
        yield one


@pytest.fixture
async def bay(databases: Databases, tmp_path: Path, receiver: Receiver) -> AsyncIterator[Running]:
    """The service in May, which may call the receiver."""
    day = [datetime(2021, 5, 20, 12, 0, tzinfo=UTC)]
    async with in_may(databases, tmp_path, day=day, origins=(receiver.origin,)) as service:
        yield service


def an_analyst(service: Running) -> dict[str, str]:
    return subscriber(service, "analyst", communities=["*"])


async def test_a_special_cause_is_told_once_and_without_a_figure(bay: Running, receiver: Receiver) -> None:
    await registered(bay, receiver, [SPECIAL], by=an_analyst(bay))
    for _ in range(2):
        await delivered(bay, receiver.origin)
    told = {data["community"]: (kind, data) for kind, data in receiver.told()}
    assert told["west"] == (
        SPECIAL,
        {
            "kinds": [SPECIAL],
            "measure": "spells",
            "community": "west",
            "month": "2020-12",
            "basis": "exact",
            "variation": "improvement-high",
            "version_id": None,
        },
    )
    assert len(told) == len(receiver.got)


async def test_two_months_above_are_one_event_with_the_special_cause(
    bay: Running, receiver: Receiver
) -> None:
    await registered(bay, receiver, [ABOVE], by=an_analyst(bay))
    await planned(bay)
    await approved(bay)
    await delivered(bay, receiver.origin)
    told = [(kind, data["community"], data["kinds"]) for kind, data in receiver.told()]
    assert sorted(told)[:1] == [(ABOVE, "east", [ABOVE])]
    assert (ABOVE, "west", [SPECIAL, ABOVE]) in told
    assert len(told) == len({community for _, community, _ in told})


async def test_a_draft_and_its_approval_are_told(bay: Running, receiver: Receiver) -> None:
    await registered(bay, receiver, list(KINDS[2:]), by=an_analyst(bay))
    await planned(bay)
    await approved(bay)
    await delivered(bay, receiver.origin)
    assert {kind for kind, _ in receiver.told()} >= {"trajectory.drafted", "trajectory.approved"}
    assert all(data["version_id"] for _, data in receiver.told())
    assert len({(kind, data["month"]) for kind, data in receiver.told()}) == len(receiver.got)


async def test_who_sees_no_figure_exactly_hears_what_is_published(bay: Running, receiver: Receiver) -> None:
    practice = bay.token("hospital-system", org="RTX")
    await registered(bay, receiver, [SPECIAL], by=practice)
    await delivered(bay, receiver.origin)
    assert receiver.got == []
    await cut(bay)
    await delivered(bay, receiver.origin)
    told = {(data["community"], data["basis"]) for _, data in receiver.told()}
    assert ("west", "published") in told
    assert {basis for _, basis in told} == {"published"}
