"""What every service's worker does, whatever else it does."""

import importlib
from datetime import timedelta

from shared.ids import new_id
from tests.support.running import Running


async def test_every_worker_seals_the_audit_and_forgets_old_answers_and_work(
    referrals: Running, outcomes: Running, trajectories: Running
) -> None:
    for running in (referrals, outcomes, trajectories):
        worker = importlib.import_module(f"services.{running.platform.service}.worker")
        names = {periodic.name for periodic in worker.periodics(running.platform)}
        assert names >= {"seal-audit", "prune-keys", "prune-work"}, running.platform.service


async def test_work_that_is_done_is_forgotten_after_seven_days_and_no_other(outcomes: Running) -> None:
    add = "insert into work (id, kind, subject, state, updated_at) values ($1, $2, $1, $3, now() - $4::interval)"
    for kind, state, age in (
        ("done last week", "done", {"days": 7, "hours": 1}),
        ("done this week", "done", {"days": 6, "hours": 23}),
        ("set aside long ago", "failed", {"days": 400}),
    ):
        await outcomes.rows(add, new_id(), kind, state, timedelta(**age))
    await outcomes.work()
    kept = {row["kind"] for row in await outcomes.rows("select kind from work")}
    assert kept == {"done this week", "set aside long ago"}


async def test_of_two_kinds_of_work_on_one_subject_the_one_set_aside_is_retried(outcomes: Running) -> None:
    subject, failed = new_id(), new_id()
    add = "insert into work (id, kind, subject, state) values ($1, $2, $3, $4)"
    await outcomes.rows(add, new_id(), "a", subject, "done")
    await outcomes.rows(add, failed, "b", subject, "failed")
    await outcomes.rows(add, new_id(), "c", subject, "done")
    answer = await outcomes.client.post(
        f"/v1/operations/work/{subject}/retry", headers=outcomes.token("operator")
    )
    assert (answer.status_code, answer.json()["id"]) == (202, str(failed))
