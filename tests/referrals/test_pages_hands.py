"""Who a person is, what a meeting was good for, and whose work it is: by forms, under the rules of the interface."""

from typing import Any

from tests.referrals.acting import manager, read
from tests.referrals.builders import SECRETS, a_patient, a_referral
from tests.referrals.meetings import discussed, frail, held
from tests.referrals.paging import send, summary, the_page
from tests.referrals.sending import post
from tests.support.pages import open_page, read_page, sign_in
from tests.support.running import Running

LOCAL = {"local_id": "H-77", "local_system": "https://housing.example/person"}
HANDS = "/worklist/hands"


async def in_tracing(service: Running, **changes: Any) -> dict[str, Any]:
    return await post(service, a_referral(patient=a_patient(nhs_number=None, **LOCAL, **changes)))


async def test_a_number_that_was_found_is_recorded_by_its_form(referrals: Running) -> None:
    lost = await in_tracing(referrals)
    here = f"/worklist/referrals/{lost['id']}"
    page = await the_page(referrals, lost["id"])
    second = await open_page(referrals.client, here)
    wrong = await send(referrals, page, f"{here}/identify", nhs_number="9990000019")
    assert summary(read_page(wrong.text)) == [("Choose where you made sure of it.", "#identify-checked")]
    wrong = await send(referrals, page, f"{here}/identify", nhs_number="9990000019", checked="card")
    assert summary(read_page(wrong.text)) == [
        ("Give the ten digits of the NHS number.", "#identify-nhs_number")
    ]
    members = {"nhs_number": "999 000 0018", "checked": "pds"}
    found = await send(referrals, page, f"{here}/identify", **members)
    assert found.status_code == 303, found.text
    page = await open_page(referrals.client, found.headers["location"])
    assert page.one("p", role="status").text == "The NHS number is recorded."
    assert "999 000 0018" in page.one("h1").text
    assert list(page.all("form", action=f"{here}/identify")) == []
    stale = await send(referrals, second, f"{here}/identify", **members)
    assert stale.status_code == 412
    assert (
        "Somebody changed this record" in read_page(stale.text).one("div", class_="nhsuk-error-summary").text
    )


async def test_two_records_of_one_person_become_one_by_the_form(referrals: Running) -> None:
    first = await post(referrals, a_referral())
    second = await post(referrals, a_referral())
    here = f"/worklist/referrals/{second['id']}/merge"
    page = await the_page(referrals, second["id"], "/same-person")
    other_tab = await open_page(referrals.client, here.replace("/merge", "/same-person"))
    assert [one.text for one in page.one("table").one("tbody").all("a")] == ["Kathy Archer"]
    nothing = await send(referrals, page, here)
    assert summary(read_page(nothing.text)) == [
        ("Choose the other record, or copy the address of its page.", "#merge-into"),
        ("Say how you know that both are one person.", "#merge-reason"),
    ]
    members = {"into": first["id"], "reason": "Sent twice"}
    merged = await send(referrals, page, here, **members)
    assert merged.status_code == 303, merged.text
    page = await open_page(referrals.client, merged.headers["location"])
    assert "Two records became one" in page.one("p", role="status").text
    assert (await read(referrals, second))["merged_into"] == first["id"]
    again = await send(referrals, other_tab, here, **members)
    assert again.status_code == 409
    assert "became part of another one" in read_page(again.text).one("div", class_="nhsuk-error-summary").text


async def test_a_record_is_named_by_the_address_of_its_page_and_a_stale_form_is_told(
    referrals: Running,
) -> None:
    lost, other = await in_tracing(referrals), await post(referrals, a_referral())
    here = f"/worklist/referrals/{lost['id']}"
    page = await the_page(referrals, lost["id"], "/same-person")
    record = await open_page(referrals.client, here)
    assert (await send(referrals, record, f"{here}/assign")).status_code == 303
    address = f"https://referrals.example/worklist/referrals/{other['id']}?done=triage"
    members = {"into": "other", "address": address, "reason": "The housing officer knows her"}
    stale = await send(referrals, page, f"{here}/merge", **members)
    assert stale.status_code == 412
    again = read_page(stale.text)
    assert again.one("textarea", name="reason").text == "The housing officer knows her"
    assert (await send(referrals, again, f"{here}/merge", into="other")).status_code == 303
    assert (await read(referrals, other))["version"] > other["version"]


