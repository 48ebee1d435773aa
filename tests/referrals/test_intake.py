"""`POST /v1/referrals`: what is stored and answered, over HTTP and a real PostgreSQL."""

from tests.referrals.builders import KENDAL_PRACTICE, a_referral, keyed
from tests.support.running import Running


async def test_a_referral_is_routed_stored_and_acknowledged(referrals: Running) -> None:
    practice = referrals.token("practice-system", org=KENDAL_PRACTICE)
    answer = await referrals.client.post("/v1/referrals", json=a_referral(), headers=keyed(practice))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/referrals/{body['id']}"
    assert answer.headers["ETag"] == 'W/"1"'
    assert (body["status"], body["icc"], body["team"]) == ("received", "kendal", "kendal-icc")
    assert (body["identity"], body["version"], body["case_id"]) == ("nhs-number", 1, None)
