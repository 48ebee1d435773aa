"""Many measurements in one request: good lines are stored, bad ones named, a repeated key brings what it brought."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from services.outcomes.measurement_batches.rules import MOST_LINES, lines_of
from tests.outcomes.measuring import KATHY, PATH, PRACTICE, a_measurement, post, record, stored
from tests.support.people import invented_people
from tests.support.running import Running

Content = bytes | AsyncIterator[bytes]


async def send(
    outcomes: Running,
    content: Content,
    *,
    key: str | None = None,
    token: dict[str, str] | None = None,
    media_type: str = "application/x-ndjson",
) -> httpx.Response:
    """The answer to a batch."""
    identity = token or outcomes.token("case-manager", communities=("*",))
    headers = identity | {"Content-Type": media_type} | ({"Idempotency-Key": key} if key else {})
    return await outcomes.client.post(f"{PATH}/batch", content=content, headers=headers)


def lines(*bodies: dict[str, Any] | bytes | str) -> bytes:
    """A batch of these lines."""
    return b"".join(
        (
            one
            if isinstance(one, bytes)
            else json.dumps(one).encode()
            if isinstance(one, dict)
            else one.encode()
        )
        + b"\n"
        for one in bodies
    )


async def told(outcomes: Running, content: Content, **given: Any) -> list[dict[str, Any]]:
    """What is answered to each line."""
    answer = await send(outcomes, content, **given)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def codes(answers: list[dict[str, Any]]) -> dict[int, str | None]:
    """The code of each line, None where it was stored."""
    return {one["line"]: one.get("code") for one in answers}


async def test_good_lines_are_stored_and_bad_ones_named(outcomes: Running) -> None:
    numbers = invented_people(3)
    good = [a_measurement(nhs_number=number) for number in numbers]
    answers = await told(
        outcomes,
        lines(
            good[0],
            "this is no JSON",
            a_measurement(items=[3] * 6),
            "",
            good[1],
            a_measurement(taken_on="2999-01-01"),
            b'{"person": "' + b"x" * 2_000_000 + b'"}',
            b"\xff\xfe",
            good[2],
            {**good[0], "name": "Kathy"},
        ),
    )
    assert [(one["line"], one.get("code"), one.get("pointer")) for one in answers] == [
        (1, None, None),
        (2, "body.json", None),
        (3, "body.required", "/items"),
        (5, None, None),
        (6, "date.future", "/taken_on"),
        (7, "body.too_large", None),
        (8, "body.encoding", None),
        (9, None, None),
        (10, "body.unknown_field", "/name"),
    ]
    assert await stored(outcomes) == 3
    ids = {str(row["id"]) for row in await outcomes.rows("select id from measurement")}
    assert {one["id"] for one in answers if "id" in one} == ids
    audit = await outcomes.rows("select event, resource_id from audit")
    assert {row["resource_id"] for row in audit if row["event"] == "measurement.recorded"} == ids
    events = await outcomes.rows("select subject from fact_event where topic = 'measurement.recorded'")
    assert {str(row["subject"]) for row in events} == ids


async def test_what_is_stored_by_a_batch_is_what_a_single_post_stores(outcomes: Running) -> None:
    pam: dict[str, Any] = {"instrument": "pam13", "score": 58.9, "edition": "2010", "level_as_reported": 3}
    other: dict[str, Any] = {"instrument": "mycaw", "concerns": [{"code": "a", "score": 5}], "wellbeing": 3}
    hba1c: dict[str, Any] = {"instrument": "hba1c", "value": 7.1, "unit": "%", "target": 6.9}
    for given in (pam, other, hba1c, {"practice": PRACTICE, "mode": "self"}):
        await record(outcomes, **given, episode="single")
    await told(
        outcomes,
        lines(
            *(
                a_measurement(**given, episode="batch")
                for given in (pam, other, hba1c, {"practice": PRACTICE, "mode": "self"})
            )
        ),
    )
    rows = await outcomes.rows(
        "select to_jsonb(measurement) as row from measurement order by instrument, episode"
    )
    kept = [json.loads(row["row"]) for row in rows]
    for one, two in zip(kept[::2], kept[1::2], strict=True):
        for name in ("id", "episode_id", "recorded_at", "episode"):
            assert one.pop(name) != two.pop(name)
        assert one == two


async def test_a_repeat_may_stand_before_its_first(outcomes: Running) -> None:
    first, other = invented_people(2)
    answers = await told(
        outcomes,
        lines(
            a_measurement(nhs_number=first, occasion="repeat", taken_on="2026-06-01", items=[4] * 7),
            a_measurement(nhs_number=other, occasion="repeat", taken_on="2026-06-01"),
            a_measurement(nhs_number=first),
            a_measurement(nhs_number=first, taken_on="2026-05-21"),
            a_measurement(nhs_number=first, episode="case-1"),
            a_measurement(nhs_number=first, episode="case-1", occasion="repeat", taken_on="2026-05-19"),
        ),
    )
    assert codes(answers) == {
        1: None,
        2: "state.transition",
        3: None,
        4: "state.transition",
        5: None,
        6: "date.order",
    }
    token = outcomes.token("case-manager", communities=("*",))
    read = await outcomes.client.get(f"{PATH}/{answers[0]['id']}", headers=token)
    assert read.json()["changed"] == "improved"


async def test_a_line_sent_again_under_its_key_brings_what_it_brought(outcomes: Running) -> None:
    one, two, three = invented_people(3)
    first = [
        {**a_measurement(nhs_number=one), "key": "a"},
        {**a_measurement(nhs_number=two, occasion="repeat"), "key": "b"},
        {**a_measurement(nhs_number=one), "key": "a"},
        {**a_measurement(nhs_number=one, items=[4] * 7), "key": "a"},
        {**a_measurement(nhs_number=three), "key": "\u00e9"},
        {**a_measurement(nhs_number=two, occasion="repeat"), "key": "b"},
    ]
    answers = await told(outcomes, lines(*first))
    assert codes(answers) == {
        1: None,
        2: "state.transition",
        3: None,
        4: "idempotency.body_mismatch",
        5: "idempotency.format",
        6: "state.transition",
    }
    assert answers[0]["id"] == answers[2]["id"]
    # What was refused has its key free, for the mended line.
    again = await told(
        outcomes,
        lines({**a_measurement(nhs_number=two), "key": "b"}, first[0], {**first[0], "key": "c"}),
    )
    assert codes(again) == {1: None, 2: None, 3: "state.transition"}
    assert again[1]["id"] == answers[0]["id"]
    assert await stored(outcomes) == 2
    other = outcomes.token("case-manager", communities=("kendal",))
    replayed = await told(outcomes, lines(first[0]), token=other)
    assert codes(replayed) == {1: "scope"}
    events = [row["event"] for row in await outcomes.rows("select event from audit")]
    assert (events.count("measurement.recorded"), events.count("answer.replayed")) == (2, 2)


async def test_a_batch_under_a_key_may_be_sent_again(outcomes: Running) -> None:
    batch = lines(*(a_measurement(nhs_number=number) for number in invented_people(3)))
    first = await told(outcomes, batch, key="monday")
    assert await told(outcomes, batch, key="monday") == first
    assert await stored(outcomes) == 3
    assert set(codes(await told(outcomes, batch)).values()) == {"state.transition"}


async def test_of_two_batches_at_once_each_measurement_is_stored_once(outcomes: Running) -> None:
    batch = lines(*(a_measurement(nhs_number=number) for number in invented_people(60)))
    back = b"".join(reversed(batch.splitlines(keepends=True)))
    answers = await asyncio.gather(send(outcomes, batch, key="monday"), send(outcomes, back))
    assert {one.status_code for one in answers} <= {200, 409}
    assert any(one.status_code == 200 for one in answers)
    assert await stored(outcomes) == 60


async def test_more_lines_than_may_be_are_refused_and_nothing_is_stored(outcomes: Running) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield lines(a_measurement())
        for _ in range(MOST_LINES // 1000):
            yield b"{}\n" * 1000

    refused = await send(outcomes, content())
    assert (refused.status_code, refused.json()["code"]) == (413, "body.too_large")
    assert await stored(outcomes) == 0


async def test_a_batch_needs_its_scope_and_its_type(outcomes: Running) -> None:
    assert (await send(outcomes, b"{}\n", token=outcomes.token("analyst"))).status_code == 403
    assert (await send(outcomes, b"{}\n", media_type="application/json")).status_code == 415
    assert await told(outcomes, b"") == []
    assert await told(outcomes, b"\n \n") == []
    barrow = outcomes.token("case-manager", communities=("barrow",))
    assert codes(await told(outcomes, lines(a_measurement()), token=barrow)) == {1: "scope"}


async def test_no_nhs_number_is_kept_of_a_batch(outcomes: Running) -> None:
    await told(outcomes, lines({**a_measurement(), "key": KATHY}), key=KATHY)
    await post(outcomes, a_measurement(episode="x"), key=KATHY)
    rows = await outcomes.rows("select to_jsonb(t)::text as row from idempotency t")
    rows += await outcomes.rows("select to_jsonb(t)::text as row from measurement t")
    rows += await outcomes.rows("select to_jsonb(t)::text as row from audit t")
    assert len(rows) == 6
    assert not any(KATHY in row["row"] for row in rows)


async def test_lines_are_cut_wherever_chunks_end() -> None:
    async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    whole = b"aa\n\nbbbbbbbbbb\r\ncc\n dd"
    expected = [(1, b"aa"), (3, None), (4, b"cc"), (5, b" dd")]
    for size in (1, 2, 3, 7, len(whole)):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert [tuple(line) async for line in lines_of(chunks(*pieces), longest=5)] == expected
    assert [tuple(line) async for line in lines_of(chunks(b"bbbbbbbbbb"), longest=5)] == [(1, None)]
