"""What every request passes through: ids, limits of the head, security headers, the last net."""

import uuid

import pytest

from tests.shared.tiny import Tiny

IDS = ("x-request-id", "x-correlation-id", "traceparent")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/v1/things", 401),
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/things", 405),
        ("GET", "/v1/failures/defect", 401),
    ],
)
async def test_every_answer_carries_ids_and_security_headers(
    tiny: Tiny, method: str, path: str, status: int
) -> None:
    answer = await tiny.client.request(method, path)
    assert answer.status_code == status
    assert all(answer.headers[name] for name in IDS)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


async def test_ids_that_were_sent_come_back_unchanged(tiny: Tiny) -> None:
    sent = {
        "X-Request-Id": str(uuid.uuid4()).upper(),
        "X-Correlation-Id": uuid.uuid4().hex,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    answer = await tiny.client.get("/nowhere", headers=sent)
    assert {name.lower(): value for name, value in sent.items()} == {
        name: answer.headers[name] for name in IDS
    }
    assert answer.json()["request_id"] == sent["X-Request-Id"]


@pytest.mark.parametrize("header", ["X-Request-Id", "X-Correlation-Id"])
@pytest.mark.parametrize("sent", ["gp-system-42", "", "8ba8413b7bf940b396e49995156614b"])
async def test_an_id_that_is_no_uuid_gives_way_to_a_fresh_one(tiny: Tiny, header: str, sent: str) -> None:
    answer = await tiny.client.get("/health/live", headers={header: sent})
    assert answer.status_code == 200
    assert str(uuid.UUID(answer.headers[header])) == answer.headers[header]


async def test_an_unreadable_traceparent_begins_a_new_trace(tiny: Tiny) -> None:
    answer = await tiny.client.get("/health/live", headers={"traceparent": "00-zz-zz-01"})
    assert answer.status_code == 200
    assert answer.headers["traceparent"].startswith("00-")
    assert "zz" not in answer.headers["traceparent"]


async def test_an_unknown_path_is_a_problem_that_repeats_nothing(tiny: Tiny) -> None:
    answer = await tiny.client.get("/v1/people/9990000018")
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (404, "not_found")
    assert document["detail"]
    assert document["type"].endswith("/not_found")
    assert document["instance"].startswith("urn:uuid:")
    assert "9990000018" not in answer.text


async def test_a_wrong_method_names_all_that_are_allowed(tiny: Tiny) -> None:
    answer = await tiny.client.delete("/v1/things")
    assert (answer.status_code, answer.json()["code"]) == (405, "method")
    assert "Allow" in answer.json()["detail"]
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_get_can_be_asked_for_its_head_alone(tiny: Tiny) -> None:
    whole = await tiny.client.get("/health/live")
    head = await tiny.client.head("/health/live")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


async def test_a_path_with_a_control_character_is_not_found(tiny: Tiny) -> None:
    answer = await tiny.get("/v1/failures/a%00b")
    assert answer.status_code == 404


async def test_an_address_that_is_too_long_is_refused(tiny: Tiny) -> None:
    answer = await tiny.client.get("/health/live?" + "a" * 9000)
    assert (answer.status_code, answer.json()["code"]) == (414, "uri.too_long")


async def test_headers_that_are_too_large_are_refused(tiny: Tiny) -> None:
    answer = await tiny.client.get("/health/live", headers={f"X-Filler-{n}": "a" * 1000 for n in range(40)})
    assert (answer.status_code, answer.json()["code"]) == (431, "header.too_large")


@pytest.mark.parametrize("host", ["", "a b", "evil.test/path", "user@host", "a\tb"])
async def test_a_host_that_is_none_is_refused(tiny: Tiny, host: str) -> None:
    answer = await tiny.client.get("/health/live", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "header.host")


async def test_a_defect_answers_500_without_its_message_and_the_next_request_is_served(
    tiny: Tiny, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await tiny.get("/v1/failures/defect")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "9990000018" not in answer.text
    assert "9990000018" not in "".join(capfd.readouterr())
    assert (await tiny.get("/v1/things")).status_code == 200


@pytest.mark.parametrize("kind", ["statement", "network", "terminated", "serialization", "bare"])
async def test_a_lost_or_busy_dependency_answers_503_and_when_to_come_back(tiny: Tiny, kind: str) -> None:
    answer = await tiny.get(f"/v1/failures/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_value_the_database_refuses_is_in_no_answer_and_in_no_log(
    tiny: Tiny, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await tiny.get("/v1/failures/data")
    assert answer.status_code == 500
    assert "9990000018" not in answer.text
    assert "9990000018" not in "".join(capfd.readouterr())


async def test_a_commit_that_fails_is_not_answered_as_a_success(tiny: Tiny) -> None:
    answer = await tiny.get("/v1/commit-fails")
    assert answer.status_code == 500
    assert await tiny.rows("select 1 from tiny_child") == []
