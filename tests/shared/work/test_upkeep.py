"""What every service's worker does, whatever else it does."""

import importlib

from tests.support.running import Running


async def test_every_worker_seals_the_audit_and_forgets_old_answers(
    referrals: Running, outcomes: Running, trajectories: Running
) -> None:
    for running in (referrals, outcomes, trajectories):
        worker = importlib.import_module(f"services.{running.platform.service}.worker")
        names = {periodic.name for periodic in worker.periodics(running.platform)}
        assert names > {"seal-audit", "prune-keys"}, running.platform.service
