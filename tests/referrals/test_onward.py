"""A case asks a partner for something, and the loop is closed: by the partner, or by the case manager on its behalf."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.months import london_day
from tests.referrals.acting import a_key, act, holds, manager, read
from tests.referrals.listing import standing, worklist
from tests.referrals.moments import at, later
from tests.referrals.onward import REASON, a_case, ask, asked, consent, partner, respond
from tests.support.running import Running

OT = "adult-social-care-ot"
AGREED = {
    "scope": "share-with-partner",
    "partner": "voluntary-befriending",
    "given_by": "self",
    "on": "2026-06-20",
}


async def test_an_onward_referral_stands_on_the_list_until_the_partner_has_done_it(
    referrals: Running,
) -> None:
    case = await a_case(referrals)
    answer = await ask(referrals, case)
    assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"1"')
    onward = answer.json()
    assert (onward["status"], onward["case_id"], onward["case_version"]) == ("sent", case["case_id"], 2)
    assert (onward["reason"], onward["overdue"], "person" in onward) == (REASON, False, False)
    listed = await worklist(referrals, "kendal")
    (item,) = [one for one in listed["items"] if one["stage"] == "onward-answer"]
    assert (item["next_action"], item["about"]) == (
        "Chase the partner's answer: Occupational therapy of adult social care",
        OT,
    )
    assert datetime.fromisoformat(item["due"]) == datetime.fromisoformat(onward["due"])
    received = await respond(referrals, onward, {"status": "received"}, by=partner(referrals, OT))
    assert (received.json()["status"], received.json()["version"]) == ("received", 2)
    assert await standing(referrals, case["id"]) == {"kendal": ["first-contact", "onward-answer"]}
    done = await respond(
        referrals, onward, {"status": "completed", "outcome": "Rails fitted"}, by=partner(referrals, OT)
    )
    assert (done.json()["status"], done.json()["outcome"], done.json()["answered_by"]) == (
        "completed",
        "Rails fitted",
        "partner",
    )
    assert await standing(referrals, case["id"]) == {"kendal": ["first-contact"]}


async def test_a_partner_reads_what_was_sent_to_it_and_nothing_else(referrals: Running) -> None:
    case = await a_case(referrals)
    mine = await asked(referrals, case)
    other = await asked(referrals, case, to="physiotherapy", version=2)
    by = partner(referrals, OT)
    listed = (await referrals.client.get("/v1/onward-referrals", headers=by)).json()
    assert [one["id"] for one in listed["items"]] == [mine["id"]]
    read = (await referrals.client.get(f"/v1/onward-referrals/{mine['id']}", headers=by)).json()
    assert listed["items"] == [read]
    assert read["person"]["name"] == "Kathy Archer"
    assert not {"case_id", "case_version", "link"} & read.keys()
    for path in (
        f"/v1/onward-referrals/{other['id']}",
        f"/v1/referrals/{case['id']}",
        f"/v1/referrals/{case['id']}/history",
    ):
        foreign = await referrals.client.get(path, headers=by)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    refused = await respond(referrals, other, {"status": "completed"}, by=by)
    assert refused.status_code == 404
    nobody = await referrals.client.get("/v1/onward-referrals", headers=referrals.token("partner"))
    assert nobody.status_code == 403


async def test_a_partner_that_sent_the_referral_reads_no_onward_referral_of_others(
    referrals: Running,
) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case, to="physiotherapy")
    headers = referrals.token("partner", org=case["requester"]["ods"])
    answer = await referrals.client.get(f"/v1/onward-referrals/{onward['id']}", headers=headers)
    assert answer.status_code == 404


async def test_a_providers_code_is_as_good_as_the_services_key(referrals: Running) -> None:
    case = await a_case(referrals)
    assert (await consent(referrals, case, AGREED)).status_code == 201
    onward = await asked(referrals, case, to="voluntary-befriending")
    for org in ("age-uk", "voluntary-befriending"):
        read = await referrals.client.get(
            f"/v1/onward-referrals/{onward['id']}", headers=partner(referrals, org)
        )
        assert read.status_code == 200
        assert read.json()["person"]["name"] == "Kathy Archer"
        assert not {"nhs_number", "birth_date"} & read.json()["person"].keys()


async def test_an_answer_on_a_partners_behalf_is_recorded_as_such(referrals: Running) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case)
    url = f"/v1/cases/{case['case_id']}/onward-referrals/{onward['id']}/respond"
    body = {"status": "declined", "reason_code": "no-capacity", "outcome": "Nobody free before May"}
    answer = await referrals.client.post(url, json=body, headers=manager(referrals))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["answered_by"], told["reason_code"], told["case_id"]) == (
        "case-manager",
        "no-capacity",
        case["case_id"],
    )
    elsewhere = url.replace(case["case_id"], onward["id"])
    assert (await referrals.client.post(elsewhere, json=body, headers=manager(referrals))).status_code == 404


async def test_a_case_lists_what_it_asked_of_partners(referrals: Running) -> None:
    case = await a_case(referrals)
    sent = [await asked(referrals, case), await asked(referrals, case, to="physiotherapy", version=2)]
    other = await a_case(referrals, pathway="falls-prevention")
    await asked(referrals, other)
    url, by = f"/v1/cases/{case['case_id']}/onward-referrals", manager(referrals)
    listed = (await referrals.client.get(url, headers=by)).json()
    assert [one["id"] for one in listed["items"]] == [one["id"] for one in reversed(sent)]
    assert (
        listed["items"][0]
        == (await referrals.client.get(f"/v1/onward-referrals/{sent[1]['id']}", headers=by)).json()
    )
    first = (await referrals.client.get(f"{url}?limit=1", headers=by)).json()
    rest = (await referrals.client.get(f"{url}?limit=1&cursor={first['next']}", headers=by)).json()
    assert first["items"] + rest["items"] == listed["items"]
    elsewhere = await referrals.client.get(url, headers=manager(referrals, "east"))
    assert elsewhere.status_code == 404
    assert (await referrals.client.get(url, headers=partner(referrals, OT))).status_code == 403


async def test_a_case_that_goes_on_awaits_again_what_is_unanswered(referrals: Running) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case)
    done = await asked(referrals, case, to="physiotherapy", version=2)
    await respond(referrals, done, {"status": "completed"}, by=partner(referrals, "physiotherapy"))
    by, today = manager(referrals), london_day(referrals.platform.clock()).isoformat()
    ended = await referrals.client.post(
        f"/v1/cases/{case['case_id']}/discharge",
        json={"discharged_on": today, "outcome": "goals-met"},
        headers={**by, "If-Match": 'W/"3"', "Idempotency-Key": a_key()},
    )
    assert ended.status_code < 300, ended.text
    assert await standing(referrals, case["id"]) == {"kendal": ["onward-answer"]}
    again = await act(referrals, await read(referrals, case), "reopen", {"comment": "Fell again"}, by=by)
    assert again.status_code == 200
    assert await standing(referrals, case["id"]) == {"kendal": ["first-contact", "onward-answer"]}
    (item,) = [
        one for one in (await worklist(referrals, "kendal"))["items"] if one["stage"] == "onward-answer"
    ]
    assert datetime.fromisoformat(item["due"]) == datetime.fromisoformat(onward["due"])


async def test_a_refusal_is_an_alert_until_the_case_manager_has_read_it(referrals: Running) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case)
    body = {"status": "declined", "reason_code": "no-capacity"}
    await respond(referrals, onward, body, by=partner(referrals, OT))
    assert await standing(referrals, case["id"]) == {"kendal": ["alert", "first-contact"]}
    (alert, _) = (await worklist(referrals, "kendal"))["items"]
    assert (alert["about"], alert["next_action"]) == (
        "onward-declined",
        "Read why a partner declined, and find another way",
    )
    url = f"/v1/onward-referrals/{onward['id']}"
    await referrals.client.get(url, headers=partner(referrals, OT))
    assert await standing(referrals, case["id"]) == {"kendal": ["alert", "first-contact"]}
    await referrals.client.get(url, headers=manager(referrals))
    assert await standing(referrals, case["id"]) == {"kendal": ["first-contact"]}


@pytest.mark.parametrize("first", ["declined", "completed"])
async def test_what_was_answered_is_not_answered_again(referrals: Running, first: str) -> None:
    onward = await asked(referrals, await a_case(referrals))
    by = partner(referrals, OT)
    assert (await respond(referrals, onward, {"status": first}, by=by)).status_code == 200
    for status in ("received", "declined", "completed"):
        again = await respond(referrals, onward, {"status": status}, by=by)
        assert (again.status_code, again.json()["code"]) == (409, "state.transition")


async def test_of_many_answers_at_once_one_is_taken(referrals: Running) -> None:
    onward, by = await asked(referrals, await a_case(referrals)), partner(referrals, OT)
    answers = await asyncio.gather(
        *(
            respond(referrals, onward, {"status": "completed"}, by={**by, "Idempotency-Key": a_key()})
            for _ in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    events = await referrals.rows("select event from referral_event where event = 'onward.answered'")
    assert len(events) == 1


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"reason": REASON}, "body.required", "/service"),
        ({"service": OT}, "body.required", "/reason"),
        ({"service": "plumbing", "reason": REASON}, "code.unknown", "/service"),
        ({"service": OT, "reason": "  "}, "text.blank", "/reason"),
        ({"service": OT, "reason": "a\u202eb"}, "text.bidi_control", "/reason"),
        ({"service": OT, "reason": "a" * 10_001}, "text.too_long", "/reason"),
        ({"service": OT, "reason": REASON, "to": "x"}, "body.unknown_field", "/to"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_changes_nothing(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await ask(referrals, await a_case(referrals), body)
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await referrals.rows("select 1 from onward_referral") == []


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "body.required", "/status"),
        ({"status": "recalled"}, "enum", "/status"),
        ({"status": "completed", "reason_code": "no-capacity"}, "field.read_only", "/reason_code"),
        ({"status": "declined", "reason_code": "because"}, "code.unknown", "/reason_code"),
        ({"status": "declined", "reason_code": "sent-in-error"}, "code.invalid", "/reason_code"),
        ({"status": "completed", "outcome": ""}, "text.blank", "/outcome"),
    ],
)
async def test_what_is_no_answer_is_refused_and_changes_nothing(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    onward = await asked(referrals, await a_case(referrals))
    answer = await respond(referrals, onward, body, by=partner(referrals, OT))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    (row,) = await referrals.rows("select status, version from onward_referral")
    assert (row["status"], row["version"]) == ("sent", 1)


async def test_it_is_made_on_the_cases_version_and_once_under_one_key(referrals: Running) -> None:
    case, key = await a_case(referrals), a_key()
    url, body = f"/v1/cases/{case['case_id']}/onward-referrals", {"service": OT, "reason": REASON}
    unnamed = await referrals.client.post(
        url, json=body, headers={**manager(referrals), "Idempotency-Key": a_key()}
    )
    assert (unnamed.status_code, unnamed.json()["code"]) == (428, "version.required")
    stale = await ask(referrals, case, version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    first = await ask(referrals, case, key=key)
    again = await ask(referrals, case, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert (await ask(referrals, case)).status_code == 412
    assert len(await referrals.rows("select 1 from onward_referral")) == 1


async def test_only_who_works_the_case_sends_it_on(referrals: Running) -> None:
    case = await a_case(referrals)
    foreign = await ask(referrals, case, by=manager(referrals, "barrow"))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert (await ask(referrals, case, by=partner(referrals, OT))).status_code == 403
    await referrals.rows(
        "update case_record set status = 'discharged', discharged_on = '2026-06-01', outcome = 'goals-met'"
    )
    closed = await ask(referrals, case)
    assert (closed.status_code, closed.json()["code"]) == (409, "state.transition")


async def test_nothing_of_it_is_kept_in_the_clear(referrals: Running) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case)
    await respond(
        referrals, onward, {"status": "completed", "outcome": "Rails fitted"}, by=partner(referrals, OT)
    )
    token = onward["link"].rpartition("/")[2]
    kept = await referrals.rows(
        "select o::text as row from onward_referral o union all select e::text from referral_event e union all select d::text from disclosure d"
        " union all select a::text from audit a union all select k::text from idempotency k"
    )
    assert len(kept) >= 6
    words = (REASON, "Rails fitted", token)
    assert not [row for row in kept if any(holds(row["row"], one) for one in words)]


async def test_every_step_has_its_audit_row_and_the_first_reading_is_kept(referrals: Running) -> None:
    onward, by = await asked(referrals, await a_case(referrals)), partner(referrals, OT)
    await referrals.client.get(f"/v1/onward-referrals/{onward['id']}", headers=manager(referrals))
    (unread,) = await referrals.rows("select read_at from disclosure")
    assert unread["read_at"] is None
    await referrals.client.get(f"/v1/onward-referrals/{onward['id']}", headers=by)
    await referrals.client.get("/v1/onward-referrals", headers=by)
    await respond(referrals, onward, {"status": "completed"}, by=by)
    rows = await referrals.rows("select event from audit where event like 'onward.%' order by arrival")
    assert [row["event"] for row in rows] == [
        "onward.sent",
        "onward.read",
        "onward.read",
        "onward.listed",
        "onward.answered",
    ]
    (read,) = await referrals.rows("select read_at from disclosure")
    assert read["read_at"] is not None


async def test_what_is_not_answered_in_time_is_overdue(referrals: Running) -> None:
    onward = await asked(referrals, await a_case(referrals))
    with at(referrals, later(referrals, days=25).astimezone(UTC)):
        read = await referrals.client.get(
            f"/v1/onward-referrals/{onward['id']}", headers=partner(referrals, OT)
        )
        assert read.json()["overdue"] is True
        listed = await worklist(referrals, "kendal")
    assert listed["counts"]["onward-answer"]["overdue"] == 1


async def test_a_voluntary_partner_is_told_of_nobody_who_did_not_agree(referrals: Running) -> None:
    case = await a_case(referrals)
    refused = await ask(referrals, case, to="voluntary-befriending")
    assert (refused.status_code, refused.json()["code"]) == (409, "consent.required")
    other = {**AGREED, "scope": "share-with-hospital", "partner": None}
    assert (await consent(referrals, case, other)).status_code == 201
    assert (await ask(referrals, case, to="voluntary-befriending")).status_code == 409
    assert (await consent(referrals, case, {**AGREED, "partner": "age-uk"})).status_code == 201
    assert (await ask(referrals, case, to="voluntary-befriending")).status_code == 201


async def test_a_withdrawn_consent_recalls_what_is_unanswered_and_nothing_else(referrals: Running) -> None:
    case = await a_case(referrals)
    await consent(referrals, case, AGREED)
    done = await asked(referrals, case, to="voluntary-befriending")
    open_ = await asked(referrals, case, to="voluntary-befriending", version=2)
    council = await asked(referrals, case, version=3)
    by = partner(referrals, "age-uk")
    await respond(referrals, done, {"status": "completed"}, by=by)
    taken_back = await consent(referrals, case, {**AGREED, "withdrawn_on": "2026-06-21"})
    assert taken_back.json()["recalled"] == [open_["id"]]
    rows = await referrals.rows("select id::text, status from onward_referral")
    assert {row["id"]: row["status"] for row in rows} == {
        done["id"]: "completed",
        open_["id"]: "recalled",
        council["id"]: "sent",
    }
    for onward in (done, open_):
        read = (await referrals.client.get(f"/v1/onward-referrals/{onward['id']}", headers=by)).json()
        assert (read["person"], read["reason"]) == (None, "")
    assert (await referrals.client.get(open_["link"])).status_code == 404
    assert (await referrals.client.get(council["link"])).status_code == 200
    refused = await respond(referrals, open_, {"status": "completed"}, by=by)
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")
    assert (await ask(referrals, case, to="voluntary-befriending", version=4)).status_code == 409
    assert await standing(referrals, case["id"]) == {"kendal": ["first-contact", "onward-answer"]}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"scope": "share-with-everybody"}, "enum", "/scope"),
        ({"partner": None}, "body.required", "/partner"),
        ({"partner": "nobody"}, "code.unknown", "/partner"),
        ({"scope": "share-with-hospital"}, "field.read_only", "/partner"),
        ({"given_by": "neighbour"}, "enum", "/given_by"),
        ({"on": "2999-01-01"}, "date.future", "/on"),
        ({"withdrawn_on": "2026-06-19"}, "date.order", "/withdrawn_on"),
    ],
)
async def test_a_consent_that_makes_no_sense_is_refused(
    referrals: Running, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await consent(referrals, await a_case(referrals), {**AGREED, **change})
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await referrals.rows("select 1 from consent") == []


@pytest.mark.parametrize("ending", ["withdrawn", "deceased"])
async def test_a_case_that_ends_so_asks_nothing_more_of_a_partner(referrals: Running, ending: str) -> None:
    case = await a_case(referrals)
    onward = await asked(referrals, case)
    by, today = manager(referrals), london_day(referrals.platform.clock()).isoformat()
    if ending == "withdrawn":
        ended = await act(referrals, await read(referrals, case), "withdraw", {}, by=by)
    else:
        ended = await referrals.client.post(
            f"/v1/cases/{case['case_id']}/discharge",
            json={"discharged_on": today, "outcome": "deceased"},
            headers={**by, "If-Match": 'W/"2"', "Idempotency-Key": a_key()},
        )
    assert ended.status_code == 200, ended.text
    assert (await referrals.client.get(onward["link"])).status_code == 404
    listed = await referrals.client.get("/v1/onward-referrals", headers=partner(referrals, OT))
    assert all("name" not in (one.get("person") or {}) for one in listed.json()["items"])
    late = await respond(referrals, onward, {"status": "completed"}, by=partner(referrals, OT))
    assert late.status_code in {404, 409}
    (row,) = await referrals.rows("select status from onward_referral")
    assert row["status"] == "recalled"
