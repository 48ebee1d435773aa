"""`POST /v1/referrals` again: the same key or message gets the first answer, another body a conflict."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

from shared.auth import ROLES
from shared.auth.keys import load_or_create_signing_key, sign_claims
from tests.referrals.builders import EAST_PRACTICE, KENDAL_PRACTICE, a_referral, keyed
from tests.support.running import Running


async def test_fifty_posts_of_one_key_make_one_referral(referrals: Running, practice: dict[str, str]) -> None:
    headers = keyed(practice)
    answers = await asyncio.gather(
        *(referrals.client.post("/v1/referrals", json=a_referral(), headers=headers) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    for table in ("referral", "referral_event", "idempotency", "fact_event"):
        assert (await referrals.rows(f"select count(*) from {table}"))[0][0] == 1  # noqa: S608 - names of this test


async def test_a_key_with_another_body_is_a_conflict(referrals: Running, practice: dict[str, str]) -> None:
    headers = keyed(practice)
    await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    answer = await referrals.client.post("/v1/referrals", json=a_referral(reason="Another"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_a_retry_that_was_written_anew_is_the_same_request(
    referrals: Running, practice: dict[str, str]
) -> None:
    headers, document = keyed(practice), a_referral(reason="Zo\u00eb fell")
    first = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    anew = dict(reversed(document.items())) | {
        "referred_at": "2026-06-12T08:30:00.000Z",
        "reason": "Zoe\u0308 fell",
    }
    written = json.dumps(anew, indent=3, ensure_ascii=True).encode()
    typed = {**headers, "Content-Type": "application/json"}
    again = await referrals.client.post("/v1/referrals", content=written, headers=typed)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_conflict_names_the_first_referral_to_whoever_may_read_it(referrals: Running) -> None:
    document, sender = a_referral(message_id="m"), referrals.token("practice-system", org=KENDAL_PRACTICE)
    first = await referrals.client.post("/v1/referrals", json=document, headers=keyed(sender))
    another = {**document, "reason": "Another"}
    told = await referrals.client.post("/v1/referrals", json=another, headers=keyed(sender))
    assert (told.status_code, told.headers["Location"]) == (409, first.headers["Location"])
    narrow = referrals.token("practice-system", org=KENDAL_PRACTICE, communities=("east",))
    untold = await referrals.client.post("/v1/referrals", json=another, headers=keyed(narrow))
    assert untold.status_code == 409
    assert "Location" not in untold.headers


async def test_a_refused_request_does_not_use_its_key_up(
    referrals: Running, practice: dict[str, str]
) -> None:
    headers = keyed(practice)
    refused = await referrals.client.post("/v1/referrals", json=a_referral(pathway="magic"), headers=headers)
    accepted = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert (refused.status_code, accepted.status_code) == (422, 201)


async def test_a_message_is_taken_once_for_ever_whatever_its_key(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(message_id=str(uuid4()))
    first = await referrals.client.post("/v1/referrals", json=document, headers=practice)
    again = await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    other = await referrals.client.post(
        "/v1/referrals", json={**document, "reason": "Another"}, headers=keyed(practice)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")
    assert len(await referrals.rows("select 1 from referral")) == 1


async def test_a_key_that_comes_with_a_repeated_message_belongs_to_its_body(
    referrals: Running, practice: dict[str, str]
) -> None:
    document, headers = a_referral(message_id="m"), keyed(practice)
    first = await referrals.client.post("/v1/referrals", json=document, headers=practice)
    for _ in range(2):
        again = await referrals.client.post("/v1/referrals", json=document, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
    other = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.body_mismatch")


async def test_of_two_bodies_at_once_with_one_key_one_is_refused_although_the_other_is_a_repetition(
    referrals: Running, practice: dict[str, str]
) -> None:
    repeated = a_referral(message_id="m")
    await referrals.client.post("/v1/referrals", json=repeated, headers=practice)
    for _ in range(10):
        headers = keyed(practice)
        answers = await asyncio.gather(
            *(
                referrals.client.post("/v1/referrals", json=document, headers=headers)
                for document in (repeated, a_referral())
            )
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_an_answer_that_is_given_again_is_audited_with_whom_it_is_about(
    referrals: Running, practice: dict[str, str]
) -> None:
    document, headers = a_referral(message_id="m"), keyed(practice)
    first = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    await referrals.client.post("/v1/referrals", json=document, headers=headers)
    await referrals.client.post("/v1/referrals", json=document, headers=keyed(practice))
    audited = await referrals.rows("select event, org, resource_id, person_key from audit order by id")
    assert [row["event"] for row in audited] == ["referral.received", *["referral.replayed"] * 2]
    assert {row["resource_id"] for row in audited} == {first.json()["id"]}
    assert len({(row["org"], row["person_key"]) for row in audited}) == 1
    assert None not in {row["person_key"] for row in audited}


async def test_a_taken_key_leaves_no_message_without_its_referral(
    referrals: Running, practice: dict[str, str]
) -> None:
    headers = keyed(practice)
    await referrals.client.post("/v1/referrals", json=a_referral(message_id="one"), headers=headers)
    refused = await referrals.client.post("/v1/referrals", json=a_referral(message_id="two"), headers=headers)
    mended = await referrals.client.post("/v1/referrals", json=a_referral(message_id="two"), headers=practice)
    assert (refused.status_code, mended.status_code) == (409, 201)


async def test_message_ids_of_two_organisations_do_not_meet(
    referrals: Running, practice: dict[str, str]
) -> None:
    other = referrals.token("practice-system", org=EAST_PRACTICE)
    ours = a_referral(message_id="1")
    theirs = a_referral(message_id="1", requester={"ods": EAST_PRACTICE})
    answers = [
        await referrals.client.post("/v1/referrals", json=ours, headers=practice),
        await referrals.client.post("/v1/referrals", json=theirs, headers=other),
    ]
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_a_replay_repeats_the_possible_duplicate(referrals: Running, practice: dict[str, str]) -> None:
    first = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    headers = keyed(practice)
    second = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    replay = await referrals.client.post("/v1/referrals", json=a_referral(), headers=headers)
    assert second.json()["possible_duplicate_of"] == first.json()["id"]
    assert replay.content == second.content


async def test_neither_a_key_nor_a_message_id_is_kept_as_it_was_sent(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(message_id="referral of 9990000026")
    headers = {**practice, "Idempotency-Key": "key of 9990000034"}
    await referrals.client.post("/v1/referrals", json=document, headers=headers)
    again = await referrals.client.post("/v1/referrals", json=document, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    for table in ("idempotency", "referral_message", "referral", "referral_event", "audit"):
        (row,) = await referrals.rows(f"select string_agg(t::text, ' ') as rows from {table} t")  # noqa: S608
        assert "9990000026" not in row["rows"], table
        assert "9990000034" not in row["rows"], table


async def test_a_client_without_an_organisation_is_no_practice_of_its_name(
    referrals: Running, practice: dict[str, str]
) -> None:
    stranger = _client(referrals, sub=KENDAL_PRACTICE, communities="kendal")
    own = a_referral(message_id="taken", requester={"self": True})
    first = await referrals.client.post("/v1/referrals", json=own, headers=stranger)
    second = await referrals.client.post(
        "/v1/referrals", json=a_referral(message_id="taken"), headers=practice
    )
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert first.json()["id"] != second.json()["id"]
    # Nor may it take back what the practice sent, although it reads the community's list.
    place = f"/v1/referrals/{second.json()['id']}"
    seen = await referrals.client.get(place, headers=stranger)
    withdrawn = await referrals.client.post(
        f"{place}/withdraw", json={}, headers={**stranger, "If-Match": seen.headers["ETag"]}
    )
    assert (seen.status_code, withdrawn.status_code, withdrawn.json()["code"]) == (200, 403, "scope")


async def test_one_client_of_two_practices_has_two_keys_of_one_name(referrals: Running) -> None:
    made = []
    for org in (KENDAL_PRACTICE, EAST_PRACTICE, KENDAL_PRACTICE):
        headers = keyed(_client(referrals, sub="supplier", org=org), "one name")
        document = a_referral(requester={"ods": org})
        answer = await referrals.client.post("/v1/referrals", json=document, headers=headers)
        made.append((answer.status_code, answer.json()["id"]))
    assert made[0] == made[2]
    assert made[0] != made[1]


async def test_message_ids_that_were_kept_in_clear_are_hidden_and_still_known(
    referrals: Running, practice: dict[str, str]
) -> None:
    document = a_referral(message_id="of 9990000026")
    first = await referrals.client.post("/v1/referrals", json=document, headers=practice)
    await referrals.rows("update referral_message set message_id = 'of 9990000026'")
    await referrals.work()
    again = await referrals.client.post("/v1/referrals", json=document, headers=practice)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    (row,) = await referrals.rows("select message_id from referral_message")
    assert "9990000026" not in row["message_id"]


def _client(service: Running, **claims: str) -> dict[str, str]:
    """The headers of a sender as an identity provider may know it."""
    scope = " ".join(sorted(ROLES["practice-system"]))
    said = {"iss": "icc-local", "aud": "icc", "scope": scope, **claims}
    token = sign_claims(load_or_create_signing_key(service.data_dir), said, ttl=timedelta(minutes=5))
    return {"Authorization": f"Bearer {token}"}
