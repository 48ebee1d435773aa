"""Changes name the version they were made on; readers are told when nothing is new."""

import uuid

import pytest

from tests.shared.tiny import Tiny

THING = uuid.UUID(int=2)


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [
        (None, 428, "version.required"),
        ('W/"3"', 200, None),
        ('"3"', 200, None),
        ('W/"2", W/"3"', 200, None),
        ('W/"2"', 412, "version.stale"),
        ('W/"abc"', 412, "version.stale"),
        ("*", 412, "version.stale"),
        ("3", 400, "header.format"),
        ('W/"3-gzip"', 200, None),  # as Apache sends on what it compressed
        ('"3"-gzip', 200, None),
        ('W/"2-gzip"', 412, "version.stale"),
    ],
)
async def test_a_change_must_name_the_present_version(
    tiny: Tiny, if_match: str | None, status: int, code: str | None
) -> None:
    headers = tiny.bearer() | ({} if if_match is None else {"If-Match": if_match})
    answer = await tiny.client.patch(f"/v1/things/{THING}", headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(("if_match", "status"), [("*", 200), ('W/"1"', 412)])
async def test_the_first_version_is_asked_for_by_a_star(tiny: Tiny, if_match: str, status: int) -> None:
    headers = {**tiny.bearer(), "If-Match": if_match}
    assert (await tiny.client.put(f"/v1/things/{THING}/plan", headers=headers)).status_code == status


async def test_a_reader_that_has_the_version_gets_no_body(tiny: Tiny) -> None:
    first = await tiny.get(f"/v1/things/{THING}")
    again = await tiny.get(f"/v1/things/{THING}", headers={"If-None-Match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_a_reader_behind_a_compressing_server_gets_no_body_either(tiny: Tiny, coding: str) -> None:
    first = await tiny.get(f"/v1/things/{THING}")
    tag = first.headers["etag"].removesuffix('"')
    for held in (f'{tag}-{coding}"', f'{tag}"-{coding}'):
        again = await tiny.get(f"/v1/things/{THING}", headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
