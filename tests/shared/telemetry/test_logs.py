"""Log lines are JSON, name their request, and hold nothing about a person. Tried on a process of its own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.telemetry.logs import drop_forbidden

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import asyncio, logging, sys
from pathlib import Path
import httpx
import structlog
from shared.service.app import build_app
from shared.settings import PlatformSettings
from shared.telemetry import configure_logging
from tests.shared.tiny import Tiny, router

async def main():
    configure_logging("referrals")
    structlog.get_logger().info("referral.received", nhs_number="9990000018", detail={"family": "Archer", "icc": "kendal"})
    try:
        raise ValueError("9990000018")
    except ValueError:
        logging.getLogger("sqlalchemy").exception("row %s is bad", "9990000018")
    data = Path(sys.argv[1])
    nowhere = {"database_url": "postgresql://icc@127.0.0.1:9/icc"}
    settings = PlatformSettings(environment="test", data_dir=data, redis_url="none", trajectories=nowhere)
    app = build_app(service="trajectories", settings=settings, routers=[router])
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://icc.test") as client:
            tiny = Tiny(app, client, "", data)
            await tiny.get("/v1/things/9990000018?family=Archer")
            await tiny.get("/v1/failures/defect")
            await tiny.post("/v1/things", b'{"person": {"nhs_number": 9990000018, "Kathy Archer": 1, "archer": 1}}')

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a process writes to stderr that logs, fails and serves."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path_factory.mktemp("data"))],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b"9990000018" not in ended.stderr + ended.stdout
    assert b"archer" not in (ended.stderr + ended.stdout).lower()
    return [orjson.loads(line) for line in ended.stderr.splitlines()]


def named(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    """The lines of one event."""
    return [line for line in lines if line["event"] == event]


def test_a_line_names_service_level_time_and_request(lines: list[dict[str, Any]]) -> None:
    (line,) = named(lines, "referral.received")
    assert (line["service"], line["level"], line["detail"]) == ("referrals", "info", {"icc": "kendal"})
    assert line["at"].endswith("Z")
    assert line["request_id"]


def test_a_failure_in_a_library_is_logged_by_its_kind_only(lines: list[dict[str, Any]]) -> None:
    (line,) = named(lines, "library")
    assert (line["logger"], line["error"]) == ("sqlalchemy", "ValueError")


def test_a_request_makes_one_line_with_its_template(lines: list[dict[str, Any]]) -> None:
    line = named(lines, "request")[0]
    assert (line["route"], line["status"], line["client"]) == ("/v1/things/{thing}", 400, "local:analyst")
    assert len({line["request_id"] for line in named(lines, "request")}) == 3


def test_a_refusal_says_why_and_where_and_no_value(lines: list[dict[str, Any]]) -> None:
    badly_asked, _, refused = named(lines, "request")
    assert (badly_asked["code"], badly_asked["level"]) == ("query.unknown", "info")
    assert (refused["status"], refused["level"], refused["code"]) == (422, "info", "nhs_number.type")
    assert sorted(refused["faults"]) == [
        "body.required /person/born",
        "body.required /title",
        "body.unknown_field /*",  # its name is no word, so the answer's pointer ends above it
        "body.unknown_field /person/*",
        "nhs_number.type /person/nhs_number",
    ]


def test_an_answer_that_the_service_owes_is_a_warning(lines: list[dict[str, Any]]) -> None:
    (line,) = [line for line in named(lines, "request") if line["status"] == 503]
    assert (line["level"], line["code"]) == ("warning", "dependency")


@pytest.mark.parametrize("key", ["nhs_number", "query", "token", "postcode", "exception"])
def test_a_forbidden_key_is_dropped_at_any_depth(key: str) -> None:
    assert drop_forbidden(None, "", {"a": {key: 1, "b": 2}, key: 3}) == {"a": {"b": 2}}
