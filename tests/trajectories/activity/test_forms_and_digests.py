"""How a file of activity is sent: by itself or in a form, with its digest, and what becomes of one that changed on its way."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.support.databases import Databases
from tests.support.running import Running
from tests.trajectories.activity.sending import ADDRESS, EAST, a_system, cells, counts, figures, sent
from tests.trajectories.activity.test_workbooks import HEADER, a_workbook

CONTENT = counts(f"2021-01,{EAST},10").encode()
ADMISSIONS = "non-elective-admissions"


@pytest.fixture
async def service(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """A small system on 20 May 2021."""
    async with a_system(databases, tmp_path) as made:
        yield made


async def in_a_form(service: Running, files: Any, **headers: str) -> httpx.Response:
    given = {
        **service.token("analyst", communities=("*",)),
        "Idempotency-Key": str(new_id()),
        **headers,
    }
    return await service.client.post(ADDRESS, files=files, headers=given)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("counts.csv", CONTENT),
        ("counts", CONTENT),
        ("counts.ndjson", f'{{"month":"2021-01","practice":"{EAST}","count":10}}\n'.encode()),
        ("counts.XLSX", a_workbook([HEADER, ["2021-01", EAST, 10]])),
        ("counts", a_workbook([HEADER, ["2021-01", EAST, 10]])),
    ],
    ids=["csv", "csv without a suffix", "json lines", "workbook", "workbook without a suffix"],
)
async def test_a_form_carries_the_file_in_one_part(service: Running, name: str, content: bytes) -> None:
    answer = await in_a_form(service, {"file": (name, content)})
    assert (answer.status_code, answer.json()["sha256"]) == (200, hashlib.sha256(content).hexdigest())
    assert await figures(service, ADMISSIONS) == {("2021-01", EAST, ""): 10}


async def test_the_same_file_is_one_submission_in_a_form_or_by_itself(service: Running) -> None:
    by_itself = await sent(service, CONTENT)
    answer = await in_a_form(service, {"file": ("counts.csv", CONTENT)})
    assert answer.json()["id"] == by_itself["id"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"other": ("a.csv", CONTENT)}, "multipart.count"),
        ([("file", ("a.csv", CONTENT)), ("file", ("b.csv", CONTENT))], "multipart.count"),
        ([("file", ("a.csv", CONTENT)), ("note", (None, b"y"))], "multipart.count"),
    ],
)
async def test_a_form_with_other_parts_is_refused(service: Running, files: Any, code: str) -> None:
    answer = await in_a_form(service, files)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await cells(service) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form",
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + CONTENT,
        b'--b\r\nContent-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--b--\r\n',
    ],
    ids=["empty", "text", "cut off", "in another coding"],
)
async def test_a_broken_form_is_refused(service: Running, body: bytes) -> None:
    headers = {
        **service.token("analyst", communities=("*",)),
        "Idempotency-Key": str(new_id()),
        "Content-Type": "multipart/form-data; boundary=b",
    }
    answer = await service.client.post(ADDRESS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "multipart.syntax")
    assert await cells(service) == []


async def test_a_file_that_changed_on_its_way_is_refused(service: Running) -> None:
    def digest(of: bytes) -> str:
        return f"sha-256=:{base64.b64encode(hashlib.sha256(of).digest()).decode()}:"

    async def send(stated: str) -> httpx.Response:
        headers = {
            **service.token("analyst", communities=("*",)),
            "Idempotency-Key": str(new_id()),
            "Content-Type": "text/csv",
            "Content-Digest": stated,
        }
        return await service.client.post(ADDRESS, content=CONTENT, headers=headers)

    other = await send(digest(CONTENT + b"x"))
    assert (other.status_code, other.json()["code"]) == (422, "file.digest")
    assert await cells(service) == []
    assert (await send("sha-256=nonsense")).json()["code"] == "header.format"
    assert (await send(digest(CONTENT))).status_code == 200
