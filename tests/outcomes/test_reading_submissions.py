"""Who may see a submission, and how submissions and their errors are listed."""

import csv
import io

import pytest

from tests.outcomes.builders import ROUTES_CSV, WRONG, corrected, long_csv, routes_csv
from tests.outcomes.sending import FEED, post, send
from tests.support.quarter import PERIOD
from tests.support.running import Running


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
