"""What moves a referral by the forms of its record: elsewhere, to rest, away, and back."""

from tests.referrals.acting import manager, read
from tests.referrals.builders import a_patient, a_referral
from tests.referrals.casework import ASSESSMENT, PLAN, a_case, listed, the_case, worked
from tests.referrals.paging import form_at, send, summary, the_page
from tests.referrals.sending import post
from tests.support.pages import form_of, open_page, read_page, sign_in
from tests.support.running import Running


async def test_clocks_stand_still_and_run_again(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    here = f"/worklist/referrals/{sent['id']}"
    page = await the_page(referrals, sent["id"])
    nothing = await send(referrals, page, f"{here}/pause")
    assert summary(read_page(nothing.text)) == [("Choose why the clocks are paused.", "#pause-reason")]
    paused = await send(referrals, page, f"{here}/pause", reason="in-hospital", comment="Broke a hip")
    assert paused.status_code == 303, paused.text
    page = await open_page(referrals.client, paused.headers["location"])
    assert page.one("p", role="status").text == "The clocks are paused."
    assert page.one("p", class_="app-flags").text == "In hospital"
    again = await send(referrals, page, f"{here}/pause", reason="in-hospital")
    assert again.status_code == 409
    resumed = await send(referrals, page, f"{here}/resume")
    assert resumed.status_code == 303, resumed.text
    page = await open_page(referrals.client, resumed.headers["location"])
    assert list(page.all("p", class_="app-flags")) == []
    assert list(page.all("form", action=f"{here}/resume")) == []


async def test_a_withdrawn_referral_ends_its_case_and_is_taken_up_again(referrals: Running) -> None:
    case = await a_case(referrals)
    here = f"/worklist/referrals/{case['referral_id']}"
    stale = await the_page(referrals, case["referral_id"])
    page = await open_page(referrals.client, here)
    members = {"reason_code": "person-declined", "comment": "She wants no visits"}
    gone = await send(referrals, page, f"{here}/withdraw", **members)
    assert gone.status_code == 303, gone.text
    assert (await the_case(referrals, case["id"]))["outcome"] == "withdrawn"
    assert (await send(referrals, stale, f"{here}/withdraw")).status_code == 412
    page = await open_page(referrals.client, gone.headers["location"])
    wordless = await send(referrals, page, f"{here}/reopen")
    assert summary(read_page(wordless.text)) == [("Say why it is taken up again.", "#reopen-comment")]
    again = await send(referrals, page, f"{here}/reopen", comment="She changed her mind")
    assert again.status_code == 303, again.text
    assert (await read(referrals, {"id": case["referral_id"]}))["status"] == "received"


async def test_how_a_person_is_reached_changes_by_the_form_and_nothing_else(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    here = f"/worklist/referrals/{sent['id']}"
    page = await the_page(referrals, sent["id"])
    second = await open_page(referrals.client, here)
    same = await send(referrals, page, f"{here}/change")
    assert summary(read_page(same.text)) == [
        ("Nothing was changed: what you sent is what is known already.", "#change")
    ]
    wrong = await send(referrals, page, f"{here}/change", **{"patient-postcode": "Nowhere"})
    assert summary(read_page(wrong.text)) == [
        ("Give a postcode, like LA9 4JE, or none.", "#change-patient-postcode")
    ]
    form = form_of(page, f"{here}/change") | {"patient-phone": "", "priority": "urgent"}
    assert (await referrals.client.post(f"{here}/change", data=form)).status_code == 303
    after = await read(referrals, sent)
    known = sent["patient"] if "patient" in sent else a_referral()["patient"]
    assert (after["priority"], after["patient"].get("phone")) == ("urgent", None)
    assert after["patient"]["postcode"] == known["postcode"]
    events = await referrals.client.get(f"/v1/referrals/{sent['id']}/history", headers=manager(referrals))
    assert events.json()["items"][-1]["changed"] == "priority, patient.phone"
    stale = await send(referrals, second, f"{here}/change", **{"patient-phone": "01539 722001"})
    assert stale.status_code == 412
    assert read_page(stale.text).one("input", id="change-patient-phone").attributes["value"] == "01539 722001"


async def test_what_must_be_known_first_changes_line_by_line(referrals: Running) -> None:
    flags = [{"kind": "scene-safety", "text": "A dog"}, {"kind": "interpreter", "text": "Polish"}]
    sent = await post(referrals, a_referral(patient=a_patient(flags=flags)))
    action = f"/worklist/referrals/{sent['id']}/change"
    page = await the_page(referrals, sent["id"])
    form = form_of(page, action) | {
        "patient-flags-2-kind": "safeguarding",
        "patient-flags-2-text": "Two at a visit",
    }
    emptied = {name: value for name, value in form.items() if not name.startswith("patient-flags-0")}
    assert (await referrals.client.post(action, data=emptied)).status_code == 303
    after = (await read(referrals, sent, by=manager(referrals)))["patient"]["flags"]
    assert after == [flags[1], {"kind": "safeguarding", "text": "Two at a visit"}]
    wordless = await send(
        referrals, await the_page(referrals, sent["id"]), action, **{"patient-flags-3-text": "?"}
    )
    assert wordless.status_code == 422


async def test_a_sender_changes_how_a_person_is_reached_and_no_priority(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    here = f"/worklist/referrals/{sent['id']}"
    page = await sign_in(referrals.client, referrals.token("practice-system", org="A82026"), here)
    assert list(page.all("select", id="change-priority")) == []
    urgent = await send(referrals, page, f"{here}/change", priority="urgent")
    assert urgent.status_code == 403
    moved = await send(referrals, page, f"{here}/change", **{"patient-staying_at": "LA9 7LP"})
    assert moved.status_code == 303, moved.text
    assert (await read(referrals, sent))["patient"]["staying_at"] == "LA9 7LP"


async def test_a_plan_is_audited_by_its_form(referrals: Running) -> None:
    case = await worked(referrals, await a_case(referrals), "assessments", ASSESSMENT)
    page = await the_page(referrals, case["referral_id"])
    assert list(page.all("form", action=form_at(case, "audit"))) == []
    headers = {**manager(referrals), "If-Match": "*"}
    written = await referrals.client.put(f"/v1/cases/{case['id']}/care-plan", json=PLAN, headers=headers)
    assert written.status_code == 200, written.text
    page = await the_page(referrals, case["referral_id"])
    members = {"items-goals": "true", "items-contacts": "true"}
    audited = await send(referrals, page, form_at(case, "audit"), **members)
    assert audited.status_code == 303, audited.text
    (audit,) = await listed(referrals, case, "care-plan/audits")
    assert (audit["passed"], audit["plan_version"]) == (False, 1)
    assert {name for name, found in audit["items"].items() if found} == {"goals", "contacts"}


async def test_what_moves_elsewhere_leads_back_to_the_list(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    here = f"/worklist/referrals/{sent['id']}"
    page = await the_page(referrals, sent["id"])
    nowhere = await send(referrals, page, f"{here}/transfer", reason="Moved house")
    assert nowhere.status_code == 422
    assert read_page(nowhere.text).one("span", id="transfer-icc-error").text
    moved = await send(referrals, page, f"{here}/transfer", icc="lancaster", reason="Moved house")
    assert moved.status_code == 303, moved.text
    shown = await open_page(referrals.client, moved.headers["location"])
    assert shown.one("p", role="status").text == "The referral was transferred."
    assert (await read(referrals, sent))["icc"] == "lancaster"
    assert (await referrals.client.get(here)).status_code == 404


async def test_a_referral_sent_elsewhere_by_triage_leads_back_to_the_list(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    here = f"/worklist/referrals/{sent['id']}"
    page = await the_page(referrals, sent["id"])
    answer = await send(
        referrals, page, f"{here}/triage", decision="redirect", icc="east", comment="Lives there"
    )
    assert answer.status_code == 303, answer.text
    shown = await open_page(referrals.client, answer.headers["location"])
    assert shown.one("p", role="status").text == "The decision is recorded."
    assert (await read(referrals, sent))["icc"] == "east"
