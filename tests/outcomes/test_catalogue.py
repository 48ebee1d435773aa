"""Where a sender finds what to send, and anyone who may see feeds what is missing."""

import io

import openpyxl
from python_calamine import CalamineWorkbook

from tests.outcomes.sending import XLSX, send
from tests.support.quarter import PERIOD, as_csv, routes_table
from tests.support.running import Running


async def test_the_feeds_tell_their_columns_codes_layouts_and_templates(outcomes: Running) -> None:
    answer = await outcomes.client.get("/v1/feeds", headers=outcomes.token("council-feed", org="cumbria"))
    feeds = {feed["feed"]: feed for feed in answer.json()["items"]}
    assert {"reablement", "carers", "assistive-technology", "homelessness"} <= set(feeds)
    reablement = feeds["reablement"]
    assert reablement["columns"] == ["period", "icc", "category", "count", "note"]
    assert [one["code"] for table in reablement["tables"] for one in table["categories"]] == [
        "community", "community-bed", "hospital", "not-recorded", "plan", "inappropriate", "refused", "moved-or-other",
    ]  # fmt: skip
    assert reablement["printed_layouts"][0]["headings"] == {
        "routes": ["Route of Access"],
        "outcomes": ["Outcome of Assessment"],
    }


async def test_the_feeds_come_in_pages_like_every_list(outcomes: Running) -> None:
    headers = outcomes.token("council-feed", org="cumbria")
    names, query = [], {"limit": "3"}
    while query:
        answer = await outcomes.client.get("/v1/feeds", params=query, headers=headers)
        names.append([feed["feed"] for feed in answer.json()["items"]])
        query = {"limit": "3", "cursor": answer.json()["next"]} if answer.json()["next"] else {}
    assert names == [["assistive-technology", "carers", "homelessness"], ["reablement"]]
    assert "rel=" not in answer.headers.get("link", "")


async def test_every_caller_may_read_what_feeds_there_are_and_only_some_what_was_sent(
    outcomes: Running,
) -> None:
    headers = outcomes.token("dashboard")
    statuses = {
        path: (await outcomes.client.get(f"/v1/feeds{path}", headers=headers)).status_code
        for path in ("", "/reablement/template.csv", "/reablement/completeness", "/reablement/submissions")
    }
    assert list(statuses.values()) == [200, 200, 403, 403]


async def test_a_council_that_has_ended_is_asked_for_its_last_quarter(outcomes: Running) -> None:
    council = outcomes.token("council-feed", org="cumbria")
    told = (await outcomes.client.get("/v1/feeds/reablement/completeness", headers=council)).json()
    assert (told["period"], len(told["items"])) == ("2022-23-Q4", 3 * 6 * 2)
    template = await outcomes.client.get("/v1/feeds/reablement/template.csv", headers=council)
    assert "2023-03,kendal,community,," in template.text


async def test_a_filled_template_is_accepted_as_csv_and_as_xlsx(outcomes: Running) -> None:
    council = outcomes.token("council-feed", org="cumbria")
    path = "/v1/feeds/reablement/template"
    text = (await outcomes.client.get(f"{path}.csv?period={PERIOD}", headers=council)).content.decode(
        "utf-8-sig"
    )
    lines = text.splitlines()
    assert lines[0] == "period,icc,category,count,note"
    assert len(lines) == 1 + 3 * 6 * 8
    filled = "\n".join([lines[0], *(line.replace(",,", ",2,") for line in lines[1:])]).encode()
    assert (await send(outcomes, filled))["rows"]["accepted"] == 144
    book = (await outcomes.client.get(f"{path}.xlsx?period=2020-01", headers=council)).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["period", "icc", "category", "count", "note"]
    assert rows[1][0] == "2020-01"
    (hint,) = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].data_validations.dataValidation
    assert (str(hint.sqref), hint.prompt) == ("E2:E1048576", "Checked and not kept: name no person.")


async def test_an_empty_template_sent_back_is_refused(outcomes: Running) -> None:
    council = outcomes.token("council-feed", org="cumbria")
    answer = await outcomes.client.get(f"/v1/feeds/reablement/template.xlsx?period={PERIOD}", headers=council)
    found = await send(outcomes, answer.content, media_type=XLSX)
    assert [error["code"] for error in found["errors"]] == ["file.no_rows"]


async def test_what_is_missing_is_told_by_month_community_and_table(outcomes: Running) -> None:
    await send(outcomes, as_csv(routes_table()))
    answer = await outcomes.client.get(
        f"/v1/feeds/reablement/completeness?period={PERIOD}", headers=outcomes.token("analyst")
    )
    items = answer.json()["items"]
    assert len(items) == 3 * 8 * 2
    supplied = {(item["place"], item["table"]) for item in items if item["status"] == "supplied"}
    assert supplied == {
        (place, "routes")
        for place in ("barrow", "millom", "mid-furness", "grange-and-lakes", "kendal", "east")
    }
    assert {item["council"] for item in items if item["place"] == "lancaster"} == {"lancashire"}


async def test_an_unknown_feed_has_neither_template_nor_completeness(outcomes: Running) -> None:
    for path in ("template.csv", "completeness"):
        answer = await outcomes.client.get(f"/v1/feeds/bins/{path}", headers=outcomes.token("analyst"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
