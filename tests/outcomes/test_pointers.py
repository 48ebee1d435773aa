"""What an error of a file points to, for a client that knows nothing but JSON pointers."""

import json
from typing import Any

import pytest

from tests.outcomes.builders import ROUTES_CSV, WRONG, long_csv
from tests.outcomes.sending import checked, in_state, post
from tests.support.running import Running

ROW = {"period": "2020-01", "icc": "kendal", "category": "community", "count": 19}


def rows(*given: dict[str, Any]) -> bytes:
    """A return as JSON."""
    return json.dumps({"rows": given}).encode()


@pytest.mark.parametrize(
    ("content", "media_type", "code", "pointer"),
    [
        (b"", "text/csv", "file.empty", ""),
        (b"period,icc,category,count\n", "text/csv", "file.no_rows", ""),
        (b"{", "application/json", "body.json", ""),
        (rows(), "application/json", "file.no_rows", ""),
        (rows(ROW, {**ROW, "category": "bins"}), "application/json", "code.unknown", "/rows/1/category"),
        (rows({**ROW, "count": "19"}), "application/json", "number.type", "/rows/0/count"),
        (rows({**ROW, "colour": "red"}), "application/json", "file.header_unknown", "/rows"),
        (rows(ROW, {**ROW, "note": ["x"]}), "application/json", "body.type", "/rows/1"),
    ],
)
async def test_an_error_of_a_whole_file_or_of_json_has_a_pointer(
    outcomes: Running, content: bytes, media_type: str, code: str, pointer: str
) -> None:
    said = await checked(outcomes, content, media_type=media_type)
    assert (said["errors"][0]["code"], said["errors"][0].get("pointer")) == (code, pointer)


async def test_a_cell_of_a_table_is_told_by_its_address_and_not_by_a_pointer(outcomes: Running) -> None:
    said = await checked(outcomes, long_csv("2020-01,kendal,bins,1"))
    (error,) = said["errors"]
    assert (error["row"], error["column"], error.get("pointer")) == (2, "category", None)


async def test_a_stored_submission_points_as_its_answer_did(outcomes: Running) -> None:
    await post(outcomes, b"period,icc,category,count\n")
    await post(outcomes, WRONG)
    await post(outcomes, ROUTES_CSV)
    await outcomes.work()
    pointers = [
        [error.get("pointer") for error in one["errors"]] for one in await in_state(outcomes, "rejected")
    ]
    assert pointers == [[None], [""]]
