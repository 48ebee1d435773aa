"""Two requests at once, or a table that somebody holds: what the second sender is told."""

import asyncpg

from shared.auth import Caller
from shared.idempotency.answers import KeyedRequest
from tests.referrals.builders import KENDAL_PRACTICE, a_referral, keyed
from tests.support.running import Running


async def test_while_the_first_request_with_a_key_runs_a_second_one_is_told_to_come_back(
    referrals: Running, practice: dict[str, str]
) -> None:
    headers = keyed(practice)
    claim = "insert into idempotency (client, route, key, body_sha256) values ($1, $2, $3, $4)"
    holder = await asyncpg.connect(referrals.database_url)
    first = holder.transaction()
    await first.start()
    caller = Caller(f"local:practice-system:{KENDAL_PRACTICE}", frozenset(), org=KENDAL_PRACTICE)
    held = KeyedRequest.of(
        referrals.platform.keyring,
        caller,
        route="POST /v1/referrals",
        key=headers["Idempotency-Key"],
        digest=b"\0" * 32,
    )
    await holder.execute(claim, held.client, held.route, held.key, held.digest)
    answer = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    await first.rollback()
    again = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    await holder.close()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.in_progress")
    assert answer.headers["Retry-After"] == "1"
    assert again.status_code == 201


async def test_a_table_that_somebody_holds_is_a_busy_database_and_no_conflict(
    referrals: Running, practice: dict[str, str]
) -> None:
    holder = await asyncpg.connect(referrals.database_url)
    held = holder.transaction()
    await held.start()
    await holder.execute("lock table referral in access exclusive mode")
    answer = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    await held.rollback()
    await holder.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency")
    assert int(answer.headers["Retry-After"]) > 0
