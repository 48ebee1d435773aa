"""The worklists as pages: the same rows as the interface, for who is signed in."""

from typing import Any

from tests.referrals.acting import act, manager
from tests.referrals.builders import KENDAL_PRACTICE, SECRETS, a_patient, a_referral
from tests.referrals.casework import ASSESSMENT, CONTACT, PLAN, a_case, the_case, work, worked
from tests.referrals.listing import worklist
from tests.referrals.moments import at, london
from tests.referrals.sending import post
from tests.support.pages import Element, facts_of, open_page, read_page, sign_in, table_of
from tests.support.running import Running

ACCEPT = {"decision": "accept"}


def hrefs(page: Element) -> list[str]:
    return [one.attributes.get("href", "") for one in page.all("a")]


async def three_referrals(service: Running) -> list[dict[str, Any]]:
    """An urgent one, a routine one, and one that was accepted, of a Friday."""
    flags = [{"kind": "interpreter"}, {"kind": "safeguarding", "text": "Two at a visit"}]
    urgent = await post(service, a_referral(priority="urgent", patient=a_patient(flags=flags)))
    routine = await post(service, a_referral(patient=a_patient(nhs_number="9990000026", given="Bill")))
    accepted = await post(service, a_referral(pathway="falls-prevention"))
    await act(service, accepted, "triage", ACCEPT, by=manager(service))
    return [urgent, routine, accepted]


async def test_the_page_has_the_rows_of_the_list_in_its_order(referrals: Running) -> None:
    with at(referrals, london("2026-06-12", "11:00")):
        urgent, routine, accepted = await three_referrals(referrals)
    with at(referrals, london("2026-06-16", "09:00")):
        page = await sign_in(referrals.client, manager(referrals), "/worklist")
        listed = (await worklist(referrals, "kendal"))["items"]
    assert page.one("h1").text.startswith("Kendal")
    rows = table_of(page, id="items")
    assert [one.split(" 88")[0] for one in (row["Person"] for row in rows)] == [
        item["person"]["name"] for item in listed
    ]
    assert [row["What is next"] for row in rows] == [item["next_action"] for item in listed]
    assert rows[0]["Person"] == "Kathy Archer 88 years, LA9 Safeguarding Interpreter"
    assert rows[0]["By when"] == "Overdue 15 June 2026, 17:00 Waits for 4 days"
    assert rows[0]["Pathway"] == "Case management Urgent"
    assert rows[1]["By when"].startswith("Due today 16 June 2026")
    assert rows[2]["Who has it"] == "The team"
    links = [href for href in hrefs(page.one("table")) if href]
    assert links == [f"/worklist/referrals/{one['id']}" for one in (urgent, routine, accepted)]


async def test_counts_lead_to_what_they_count(referrals: Running) -> None:
    with at(referrals, london("2026-06-12", "11:00")):
        await three_referrals(referrals)
    with at(referrals, london("2026-06-16", "09:00")):
        page = await sign_in(referrals.client, manager(referrals), "/worklist")
        totals = {one.text: one.one("a").attributes["href"] for one in page.all("li", class_="app-total")}
        assert list(totals) == ["1 overdue", "1 due today", "1 not due yet", "0 alerts"]
        for words, address in totals.items():
            shown = await open_page(referrals.client, address)
            rows = table_of(shown, id="items") if int(words.split()[0]) else []
            assert len(rows) == int(words.split()[0])
        triage = await open_page(referrals.client, "/worklist?list=kendal&stage=triage&state=any")
        assert [row["What is next"] for row in table_of(triage, id="items")] == ["Triage the referral"] * 2
        (by_stage,) = [one for one in triage.all("a") if one.text == "Triage (2)"]
        assert by_stage.attributes["href"] == "/worklist?list=kendal&stage=triage"
        nothing = await open_page(referrals.client, "/worklist?list=kendal&stage=review")
        assert "as you asked" in nothing.one("main").text
        assert (await referrals.client.get("/worklist?stage=soon")).status_code == 422
        assert (await referrals.client.get("/worklist?family=Archer")).status_code == 400


async def test_a_reader_is_offered_the_lists_that_the_interface_gives(referrals: Running) -> None:
    page = await sign_in(referrals.client, manager(referrals), "/worklist")
    offered = [one.attributes["value"] for one in page.one("select", id="list").all("option")]
    assert offered[0] == "kendal"
    assert {"me", "tracing"} < set(offered)
    assert not {"lancaster", "unrouted"} & set(offered)
    for key in offered:
        name = f"teams/{key.removeprefix('team:')}" if key.startswith("team:") else key
        await worklist(referrals, name, by=manager(referrals))
        await open_page(referrals.client, f"/worklist?list={key}")
    assert (await referrals.client.get("/worklist?list=lancaster")).status_code == 404
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    assert (await referrals.client.get("/worklist", headers=practice)).status_code == 403
    assert (await referrals.client.get("/worklist", headers=referrals.token("operator"))).status_code == 403


