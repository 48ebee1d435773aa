"""Checking a return by its page before it is sent: the reading and the rules of the interface."""

import httpx

from tests.outcomes.builders import ROUTES_CSV, WRONG, registry
from tests.outcomes.sending import checked, post, send
from tests.support.pages import Element, facts_of, form_of, read_page, sign_in, table_of
from tests.support.quarter import as_xlsx, routes_table
from tests.support.running import Running

FEED = "reablement"
NAMES = {one.name: one.slug for one in registry().file.councils}
PEOPLE = b"period,icc,category,count,note\n2020-01,kendal,Community,27,943 476 5919\n"


async def the_page(service: Running) -> Element:
    """The page, for Cumbria's officer, who is signed in."""
    return await sign_in(service.client, service.token("council-feed", org="cumbria"), f"/check?feed={FEED}")


async def drop(
    service: Running, content: bytes, name: str = "return.csv", *, period: str = ""
) -> httpx.Response:
    page = await the_page(service)
    (form,) = page.all("form", enctype="multipart/form-data")
    files = {"file": (name, content)}
    return await service.client.post(form.attributes["action"], files=files, data={"period": period})


async def test_what_is_wrong_is_marked_in_the_senders_own_rows(outcomes: Running) -> None:
    answer = await drop(outcomes, WRONG)
    assert answer.status_code == 422
    page = read_page(answer.text)
    report = await checked(outcomes, WRONG)
    assert [row["What to correct"] for row in table_of(page, id="errors")] == [
        one["detail"] for one in report["errors"]
    ]
    (bad,) = page.all("td", class_="app-bad")
    assert bad.text.endswith(report["errors"][0]["detail"])
    assert bad.text.split()[0] == "47"
    assert list(page.all("form", action=f"/check/{FEED}/send")) == []
    assert await outcomes.rows("select 1 from feed_submission") == []


async def test_a_blank_return_is_taken_from_the_page_and_read_by_it(outcomes: Running) -> None:
    page = await the_page(outcomes)
    (link,) = [one.attributes["href"] for one in page.all("a") if "blank return" in one.text]
    blank = await outcomes.client.get(f"{link}?period=2019-20-Q4")
    assert blank.status_code == 200, blank.text
    assert 'filename="reablement-2019-20-Q4.xlsx"' in blank.headers["content-disposition"]
    told = read_page((await drop(outcomes, blank.content, "return.xlsx")).text)
    assert told.one("h1").text.endswith(", 2019-20-Q4")  # nothing lacks but the figures
    assert [row["Where"] for row in table_of(told, id="errors")] == ["The whole file"]
    analyst = outcomes.token("analyst")
    assert (await outcomes.client.get(link, headers=analyst)).status_code == 403


async def test_a_clean_return_is_sent_from_its_page_once(outcomes: Running) -> None:
    answer = await drop(outcomes, ROUTES_CSV)
    assert answer.status_code == 200, answer.text
    page = read_page(answer.text)
    assert page.one("h1").text.startswith("The return is clean")
    assert await outcomes.rows("select 1 from feed_submission") == []
    form = form_of(page, f"/check/{FEED}/send")
    sent = [await outcomes.client.post(f"/check/{FEED}/send", data=form) for _ in range(2)]
    numbers = {facts_of(read_page(one.text))["Number of the submission"] for one in sent}
    assert [one.status_code for one in sent] == [200, 200]
    assert len(numbers) == 1
    await outcomes.work()
    assert "/returns" in [one.attributes["href"] for one in read_page(sent[0].text).one("main").all("a")]
    (row,) = await outcomes.rows("select id, status, council from feed_submission")
    assert ({str(row["id"])}, row["status"], row["council"]) == (numbers, "accepted", "cumbria")


async def test_a_workbook_is_checked_and_sent_too(outcomes: Running) -> None:
    wrong_table = [list(row) for row in routes_table()]
    wrong_table[2][1] = 47
    wrong = await drop(outcomes, as_xlsx(wrong_table), "return.xlsx")
    marked = read_page(wrong.text)
    (found,) = table_of(marked, id="errors")
    assert "cell b3" in found["Where"].casefold()
    bad = marked.one("td", class_="app-bad")
    assert bad.text == f"47 To be corrected: {found['What to correct']}"
    (link,) = marked.one("table", id="errors").all("a")
    assert link.attributes["href"] == f"#{bad.attributes['id']}"
    (sheet,) = marked.all("h3")
    assert found["Where"].startswith(f"{sheet.text}, ")
    rows = table_of(marked, id="rows-1")
    assert [rows[0]["Row"], *(rows[2][letter] for letter in "AC")] == ["1", "Community", "5"]
    page = read_page((await drop(outcomes, as_xlsx(routes_table()), "return.xlsx")).text)
    form = form_of(page, f"/check/{FEED}/send")
    assert (await outcomes.client.post(f"/check/{FEED}/send", data=form)).status_code == 200
    await outcomes.work()
    (row,) = await outcomes.rows("select status, form from feed_submission")
    assert tuple(row.values()) == ("accepted", "xlsx")


