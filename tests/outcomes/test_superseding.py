"""What stands after a resend: table by table, month by month, the file received last."""

from tests.outcomes.builders import ROUTES_CSV, corrected, long_csv
from tests.outcomes.sending import FEED, assessments, cells, checked, post, send, submission
from tests.support.quarter import ASSESSMENTS, PERIOD, as_csv, outcomes_table, routes_table
from tests.support.running import Running


async def test_a_resend_supersedes_and_the_first_file_sent_again_restores_the_first_figures(
    outcomes: Running,
) -> None:
    first = await send(outcomes, ROUTES_CSV)
    second = await send(outcomes, corrected())
    assert second["supersedes"] == first["id"]
    assert (await submission(outcomes, f"{FEED}/{first['id']}"))["superseded_by"] == second["id"]
    assert await assessments(outcomes, "kendal") == [28, 24, 35]
    third = await send(outcomes, ROUTES_CSV)
    assert third["id"] not in {first["id"], second["id"]}
    assert third["supersedes"] == second["id"]
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]


async def test_a_file_sent_again_after_one_that_still_waits_to_be_read_has_the_last_word(
    outcomes: Running,
) -> None:
    first = await send(outcomes, ROUTES_CSV)
    await post(outcomes, corrected())
    again = await send(outcomes, ROUTES_CSV)
    assert again["id"] != first["id"]
    assert await assessments(outcomes, "kendal") == ASSESSMENTS["kendal"]


async def test_a_figure_that_a_resend_no_longer_has_is_withdrawn(outcomes: Running) -> None:
    await send(outcomes, long_csv("2020-01,kendal,community,19", "2020-01,kendal,hospital,6"), period=PERIOD)
    await send(outcomes, long_csv("2020-01,kendal,community,19"), period=PERIOD)
    assert await cells(outcomes, "reablement-assessments", place="kendal") == {
        ("2020-01", "route=community"): (19, None)
    }


async def test_a_return_of_one_month_supersedes_that_month_alone(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    await send(outcomes, long_csv("2020-02,kendal,community,99"))
    assert await assessments(outcomes, "kendal") == [27, 99, 35]
    assert await assessments(outcomes, "barrow") == [50, 0, 47]


async def test_communities_that_a_restatement_leaves_out_are_named(outcomes: Running) -> None:
    first = await send(outcomes, ROUTES_CSV)
    content = long_csv("2020-02,kendal,community,20", "2020-02,barrow,hospital,")
    looked_at = await checked(outcomes, content)
    restated = await send(outcomes, content)
    for said in (looked_at, restated):
        assert said["supersedes"] == first["id"]
        (warning,) = said["warnings"]
        assert warning["code"] == "row.required"
        assert (
            "2020-02: the return that this one supersedes has east, grange-and-lakes, mid-furness, millom"
            in (warning["detail"])
        )
    assert (await checked(outcomes, content))["warnings"] == []


async def test_a_community_given_by_its_practices_before_is_not_left_out(outcomes: Running) -> None:
    header = "period,practice,category,count"
    await send(outcomes, long_csv("2020-02,A82026,community,4", "2020-02,A82033,community,1", header=header))
    (warning,) = (await send(outcomes, long_csv("2020-02,kendal,community,20")))["warnings"]
    assert "has millom, this one has not" in warning["detail"]


async def test_a_month_of_one_table_that_a_restatement_leaves_out_is_told(outcomes: Running) -> None:
    rows = [
        f"2020-{month},kendal,{category},2" for month in ("01", "02") for category in ("community", "plan")
    ]
    await send(outcomes, long_csv(*rows), period=PERIOD)
    again = await send(outcomes, long_csv(*rows[:3]), period=PERIOD)
    details = [warning["detail"] for warning in again["warnings"]]
    kept = "“Outcome of assessment” has no figures for 2020-02 of 2019-20-Q4; what was sent for them before stays"
    assert [detail for detail in details if detail.startswith(kept)]


async def test_one_table_supersedes_only_itself(outcomes: Running) -> None:
    both = await send(outcomes, as_csv(routes_table(), outcomes_table()))
    again = await send(outcomes, corrected())
    assert again["supersedes"] == both["id"]
    assert (await cells(outcomes, "reablement-outcomes", place="kendal"))["2020-01", "outcome=plan"] == (
        23,
        None,
    )
    assert [warning["code"] for warning in again["warnings"]] == ["file.totals_mismatch"]
    assert "kendal, 2020-01" in again["warnings"][0]["detail"]


async def test_a_file_overtaken_by_a_later_one_does_not_stand_before_it(outcomes: Running) -> None:
    """Two workers: the later file is decided first, the earlier one must not bring back what it said."""
    earlier = (await post(outcomes, ROUTES_CSV)).json()["id"]
    later = (await post(outcomes, corrected())).json()["id"]
    await outcomes.rows("update work set due_at = now() + interval '1 hour' where subject = $1", earlier)
    await outcomes.work()
    await outcomes.rows("update work set due_at = now() where subject = $1", earlier)
    await outcomes.work()
    found = await submission(outcomes, f"{FEED}/{earlier}")
    assert (found["status"], found["superseded_by"]) == ("accepted", later)
    assert await assessments(outcomes, "kendal") == [28, 24, 35]


async def test_the_figures_of_every_past_moment_come_out_the_same_after_a_rebuild(outcomes: Running) -> None:
    for content in (ROUTES_CSV, as_csv(routes_table(), outcomes_table()), corrected(), ROUTES_CSV):
        await send(outcomes, content)
    versions = (
        "select measure, month, place, breakdown_key, source, numerator, denominator, provenance, known_at, replaced_at "
        "from fact_cell order by known_at, measure, month, place, breakdown_key"
    )
    before = [tuple(row) for row in await outcomes.rows(versions)]
    headers = {"Idempotency-Key": "r", **outcomes.token("operator")}
    answer = await outcomes.client.post("/v1/operations/facts/rebuild", headers=headers)
    assert answer.status_code == 202
    await outcomes.work()
    assert [tuple(row) for row in await outcomes.rows(versions)] == before
