"""A front end on another origin is a user like any other, where the installation lists it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.settings import PlatformSettings, SettingsError, read_settings
from tests.shared.tiny import Tiny, tiny_application
from tests.support.databases import Databases

LISTED = "https://dashboard.example"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}


@pytest.fixture(scope="module")
async def listing(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tiny]:
    """An application that lists one origin."""
    async with (
        databases.lend("trajectories") as url,
        tiny_application(url, tmp_path_factory.mktemp("data"), cors_origins=(LISTED,)) as application,
    ):
        yield application


async def test_a_preflight_of_a_listed_origin_is_answered_without_a_token(listing: Tiny) -> None:
    path = "/v1/things/00000000-0000-0000-0000-000000000002"
    answer = await listing.client.options(path, headers={"Origin": LISTED, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, PATCH"
    assert {"Authorization", "If-Match", "Idempotency-Key"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_a_preflight_of_another_origin_is_refused_and_told_nothing(listing: Tiny, tiny: Tiny) -> None:
    for application in (listing, tiny):
        answer = await application.client.options(
            "/v1/things", headers={"Origin": "https://elsewhere.example", **PREFLIGHT}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_listed_origin_may_read_every_answer_and_its_headers(listing: Tiny) -> None:
    good = await listing.get("/v1/things/00000000-0000-0000-0000-000000000002", headers={"Origin": LISTED})
    refused = await listing.client.get("/v1/things", headers={"Origin": LISTED})
    assert (good.status_code, refused.status_code) == (200, 401)
    for answer in (good, refused):
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert {"ETag", "Link", "Location"} <= set(
            answer.headers["access-control-expose-headers"].split(", ")
        )
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["vary"] == "Origin"


async def test_another_origin_gets_its_answer_without_leave_to_read_it(listing: Tiny) -> None:
    answer = await listing.get("/v1/things", headers={"Origin": LISTED + ".evil.example"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert (answer.headers["vary"], answer.headers["cross-origin-resource-policy"]) == (
        "Origin",
        "same-origin",
    )


async def test_options_that_is_no_preflight_is_a_method_like_others(listing: Tiny) -> None:
    answer = await listing.client.options("/v1/things", headers={"Origin": LISTED})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    "origins",
    ["*", "https://*.example", "dashboard.example", "https://a.example/", "https://a.example:443", "null"],
)
def test_only_exact_origins_are_taken(origins: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ICC_CORS_ORIGINS", f"{LISTED},{origins}")
    with pytest.raises(SettingsError, match="ICC_CORS_ORIGINS"):
        read_settings(PlatformSettings, data_dir=tmp_path)
