"""Whether onward referrals are done in time: counted a day after they fell due, and the same after a rebuild."""

from typing import Any

from services.referrals.facts import TOPICS
from shared.service.upkeep import day_periodic
from tests.referrals.counted import facts
from tests.referrals.onward import a_case, asked, partner, respond
from tests.support.running import Running

OT = "adult-social-care-ot"


async def _counted(service: Running, *line: str) -> list[tuple[Any, ...]]:
    return [
        (fact["place"], fact["month"], fact["numerator"], fact["denominator"])
        for fact in await facts(service)
        if fact["measure"] == "onward-referrals-completed-rate" and fact["breakdowns"] == {line[0]: line[1]}
    ]


async def _fell_due(service: Running, onward: dict[str, Any], *, done_late: bool = False) -> None:
    """Let an onward referral have been due at the beginning of yesterday."""
    await service.rows(
        "update onward_referral set due_at = now() - interval '2 days',"
        " counted_month = date_trunc('month', (now() - interval '2 days') at time zone 'Europe/London'),"
        " completed_at = case when completed_at is null then null when $2 then now() else now() - interval '3 days' end"
        " where id = $1",
        onward["id"],
        done_late,
    )


async def test_what_fell_due_is_counted_and_what_was_done_by_then(referrals: Running) -> None:
    case = await a_case(referrals)
    done, late, declined, silent = [await asked(referrals, case, version=one) for one in (1, 2, 3, 4)]
    await asked(referrals, case, version=5)  # is not due yet
    for onward, status in ((done, "completed"), (late, "completed"), (declined, "declined")):
        await respond(referrals, onward, {"status": status}, by=partner(referrals, OT))
    for onward in (done, declined, silent):
        await _fell_due(referrals, onward)
    await _fell_due(referrals, late, done_late=True)
    await day_periodic(TOPICS).run(referrals.platform)
    await referrals.work()
    (row,) = await referrals.rows("select distinct counted_month from onward_referral where due_at < now()")
    expected = [("A82026", f"{row['counted_month']:%Y-%m}", 1, 4)]
    for line in (
        ("sex", "female"),
        ("age", "85-and-over"),
        ("deprivation", "unknown"),
        ("ethnicity", "unknown"),
    ):
        assert await _counted(referrals, *line) == expected
    await referrals.client.post("/v1/operations/facts/rebuild", headers=referrals.token("operator"))
    await referrals.work()
    for line in (
        ("sex", "female"),
        ("age", "85-and-over"),
        ("deprivation", "unknown"),
        ("ethnicity", "unknown"),
    ):
        assert await _counted(referrals, *line) == expected
