"""What a body may be, and how each fault of it is named: a code of the contract, a pointer, never the value."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.shared.tiny import BASE, Tiny

GOOD = b'{"person": {"nhs_number": "9990000018", "born": "1938-02-11"}, "title": "Walk"}'


def with_member(text: str) -> bytes:
    """The good body with one more member, or one replaced by the same name."""
    return GOOD[:-1] + b", " + text.encode("utf-8", "surrogatepass") + b"}"


def faults(answer: httpx.Response) -> set[tuple[str, str]]:
    """(code, pointer) of every fault in an answer."""
    return {(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]}


async def test_a_good_body_is_taken(tiny: Tiny) -> None:
    answer = await tiny.post("/v1/things", GOOD)
    assert answer.status_code == 201
    assert answer.json()["person"] == {"nhs_number": "9990000018", "born": "1938-02-11"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body.required"),
        (b"  \n", 400, "body.required"),
        (b"{", 400, "body.json"),
        (b"{'a': 1}", 400, "body.json"),
        (b'{"a": 1,}', 400, "body.json"),
        (b'{"a": 01}', 400, "body.json"),
        (b'{"a": "line\nbreak"}', 400, "body.json"),
        (b"\xef\xbb\xbf{}", 400, "body.encoding"),
        (b'{"a": "\xff"}', 400, "body.encoding"),
        (b'{"a":\x00}', 400, "body.json"),
        ('{"a": 1}'.encode("utf-16"), 400, "body.encoding"),
        (b"[" * 33 + b"]" * 33, 400, "body.too_deep"),
        (b'{"a":' * 200_000, 400, "body.too_deep"),
        (b'{"a": 1, "a": 2}', 400, "body.duplicate_key"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', 400, "body.duplicate_key"),
        (b'{"a": NaN}', 400, "number.not_finite"),
        (b'{"a": -Infinity}', 400, "number.not_finite"),
        (b'{"a": 1e999}', 400, "number.not_finite"),
        (b'{"a": 1' + b"0" * 5000 + b"}", 400, "number.range"),
        (b'{"a": "\\ud800"}', 400, "text.surrogate"),
        (b'{"a": "\\u0000"}', 400, "text.control_character"),
        (b"[]", 422, "body.type"),
        (b'"text"', 422, "body.type"),
        (b"null", 422, "body.type"),
        (b" " * 1_048_577, 413, "body.too_large"),
    ],
)
async def test_a_body_that_is_not_strict_json_is_refused(
    tiny: Tiny, body: bytes, status: int, code: str
) -> None:
    answer = await tiny.post("/v1/things", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_brackets_inside_a_text_are_not_depth(tiny: Tiny) -> None:
    note = "[{" * 40 + '\\"' + "[" * 40
    assert (await tiny.post("/v1/things", with_member(f'"note": "{note}"'))).status_code == 201


@pytest.mark.parametrize(
    ("member", "code", "pointer"),
    [
        ('"count": "1"', "number.type", "/count"),
        ('"count": 1.5', "number.integer_required", "/count"),
        ('"count": true', "number.type", "/count"),
        ('"kind": "z"', "enum", "/kind"),
        ('"kind": 1', "body.type", "/kind"),
        ('"kind": null', "body.type", "/kind"),
        ('"other": "8e5f"', "id.format", "/other"),
        ('"day": "2026-02-30"', "date.invalid", "/day"),
        ('"day": "30/06/2020"', "date.format", "/day"),
        ('"day": 20200630', "date.type", "/day"),
        ('"seen_at": "2020-06-30T10:00:00"', "date.offset_required", "/seen_at"),
        ('"seen_at": "2020-06-30"', "date.format", "/seen_at"),
        ('"seen_at": "2020-06-30T25:00:00Z"', "date.invalid", "/seen_at"),
        ('"seen_at": "2020-06-30T10:00:00+25:00"', "date.invalid", "/seen_at"),
        ('"seen_at": "2020-06-30T10:00:00+01:60"', "date.invalid", "/seen_at"),
        ('"seen_at": "0001-01-01T00:00:00+12:00"', "date.invalid", "/seen_at"),
        ('"note": "a\\u0007b"', "text.control_character", "/note"),
        ('"note": "a\\u202eb"', "text.bidi_control", "/note"),
        ('"note": "\\ufeff\\u200b"', "text.forbidden", "/note"),
        ('"note": " \\u200b\\n"', "text.blank", "/note"),
        ('"note": 5', "body.type", "/note"),
        ('"extra": 1', "body.unknown_field", "/extra"),
        (f'"note": "{"a" * 10_001}"', "text.too_long", "/note"),
    ],
)
async def test_each_fault_of_content_has_its_code_and_place(
    tiny: Tiny, member: str, code: str, pointer: str
) -> None:
    answer = await tiny.post("/v1/things", with_member(member))
    assert answer.status_code == 422
    assert faults(answer) == {(code, pointer)}


async def test_a_choice_that_is_none_is_answered_with_the_choices(tiny: Tiny) -> None:
    answer = await tiny.post("/v1/things", with_member('"kind": "z"'))
    assert answer.json()["errors"][0]["detail"] == "This must be 'a' or 'b'."


async def test_all_faults_are_told_at_once_and_no_value_comes_back(tiny: Tiny) -> None:
    body = b'{"person": {"nhs_number": 9990000018, "born": "2999-12-31", "9990000026": 1}, "title": "Archer\\n", "count": "7531"}'
    answer = await tiny.post("/v1/things", body)
    assert answer.status_code == 422
    assert faults(answer) == {
        ("nhs_number.type", "/person/nhs_number"),
        ("date.future", "/person/born"),
        ("body.unknown_field", "/person"),
        ("text.control_character", "/title"),
        ("number.type", "/count"),
    }
    # An id of the request holds four digits by chance.
    told = answer.text.replace(answer.json()["request_id"], "")
    for value in ("9990000018", "9990000026", "Archer", "2999", "7531"):
        assert value not in told


async def test_missing_members_are_named(tiny: Tiny) -> None:
    answer = await tiny.post("/v1/things", b'{"person": {"born": "1938-02-11"}}')
    assert faults(answer) == {("nhs_number.required", "/person/nhs_number"), ("body.required", "/title")}


async def test_text_is_composed_and_otherwise_kept(tiny: Tiny) -> None:
    answer = await tiny.post("/v1/things", with_member('"note": "Zoe\\u0308  \\ud83d\\ude00\\n\\u05d0"'))
    assert answer.json()["note"] == "Zo\u00eb  \U0001f600\n\u05d0"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[" + b"{}," * 60_000 + b"{}]", 413, "body.too_large"),
        (b"[" + b"1," * 60_000 + b"1]", 413, "body.too_large"),
        (b"{" + b",".join(b'"%d":1' % n for n in range(1001)) + b"}", 413, "body.too_large"),
        (b"[" * 100_000, 400, "body.too_deep"),
        (b'{"a":' * 100_000, 400, "body.too_deep"),
    ],
)
async def test_a_body_made_to_keep_the_service_busy_is_refused_unread(
    tiny: Tiny, body: bytes, status: int, code: str
) -> None:
    answer = await tiny.post("/v1/things", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_commas_and_brackets_within_a_text_are_only_text(tiny: Tiny) -> None:
    texts = b'"", "' + b'[{,\\"' * 9000 + b'"'
    answer = await tiny.post("/v1/things", with_member(f'"note": "{"," * 9000}"'))
    assert answer.status_code == 201
    answer = await tiny.post("/v1/things", b"[" + texts + b"]")
    assert (answer.status_code, answer.json()["code"]) == (422, "body.type")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("application/JSON; charset=UTF-8", 201),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/merge-patch+json", 415),
        ("", 415),
    ],
)
async def test_the_content_type_must_be_json_in_utf_8(tiny: Tiny, content_type: str, status: int) -> None:
    answer = await tiny.post("/v1/things", GOOD, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert status == 201 or answer.json()["code"] == "content_type"


async def test_a_compressed_body_is_refused(tiny: Tiny) -> None:
    answer = await tiny.post("/v1/things", GOOD, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "body.encoding_unsupported")


@pytest.mark.parametrize(
    "accept",
    ["text/csv, application/json;q=0", "*/*;q=0", "application/json;q=0, */*", "application/*;q=0.0, */*"],
)
async def test_a_client_that_takes_no_json_is_told(tiny: Tiny, accept: str) -> None:
    answer = await tiny.post("/v1/things", GOOD, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (406, "accept")


@pytest.mark.parametrize(
    "accept", ["*/*", "text/html, */*;q=0.1", "application/*", "application/json, */*;q=0"]
)
async def test_a_client_that_takes_json_among_others_gets_it(tiny: Tiny, accept: str) -> None:
    assert (await tiny.post("/v1/things", GOOD, headers={"Accept": accept})).status_code == 201


async def test_a_stream_longer_than_the_limit_is_stopped(tiny: Tiny) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"a" * 10_000
            await asyncio.sleep(0)

    answer = await tiny.client.post("/v1/uploads", content=chunks(), headers=tiny.bearer())
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


async def test_without_a_token_the_body_is_not_even_read(tiny: Tiny) -> None:
    asked = []

    async def body() -> AsyncIterator[bytes]:
        asked.append(True)
        yield b""

    answer = await tiny.client.post(f"{BASE}/v1/things", content=body())
    assert (answer.status_code, asked) == (401, [])


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"person": {}, "title": "a"}, "/person/nhs_number", "`nhs_number` is required."),
        ({"titel": "a"}, "/titel", "This member is not known here. Did you mean `title`?"),
        ({"colour": "red"}, "/colour", "This member is not known here. Known are"),
        ({"person": {"borne": "x"}}, "/person/borne", "This member is not known here. Did you mean `born`?"),
        ({"title": "a" * 256}, "/title", "The text may have at most 255 characters."),
    ],
)
async def test_a_fault_says_which_member_how_long_and_what_instead(
    tiny: Tiny, body: dict[str, Any], pointer: str, detail: str
) -> None:
    answer = await tiny.post("/v1/things", json.dumps(body).encode())
    faults = {fault["pointer"]: fault["detail"] for fault in answer.json()["errors"]}
    assert faults[pointer].startswith(detail)


async def test_the_detail_alone_names_the_place_and_how_much_more_is_wrong(tiny: Tiny) -> None:
    problem = (await tiny.post("/v1/things", b"{}")).json()
    first = problem["errors"][0]
    assert problem["detail"] == f"{first['pointer']}: {first['detail']} (and 1 more in `errors`)"
