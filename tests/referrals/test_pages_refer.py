"""The form of a referral, for practices and partners without a system of their own: the same intake, rules and keys."""

import httpx
import pytest

from tests.referrals.acting import act, manager
from tests.referrals.builders import KENDAL_PRACTICE, SECRETS, a_referral
from tests.referrals.sending import post
from tests.support.pages import Element, facts_of, form_of, open_page, read_page, sign_in, table_of
from tests.support.running import Running

REJECT = {"decision": "reject", "reason_code": "not-eligible"}
FILLED = {
    "patient-nhs_number": "999 000 0018",
    "patient-family": "Archer",
    "patient-given": "Kathy",
    "patient-birth_date": "1938-02-11",
    "patient-gender": "female",
    "patient-postcode": "LA9 4JE",
    "patient-registered_practice": KENDAL_PRACTICE,
    "pathway": "falls-prevention",
    "reason": "Fall at home",
    "requester-name": "Dr A Example",
}


async def the_form(service: Running) -> Element:
    """The form, for the Kendal practice, which is signed in."""
    return await sign_in(service.client, service.token("practice-system", org=KENDAL_PRACTICE), "/refer")


async def send(service: Running, page: Element, **members: str) -> httpx.Response:
    return await service.client.post("/refer", data=form_of(page, "/refer") | FILLED | members)


async def test_a_practice_refers_and_is_told_where_it_went(referrals: Running) -> None:
    answer = await send(
        referrals, await the_form(referrals), **{"flag-kind": "safeguarding", "flag-text": "Two"}
    )
    assert answer.status_code == 200, answer.text
    page = read_page(answer.text)
    assert page.one("h1").text == "The referral is sent Kendal, Kendal ICC team"
    sent = await referrals.client.get(
        f"/v1/referrals/{facts_of(page)['Number of the referral']}",
        headers=referrals.token("practice-system", org=KENDAL_PRACTICE),
    )
    body = sent.json()
    assert (body["icc"], body["pathway"], body["reason"]) == ("kendal", "falls-prevention", "Fall at home")
    assert body["requester"] == {"ods": KENDAL_PRACTICE, "name": "Dr A Example"}
    assert body["patient"]["nhs_number"] == "9990000018"
    assert body["patient"]["flags"] == [{"kind": "safeguarding", "text": "Two"}]
    assert body["legal_basis"] == "direct-care"
    assert not any(secret in answer.text for secret in SECRETS)


async def test_the_button_pressed_twice_sends_one_referral(referrals: Running) -> None:
    page = await the_form(referrals)
    answers = [await send(referrals, page) for _ in range(2)]
    numbers = {facts_of(read_page(one.text))["Number of the referral"] for one in answers}
    assert len(numbers) == 1
    assert (await send(referrals, page, reason="Another")).status_code == 409
    (counted,) = await referrals.rows("select count(*) from referral")
    assert counted["count"] == 1


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"patient-nhs_number": "9990000019"}, "patient-nhs_number"),
        ({"patient-family": ""}, "patient-family"),
        ({"patient-birth_date": "2999-01-01"}, "patient-birth_date"),
        ({"patient-postcode": "nowhere"}, "patient-postcode"),
        ({"pathway": ""}, "pathway"),
        ({"legal_basis": "none"}, "legal_basis"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    referrals: Running, members: dict[str, str], field: str
) -> None:
    answer = await send(referrals, await the_form(referrals), **members)
    assert answer.status_code == 422
    page = read_page(answer.text)
    assert page.one("span", id=f"refer-{field}-error").text
    links = [one.attributes["href"] for one in page.one("div", class_="nhsuk-error-summary").all("a")]
    assert links == [f"#refer-{field}"]
    assert page.one("textarea", name="reason").text == "Fall at home"
    assert await referrals.rows("select 1 from referral") == []


async def test_a_partner_refers_somebody_whose_number_is_not_known(referrals: Running) -> None:
    page = await sign_in(referrals.client, referrals.token("partner", org="age-uk"), "/refer")
    members = {"patient-nhs_number": "", "patient-local_id": "4711", "patient-local_system": "age-uk"}
    answer = await send(referrals, page, **members)
    assert answer.status_code == 200, answer.text
    assert facts_of(read_page(answer.text))["NHS number"] == "To be found by the team"
    (row,) = await referrals.rows("select requester_kind, requester_code from referral")
    assert tuple(row.values()) == ("partner", "age-uk")


