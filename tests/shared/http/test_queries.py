"""Queries that are fully understood, and pages cut from a list."""

import pytest

from tests.shared.tiny import ITEMS, Tiny


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "query.limit"),
        ("limit=501", "query.limit"),
        ("limit=ten", "query.limit"),
        ("limit=1_0", "query.limit"),
        ("limit=%2B5", "query.limit"),
        ("limit=+5", "query.limit"),
        ("limit=5.0", "query.limit"),
        ("limit=", "query.empty"),
        ("limit", "query.empty"),
        ("limit=1&limit=1", "query.duplicate"),
        ("limits=1", "query.unknown"),
        ("kind=%zz", "query.encoding"),
        ("kind=%ff", "query.encoding"),
        ("kind=a%00b", "query.text"),
        ("cursor=abc", "query.cursor"),
        ("cursor=%2B%2B", "query.cursor"),
        ("&".join(f"a{n}=1" for n in range(51)), "query.too_many"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused(tiny: Tiny, query: str, code: str) -> None:
    answer = await tiny.get(f"/v1/things?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_parameter_that_is_not_known_is_answered_with_those_that_are(tiny: Tiny) -> None:
    answers = [await tiny.get("/v1/things?shoe=7"), await tiny.get("/v1/guarded?shoe=7")]
    assert [answer.json()["detail"] for answer in answers] == [
        "A query parameter is not known at this address. Known are cursor, kind, limit.",
        "A query parameter is not known at this address. It takes none.",
    ]


async def test_an_id_that_is_no_uuid_is_refused(tiny: Tiny) -> None:
    answer = await tiny.get("/v1/things/9990000018")
    assert (answer.status_code, answer.json()["code"]) == (400, "id.format")
    assert "9990000018" not in answer.text


async def test_the_token_is_looked_at_before_the_query(tiny: Tiny) -> None:
    assert (await tiny.client.get("/v1/things?nonsense=1")).status_code == 401


async def test_pages_give_every_item_once(tiny: Tiny) -> None:
    seen: list[int] = []
    path = "/v1/things?limit=3&kind=a"
    while path:
        answer = await tiny.get(path)
        seen += answer.json()["items"]
        link = answer.headers.get("link", "")
        path = link[1 : link.index(">")] if link else ""
        assert bool(path) == (answer.json()["next"] is not None)
    assert seen == list(range(ITEMS))


async def test_a_cursor_is_good_for_its_client_only(tiny: Tiny) -> None:
    cursor = (await tiny.get("/v1/things?limit=3")).json()["next"]
    other = await tiny.client.get(f"/v1/things?cursor={cursor}", headers=tiny.bearer("auditor"))
    assert (other.status_code, other.json()["code"]) == (400, "query.cursor")


async def test_a_cursor_is_good_for_its_filters_only(tiny: Tiny) -> None:
    cursor = (await tiny.get("/v1/things?limit=3&kind=a")).json()["next"]
    answer = await tiny.get(f"/v1/things?cursor={cursor}&kind=b")
    assert (answer.status_code, answer.json()["code"]) == (400, "query.cursor_filter_mismatch")


async def test_a_changed_cursor_is_refused(tiny: Tiny) -> None:
    cursor = (await tiny.get("/v1/things?limit=3")).json()["next"]
    changed = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    assert (await tiny.get(f"/v1/things?cursor={changed}")).json()["code"] == "query.cursor"