async def test_a_long_list_is_read_page_by_page(referrals: Running) -> None:
    sent = [(await post(referrals, a_referral()))["id"] for _ in range(52)]
    page = await sign_in(referrals.client, manager(referrals), "/worklist?list=kendal&stage=triage")
    (following,) = [one.attributes["href"] for one in page.all("a", rel="next")]
    more = await open_page(referrals.client, following)
    seen = [href.rpartition("/")[2] for one in (page, more) for href in hrefs(one.one("table"))]
    assert seen == sent
    assert list(more.all("a", rel="next")) == []
    assert not any(secret in following for secret in SECRETS)


async def test_the_record_says_who_what_is_next_and_what_happened(referrals: Running) -> None:
    case = await a_case(referrals)
    case = await worked(referrals, case, "assessments", ASSESSMENT)
    await work(referrals, case, "contacts", {**CONTACT, "at": "2026-06-15T10:00:00+01:00"})
    written = await referrals.client.put(
        f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers={**manager(referrals), "If-Match": "*"}
    )
    assert written.status_code == 200, written.text
    address = f"/worklist/referrals/{case['referral_id']}"
    page = await sign_in(referrals.client, manager(referrals), address)
    heading = page.one("h1").text
    assert heading.startswith("Kathy Archer Born 11 February 1938")
    assert "NHS number 999 000 0018" in heading
    facts = facts_of(page)
    assert facts["Status"] == "Accepted"
    assert "Work to start by" not in facts  # it has started
    assert facts["Telephone"] == "01539 722000"
    assert facts["Goals"] == "To walk to the shop"
    assert facts["Actions"] == "Rails for the stairs – OT, by 1 August 2026"
    assert "Review the plan" in page.one("section", class_="app-attention").text
    assert "The stairs are steep" in page.one("main").text
    happened = [one.text for one in page.one("ol", class_="app-events").all("li")]
    told = await referrals.client.get(f"/v1/cases/{case['id']}/history", headers=manager(referrals))
    assert len(happened) == len(told.json()["items"])
    assert happened[-1].startswith("The referral came in")
    assert happened[-2].startswith("Triaged: accept")


async def test_every_part_of_a_record_is_audited_and_a_foreign_one_is_not_found(referrals: Running) -> None:
    case = await a_case(referrals)
    address = f"/worklist/referrals/{case['referral_id']}"
    answer = await referrals.client.get(address, headers=manager(referrals))
    assert answer.headers["cache-control"] == "no-store"
    events = {
        row["event"]
        for row in await referrals.rows(
            "select event from audit where event like '%read' or event like '%listed'"
        )
    }
    assert {
        "referral.read",
        "referral.history-read",
        "case.read",
        "contact.listed",
        "onward.listed",
    } <= events
    foreign = await referrals.client.get(address, headers=manager(referrals, "lancaster"))
    assert foreign.status_code == 404
    page = read_page(foreign.text)
    assert not any(secret in page.text for secret in SECRETS)
    (refused,) = await referrals.rows(
        "select resource_id from audit where event = 'request.refused' and code = 'not_found'"
    )
    assert refused["resource_id"] == case["referral_id"]


async def test_who_reads_referrals_only_sees_no_case(referrals: Running) -> None:
    case = await a_case(referrals)
    await work(referrals, case, "contacts", {**CONTACT, "at": "2026-06-15T10:00:00+01:00"})
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get(f"/worklist/referrals/{case['referral_id']}", headers=practice)
    assert answer.status_code == 200
    page = read_page(answer.text)
    assert page.one("h1").text.startswith("Kathy Archer")
    assert "The stairs are steep" not in page.text
    assert (await the_case(referrals, case["id"]))["status"] == "open"


async def test_what_people_wrote_is_shown_as_text(referrals: Running) -> None:
    sent = await post(referrals, a_referral(reason="<script>alert(1)</script> & more"))
    answer = await referrals.client.get(f"/worklist/referrals/{sent['id']}", headers=manager(referrals))
    assert "<script" not in answer.text
    assert "<script>alert(1)</script> & more" in read_page(answer.text).one("main").text
    assert "unsafe" not in answer.headers["content-security-policy"]
