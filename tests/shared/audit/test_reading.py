"""Reading the audit over HTTP, as an auditor does."""

from datetime import timedelta

import pytest

from shared.audit.sealing import Sealer
from shared.auth.keys import load_or_create_signing_key, sign_claims
from shared.settings import LOCAL_ISSUER
from tests.support.running import Running

ADDRESS = "/v1/audit"


async def seal(service: Running) -> None:
    """What the service's worker does every second."""
    platform = service.platform
    sealer = Sealer(platform.database, platform.signer, platform.settings.data_dir)
    while await sealer.seal_pending():
        pass


async def seen(service: Running, **parameters: str) -> list[dict[str, object]]:
    """What an auditor sees once everything is sealed."""
    await seal(service)
    answer = await service.client.get(ADDRESS, headers=service.token("auditor"), params=parameters)
    assert answer.status_code == 200
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_a_refused_request_is_seen_by_the_auditor_with_its_caller_code_and_route(
    trajectories: Running,
) -> None:
    answer = await trajectories.client.get(ADDRESS, headers=trajectories.token("dashboard"))
    assert answer.status_code == 403
    (row,) = await seen(trajectories)
    assert (row["event"], row["outcome"], row["code"]) == ("request.refused", "refused", "scope")
    assert (row["client"], row["role"], row["resource_type"]) == ("local:dashboard", "dashboard", ADDRESS)
    assert row["request_id"] == answer.headers["x-request-id"]


async def test_a_request_without_a_token_is_refused_and_recorded(trajectories: Running) -> None:
    answer = await trajectories.client.get(ADDRESS)
    assert answer.status_code == 401
    (row,) = await seen(trajectories)
    assert (row["code"], row["client"], row["role"]) == ("auth.required", None, None)


async def test_reading_the_audit_is_itself_recorded_with_its_filter(trajectories: Running) -> None:
    await seen(trajectories, event="request.refused")
    (row,) = await seen(trajectories)
    assert row["event"] == "audit.read"
    assert row["detail"] == {"filter": {"event": "request.refused"}, "rows": 0}


async def test_pages_show_every_row_once_newest_first_while_new_ones_arrive(trajectories: Running) -> None:
    for _ in range(5):
        await trajectories.client.get(ADDRESS)
    await seal(trajectories)
    numbers: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        parameters = {"limit": "2", "event": "request.refused"} | ({"cursor": cursor} if cursor else {})
        answer = await trajectories.client.get(
            ADDRESS, headers=trajectories.token("auditor"), params=parameters
        )
        page = answer.json()
        numbers += [item["seq"] for item in page["items"]]
        cursor = page["next"]
        await trajectories.client.get(ADDRESS)
        await seal(trajectories)
    assert numbers == [5, 4, 3, 2, 1]


async def test_a_cursor_of_another_filter_is_refused(trajectories: Running) -> None:
    for _ in range(3):
        await trajectories.client.get(ADDRESS)
    await seal(trajectories)
    auditor = trajectories.token("auditor")
    first = await trajectories.client.get(ADDRESS, headers=auditor, params={"limit": "1"})
    cursor = first.json()["next"]
    answer = await trajectories.client.get(
        ADDRESS, headers=auditor, params={"limit": "1", "cursor": cursor, "org": "x"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "query.cursor_filter_mismatch")


async def test_a_cursor_of_the_audit_is_refused_by_the_list_of_referrals(referrals: Running) -> None:
    for _ in range(2):
        await referrals.client.get(ADDRESS)
    await seal(referrals)
    claims = {
        "sub": "both",
        "scope": "audit.read referrals.read",
        "iss": LOCAL_ISSUER,
        "aud": "icc",
        "communities": ["*"],
    }
    token = sign_claims(load_or_create_signing_key(referrals.data_dir), claims, ttl=timedelta(hours=1))
    both = {"Authorization": f"Bearer {token}"}
    first = await referrals.client.get(ADDRESS, headers=both, params={"limit": "1"})
    cursor = first.json()["next"]
    of_its_own = await referrals.client.get(ADDRESS, headers=both, params={"cursor": cursor})
    of_another = await referrals.client.get("/v1/referrals", headers=both, params={"cursor": cursor})
    assert of_its_own.status_code == 200
    assert (of_another.status_code, of_another.json()["code"]) == (400, "query.cursor")


@pytest.mark.parametrize("query", ["?limit=0", "?limit=501", "?colour=red", "?event=", "?event=a&event=b"])
async def test_a_query_that_is_not_understood_is_refused(trajectories: Running, query: str) -> None:
    answer = await trajectories.client.get(ADDRESS + query, headers=trajectories.token("auditor"))
    assert answer.status_code == 400
    assert answer.json()["code"].startswith("query.")


async def test_the_answer_shows_no_keys(trajectories: Running) -> None:
    await trajectories.client.get(ADDRESS)
    (row,) = await seen(trajectories)
    assert row.keys().isdisjoint({"mac", "txid", "recorded_at"})
