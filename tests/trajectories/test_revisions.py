"""The past of a figure: every value that it ever had, with what brought it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.asking import ask
from tests.trajectories.publishing import cut
from tests.trajectories.quarter import KNOWN_AT, SUBMISSION, a_cell, publish
from tests.trajectories.writing import look, seen

REVISIONS = "/v1/performance/revisions"
JANUARY: dict[str, Any] = {"measure": "reablement-assessments", "community": "barrow", "month": "2020-01"}
MAY = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)


def restated(count: int | None, submission: str = "second") -> Any:
    """January of Barrow's greatest route, as another return has it."""
    cell = a_cell("reablement-assessments", Month(2020, 1), "barrow", count, route="community")
    return replace(cell, provenance={**cell.provenance, "submission": submission})


async def test_every_value_is_told_from_when_until_when_and_what_brought_it(changing: Running) -> None:
    first = (await ask(changing, community="barrow"))["series"][0]["points"][0]["value"]
    await publish(changing, [restated(70)], known_at=MAY)
    await publish(changing, [restated(60, "third")], known_at=MAY + timedelta(days=1))
    body = await seen(changing, REVISIONS, **JANUARY)
    told = [(one["from"], one["to"], one.get("submission")) for one in body["items"]]
    assert told == [
        ("2020-04-09T10:00:00Z", "2020-05-04T09:00:00Z", SUBMISSION),
        ("2020-05-04T09:00:00Z", "2020-05-05T09:00:00Z", "second"),
        ("2020-05-05T09:00:00Z", None, "third"),
    ]
    values = [one["value"] for one in body["items"]]
    assert values[0] == first
    assert [one["change"] for one in body["items"]] == [None, values[1] - values[0], -10]
    for one in body["items"]:
        then = await ask(changing, community="barrow", as_at=one["from"])
        assert then["series"][0]["points"][0]["value"] == one["value"]


async def test_what_changes_nothing_is_no_revision(changing: Running) -> None:
    await publish(changing, [restated(70)], known_at=MAY)
    await publish(changing, [restated(70, "again")], known_at=MAY + timedelta(days=1))
    assert len((await seen(changing, REVISIONS, **JANUARY))["items"]) == 2


async def test_a_figure_that_was_taken_away_is_none_from_then_on(changing: Running) -> None:
    cell = a_cell("carers-identified", Month(2020, 1), "kendal", 12)
    await publish(changing, [cell])
    await publish(changing, [replace(cell, numerator=None)], known_at=MAY)
    body = await seen(changing, REVISIONS, measure="carers-identified", community="kendal", month="2020-01")
    assert [(one["value"], one["change"]) for one in body["items"]] == [(12, None), (None, None)]


async def test_a_rate_has_the_past_of_both_its_parts(changing: Running) -> None:
    asked = {**JANUARY, "measure": "reablement-plan-rate"}
    before = (await seen(changing, REVISIONS, **asked))["items"]
    await publish(changing, [restated(70)], known_at=MAY)
    after = (await seen(changing, REVISIONS, **asked))["items"]
    assert len(before) == 1
    assert len(after) == 2
    assert after[1]["denominator"] > after[0]["denominator"]


async def test_nothing_ever_known_has_no_past(changing: Running) -> None:
    body = await seen(changing, REVISIONS, **{**JANUARY, "month": "2018-01"})
    assert body["items"] == []


async def test_a_month_that_is_counted_here_was_0_before_something_came(changing: Running) -> None:
    await publish(changing, [a_cell("referrals-received", Month(2020, 3), "A82026", 4)], known_at=KNOWN_AT)
    await publish(changing, [a_cell("referrals-received", Month(2020, 3), "A82009", 2)], known_at=MAY)
    body = await seen(changing, REVISIONS, measure="referrals-received", community="barrow", month="2020-03")
    assert [one["value"] for one in body["items"]] == [0, 2]


async def test_others_see_the_past_of_what_was_published(changing: Running) -> None:
    assert (await seen(changing, REVISIONS, "dashboard", **JANUARY))["items"] == []
    first = await cut(changing)
    await publish(changing, [restated(68)], known_at=MAY)
    await publish(changing, [restated(70)], known_at=MAY + timedelta(hours=1))
    waiting = await seen(changing, REVISIONS, "dashboard", **JANUARY)
    assert [(one["value"], one["to"]) for one in waiting["items"]] == [(50, None)]
    second = await cut(changing)
    body = await seen(changing, REVISIONS, "dashboard", **JANUARY)
    assert [(one["from"], one["to"]) for one in body["items"]] == [
        (first["published_at"], second["published_at"]),
        (second["published_at"], None),
    ]
    assert {one["value"] % 5 for one in body["items"]} == {0}
    assert all("submission" not in one for one in body["items"])
    assert body["protection"]["policy"] == "small-numbers-1-7-round-5"
    lead = await seen(changing, REVISIONS, "case-manager", who={"communities": ("barrow",)}, **JANUARY)
    assert len(lead["items"]) == 3


@pytest.mark.parametrize(
    ("change", "role", "status", "code"),
    [
        ({"month": "2020-1"}, "analyst", 422, "date.format"),
        ({"measure": "unheard-of"}, "analyst", 422, "code.unknown"),
        ({"community": "bay"}, "analyst", 422, "icc.ambiguous"),
        ({"community": "A82009"}, "dashboard", 403, "scope"),
        ({"grain": "month"}, "analyst", 400, "query.unknown"),
    ],
)
async def test_what_has_no_past_is_refused(
    changing: Running, change: dict[str, Any], role: str, status: int, code: str
) -> None:
    answer = await look(changing, REVISIONS, role, **{**JANUARY, **change})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert code in {problem["code"], *(one["code"] for one in problem.get("errors", ()))}
