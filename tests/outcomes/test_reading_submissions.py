"""Who may see a submission, and how submissions and their errors are listed."""

import csv
import io
from typing import Any

import pytest

from services.outcomes.submissions.schemas import NOT_TOLD
from tests.outcomes.builders import ROUTES_CSV, WRONG, corrected, long_csv, routes_csv
from tests.outcomes.sending import FEED, post, send
from tests.support.quarter import OUTCOMES, PERIOD, as_csv, outcomes_table, routes_table
from tests.support.running import Running

DIFFERING = {**OUTCOMES, "January": {**OUTCOMES["January"], "Reablement Inapproriate": (10, 4, 9, 3, 2, 1)}}
"""Outcomes that count one assessment more in January than the routes do, in East."""


async def test_a_submission_is_seen_by_its_council_its_communities_and_the_whole_bay_only(
    outcomes: Running,
) -> None:
    location = f"{FEED}/{(await send(outcomes, ROUTES_CSV))['id']}"
    seen = {
        "own council": outcomes.token("council-feed", org="cumbria"),
        "its community": outcomes.token("development-lead", communities=("kendal",)),
        "the Bay": outcomes.token("analyst"),
    }
    hidden = {
        "another council": outcomes.token("council-feed", org="lancashire"),
        "another community": outcomes.token("development-lead", communities=("lancaster",)),
    }
    statuses = {
        who: (await outcomes.client.get(location, headers=token)).status_code
        for who, token in {**seen, **hidden}.items()
    }
    assert statuses == {**dict.fromkeys(seen, 200), **dict.fromkeys(hidden, 404)}
    dashboard = await outcomes.client.get(location, headers=outcomes.token("dashboard"))
    assert dashboard.status_code == 403
    foreign = await outcomes.client.get(
        FEED, params={"council": "cumbria"}, headers=hidden["another council"]
    )
    assert (foreign.status_code, foreign.json()["code"]) == (403, "scope")


SMALL = routes_csv(row=4, column=1, to=2)
"""The routes with one assessment too many in a cell of 1: each error tells small numbers."""


@pytest.mark.parametrize(
    "content", [SMALL, as_csv(routes_table(), outcomes_table(DIFFERING))], ids=["errors", "warnings"]
)
async def test_small_numbers_of_a_return_are_told_to_those_who_have_exact_ones_of_its_council_alone(
    outcomes: Running, content: bytes
) -> None:
    location = f"{FEED}/{(await send(outcomes, content))['id']}"
    all_served = ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east")
    exact = {
        "own council": outcomes.token("council-feed", org="cumbria"),
        "the Bay": outcomes.token("analyst"),
        "every community of the council": outcomes.token("development-lead", communities=all_served),
    }
    protected = {
        "operator": outcomes.token("operator"),
        "publisher": outcomes.token("publisher"),
        "one of its communities": outcomes.token("development-lead", communities=("kendal",)),
        "all but one": outcomes.token("development-lead", communities=all_served[1:]),
    }
    told = await said_of(outcomes, location, exact["own council"])
    for token in exact.values():
        assert await said_of(outcomes, location, token) == told
        assert "protected" not in told[0]
        assert told[0]["totals"]
    for token in protected.values():
        one, listed, errors = await said_of(outcomes, location, token)
        assert one == listed
        assert one["rows"] == told[0]["rows"]
        for name in ("errors", "warnings"):
            bare = {"row": None, "column": None, "detail": NOT_TOLD}
            assert one[name] == [{"code": found["code"], **bare} for found in told[0][name]]
        assert (one["protected"], one["totals"], one["sha256"], one["aliases_used"]) == (True, None, None, [])
        assert {line[3] for line in errors[1:]} <= {NOT_TOLD}


async def said_of(
    outcomes: Running, location: str, token: dict[str, str]
) -> tuple[Any, Any, list[list[str]]]:
    """A submission as read, as listed, and its errors as CSV."""
    one = await outcomes.client.get(location, headers=token)
    listed = await outcomes.client.get(FEED, headers=token)
    errors = await outcomes.client.get(f"{location}/errors.csv", headers=token)
    return one.json(), listed.json()["items"][0], list(csv.reader(io.StringIO(errors.text)))


async def test_the_list_is_cut_into_pages_newest_first(outcomes: Running) -> None:
    sent = [(await send(outcomes, content))["id"] for content in (ROUTES_CSV, corrected(), WRONG)]
    headers = outcomes.token("analyst")
    first = (await outcomes.client.get(FEED, params={"limit": "2"}, headers=headers)).json()
    second = (
        await outcomes.client.get(FEED, params={"limit": "2", "cursor": first["next"]}, headers=headers)
    ).json()
    assert [item["id"] for item in [*first["items"], *second["items"]]] == sent[::-1]
    assert second["next"] is None
    rejected = (await outcomes.client.get(FEED, params={"status": "rejected"}, headers=headers)).json()
    assert [item["id"] for item in rejected["items"]] == [sent[2]]


async def test_the_errors_come_as_csv_that_is_safe_in_a_spreadsheet(outcomes: Running) -> None:
    found = await send(outcomes, routes_csv(row=1, column=1, to='=HYPERLINK("x")'))
    answer = await outcomes.client.get(
        f"{FEED}/{found['id']}/errors.csv",
        headers={**outcomes.token("council-feed", org="cumbria"), "Accept": "text/csv"},
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["row", "column", "code", "detail", "sheet", "cell"]
    assert (rows[1][:3], rows[1][5]) == (["1", '\'=HYPERLINK("x")', "icc.unknown"], "B1")


async def test_at_most_a_hundred_errors_are_shown_and_all_are_counted(outcomes: Running) -> None:
    found = await send(outcomes, long_csv(*["2020-01,nowhere,community,1"] * 150))
    assert (len(found["errors"]), found["errors_total"]) == (100, 150)
    answer = await outcomes.client.get(f"{FEED}/{found['id']}/errors.csv", headers=outcomes.token("analyst"))
    assert len(answer.text.splitlines()) == 151


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"period": "garbage"}, "/period", "date.format"),
        ({"period": "2019-21"}, "/period", "date.format"),
        ({"council": "atlantis"}, "/council", "code.unknown"),
        ({"status": "foo"}, "/status", "enum"),
    ],
)
async def test_a_list_is_not_asked_for_what_nothing_can_have(
    outcomes: Running, query: dict[str, str], pointer: str, code: str
) -> None:
    answer = await outcomes.client.get(FEED, params=query, headers=outcomes.token("analyst"))
    assert answer.status_code == 422
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]


async def test_the_list_of_a_period_has_what_is_shown_with_it_read_or_not(outcomes: Running) -> None:
    headers = outcomes.token("analyst")
    accepted = (await send(outcomes, ROUTES_CSV))["id"]
    waiting = (await post(outcomes, corrected(), period=PERIOD)).json()
    assert (waiting["status"], waiting["period"]) == ("received", PERIOD)
    found = await outcomes.client.get(FEED, params={"period": PERIOD, "council": "cumbria"}, headers=headers)
    assert [item["id"] for item in found.json()["items"]] == [waiting["id"], accepted]
    other = await outcomes.client.get(FEED, params={"period": "2019-20-Q3"}, headers=headers)
    assert other.json()["items"] == []
