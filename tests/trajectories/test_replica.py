"""Performance questions may go to a replica, and then to nothing else."""

from pathlib import Path

from shared.ids import new_id
from tests.support.databases import Databases, run_sql
from tests.support.running import running

FACT = """
    insert into fact (author, epoch, seq, measure, month, place, breakdowns, breakdown_key, source, numerator, known_at,
                      provenance)
    values ('referrals', $1, 1, 'referrals-received', '2020-01-01', 'kendal', '{}', '', 'referrals', 12, now(), '{}')
"""


async def test_a_question_is_answered_from_the_replica(databases: Databases, data_dir: Path) -> None:
    async with (
        databases.lend("trajectories") as primary,
        databases.lend("trajectories") as replica,
    ):
        epoch = new_id()
        await run_sql(
            replica, "insert into fact_subscription (author, serving) values ('referrals', $1)", epoch
        )
        await run_sql(replica, FACT, epoch)
        addresses = {"trajectories": {"database_url": primary, "read_url": replica}}
        async with running(
            "trajectories", database_url=primary, data_dir=data_dir, settings=addresses
        ) as service:
            answer = await service.client.get(
                "/v1/performance?measure=referrals-received&community=kendal&from=2020-01&to=2020-01",
                headers=service.token("analyst"),
            )
    assert answer.json()["series"][0]["points"][0]["value"] == 12
