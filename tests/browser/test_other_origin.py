"""A front end on another origin, in a browser: it works with the interface where its origin is listed, and reads nothing else."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.reading import ANALYST, MANAGER, OFFICER, PRACTICE, Readers, Who
from tests.browser.serving import Served, a_front_end
from tests.referrals.builders import a_referral, keyed

CALL = """async ([address, init]) => {
    const answer = await fetch(address, init).catch(() => null);
    if (answer === null) return null;
    const read = name => answer.headers.get(name);
    return {status: answer.status, body: await answer.json(), etag: read("ETag"), location: read("Location"),
        request: read("X-Request-Id"), link: read("Link")};
}"""
ASKED = (
    (ANALYST, "/v1/performance?measure=reablement-assessments&from=2020-01&to=2020-03"),
    (OFFICER, "/v1/feeds/reablement/submissions"),
    (MANAGER, "/v1/worklists/kendal"),
)


async def call(page: Page, address: str, **init: Any) -> dict[str, Any] | None:
    """What a script of this page reads of an answer; None where the browser gives it nothing."""
    answer: dict[str, Any] | None = await page.evaluate(CALL, [address, init])
    return answer


def bearer(readers: Readers, who: Who) -> dict[str, str]:
    return {"Authorization": f"Bearer {readers.token(who)}"}


@pytest.mark.parametrize(
    ("who", "address"), ASKED, ids=lambda one: one.service if isinstance(one, Who) else ""
)
async def test_a_listed_origin_reads_every_service(
    readers: Readers, site: Served, who: Who, address: str
) -> None:
    headers = bearer(readers, who)
    async with readers.elsewhere(site.front) as page:
        read = await call(page, site.at(who.service, address), headers=headers)
        refused = await call(page, site.at(who.service, address))
    told = await site[who.service].client.get(address, headers=headers)
    assert read is not None
    assert refused is not None
    assert (read["status"], refused["status"], refused["body"]["code"]) == (200, 401, "auth.required")
    assert read["body"].keys() == told.json().keys()
    assert read["request"] not in (None, refused["request"])


async def test_a_listed_origin_writes_under_a_key_and_a_version(readers: Readers, site: Served) -> None:
    headers = keyed(bearer(readers, PRACTICE)) | {"Content-Type": "application/json"}
    body = site["referrals"].client.build_request("POST", "/", json=a_referral()).content.decode()
    async with readers.elsewhere(site.front) as page:
        sent = await call(
            page, site.at("referrals", "/v1/referrals"), method="POST", headers=headers, body=body
        )
        assert sent is not None
        assert (sent["status"], sent["etag"]) == (201, 'W/"1"')
        acting = bearer(readers, MANAGER) | {"Content-Type": "application/json", "If-Match": sent["etag"]}
        address = site.at("referrals", f"/v1/referrals/{sent['body']['id']}/triage")
        decided = await call(page, address, method="POST", headers=acting, body='{"decision": "accept"}')
        stale = await call(page, address, method="POST", headers=acting, body='{"decision": "accept"}')
    assert decided is not None
    assert stale is not None
    assert (decided["status"], stale["status"]) == (200, 412)
    assert sent["location"].endswith(sent["body"]["id"])


async def test_an_origin_that_is_not_listed_reads_and_changes_nothing(readers: Readers, site: Served) -> None:
    before = await site["referrals"].rows("select count(*) from referral")
    headers = keyed(bearer(readers, PRACTICE)) | {"Content-Type": "application/json"}
    async with a_front_end() as origin, readers.elsewhere(origin) as page:
        for who, address in ASKED:
            assert await call(page, site.at(who.service, address), headers=bearer(readers, who)) is None
        assert await call(page, site.at("referrals", "/v1/referrals"), method="POST", headers=headers) is None
    assert await site["referrals"].rows("select count(*) from referral") == before


async def test_a_sign_in_is_good_for_no_other_origin(readers: Readers, site: Served) -> None:
    async with readers.elsewhere(site.front, known_as=MANAGER) as page:
        address = site.at("referrals", "/v1/worklists/kendal")
        assert await call(page, address, credentials="include") is None
        alone = await call(page, address)
    assert alone is not None
    assert alone["status"] == 401
