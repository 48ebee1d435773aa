"""Partners, consents, carers and what meetings agreed, by the forms of a record."""

from typing import Any
from uuid import uuid4

from tests.referrals.acting import manager
from tests.referrals.builders import SECRETS
from tests.referrals.casework import a_case, listed
from tests.referrals.meetings import CHAIR, discussed, frail, held, in_days, to_do
from tests.referrals.onward import REASON, ask
from tests.referrals.paging import form_at, send, summary, the_page
from tests.support.pages import facts_of, form_of, open_page, read_page
from tests.support.running import Running

OT, BEFRIENDING = "adult-social-care-ot", "voluntary-befriending"


def question_at(case: dict[str, Any], onward: dict[str, Any]) -> str:
    return f"/worklist/referrals/{case['referral_id']}/onward/{onward['id']}"


async def asked_by_form(service: Running, case: dict[str, Any], /, **members: str) -> Any:
    page = await the_page(service, case["referral_id"])
    return await send(service, page, form_at(case, "onward"), **{"service": OT, "reason": REASON, **members})


async def a_question(service: Running, case: dict[str, Any]) -> dict[str, Any]:
    answer = await ask(service, {"case_id": case["id"]}, version=case["version"])
    assert answer.status_code == 201, answer.text
    onward: dict[str, Any] = answer.json()
    return onward


