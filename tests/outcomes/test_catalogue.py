"""Where a sender finds what to send, and anyone who may see feeds what is missing."""

import csv
import io

import openpyxl
from python_calamine import CalamineWorkbook

from tests.outcomes.sending import XLSX, send
from tests.support.quarter import PERIOD
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
    assert [one["period"] for one in told["items"]] == [f"2022-23-Q{number}" for number in (4, 3, 2, 1)]
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


async def template(outcomes: Running, form: str, *, org: str = "cumbria", **query: str) -> bytes:
    """A template as this council gets it."""
    answer = await outcomes.client.get(
        f"/v1/feeds/reablement/template.{form}", params=query, headers=outcomes.token("council-feed", org=org)
    )
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_template_in_the_printed_shape_is_accepted_once_it_is_filled_in(outcomes: Running) -> None:
    text = (await template(outcomes, "csv", shape="printed", period=PERIOD)).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == [
        "Reablement - Qtr 4 2019/2020 - Route of Access",
        *("Barrow", "Millom", "Mid Furness", "Grange & Lakes", "Kendal", "East", "Grand Total"),
    ]
    assert [line[0] for line in lines[1:6]] == [
        "January 2020", "Community", "Community Bed", "Hospital", "Not Recorded",
    ]  # fmt: skip
    blank = await send(outcomes, text.encode())
    assert [error["code"] for error in blank["errors"]] == ["file.no_rows"]
    months = {"January 2020", "February 2020", "March 2020", "Grand Total"}
    filled = io.StringIO(newline="")
    csv.writer(filled).writerows(
        [line[0], *["2"] * 6, ""] if line and line[0] not in months and "Qtr" not in line[0] else line
        for line in lines
    )
    found = await send(outcomes, filled.getvalue().encode())
    assert (found["status"], found["period"], found["errors"]) == ("accepted", PERIOD, [])
    assert found["totals"]["computed"] == found["totals"]["tables"]["outcomes"]["computed"] == 3 * 4 * 6 * 2


async def test_a_workbook_in_the_printed_shape_adds_itself_up_and_has_a_sheet_for_each_table(
    outcomes: Running,
) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(await template(outcomes, "xlsx", shape="printed", period=PERIOD))
    )
    assert book.sheetnames == ["Route of access", "Outcome of assessment"]
    sheet = book["Route of access"]
    assert [sheet[cell].value for cell in ("B2", "H2", "H3", "B17", "H17")] == [
        "=SUM(B3:B6)", "=SUM(B2:G2)", "=SUM(B3:G3)", "=SUM(B2,B7,B12)", "=SUM(B17:G17)",
    ]  # fmt: skip
    assert sheet["B3"].value is None
    (rule, *_) = [one for one in sheet.data_validations.dataValidation if "B3" in str(one.sqref)]
    assert (rule.type, rule.operator, rule.formula1) == ("whole", "greaterThanOrEqual", "0")


async def test_a_workbook_of_the_long_form_has_names_where_the_csv_has_codes(outcomes: Running) -> None:
    content = await template(outcomes, "xlsx", period="2020-01")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert ["2020-01", "Grange & Lakes", "Community Bed"] in [row[:3] for row in rows]
    assert b"2020-01,grange-and-lakes,community-bed,," in await template(outcomes, "csv", period="2020-01")


async def test_a_council_whose_table_nobody_declared_has_no_printed_template(outcomes: Running) -> None:
    for token in (outcomes.token("council-feed", org="lancashire"), outcomes.token("analyst")):
        answer = await outcomes.client.get(
            "/v1/feeds/reablement/template.xlsx", params={"shape": "printed"}, headers=token
        )
        assert answer.status_code == 422
        assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [("enum", "/shape")]


async def test_an_empty_template_sent_back_is_refused(outcomes: Running) -> None:
    council = outcomes.token("council-feed", org="cumbria")
    answer = await outcomes.client.get(f"/v1/feeds/reablement/template.xlsx?period={PERIOD}", headers=council)
    found = await send(outcomes, answer.content, media_type=XLSX)
    assert [error["code"] for error in found["errors"]] == ["file.no_rows"]


async def test_an_unknown_feed_has_neither_template_nor_completeness(outcomes: Running) -> None:
    for path in ("template.csv", "completeness"):
        answer = await outcomes.client.get(f"/v1/feeds/bins/{path}", headers=outcomes.token("analyst"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
