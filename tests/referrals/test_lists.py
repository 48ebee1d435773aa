"""Lists of referrals: their pages and cursors, their filters, and who may ask for which."""

import pytest

from tests.referrals.builders import (
    EAST_PRACTICE,
    KENDAL_PRACTICE,
    LANCASTER_PRACTICE,
    OUTSIDE_PRACTICE,
    a_patient,
    a_referral,
)
from tests.referrals.sending import post
from tests.support.running import Running

PEOPLE = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069", "9990000077")


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
        "team=icat": [],
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
    await referrals.rows("update referral set stage_due = now() - interval '1 minute'")
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
        ("team=nowhere", 422, "enum"),
        ("status=lost", 422, "enum"),
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
