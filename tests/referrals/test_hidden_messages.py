"""The worker's round that hides message ids."""

from services.referrals.intake.messages import hide_messages
from tests.support.running import Running

STILL_AT_WORK = """
    select pid from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
"""


async def test_a_round_that_finds_nothing_leaves_no_connection_at_work(referrals: Running) -> None:
    """The driver does not end an `executemany` of nothing: the server waits, cancels, and nobody can use the connection."""
    assert await hide_messages().run(referrals.platform) is False
    assert await referrals.rows(STILL_AT_WORK) == []