async def test_a_period_is_filled_in_where_the_file_names_none(outcomes: Running) -> None:
    unnamed = b"icc,category,count\nkendal,Community,27\n"
    refused = read_page((await drop(outcomes, unnamed)).text)
    assert refused.one("h1").text.startswith("1 thing is to be corrected")
    assert refused.one("input", id="period").attributes["value"] == ""
    clean = await drop(outcomes, unnamed, period=" 2020-01 ")
    assert clean.status_code == 200, clean.text
    form = form_of(read_page(clean.text), f"/check/{FEED}/send")
    assert form["period"] == "2020-01"
    assert (await outcomes.client.post(f"/check/{FEED}/send", data=form)).status_code == 200
    await outcomes.work()
    assert [row["period"] for row in await outcomes.rows("select period from feed_submission")] == ["2020-01"]
    assert (await drop(outcomes, unnamed, period="Q4")).status_code == 422


async def test_a_file_that_names_people_is_not_drawn(outcomes: Running) -> None:
    page = read_page((await drop(outcomes, PEOPLE)).text)
    assert [row["Where"] for row in table_of(page, id="errors")] == ["Cell E2, note"]
    assert "9434765919" not in page.text
    assert list(page.all("table", class_="app-grid")) == []


async def test_the_officer_sees_which_returns_are_awaited(outcomes: Running) -> None:
    page = await the_page(outcomes)
    returns = table_of(page, class_="app-returns")
    told = await outcomes.client.get(
        f"/v1/feeds/{FEED}/completeness", headers=outcomes.token("council-feed", org="cumbria")
    )
    items = told.json()["items"][: len(returns)]
    assert [row["Period"].split()[-1] for row in returns] == [one["period"] for one in items]
    assert returns[0]["Period"] == "January to March 2023 2022-23-Q4"
    assert returns[0]["Due"] == "30 April 2023"
    assert returns[0]["Where it stands"] == f"overdue {items[0]['days_late']:,} days overdue"
    link = next(iter(page.one("table", class_="app-returns").all("a"))).attributes["href"]
    chosen = await outcomes.client.get(link)
    assert read_page(chosen.text).one("input", id="period").attributes["value"] == "2022-23-Q4"


async def test_which_returns_came_and_what_was_wrong_with_them_is_told(outcomes: Running) -> None:
    await send(outcomes, ROUTES_CSV)
    await post(outcomes, WRONG)
    await outcomes.work()
    headers = outcomes.token("analyst", communities=("*",))
    answer = await outcomes.client.get("/returns", headers=headers)
    assert answer.status_code == 200, answer.text
    page = read_page(answer.text)
    for feed in ("reablement", "homelessness"):
        told = await outcomes.client.get(f"/v1/feeds/{feed}/completeness", headers=headers)
        stands = {(one["council"], one["period"]): one["status"] for one in told.json()["items"]}
        shown = table_of(page, id=f"returns-{feed}")
        assert {NAMES[row["Council"]] for row in shown} <= {council for council, _ in stands}
        assert shown
        for row in shown:
            for period, words in list(row.items())[1:]:
                expected = stands.get((NAMES[row["Council"]], period.split()[-1]))
                assert words.split()[0] == (expected or "none")
    rejected, accepted = table_of(page, class_="app-sent")
    assert (accepted["Council"], accepted["State"]) == ("Cumbria County Council", "accepted")
    assert accepted["Errors"] == "none"
    assert rejected["State"] == "rejected"
    assert (await checked(outcomes, WRONG))["errors"][0]["detail"] in rejected["Errors"]


async def test_a_council_sees_its_own_returns_and_who_reads_no_feeds_sees_none(outcomes: Running) -> None:
    own = await outcomes.client.get(
        "/returns", headers=outcomes.token("council-feed", org="westmorland-and-furness")
    )
    shown = table_of(read_page(own.text), id="returns-reablement")
    assert [row["Council"] for row in shown] == ["Westmorland and Furness Council"]
    for who in (outcomes.token("council-feed", org="nobody"), outcomes.token("dashboard")):
        assert (await outcomes.client.get("/returns", headers=who)).status_code == 403


async def test_another_site_sends_nothing_and_who_sends_no_return_sees_no_page(outcomes: Running) -> None:
    page = read_page((await drop(outcomes, ROUTES_CSV)).text)
    form = form_of(page, f"/check/{FEED}/send")
    assert (await outcomes.client.post(f"/check/{FEED}/send", data=form | {"form": "x"})).status_code == 403
    broken = await outcomes.client.post(f"/check/{FEED}/send", data=form | {"content": "%"})
    assert broken.status_code == 400
    assert await outcomes.rows("select 1 from feed_submission") == []
    for who in (outcomes.token("council-feed", org="nobody"), outcomes.token("analyst")):
        assert (await outcomes.client.get("/check", headers=who)).status_code == 403
