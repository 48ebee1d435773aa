"""One NHS number, two people: both records are kept and linked, and only those who may read the other are told."""

from typing import Any

import pytest

from tests.referrals.acting import change, manager, read
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_patient, a_referral, keyed
from tests.referrals.sending import post
from tests.support.databases import Databases
from tests.support.running import Running, running

CONFLICTS = "identity_conflict_with"


async def refer(service: Running, *, org: str = KENDAL_PRACTICE, **person: Any) -> dict[str, Any]:
    """A referral of a person who is registered with the practice that sends it."""
    return await post(service, a_referral(patient=a_patient(registered_practice=org, **person)), org=org)


@pytest.mark.parametrize("other", [{"family": "Bowman"}, {"birth_date": "1983-02-11"}])
async def test_another_name_or_birth_date_under_a_number_links_both_records_and_sends_the_new_one_to_tracing(
    referrals: Running, other: dict[str, Any]
) -> None:
    first = await refer(referrals)
    second = await refer(referrals, **other)
    assert (first["identity"], CONFLICTS in first) == ("nhs-number", False)
    assert (second["identity"], second[CONFLICTS]) == ("tracing", [first["id"]])
    shown = [await read(referrals, one) for one in (first, second)]
    assert [one[CONFLICTS] for one in shown] == [[second["id"]], [first["id"]]]
    assert [one["identity"] for one in shown] == ["nhs-number", "tracing"]
    assert shown[1]["patient"]["nhs_number"] == "9990000018"
    assert len(await referrals.rows("select 1 from referral")) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"family": "Archer"}, {"family": "ARCHER"}),
        ({"family": "O'Brien-Müller"}, {"family": "OBRIEN MULLER"}),
        ({"family": "O'Brien"}, {"family": "O’Brien"}),
        ({"family": "Łuczak"}, {"family": "łuczak"}),
        ({"given": "Kathy"}, {"given": "Katherine"}),
        ({"birth_date": "1938-02-11"}, {"birth_date": "1938-02-11", "postcode": "LA1 1AA"}),
    ],
)
async def test_another_spelling_of_the_same_person_is_no_conflict(
    referrals: Running, first: dict[str, Any], second: dict[str, Any]
) -> None:
    await refer(referrals, **first)
    answer = await refer(referrals, **second)
    assert (answer["identity"], CONFLICTS in answer) == ("nhs-number", False)
    assert await referrals.rows("select 1 from referral_conflict") == []


async def test_who_may_not_read_the_other_referral_is_not_told_of_it(referrals: Running) -> None:
    ours = await refer(referrals)
    theirs = await refer(referrals, org=EAST_PRACTICE, family="Bowman")
    assert (theirs["identity"], CONFLICTS in theirs) == ("tracing", False)
    for one, org in ((ours, KENDAL_PRACTICE), (theirs, EAST_PRACTICE)):
        assert CONFLICTS not in await read(referrals, one, by=referrals.token("practice-system", org=org))
    assert CONFLICTS not in await read(referrals, ours, by=manager(referrals, "kendal"))
    both = manager(referrals, "kendal", "east")
    assert (await read(referrals, ours, by=both))[CONFLICTS] == [theirs["id"]]
    assert (await read(referrals, theirs, by=both))[CONFLICTS] == [ours["id"]]


async def test_neither_a_search_nor_a_change_nor_a_repeat_tells_of_it_either(referrals: Running) -> None:
    await refer(referrals)
    theirs = referrals.token("practice-system", org=EAST_PRACTICE)
    person = a_patient(registered_practice=EAST_PRACTICE, family="Bowman")
    document = a_referral(patient=person, requester={"ods": EAST_PRACTICE})
    headers = keyed(theirs)
    first = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    again = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    found = await referrals.client.post(
        "/v1/referrals/search", json={"nhs_number": "9990000018"}, headers=theirs
    )
    changed = await change(referrals, first.json(), {"patient": {"phone": None}}, by=theirs)
    assert (again.headers["Idempotent-Replayed"], again.content) == ("true", first.content)
    (item,) = found.json()["items"]
    for shown in (again.json(), item, changed.json()):
        assert (shown["id"], shown["identity"], CONFLICTS in shown) == (first.json()["id"], "tracing", False)


async def test_lists_searches_and_changes_show_the_conflict_too(referrals: Running) -> None:
    first = await refer(referrals)
    second = await refer(referrals, family="Bowman")
    expected = {first["id"]: [second["id"]], second["id"]: [first["id"]]}
    token = referrals.token("practice-system", org=KENDAL_PRACTICE)
    listed = await referrals.client.get("/v1/referrals", headers=token)
    found = await referrals.client.post(
        "/v1/referrals/search", json={"nhs_number": "9990000018"}, headers=token
    )
    for answer in (listed, found):
        assert {item["id"]: item[CONFLICTS] for item in answer.json()["items"]} == expected
    changed = await change(referrals, second, {"priority": "urgent"}, by=manager(referrals))
    assert changed.json()[CONFLICTS] == [first["id"]]


async def test_a_repeat_says_what_the_first_answer_said_although_another_conflict_came_since(
    referrals: Running, practice: dict[str, str]
) -> None:
    await refer(referrals)
    document = a_referral(patient=a_patient(family="Bowman"), message_id="m-1")
    headers = keyed(practice)
    first = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    await refer(referrals, family="Carter")
    for again in (headers, keyed(practice)):
        answer = await referrals.client.post("/v1/referrals", json=document, headers=again)
        assert (answer.headers["Idempotent-Replayed"], answer.content) == ("true", first.content)
    assert len(first.json()[CONFLICTS]) == 1


async def test_only_the_referrals_of_somebody_else_are_in_conflict(referrals: Running) -> None:
    archer = await refer(referrals)
    bowman = await refer(referrals, family="Bowman")
    again = await refer(referrals, family="ARCHER")
    assert again[CONFLICTS] == [bowman["id"]]
    assert (await read(referrals, bowman))[CONFLICTS] == [again["id"], archer["id"]]


async def test_a_number_that_is_used_for_everybody_links_the_newest_fifty(referrals: Running) -> None:
    for number in range(52):
        last = await refer(referrals, family=f"Archer {'x' * number}")
    assert len(last[CONFLICTS]) == 50
    assert (
        await referrals.rows(
            "select max(n) from (select count(*) n from referral_conflict group by referral_id) x"
        )
    )[0][0] == 50


async def test_a_failing_number_proves_nothing_about_who_two_people_are(
    databases: Databases, data_dir: Any
) -> None:
    settings = {"nhs_number_policy": "trace"}
    async with (
        databases.lend("referrals") as url,
        running("referrals", database_url=url, data_dir=data_dir, settings=settings) as service,
    ):
        await refer(service, nhs_number="9990000019")
        answer = await refer(service, nhs_number="9990000019", family="Bowman")
    assert (answer["identity"], CONFLICTS in answer) == ("tracing", False)


async def test_a_person_known_by_a_local_identifier_alone_is_in_no_conflict(referrals: Running) -> None:
    known: dict[str, Any] = {
        "nhs_number": None,
        "local_id": "7",
        "local_system": "https://housing.example/person",
    }
    await refer(referrals, **known)
    assert CONFLICTS not in await refer(referrals, **known, family="Bowman")


async def test_neither_name_nor_birth_date_can_be_read_from_the_index(referrals: Running) -> None:
    await refer(referrals)
    (row,) = await referrals.rows("select identity_index from referral")
    assert len(row[0]) == 32
    assert b"rcher" not in row[0]