async def test_who_may_not_refer_sees_no_form_and_another_site_sends_none(referrals: Running) -> None:
    assert (await referrals.client.get("/refer", headers=referrals.token("operator"))).status_code == 403
    page = await the_form(referrals)
    assert (await send(referrals, page, form="stolen")).status_code == 403
    assert await referrals.rows("select 1 from referral") == []


async def test_a_sender_finds_what_it_sent_and_answers_what_it_is_asked(referrals: Running) -> None:
    sent = await send(referrals, await the_form(referrals))
    number = facts_of(read_page(sent.text))["Number of the referral"]
    asked = {"decision": "request-information", "comment": "Since when does she fall?"}
    answer = await act(referrals, {"id": number, "version": 1}, "triage", asked, by=manager(referrals))
    assert answer.status_code == 200, answer.text
    page = await open_page(referrals.client, "/sent")
    (row,) = table_of(page, id="items")
    assert (row["Person"], row["What became of it"]) == ("Kathy Archer", "You are asked Kendal")
    record = await open_page(referrals.client, page.one("table").one("a").attributes["href"])
    assert "Since when does she fall?" in record.one("section", class_="app-act").text
    here = f"/worklist/referrals/{number}"
    assert list(record.all("form", action=f"{here}/triage")) == []
    wordless = await referrals.client.post(f"{here}/reply", data=form_of(record, f"{here}/reply"))
    assert read_page(wordless.text).one("span", id="reply-text-error").text
    filled = form_of(record, f"{here}/reply") | {"text": "Since Easter"}
    told = await referrals.client.post(f"{here}/reply", data=filled)
    assert told.status_code == 303, told.text
    page = await open_page(referrals.client, "/sent")
    assert table_of(page, id="items")[0]["What became of it"] == "Waits for triage Kendal"
    stolen = await referrals.client.post(f"{here}/triage", data=filled | {"decision": "accept"})
    assert stolen.status_code == 403


async def test_what_was_sent_is_read_page_by_page_and_by_what_became_of_it(referrals: Running) -> None:
    sent = [(await post(referrals, a_referral()))["id"] for _ in range(52)]
    rejected = await act(referrals, {"id": sent[0], "version": 1}, "triage", REJECT, by=manager(referrals))
    assert rejected.status_code == 200, rejected.text
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    first = read_page((await referrals.client.get("/sent", headers=practice)).text)
    (following,) = [one.attributes["href"] for one in first.all("a", rel="next")]
    more = read_page((await referrals.client.get(following, headers=practice)).text)
    links = [
        one.attributes["href"].rpartition("/")[2]
        for page in (first, more)
        for one in page.one("table").all("a")
    ]
    assert sorted(links) == sorted(sent)
    assert links[-1] == sent[0]
    assert list(more.all("a", rel="next")) == []
    found = read_page((await referrals.client.get("/sent?status=rejected", headers=practice)).text)
    (row,) = table_of(found, id="items")
    assert row["What became of it"] == "Rejected Kendal"
    assert (await referrals.client.get("/sent?status=gone", headers=practice)).status_code == 422


async def test_a_sender_takes_its_referral_back_and_another_never_sees_it(referrals: Running) -> None:
    sent = await send(referrals, await the_form(referrals))
    number = facts_of(read_page(sent.text))["Number of the referral"]
    here = f"/worklist/referrals/{number}"
    record = await open_page(referrals.client, here)
    filled = form_of(record, f"{here}/withdraw") | {"reason_code": "no-longer-needed"}
    assert (await referrals.client.post(f"{here}/withdraw", data=filled)).status_code == 303
    (row,) = table_of(await open_page(referrals.client, "/sent"), id="items")
    assert row["What became of it"] == "Withdrawn Kendal"
    other = await referrals.client.get("/sent", headers=referrals.token("practice-system", org="P81002"))
    assert "Archer" not in other.text
