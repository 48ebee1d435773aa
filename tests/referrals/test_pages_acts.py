"""Working referrals and cases by the forms of their pages: the rules, keys and versions of the interface."""

from typing import Any

import httpx
import pytest

from tests.referrals.acting import act, manager, read
from tests.referrals.builders import SECRETS, a_referral
from tests.referrals.casework import a_case, listed, the_case
from tests.referrals.moments import at, later
from tests.referrals.paging import send, the_page
from tests.referrals.sending import post
from tests.support.pages import Element, facts_of, form_of, open_page, read_page, sign_in
from tests.support.running import Running


async def triage(service: Running, page: Element, referral: dict[str, Any], **members: str) -> httpx.Response:
    return await send(service, page, f"/worklist/referrals/{referral['id']}/triage", **members)


async def versions(service: Running) -> list[Any]:
    return await service.rows("select id, version, status from referral order by id")


async def test_a_referral_is_accepted_by_its_form(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    answer = await triage(referrals, page, sent, decision="accept", comment="Thank you")
    assert answer.status_code == 303, answer.text
    after = await open_page(referrals.client, answer.headers["location"])
    assert after.one("p", role="status").text == "The decision is recorded."
    assert facts_of(after)["Status"] == "Accepted"
    assert (await read(referrals, sent))["case_id"] is not None
    assert list(after.all("form", action=f"/worklist/referrals/{sent['id']}/triage")) == []
    decided = await referrals.rows("select decision, by_client from referral_triage")
    assert [tuple(row.values()) for row in decided] == [("accept", "local:case-manager")]


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"decision": "request-information", "comment": "Since when?"}, "information-requested"),
        ({"decision": "reject", "reason_code": "not-eligible"}, "rejected"),
        ({"decision": "redirect", "pathway": "falls-prevention", "comment": "She fell"}, "received"),
        ({"decision": "redirect", "to": "A hospice", "reason_code": "wrong-service"}, "redirected"),
    ],
)
async def test_the_other_decisions_are_taken_by_the_form(
    referrals: Running, members: dict[str, str], status: str
) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    answer = await triage(referrals, page, sent, **members)
    assert answer.status_code == 303, answer.text
    assert (await read(referrals, sent))["status"] == status