async def test_a_partner_is_asked_and_its_link_is_told_once(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    members = {"service": OT, "reason": REASON}
    answers = [await send(referrals, page, form_at(case, "onward"), **members) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    links = {read_page(one.text).one("textarea", id="link").text for one in answers}
    (link,) = links
    assert link.startswith("http://icc.test/answer/")
    shown = await referrals.client.get(link)
    assert REASON in shown.text
    (onward,) = await listed(referrals, case, "onward-referrals")
    assert (onward["service"], onward["status"]) == (OT, "sent")
    record = await the_page(referrals, case["referral_id"])
    assert link not in record.text
    assert "Chase the partner's answer" in record.one("section", class_="app-attention").text
    kept = await referrals.rows(
        "select headers::text || coalesce(encode(body, 'escape'), '') as kept from idempotency"
    )
    assert not any(link.rpartition("/")[2] in row["kept"] for row in kept)


async def test_who_is_asked_on_an_older_record_or_without_consent_is_told(referrals: Running) -> None:
    case = await a_case(referrals)
    refused = await asked_by_form(referrals, case, service=BEFRIENDING)
    assert refused.status_code == 409
    shown = read_page(refused.text)
    assert "record the consent first" in shown.one("div", class_="nhsuk-error-summary").text
    assert shown.one("textarea", id="onward-reason").text == REASON
    consent = form_of(shown, form_at(case, "consent"))
    assert (consent["scope"], consent["partner"]) == ("share-with-partner", BEFRIENDING)
    assert "open" in shown.one("details", id="consent").attributes
    page = await the_page(referrals, case["referral_id"])
    await a_question(referrals, case)
    stale = await send(referrals, page, form_at(case, "onward"), service=OT, reason="Another")
    assert stale.status_code == 412
    nothing = await asked_by_form(referrals, case, service="", reason="")
    assert summary(read_page(nothing.text)) == [
        ("Choose who is asked.", "#onward-service"),
        ("Say what is asked: it is what the partner reads.", "#onward-reason"),
    ]
    assert len(await listed(referrals, case, "onward-referrals")) == 1


async def test_a_consent_opens_the_way_to_a_voluntary_partner_and_is_taken_back(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    given = {"scope": "share-with-partner", "partner": BEFRIENDING, "given_by": "self"}
    answer = await send(referrals, page, form_at(case, "consent"), **given)
    assert answer.status_code == 303, answer.text
    assert (await asked_by_form(referrals, case, service=BEFRIENDING)).status_code == 200
    page = await the_page(referrals, case["referral_id"])
    assert "To share with a partner" in page.one("main").text
    today = page.one("input", id="consent-on").attributes["value"]
    back = await send(referrals, page, form_at(case, "consent"), **given, withdrawn_on=today)
    assert back.status_code == 303, back.text
    (onward,) = await listed(referrals, case, "onward-referrals")
    assert onward["status"] == "recalled"
    page = await the_page(referrals, case["referral_id"])
    wrong = await send(referrals, page, form_at(case, "consent"), scope="share-with-partner", given_by="self")
    assert summary(read_page(wrong.text)) == [
        ("Choose the partner; for hospitals choose none.", "#consent-partner")
    ]
    nothing = await send(referrals, page, form_at(case, "consent"))
    assert [where for _, where in summary(read_page(nothing.text))] == ["#consent-scope", "#consent-given_by"]


async def test_what_a_partner_says_by_telephone_is_recorded_on_its_behalf(referrals: Running) -> None:
    case = await a_case(referrals)
    onward = await a_question(referrals, case)
    here = question_at(case, onward)
    record = await the_page(referrals, case["referral_id"])
    next_ = record.one("section", class_="app-attention")
    assert here in [one.attributes["href"] for one in next_.all("a")]
    page = await open_page(referrals.client, here)
    assert facts_of(page)["What is asked"] == REASON
    wrong = await send(referrals, page, f"{here}/answer", status="completed", reason_code="no-capacity")
    assert summary(read_page(wrong.text)) == [
        ("Choose a reason only where the partner declined.", "#answer-reason_code")
    ]
    answer = await send(referrals, page, f"{here}/answer", status="completed", outcome="Rails are fitted")
    assert answer.status_code == 303, answer.text
    (kept,) = await listed(referrals, case, "onward-referrals")
    assert (kept["status"], kept["outcome"], kept["answered_by"]) == (
        "completed",
        "Rails are fitted",
        "case-manager",
    )
    page = await open_page(referrals.client, here)
    assert list(page.all("form", action=f"{here}/answer")) == []
    assert "recorded by a case manager" in facts_of(page)["Answer"]


async def test_a_partner_that_declined_stands_on_the_list_until_its_answer_is_read(
    referrals: Running,
) -> None:
    case = await a_case(referrals)
    onward = await a_question(referrals, case)
    declined = {"status": "declined", "reason_code": "no-capacity", "outcome": "No room before May"}
    assert (await referrals.client.post(onward["link"], data=declined)).status_code == 200
    record = await the_page(referrals, case["referral_id"])
    section = record.one("section", class_="app-attention")
    assert "Read why a partner declined" in section.text
    (way,) = [one for one in section.all("a") if one.text == "Read the answer"]
    page = await open_page(referrals.client, way.attributes["href"])
    assert facts_of(page)["What the partner wrote"] == "No room before May"
    record = await open_page(referrals.client, f"/worklist/referrals/{case['referral_id']}")
    assert "Read why" not in record.one("section", class_="app-attention").text


async def test_a_question_of_another_case_is_not_found(referrals: Running) -> None:
    case, other = await a_case(referrals), await a_case(referrals)
    onward = await a_question(referrals, case)
    page = await the_page(referrals, case["referral_id"])
    assert page.one("h1").text
    for address, by in (
        (question_at(other, onward), manager(referrals)),
        (question_at(case, onward), manager(referrals, "lancaster")),
        (question_at(case, {"id": str(uuid4())}), manager(referrals)),
    ):
        answer = await referrals.client.get(address, headers=by)
        assert answer.status_code == 404
        assert not any(secret in answer.text for secret in SECRETS)


async def test_a_carer_is_recorded_with_a_consent_of_their_own(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    wrong = await send(referrals, page, form_at(case, "carer"), **{"name": "Bill Archer", "consent-on": ""})
    assert [where for _, where in summary(read_page(wrong.text))] == [
        "#carer-relationship",
        "#carer-consent-given_by",
        "#carer-consent-on",
    ]
    members = {"name": "Bill Archer", "relationship": "husband", "consent-given_by": "self"}
    answer = await send(referrals, page, form_at(case, "carer"), **members)
    assert answer.status_code == 303, answer.text
    after = await open_page(referrals.client, answer.headers["location"])
    assert "Bill Archer, husband" in after.one("main").text
    assert "No assessment was offered yet" in after.one("main").text
    stale = await send(referrals, page, form_at(case, "carer"), **{**members, "name": "Ann"})
    assert stale.status_code in (409, 412)
    assert len(await listed(referrals, case, "carers")) == 1


async def test_the_first_form_on_a_record_is_that_of_what_is_next(referrals: Running) -> None:
    case = await a_case(referrals)
    page = await the_page(referrals, case["referral_id"])
    assert "open" in page.one("details", id="contact").attributes
    assert "open" not in page.one("details", id="review").attributes
    made = await send(
        referrals, page, form_at(case, "contact"), kind="call", outcome="done", **{"with": "person"}
    )
    assert made.status_code == 303, made.text
    page = await open_page(referrals.client, made.headers["location"])
    section = page.one("section", class_="app-attention")
    (way,) = section.all("a")
    assert (way.text, way.attributes["href"]) == ("Write the assessment", form_at(case, "assessment"))
    asked = await open_page(referrals.client, f"/worklist/referrals/{case['referral_id']}?open=review")
    assert "open" in asked.one("details", id="review").attributes


async def test_what_a_meeting_agreed_is_shown_in_its_words_and_ends_when_it_is_done(
    referrals: Running,
) -> None:
    case, meeting = await frail(referrals), await held(referrals, held_on=f"{in_days(referrals, -20)}")
    soon = in_days(referrals, 5)
    actions = [to_do(CHAIR, soon, "Ask the heart nurse"), to_do(CHAIR, soon, "Order a commode")]
    discussion = await discussed(referrals, meeting, case, actions=actions)
    first, second = (one["id"] for one in discussion["actions"])
    page = await the_page(referrals, case["referral_id"])
    section = page.one("section", class_="app-attention")
    assert "Ask the heart nurse" in section.text
    assert "Ask what the discussion was good for" in section.text
    here = f"/worklist/referrals/{case['referral_id']}/actions"
    early = await send(referrals, page, f"{here}/{second}/action", done_on="2020-01-01")
    shown = read_page(early.text)
    assert [where for _, where in summary(shown)] == [f"#action-{second}-done_on"]
    assert len(list(shown.all("span", class_="nhsuk-error-message"))) == 1
    done = await send(referrals, page, f"{here}/{first}/action")
    assert done.status_code == 303, done.text
    page = await open_page(referrals.client, done.headers["location"])
    section = page.one("section", class_="app-attention")
    assert "Ask the heart nurse" not in section.text
    assert "Order a commode" in section.text


async def test_who_read_a_case_without_being_asked_is_seen_and_then_off_the_list(referrals: Running) -> None:
    case = await a_case(referrals)
    await a_question(referrals, case)
    by = manager(referrals, "lancaster") | {"Idempotency-Key": "k"}
    why = {"reason": "She is here and cannot speak"}
    opened = await referrals.client.post(f"/v1/cases/{case['id']}/break-glass", json=why, headers=by)
    assert opened.status_code == 201, opened.text
    record = await the_page(referrals, case["referral_id"])
    section = record.one("section", class_="app-attention")
    assert "Read who broke the glass, and why" in section.text
    (way,) = [one for one in section.all("a") if one.text == "See who read it"]
    page = await open_page(referrals.client, way.attributes["href"])
    told = [one.text for one in page.one("ul", class_="app-events").all("li")]
    assert "Read without being asked" in told[0]
    assert "She is here and cannot speak" in told[0]
    assert REASON in told[1]