async def test_what_a_discussion_was_good_for_is_recorded_once(referrals: Running) -> None:
    case, meeting = await frail(referrals), await held(referrals)
    discussion = await discussed(referrals, meeting, case)
    act = f"benefit-{discussion['id']}"
    action = f"/worklist/referrals/{case['referral_id']}/discussions/{discussion['id']}/benefit"
    page = await the_page(referrals, case["referral_id"])
    early = {"asked_on": "2026-01-01", "self_care": "better", "judged_by": "mdt"}
    refused = await send(referrals, page, action, **early)
    assert refused.status_code == 422
    told = [
        (one.text, one.attributes["href"]) for one in read_page(refused.text).all("a") if "asked" in one.text
    ]
    assert told == [
        (
            "Give the day on which the person was asked, after the meeting and not in the future.",
            f"#{act}-asked_on",
        )
    ]
    members = {
        **early,
        "asked_on": "2026-09-24",
        "use_avoided-1-kind": "gp-visit",
        "use_avoided-1-count": "2",
    }
    second = await open_page(referrals.client, f"/worklist/referrals/{case['referral_id']}")
    answers = [await send(referrals, page, action, **members) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    page = await open_page(referrals.client, answers[0].headers["location"])
    assert list(page.all("form", action=action)) == []
    rows = await referrals.rows("select kind, units, judged_by from avoided_activity")
    assert [tuple(row.values()) for row in rows] == [("gp-visit", 2, "mdt")]
    late = await send(referrals, second, action, **members)
    assert late.status_code == 409
    assert "The benefit was recorded already." in late.text


async def test_the_work_of_who_leaves_is_handed_over_at_once(referrals: Running) -> None:
    sent = [await post(referrals, a_referral(pathway=one)) for one in ("case-management", "health-coaching")]
    for one in sent:
        page = await the_page(referrals, one["id"])
        action = f"/worklist/referrals/{one['id']}/assign"
        assert (await send(referrals, page, action, whose="other", assignee="ann")).status_code == 303
    page = await open_page(referrals.client, HANDS)
    assert [one.attributes["value"] for one in page.one("datalist").all("option")] == ["ann"]
    nobody = await send(referrals, page, f"{HANDS}/reassign", whose="other")
    assert summary(read_page(nobody.text)) == [
        ("Give the sign-in name of who had the work.", "#reassign-from"),
        ("Say whose it is from now on.", "#reassign-to"),
    ]
    some = {"from": "ann", "whose": "me", "filter-pathway": "health-coaching"}
    part = await send(referrals, page, f"{HANDS}/reassign", **some)
    told = (await open_page(referrals.client, part.headers["location"])).one("p", role="status").text
    assert told == "One referral changed hands."
    page = await open_page(referrals.client, HANDS)
    rest = await send(referrals, page, f"{HANDS}/reassign", **{"from": "ann"})
    assert rest.status_code == 303, rest.text
    assert [(await read(referrals, one))["assignee"] for one in sent] == [None, "local:case-manager"]
    page = await open_page(referrals.client, HANDS)
    none = await send(referrals, page, f"{HANDS}/reassign", **{"from": "ann"})
    told = (await open_page(referrals.client, none.headers["location"])).one("p", role="status").text
    assert told.startswith("Nothing changed hands")


async def test_who_stands_in_is_recorded_and_only_who_works_here_hands_over(referrals: Running) -> None:
    page = await sign_in(referrals.client, manager(referrals), HANDS)
    same = await send(referrals, page, f"{HANDS}/cover", by="local:case-manager", to="2999-01-01")
    assert summary(read_page(same.text)) == [
        ("Give the sign-in name of somebody else, who stands in.", "#cover-by")
    ]
    covered = await send(referrals, page, f"{HANDS}/cover", by="ben", to="2999-01-01")
    assert covered.status_code == 303, covered.text
    rows = await referrals.rows("select for_client, by_client from worklist_cover")
    assert [tuple(row.values()) for row in rows] == [("local:case-manager", "ben")]
    lost = await in_tracing(referrals)
    practice = referrals.token("practice-system", org="A82026")
    await sign_in(referrals.client, practice, "/sent")
    for address in (HANDS, f"/worklist/referrals/{lost['id']}/same-person"):
        answer = await referrals.client.get(address)
        assert answer.status_code == 403
        assert not any(secret in answer.text for secret in SECRETS)
