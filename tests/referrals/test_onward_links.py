"""A partner without a system of its own answers by a one-time link, on a page that needs nothing but a browser."""

import asyncio
import re

import pytest

from tests.referrals.moments import at, later
from tests.referrals.onward import REASON, a_case, asked
from tests.support.pages import read_page
from tests.support.running import Running

DONE = {"status": "completed", "reason_code": "", "outcome": "Rails fitted\r\nbeside the bath"}


async def test_the_page_asks_and_takes_the_answer(referrals: Running) -> None:
    onward = await asked(referrals, await a_case(referrals))
    page = await referrals.client.get(onward["link"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert REASON in page.text
    assert "Kathy Archer" in page.text
    assert "999 000 0018" in page.text
    thanks = await referrals.client.post(onward["link"], data=DONE)
    assert (thanks.status_code, "Thank you" in thanks.text, "Archer" in thanks.text) == (200, True, False)
    (row,) = await referrals.rows("select status, answered_by from onward_referral")
    assert (row["status"], row["answered_by"]) == ("completed", "link")
    (event,) = await referrals.rows("select by_client from referral_event where event = 'onward.answered'")
    assert event["by_client"] == "one-time-link"


async def test_the_page_runs_no_script_sets_no_cookie_and_asks_no_other_host(referrals: Running) -> None:
    page = await referrals.client.get((await asked(referrals, await a_case(referrals)))["link"])
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'")
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "set-cookie" not in page.headers
    assert not re.search(r"<script|https?:|\bon\w+=|src=", page.text)
    assert 'name="viewport"' in page.text


async def test_a_link_is_read_often_and_used_once(referrals: Running) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    assert [(await referrals.client.get(link)).status_code for _ in range(3)] == [200, 200, 200]
    answers = await asyncio.gather(*(referrals.client.post(link, data=DONE) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5
    assert (await referrals.client.get(link)).status_code == 404
    assert len(await referrals.rows("select 1 from referral_event where event = 'onward.answered'")) == 1


async def test_a_link_that_said_received_is_used(referrals: Running) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    assert (await referrals.client.post(link, data={"status": "received"})).status_code == 200
    assert (await referrals.client.post(link, data=DONE)).status_code == 404


async def test_a_link_ends_after_thirty_days(referrals: Running) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    with at(referrals, later(referrals, days=29)):
        assert (await referrals.client.get(link)).status_code == 200
    with at(referrals, later(referrals, days=30)):
        assert (await referrals.client.get(link)).status_code == 404
        assert (await referrals.client.post(link, data=DONE)).status_code == 404


@pytest.mark.parametrize("guess", ["x", "A" * 43, "é" * 43, "%00" * 43])
async def test_a_guessed_link_leads_nowhere(referrals: Running, guess: str) -> None:
    await asked(referrals, await a_case(referrals))
    for answer in (
        await referrals.client.get(f"/answer/{guess}"),
        await referrals.client.post(f"/answer/{guess}", data=DONE),
    ):
        assert answer.status_code == 404
        assert "Archer" not in answer.text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"outcome": "x"}, 422),
        ({"status": "maybe"}, 422),
        ({"status": "completed", "reason_code": "no-capacity"}, 422),
        ({"status": "declined", "outcome": "a\x00b"}, 400),
        ({"status": "declined", "more": "x"}, 422),
        ({"status": "declined", "outcome": "a" * 70_000}, 413),
    ],
)
async def test_a_form_that_makes_no_sense_leaves_the_link_as_it_was(
    referrals: Running, form: dict[str, str], status: int
) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    assert (await referrals.client.post(link, data=form)).status_code == status
    assert (await referrals.client.post(link, json=DONE)).status_code == 415
    assert (await referrals.client.post(link, data={"status": "declined"})).status_code == 200


async def test_what_is_wrong_with_a_form_is_said_in_words_of_the_page(referrals: Running) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    for form, words in (
        ({"outcome": "Rails"}, "Choose one of the three answers."),
        ({"status": "declined", "reason_code": "because"}, "Choose a reason only if you cannot do it"),
        ({"status": "completed", "reason_code": "no-capacity"}, "Choose a reason only if you cannot do it"),
    ):
        answer = await referrals.client.post(link, data=form)
        assert answer.status_code == 422
        page = read_page(answer.text)
        (wrong,) = page.one("div", class_="nhsuk-error-summary").all("a")
        assert wrong.text.startswith(words)
        field = wrong.attributes["href"].removeprefix("#")
        assert words in page.one("span", id=f"{field}-error").text
        assert page.one("textarea", id="outcome").text == form.get("outcome", "")


async def test_a_form_that_answers_twice_is_no_answer(referrals: Running) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for twice in ("status=completed&status=declined", "status=completed&outcome=&outcome=x"):
        answer = await referrals.client.post(link, content=twice, headers=headers)
        assert (answer.status_code, "twice" in answer.text) == (400, True)
    assert (await referrals.client.post(link, data=DONE)).status_code == 200


async def test_the_link_stands_in_no_log_line(
    referrals: Running, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    link = (await asked(referrals, await a_case(referrals)))["link"]
    await referrals.client.get(link)
    await referrals.client.post(link, data={"status": "maybe"})
    await referrals.client.post(link, data=DONE)
    await referrals.client.put(link, json={})
    captured = capfdbinary.readouterr()
    assert b"/answer/{token}" in captured.err + captured.out
    assert link.rpartition("/")[2].encode() not in captured.err + captured.out