async def test_two_tabs_the_second_is_told_and_nothing_is_overwritten(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    first = await the_page(referrals, sent["id"])
    second = await open_page(referrals.client, f"/worklist/referrals/{sent['id']}")
    assert (await triage(referrals, first, sent, decision="accept")).status_code == 303
    before = await versions(referrals)
    answer = await triage(
        referrals, second, sent, decision="reject", reason_code="not-eligible", comment="Too young"
    )
    assert answer.status_code == 412
    assert await versions(referrals) == before
    page = read_page(answer.text)
    told = page.one("div", class_="nhsuk-error-summary").text
    assert told.startswith("Nothing was changed Somebody changed this record while your page was open")
    assert facts_of(page)["Status"] == "Accepted"
    assert "Too young" in page.one("div", class_="app-written").text
    refused = await referrals.rows(
        "select code from audit where event = 'request.refused' and code like 'version%'"
    )
    assert [row["code"] for row in refused] == ["version.stale"]


async def test_a_stale_form_that_still_fits_is_sent_again_as_it_was_filled_in(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    other = await act(referrals, sent, "assign", {"assignee": "somebody"}, by=manager(referrals))
    assert other.status_code == 200
    stale = await triage(referrals, page, sent, decision="reject", reason_code="other", comment="Moved away")
    assert stale.status_code == 412
    again = read_page(stale.text)
    filled = form_of(again, f"/worklist/referrals/{sent['id']}/triage")
    assert (filled["decision"], filled["reason_code"], filled["comment"]) == ("reject", "other", "Moved away")
    assert (await triage(referrals, again, sent)).status_code == 303
    assert (await read(referrals, sent))["status"] == "rejected"


async def test_a_button_that_is_pressed_twice_does_once(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    action = f"/worklist/referrals/{case['referral_id']}/cases/{case['id']}/contact"
    members = {"kind": "call", "with": "person", "outcome": "done", "note": "She is well"}
    answers = [await send(referrals, page, action, **members) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    (contact,) = await listed(referrals, case, "contacts")
    assert (contact["kind"], contact["note"]) == ("call", "She is well")
    other = await send(referrals, page, action, **{**members, "note": "Another"})
    assert other.status_code == 409
    assert len(await listed(referrals, case, "contacts")) == 1


async def test_what_is_wrong_is_told_beside_its_field_and_the_rest_is_kept(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    before = await versions(referrals)
    for version in ("", "-1", "٣", "9" * 16, "9" * 5000):
        unnamed = await triage(referrals, page, sent, decision="accept", version=version)
        assert unnamed.status_code == 428
    nothing = await triage(referrals, page, sent, comment="A comment")
    assert nothing.status_code == 422
    shown = read_page(nothing.text)
    assert shown.one("title").text.startswith("Error: ")
    (link,) = shown.one("div", class_="nhsuk-error-summary").all("a")
    assert (link.text, link.attributes["href"]) == ("Choose what is decided.", "#triage-decision")
    assert shown.one("textarea", name="comment", id="triage-comment").text == "A comment"
    assert len(list(shown.all("input", id="triage-decision"))) == 1
    nowhere = await triage(referrals, page, sent, decision="redirect", reason_code="wrong-service")
    assert "Say where it is sent" in read_page(nowhere.text).one("span", id="triage-icc-error").text
    assert await versions(referrals) == before


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"decision": "reject", "comment": "No"}, "reason_code"),
        ({"decision": "reject", "reason_code": "other"}, "comment"),
        ({"decision": "request-information"}, "comment"),
        ({"decision": "redirect", "to": "A hospice"}, "reason_code"),
    ],
)
async def test_a_decision_without_its_reason_is_asked_for_it_by_the_page(
    referrals: Running, members: dict[str, str], field: str
) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    before = await versions(referrals)
    answer = await triage(referrals, page, sent, **members)
    assert answer.status_code == 422
    assert read_page(answer.text).one("span", id=f"triage-{field}-error").text
    assert await versions(referrals) == before


async def test_after_a_decision_the_next_to_triage_is_a_link_away_and_no_start_is_promised(
    referrals: Running,
) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    assert "Work to start by" in facts_of(page)
    answer = await triage(referrals, page, sent, decision="reject", reason_code="not-eligible")
    after = await open_page(referrals.client, answer.headers["location"])
    (link,) = [one for one in after.all("a") if one.text == "Next to triage"]
    assert link.attributes["href"] == "/worklist?stage=triage"
    assert "Work to start by" not in facts_of(after)


async def test_a_contact_is_recorded_only_as_somebody_says_it_was(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    action = f"/worklist/referrals/{case['referral_id']}/cases/{case['id']}/contact"
    answer = await send(referrals, page, action)
    assert answer.status_code == 422
    shown = read_page(answer.text)
    told = [shown.one("span", id=f"contact-{name}-error").text for name in ("kind", "with", "outcome")]
    assert [one.removeprefix("Error: ") for one in told] == [
        "Choose how it was.",
        "Choose with whom it was.",
        "Choose what came of it.",
    ]
    assert await listed(referrals, case, "contacts") == []


async def test_a_referral_changes_hands_by_its_form(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    action = f"/worklist/referrals/{sent['id']}/assign"
    page = await the_page(referrals, sent["id"])
    assert (await send(referrals, page, action)).status_code == 303
    assert (await read(referrals, sent))["assignee"] == "local:case-manager"
    mine = await open_page(referrals.client, "/worklist?list=me")
    assert "Kathy Archer" in mine.one("table").text
    page = await the_page(referrals, sent["id"])
    assert (await send(referrals, page, action, whose="other", assignee="ann")).status_code == 303
    page = await the_page(referrals, sent["id"])
    assert (await send(referrals, page, action, whose="other")).status_code == 422
    assert (await read(referrals, sent))["assignee"] == "ann"
    assert (await send(referrals, page, action, whose="team")).status_code == 303
    assert (await read(referrals, sent))["assignee"] is None


async def test_a_review_and_a_discharge_are_recorded_by_their_forms(referrals: Running) -> None:
    case = await a_case(referrals)
    here = f"/worklist/referrals/{case['referral_id']}/cases/{case['id']}"
    page = await the_page(referrals, case["referral_id"])
    stale = form_of(page, f"{here}/discharge")
    made = await send(referrals, page, f"{here}/review", summary="She walks again")
    assert made.status_code == 303, made.text
    (review,) = await listed(referrals, case, "reviews")
    assert review["summary"] == "She walks again"
    ended = {
        "outcome": "goals-met",
        "avoided-0-kind": "bed-day",
        "avoided-0-count": "3",
        "avoided-0-judged_by": "gp",
    }
    assert (await referrals.client.post(f"{here}/discharge", data=stale | ended)).status_code == 412
    page = await the_page(referrals, case["referral_id"])
    for digits in (25, 5000):
        many = await send(referrals, page, f"{here}/discharge", **{**ended, "avoided-0-count": "9" * digits})
        assert many.status_code == 422
    dead = await send(referrals, page, f"{here}/discharge", **{**ended, "outcome": "deceased"})
    assert dead.status_code == 422
    assert "never an activity avoided" in read_page(dead.text).one("div", class_="nhsuk-error-summary").text
    answer = await send(referrals, page, f"{here}/discharge", **ended)
    assert answer.status_code == 303, answer.text
    assert (await the_case(referrals, case["id"]))["outcome"] == "goals-met"
    avoided = await referrals.rows("select kind, units, judged_by from avoided_activity")
    assert [tuple(row.values()) for row in avoided] == [("bed-day", 3, "gp")]


async def test_a_form_of_another_site_does_nothing(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    before = await versions(referrals)
    for token in ("", "stolen"):
        answer = await triage(referrals, page, sent, decision="accept", form=token)
        assert answer.status_code == 403
    form = form_of(page, f"/worklist/referrals/{sent['id']}/triage") | {"decision": "accept"}
    referrals.client.cookies.clear()
    assert (
        await referrals.client.post(f"/worklist/referrals/{sent['id']}/triage", data=form)
    ).status_code == 401
    assert await versions(referrals) == before


async def test_a_foreign_referral_is_not_found_by_a_form_either(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    page = await the_page(referrals, sent["id"])
    form = form_of(page, f"/worklist/referrals/{sent['id']}/assign")
    mine = await post(referrals, a_referral(), org="RTX")
    lancaster = await sign_in(referrals.client, manager(referrals, "lancaster"), "/worklist")
    form["form"] = form_of(lancaster, "/sign-out")["form"]
    answer = await referrals.client.post(f"/worklist/referrals/{sent['id']}/assign", data=form)
    assert answer.status_code == 404
    assert not any(secret in answer.text for secret in SECRETS)
    assert mine["version"] == 1
    assert (await read(referrals, sent))["assignee"] is None


async def test_a_time_of_day_is_englands(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    action = f"/worklist/referrals/{case['referral_id']}/cases/{case['id']}/contact"
    members = {
        "kind": "visit",
        "with": "person",
        "outcome": "done",
        "at": "2026-07-01T10:00",
        "face_to_face": "true",
    }
    assert (await send(referrals, page, action, **members)).status_code == 303
    (contact,) = await listed(referrals, case, "contacts")
    assert contact["at"] == "2026-07-01T09:00:00Z"
    assert contact["face_to_face"] is True
    page = await the_page(referrals, case["referral_id"])
    for wrong in ("", "soon", "2026-06-01T10:00", "2999-01-01T10:00"):
        answer = await send(referrals, page, action, **{**members, "at": wrong})
        assert answer.status_code == 422
        assert read_page(answer.text).one("span", id="contact-at-error").text
    assert len(await listed(referrals, case, "contacts")) == 1


async def test_what_was_written_into_a_page_that_rested_too_long_is_told_back(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    action = f"/worklist/referrals/{case['referral_id']}/cases/{case['id']}/contact"
    members = {"kind": "call", "with": "person", "outcome": "done", "note": "She is well & walks"}
    with at(referrals, later(referrals, minutes=21)):
        answer = await send(referrals, page, action, **members)
        assert answer.status_code == 401
        told = read_page(answer.text)
        assert [one.text for one in told.all("div", class_="app-written")] == ["She is well & walks"]
        assert told.one("h1").text == "Sign in"
    assert await listed(referrals, case, "contacts") == []


async def test_nobody_puts_words_on_the_page_that_asks_to_sign_in(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    action = f"/worklist/referrals/{case['referral_id']}/cases/{case['id']}/contact"
    with at(referrals, later(referrals, minutes=21)):
        for form in ("", "stolen"):
            answer = await send(referrals, page, action, note="Call this number instead", form=form)
            assert answer.status_code == 401
            assert "Call this number" not in answer.text
    referrals.client.cookies.clear()
    answer = await send(referrals, page, action, note="Call this number instead")
    assert answer.status_code == 401
    assert "Call this number" not in answer.text
