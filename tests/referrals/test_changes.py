"""A referral is changed by merge patch: its priority, and how the person is reached."""

from typing import Any

import pytest

from tests.referrals.acting import act, change, holds, manager, read
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_patient, a_referral, keyed
from tests.referrals.sending import post
from tests.support.running import Running


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
async def test_members_that_are_named_change_and_the_others_stay(
    referrals: Running, practice: dict[str, str], media_type: str
) -> None:
    sent = await post(referrals, a_referral(patient=a_patient(email="k@example.org")))
    patch = {"patient": {"phone": "01524 65944", "email": None, "staying_at": "LA14 1LF"}}
    answer = await change(referrals, sent, patch, by=practice, media_type=media_type)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    person = answer.json()["patient"]
    assert (person["phone"], person["staying_at"], person["postcode"]) == (
        "01524 65944",
        "LA14 1LF",
        "LA9 4JE",
    )
    assert "email" not in person
    assert await read(referrals, sent) == answer.json()


async def test_a_case_manager_changes_the_priority_and_the_clocks_follow(referrals: Running) -> None:
    sent = await post(referrals, a_referral(priority="routine"))
    answer = await change(referrals, sent, {"priority": "urgent"}, by=manager(referrals))
    urgent = answer.json()
    assert (answer.status_code, urgent["priority"], urgent["team"]) == (200, "urgent", sent["team"])
    assert urgent["due"]["start_by"] < sent["due"]["start_by"]


async def test_what_becomes_hot_goes_to_the_urgent_team(referrals: Running) -> None:
    sent = await post(referrals, a_referral(priority="routine"))
    hot = (await change(referrals, sent, {"priority": "two-hour"}, by=manager(referrals))).json()
    assert (hot["icc"], hot["team"]) == ("kendal", "urgent-response")


@pytest.mark.parametrize(
    ("patch", "code", "pointer"),
    [
        ({}, "body.required", ""),
        ({"priority": None}, "body.required", "/priority"),
        ({"priority": "soon"}, "enum", "/priority"),
        ({"status": "accepted"}, "field.read_only", "/status"),
        ({"patient": {"family": "Bowman"}}, "field.read_only", "/patient/family"),
        ({"patient": {"nhs_number": "9990000026"}}, "field.read_only", "/patient/nhs_number"),
        ({"patient": {"shoe_size": 5}}, "body.unknown_field", "/patient/shoe_size"),
        ({"patient": {"postcode": "nowhere"}}, "postcode.format", "/patient/postcode"),
        ({"patient": {"flags": [{"kind": "rude"}]}}, "enum", "/patient/flags/0/kind"),
        (
            {"patient": {"flags": [{"kind": "interpreter"}] * 21}},
            "list.too_long",
            "/patient/flags",
        ),
    ],
)
async def test_a_patch_that_makes_no_sense_is_refused_and_changes_nothing(
    referrals: Running, patch: dict[str, Any], code: str, pointer: str
) -> None:
    sent = await post(referrals, a_referral())
    answer = await change(referrals, sent, patch, by=manager(referrals))
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert (await read(referrals, sent))["version"] == 1


