"""What a resend says of itself: which figures it changes, which submissions it supersedes, whether it was sent before."""

from datetime import date
from typing import Any

import pytest

from tests.outcomes.builders import ROUTES_CSV, corrected, long_csv, registry
from tests.outcomes.sending import FEED, checked, send, submission
from tests.support.quarter import ROUTES, as_csv, printed_table, routes_table
from tests.support.running import Running

ROUTE = ("community", "community-bed", "hospital", "not-recorded")
KENDAL = {
    "table": "routes",
    "place": "kendal",
    "month": "2020-01",
    "category": "community",
    "was": 19,
    "is": 20,
}


async def test_a_resend_says_which_figure_it_changes_before_and_after_it_is_sent(outcomes: Running) -> None:
    first = await send(outcomes, ROUTES_CSV)
    assert (first["changes"], first["changes_total"], first["superseded"]) == (None, None, [])
    looked_at = await checked(outcomes, corrected())
    sent = await send(outcomes, corrected())
    for said in (looked_at, sent):
        assert (said["changes"], said["changes_total"]) == ([KENDAL], 1)
        assert said["superseded"] == [said["supersedes"]] == [first["id"]]


async def test_a_resend_of_the_same_figures_in_another_form_changes_none(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    again = as_csv(routes_table(), [["Source: case system"]])
    said = await send(outcomes, again)
    assert (said["changes"], said["changes_total"]) == ([], 0)


async def test_figures_that_come_and_go_are_changes_to_and_from_nothing(outcomes: Running) -> None:
    await send(outcomes, long_csv("2020-01,kendal,community,1", "2020-02,kendal,community,2"))
    said = await send(
        outcomes, long_csv("2020-01,kendal,community,", "2020-01,east,hospital,0"), withdraw="2020-02"
    )
    assert [(one["place"], one["month"], one["was"], one["is"]) for one in said["changes"]] == [
        ("kendal", "2020-01", 1, None),
        ("east", "2020-01", None, 0),
        ("kendal", "2020-02", 2, None),
    ]


async def test_a_month_of_which_nothing_stood_is_no_change(outcomes: Running) -> None:
    await send(outcomes, long_csv("2020-01,kendal,community,1"))
    said = await send(outcomes, long_csv("2020-01,kendal,community,1", "2020-02,kendal,community,2"))
    assert said["changes_total"] == 0


async def test_at_most_a_hundred_changes_are_shown_and_all_are_counted(outcomes: Running) -> None:
    practices = sorted(registry().practices_of_council("cumbria", date(2020, 1, 1)))[:12]
    rows = [
        f"2020-{month:02},{one},{category}" for month in (1, 2, 3) for one in practices for category in ROUTE
    ]
    header = "period,practice,category,count"
    await send(outcomes, long_csv(*(f"{row},1" for row in rows), header=header))
    said = await send(outcomes, long_csv(*(f"{row},2" for row in rows), header=header))
    assert (len(said["changes"]), said["changes_total"]) == (100, len(rows))


async def test_every_submission_that_a_return_supersedes_is_named(outcomes: Running) -> None:
    months = [
        await send(outcomes, long_csv(f"2020-{month},kendal,community,5")) for month in ("01", "02", "03")
    ]
    said = await send(outcomes, ROUTES_CSV)
    assert said["superseded"] == [one["id"] for one in months]
    assert said["supersedes"] == months[-1]["id"]
    assert (await submission(outcomes, f"{FEED}/{months[0]['id']}"))["superseded_by"] == said["id"]


def spring(**changed: Any) -> bytes:
    """The winter's figures under the title of the quarter that followed."""
    months = dict(zip(("April", "May", "June"), ROUTES.values(), strict=True)) | changed
    return as_csv(printed_table(months, title="Reablement - Qtr 1 2020/2021 Route of Access"))


async def test_last_quarters_figures_under_a_new_title_are_warned_of(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    looked_at = await checked(outcomes, spring())
    assert looked_at["status"] == "accepted"
    (warning,) = looked_at["warnings"]
    assert warning["code"] == "file.duplicate"
    assert "every figure is the one in force for 2020-01 to 2020-03" in warning["detail"]
    assert (await send(outcomes, spring()))["warnings"] == [warning]
    other = spring(April={**ROUTES["January"], "Community": (46, 5, 24, 10, 20, 16)})
    assert (await send(outcomes, other))["warnings"] == []


@pytest.mark.parametrize("earlier", ["2019-01", "2019-12", "2020-02"])
async def test_a_month_that_repeats_another_is_warned_of(outcomes: Running, earlier: str) -> None:
    def rows(month: str) -> bytes:
        return long_csv(*(f"{month},{place},community,7" for place in ("kendal", "east", "barrow", "millom")))

    await send(outcomes, rows(earlier))
    (warning,) = (await send(outcomes, rows("2020-01")))["warnings"]
    assert f"in force for {earlier}." in warning["detail"]


async def test_a_few_small_figures_may_be_alike(outcomes: Running) -> None:
    for month in ("2020-01", "2020-02"):
        said = await send(outcomes, long_csv(*(f"{month},kendal,{route},1" for route in ROUTE[:3])))
        assert said["warnings"] == []
