"""Reading referrals: who sees which, lists and their cursors, search, history, and the audit of all of it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.referrals.builders import (
    EAST_PRACTICE,
    KENDAL_PRACTICE,
    LANCASTER_PRACTICE,
    OUTSIDE_PRACTICE,
    a_patient,
    a_referral,
    keyed,
)
from tests.support.running import Running

PEOPLE = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069", "9990000077")


async def post(service: Running, document: dict[str, Any], *, org: str = KENDAL_PRACTICE) -> dict[str, Any]:
    """A referral taken in, as its sender was told of it."""
    role = "hospital-system" if org == "RTX" else "practice-system"
    headers = keyed(service.token(role, org=org))
    answer = await service.client.post(
        "/v1/referrals", json={**document, "requester": {"ods": org}}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_a_referral_is_read_back_as_it_was_sent(referrals: Running) -> None:
    person = a_patient(staying_at="LA14 1LF", ethnicity="A", email="k@example.org", accommodation="own home")
    receipt = await post(referrals, a_referral(patient=person))
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=practice)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    body = answer.json()
    assert {name: body[name] for name in receipt} == receipt
    assert {name: body["patient"][name] for name in person} == person
    assert body["reason"] == "Fall at home; husband is the main carer"
    assert body["requester"] == {"ods": KENDAL_PRACTICE}
    audited = await referrals.rows(
        "select event, outcome from audit where resource_id = $1 order by txid", receipt["id"]
    )
    assert [tuple(row) for row in audited] == [("referral.received", "success"), ("referral.read", "success")]


async def test_no_cache_keeps_what_is_read_of_a_person(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    body = {"nhs_number": a_patient()["nhs_number"]}
    answers = [
        await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=practice),
        await referrals.client.get("/v1/referrals", headers=practice),
        await referrals.client.post("/v1/referrals/search", json=body, headers=practice),
        await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=practice),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert [answer.headers.get_list("Cache-Control") for answer in answers] == [["no-store"]] * len(answers)


async def test_an_unchanged_referral_is_not_sent_again(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    for tag in ('W/"1"', '"1"', "*"):
        answer = await referrals.client.get(
            f"/v1/referrals/{receipt['id']}", headers={**practice, "If-None-Match": tag}
        )
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", 'W/"1"')
        assert answer.headers.get_list("Cache-Control") == ["no-store"]
    changed = await referrals.client.get(
        f"/v1/referrals/{receipt['id']}", headers={**practice, "If-None-Match": 'W/"2"'}
    )
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("role", "org", "communities", "status"),
    [
        ("practice-system", KENDAL_PRACTICE, (), 200),  # the registered practice
        ("hospital-system", "RTX", (), 200),  # the sender
        ("partner", "urgent-response", (), 200),  # the team that is to act
        ("case-manager", None, ("kendal",), 200),
        ("case-manager", None, ("south-cumbria",), 200),  # the area above
        ("case-manager", None, ("morecambe-bay",), 200),
        ("case-manager", None, ("*",), 200),
        ("practice-system", EAST_PRACTICE, (), 404),
        ("hospital-system", "RXN", (), 404),
        ("case-manager", None, ("east",), 404),
        ("case-manager", None, ("lancashire", "barrow-and-millom"), 404),
        ("case-manager", None, ("nowhere",), 404),
        ("partner", None, (), 404),
        ("analyst", None, ("*",), 403),
        ("dashboard", None, ("*",), 403),
        ("auditor", None, ("*",), 403),
    ],
)
async def test_who_sees_a_hot_referral_of_a_kendal_patient_sent_by_the_hospital(
    referrals: Running, role: str, org: str | None, communities: tuple[str, ...], status: int
) -> None:
    receipt = await post(referrals, a_referral(pathway="urgent-response"), org="RTX")
    token = referrals.token(role, org=org, communities=communities)
    answers = [
        await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=token),
        await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=token),
    ]
    assert [answer.status_code for answer in answers] == [status, status]
    if status != 200:
        assert "Archer" not in answers[0].text
        refused = await referrals.rows("select outcome, resource_id from audit where outcome = 'refused'")
        assert [tuple(row) for row in refused] == [("refused", receipt["id"])] * 2


async def test_what_does_not_exist_looks_like_what_is_foreign(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    foreign = await referrals.client.get(f"/v1/referrals/{receipt['id']}", headers=other)
    missing = await referrals.client.get(f"/v1/referrals/{uuid4()}", headers=other)
    without = [
        {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}
        for answer in (foreign, missing)
    ]
    assert without[0] == without[1]
    assert without[0]["code"] == "not_found"


async def test_an_id_that_is_none_is_refused(referrals: Running) -> None:
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get("/v1/referrals/kathy", headers=practice)
    assert (answer.status_code, answer.json()["code"]) == (400, "id.format")
    assert "kathy" not in answer.text


async def test_a_list_is_paged_without_gaps_and_its_cursor_cannot_be_bent(referrals: Running) -> None:
    sent = [
        await post(referrals, a_referral(patient=a_patient(nhs_number=number), pathway="falls-prevention"))
        for number in PEOPLE
    ]
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    url, pages, seen = "/v1/referrals?limit=3&pathway=falls-prevention", 0, []
    while url:
        answer = await referrals.client.get(url, headers=practice)
        assert answer.status_code == 200, answer.text
        seen += [item["id"] for item in answer.json()["items"]]
        following, pages = answer.json()["next"], pages + 1
        assert ("Link" in answer.headers) == (following is not None)
        if pages == 1:
            first_cursor = following
        url = following and f"/v1/referrals?limit=3&pathway=falls-prevention&cursor={following}"
    assert (seen, pages) == ([item["id"] for item in reversed(sent)], 3)

    bent = first_cursor[:-2] + ("AA" if first_cursor[-2:] != "AA" else "BB")
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    refusals = [
        await referrals.client.get(f"/v1/referrals?pathway=falls-prevention&cursor={bent}", headers=practice),
        await referrals.client.get(
            f"/v1/referrals?pathway=falls-prevention&cursor={first_cursor}", headers=other
        ),
        await referrals.client.get(f"/v1/referrals?cursor={first_cursor}", headers=practice),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [
        (400, "query.cursor"),
        (400, "query.cursor"),
        (400, "query.cursor_filter_mismatch"),
    ]


async def test_a_list_is_narrowed_by_its_filters(referrals: Running) -> None:
    kendal = await post(referrals, a_referral(referred_at="2026-05-31T23:30:00Z"))  # 1 June in England
    hot = await post(
        referrals, a_referral(pathway="urgent-response", referred_at="2026-07-01T10:00:00Z"), org="RTX"
    )
    lancaster = await post(
        referrals, a_referral(patient=a_patient(registered_practice=LANCASTER_PRACTICE)), org="RTX"
    )
    everyone = referrals.token("case-manager", communities=("*",))
    wanted = {
        "": [lancaster, hot, kendal],
        "icc=kendal": [hot, kendal],
        "icc=lancashire": [lancaster],
        "icc=unrouted": [],
        "icc=kendal,lancaster": [lancaster, hot, kendal],
        "icc=unrouted,lancaster": [lancaster],
        "team=urgent-response": [hot],
        "pathway=case-management": [lancaster, kendal],
        "status=received": [lancaster, hot, kendal],
        "status=withdrawn": [],
        "overdue=true": [],
        "overdue=false": [lancaster, hot, kendal],
        "from=2026-06-01&to=2026-06-01": [kendal],
        "to=2026-05-31": [],
        "from=2026-06-01&to=9998-12-31": [lancaster, hot, kendal],
        "from=9998-12-31": [],
        "from=2026-06-13": [hot],
    }
    for query, expected in wanted.items():
        answer = await referrals.client.get(f"/v1/referrals?{query}".rstrip("?"), headers=everyone)
        assert answer.status_code == 200, (query, answer.text)
        assert [item["id"] for item in answer.json()["items"]] == [item["id"] for item in expected], query


async def test_what_was_not_triaged_in_time_is_overdue(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    await referrals.rows("update referral set triage_by = now() - interval '1 minute'")
    everyone = referrals.token("case-manager", communities=("*",))
    answer = await referrals.client.get("/v1/referrals?overdue=true", headers=everyone)
    assert [item["id"] for item in answer.json()["items"]] == [receipt["id"]]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("nhs_number=9990000018", 400, "query.pii_not_allowed"),
        ("postcode=LA9%204JE", 400, "query.pii_not_allowed"),
        ("family=Archer&icc=kendal", 400, "query.pii_not_allowed"),
        ("shoe=7", 400, "query.unknown"),
        ("icc=kendal&icc=east", 400, "query.duplicate"),
        ("limit=501", 400, "query.limit"),
        ("limit=0", 400, "query.limit"),
        ("overdue=yes", 422, "body.type"),
        ("icc=bay", 422, "icc.ambiguous"),
        ("icc=carlisle", 422, "icc.unknown"),
        ("icc=kendal,carlisle", 422, "icc.unknown"),
        ("icc=kendal,", 422, "icc.unknown"),
        ("icc=A82026", 422, "icc.unknown"),
        ("pathway=magic", 422, "enum"),
        ("from=2026-06-02&to=2026-06-01", 422, "date.order"),
    ],
)
async def test_a_list_that_cannot_be_answered_is_refused(
    referrals: Running, query: str, status: int, code: str
) -> None:
    everyone = referrals.token("case-manager", communities=("*",))
    answer = await referrals.client.get(f"/v1/referrals?{query}", headers=everyone)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "9990000018" not in answer.text


async def test_a_name_that_no_list_has_is_answered_with_those_that_have_one(referrals: Running) -> None:
    everyone = referrals.token("case-manager", communities=("*",))
    for name in ("carlisle", "A82026", "pcn:U35939"):
        answer = await referrals.client.get(f"/v1/referrals?icc={name}", headers=everyone)
        (fault,) = answer.json()["errors"]
        assert (fault["code"], fault["pointer"]) == ("icc.unknown", "/icc")
        assert "/v1/communities, or `unrouted`" in fault["detail"]
        assert "practice" not in fault["detail"]


@pytest.mark.parametrize(
    ("role", "org", "communities", "query", "status", "rows"),
    [
        ("case-manager", None, ("kendal",), "icc=kendal", 200, 1),
        ("case-manager", None, ("kendal",), "", 200, 1),
        ("case-manager", None, ("east",), "icc=kendal", 403, 0),
        ("case-manager", None, ("kendal",), "icc=south-cumbria", 403, 0),
        ("case-manager", None, ("kendal",), "icc=unrouted", 403, 0),
        ("case-manager", None, (), "", 403, 0),  # neither communities nor organisation
        ("practice-system", EAST_PRACTICE, (), "icc=kendal", 200, 0),  # its own rows only
        ("analyst", None, ("*",), "", 403, 0),
    ],
)
async def test_a_foreign_list_is_forbidden(
    *,
    referrals: Running,
    role: str,
    org: str | None,
    communities: tuple[str, ...],
    query: str,
    status: int,
    rows: int,
) -> None:
    await post(referrals, a_referral())
    token = referrals.token(role, org=org, communities=communities)
    answer = await referrals.client.get(f"/v1/referrals?{query}".rstrip("?"), headers=token)
    assert answer.status_code == status, answer.text
    assert len(answer.json().get("items", [])) == rows


async def test_the_unrouted_list_is_the_whole_bays(referrals: Running) -> None:
    receipt = await post(referrals, a_referral(patient=a_patient(registered_practice=OUTSIDE_PRACTICE)))
    whole = referrals.token("case-manager", communities=("morecambe-bay",))
    team = referrals.token("case-manager", org="unrouted")
    for token, query in ((whole, "?icc=unrouted"), (team, "")):
        answer = await referrals.client.get(f"/v1/referrals{query}", headers=token)
        assert [item["id"] for item in answer.json()["items"]] == [receipt["id"]]


async def test_a_person_is_found_by_number_or_local_identifier_in_the_body(referrals: Running) -> None:
    known = await post(referrals, a_referral())
    local = {"local_id": "H-7", "local_system": "https://housing.example/person"}
    traced = await post(referrals, a_referral(patient=a_patient(nhs_number=None, **local)))
    await post(referrals, a_referral(patient=a_patient(nhs_number="9990000026")))
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    searches = [
        (practice, {"nhs_number": "999 000 0018"}, [known["id"]]),
        (practice, local, [traced["id"]]),
        (practice, {**local, "local_system": "https://other.example"}, []),
        (other, {"nhs_number": "9990000018"}, []),
    ]
    for token, body, expected in searches:
        answer = await referrals.client.post("/v1/referrals/search", json=body, headers=token)
        assert answer.status_code == 200, answer.text
        assert [item["id"] for item in answer.json()["items"]] == expected
    audited = await referrals.rows(
        "select detail->>'rows', person_key is null from audit where event = 'referral.searched' order by txid"
    )
    assert [tuple(row) for row in audited] == [("1", False), ("1", True), ("0", True), ("0", False)]


async def test_all_referrals_of_a_person_are_found_page_by_page(referrals: Running) -> None:
    sent = [await post(referrals, a_referral()) for _ in range(5)]
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    body = {"nhs_number": "9990000018"}
    url, seen, cursors = "/v1/referrals/search?limit=2", [], []
    while url:
        answer = await referrals.client.post(url, json=body, headers=practice)
        assert answer.status_code == 200, answer.text
        seen.append([item["id"] for item in answer.json()["items"]])
        cursors.append(answer.json()["next"])
        url = cursors[-1] and f"/v1/referrals/search?limit=2&cursor={cursors[-1]}"
    newest_first = [item["id"] for item in reversed(sent)]
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]

    audited = await referrals.rows(
        "select detail->'rows' from audit where event = 'referral.searched' order by txid"
    )
    assert [row[0] for row in audited] == ["2", "2", "1"]
    of_another = await referrals.client.post(
        f"/v1/referrals/search?cursor={cursors[0]}", json={"nhs_number": "9990000026"}, headers=practice
    )
    assert (of_another.status_code, of_another.json()["code"]) == (400, "query.cursor_filter_mismatch")
    in_the_list = await referrals.client.get(f"/v1/referrals?cursor={cursors[0]}", headers=practice)
    assert (in_the_list.status_code, in_the_list.json()["code"]) == (400, "query.cursor")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "nhs_number.required", "/nhs_number"),
        ({"nhs_number": "9990000019"}, "nhs_number.checksum", "/nhs_number"),
        ({"local_id": "H-7"}, "body.required", "/local_system"),
        ({"name": "Archer"}, "body.unknown_field", "/name"),
    ],
)
async def test_a_search_for_nobody_is_refused(
    referrals: Running, body: dict[str, Any], code: str, pointer: str
) -> None:
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.post("/v1/referrals/search", json=body, headers=practice)
    assert answer.status_code == 422
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]


async def test_history_says_what_happened_when_and_by_whom(referrals: Running) -> None:
    receipt = await post(referrals, a_referral())
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.get(f"/v1/referrals/{receipt['id']}/history", headers=practice)
    assert answer.json() == {
        "items": [
            {
                "event": "referral.received",
                "at": receipt["received_at"],
                "by": f"local:practice-system:{KENDAL_PRACTICE}",
            }
        ]
    }


async def test_the_pathways_are_listed_with_their_teams_and_clocks(referrals: Running) -> None:
    answer = await referrals.client.get("/v1/pathways", headers=referrals.token("dashboard"))
    assert answer.status_code == 200, answer.text
    items = {item["key"]: item for item in answer.json()["items"]}
    assert len(items) == 19
    assert [key for key, item in items.items() if item["hot"]] == ["urgent-response", "discharge-to-assess"]
    teams = {team["icc"]: team["team"] for team in items["discharge-to-assess"]["teams"]}
    assert (teams["lancaster"], teams["kendal"], teams["unrouted"]) == ("icat", "urgent-response", "unrouted")
    assert items["urgent-response"]["clocks"]["routine"]["start"]["minutes"] == 120