async def test_a_sender_changes_no_priority_and_others_nothing(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = await post(referrals, a_referral(patient=a_patient(registered_practice=EAST_PRACTICE)))
    refused = await change(referrals, sent, {"priority": "urgent"}, by=practice)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope")
    registered = referrals.token("practice-system", org=EAST_PRACTICE)
    assert (await change(referrals, sent, {"patient": {"phone": None}}, by=registered)).status_code == 403
    stranger = referrals.token("hospital-system", org="RTX")
    assert (await change(referrals, sent, {"patient": {"phone": None}}, by=stranger)).status_code == 404


async def test_a_change_is_recorded_without_what_changed_to(
    referrals: Running, practice: dict[str, str]
) -> None:
    sent = await post(referrals, a_referral())
    await change(referrals, sent, {"patient": {"phone": "01524 65944"}}, by=practice)
    rows = await referrals.rows(
        "select a::text as row from audit a union all select e::text from referral_event e"
        " union all select r::text from referral r"
    )
    assert not [row for row in rows if holds(row["row"], "65944")]
    (audited,) = await referrals.rows("select version_after from audit where event = 'referral.changed'")
    assert audited["version_after"] == 2


async def test_flags_are_kept_and_a_hidden_address_is_shown_to_case_managers_alone(
    referrals: Running, practice: dict[str, str]
) -> None:
    flags = [{"kind": "hidden-address"}, {"kind": "interpreter", "text": "Polish"}]
    sent = await post(referrals, a_referral(patient=a_patient(flags=flags)))
    seen = (await read(referrals, sent, by=practice))["patient"]
    assert seen["flags"] == flags
    assert not {"postcode", "phone"} & seen.keys()
    worked = (await read(referrals, sent, by=manager(referrals)))["patient"]
    assert (worked["postcode"], worked["phone"]) == ("LA9 4JE", "01539 722000")
    listed = await referrals.client.get("/v1/referrals", headers=practice)
    assert not {"postcode", "phone"} & listed.json()["items"][0]["patient"].keys()
    plain = await change(referrals, sent, {"patient": {"flags": None}}, by=manager(referrals))
    assert "flags" not in plain.json()["patient"]
    assert plain.json()["patient"]["registered_practice"] == KENDAL_PRACTICE


async def test_its_sender_does_not_uncover_an_address(referrals: Running, practice: dict[str, str]) -> None:
    flags = [{"kind": "hidden-address"}]
    sent = await post(referrals, a_referral(patient=a_patient(flags=flags)))
    for uncovered in (None, [], [{"kind": "interpreter"}]):
        refused = await change(referrals, sent, {"patient": {"flags": uncovered}}, by=practice)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope")
    more = {"patient": {"flags": [*flags, {"kind": "interpreter"}]}}
    assert (await change(referrals, sent, more, by=practice)).status_code == 200


async def test_the_priority_of_a_referral_that_ended_stays(referrals: Running) -> None:
    sent = await post(referrals, a_referral())
    ended = (await act(referrals, sent, "withdraw", {}, by=manager(referrals))).json()
    refused = await change(referrals, ended, {"priority": "urgent"}, by=manager(referrals))
    assert (refused.status_code, refused.json()["code"]) == (409, "state.transition")


async def test_a_partner_changes_and_withdraws_what_it_sent(referrals: Running) -> None:
    partner = referrals.token("partner", org="age-uk")
    document = a_referral(requester={"partner": "age-uk"})
    sent = (await referrals.client.post("/v1/referrals", json=document, headers=keyed(partner))).json()
    changed = await change(referrals, sent, {"patient": {"phone": "01524 65944"}}, by=partner)
    withdrawn = await act(referrals, changed.json(), "withdraw", {}, by=partner)
    assert [changed.status_code, withdrawn.status_code] == [200, 200]


@pytest.mark.parametrize("hidden_first", [True, False])
async def test_an_address_hidden_in_one_referral_is_hidden_in_all_of_the_person(
    referrals: Running, practice: dict[str, str], *, hidden_first: bool
) -> None:
    documents = [
        a_referral(pathway="mdt-frailty", patient=a_patient(flags=[{"kind": "hidden-address"}])),
        a_referral(),
    ]
    sent = [await post(referrals, one) for one in (documents if hidden_first else documents[::-1])]
    listed = (await referrals.client.get("/v1/referrals", headers=practice)).json()["items"]
    found = await referrals.client.post(
        "/v1/referrals/search", json={"nhs_number": "9990000018"}, headers=practice
    )
    changed = [
        (await change(referrals, one, {"patient": {"email": "k@example.org"}}, by=practice)).json()
        for one in sent
    ]
    shown = [await read(referrals, one, by=practice) for one in sent]
    answers = [*listed, *found.json()["items"], *changed, *shown]
    assert len(answers) == 8
    assert not [one for one in answers if {"postcode", "phone"} & one["patient"].keys()]
    assert (await read(referrals, sent[0], by=manager(referrals)))["patient"]["postcode"] == "LA9 4JE"
