"""Promises of files that are no tables of activity: each is refused as a whole, with the code of what is wrong with it."""

import io
from datetime import date
from pathlib import Path

import pytest

from services.trajectories.activity.counting import count_file
from services.trajectories.activity.exchange import Counted, Form, Question
from shared.registry.loading import load_registry
from tests.trajectories.activity.sending import EAST, PRACTICES
from tests.trajectories.shares.a_bay import write_registry


@pytest.fixture(scope="module")
def registry_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small system."""
    return write_registry(tmp_path_factory.mktemp("data") / "registry.json", ["east", "west"], PRACTICES)


def count(registry_file: Path, content: str | bytes, form: Form, measure: str | None = None) -> Counted:
    raw = content.encode() if isinstance(content, str) else content
    question = Question(form, measure, date(2021, 5, 20))
    return count_file(io.BytesIO(raw), question, load_registry(registry_file))


def check(counted: Counted, code: str) -> None:
    """The file is refused with a code, and nothing of it is left."""
    assert code in [one["code"] for one in counted.errors]
    assert (counted.refused, counted.lines) == (True, [])


@pytest.mark.parametrize(
    ("content", "measure", "code"),
    [
        ("", None, "file.empty"),
        ("month,practice,count\n", None, "file.no_rows"),
        ("month,practice\n2021-01,Z00001\n", None, "file.header"),
        ("month,practice,cuont\n", None, "file.header_unknown"),
        ("month,practice,count,count\n", None, "file.header_duplicate"),
        ("month,practice,count,sex,age_band\n", None, "file.header"),
        ("month,practice,count,sex\n", "registered", "file.header"),
        ("month,practice,count\n", "emergency-length-of-stay", "file.header"),
        ("month;practice;count\n", None, "file.csv_syntax"),
        (b"month,practice,count\n2021-01,Z00001,\xff\n", None, "file.encoding"),
        ('month,practice,count\n2021-01,"Z00001,1\n', None, "file.csv_syntax"),
        (f"month,practice,count,age_band\n2021-01,{EAST},1,80-84\n", None, "code.unknown"),
        (f"month,practice,count,age_band\n2021-01,{EAST},1,\n", None, "row.required"),
        ("admitted_on,practice,method\n", "ed-attendances", "file.header"),
        ("attended_on,practice,type\n", "emergency-admissions", "file.header"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    registry_file: Path, content: str | bytes, measure: str | None, code: str
) -> None:
    check(count(registry_file, content, "csv", measure), code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("nonsense\n", "body.json"),
        ("[1]\n", "body.type"),
        ('{"month":"2021-01","month":"2021-02"}\n', "body.duplicate_key"),
        (
            '{"month":"2021-01","practice":"Z00001","count":1}\n{"month":"2021-02","wrong":1}\n',
            "body.unknown_field",
        ),
        ('{"month":"2021-01","practice":"Z00001","count":1.5}\n', "number.integer_required"),
        ('{"month":"2021-01","practice":"Z00001","count":true}\n', "number.format"),
        ('{"month":"2021-01","practice":"Z00001","count":[1]}\n', "number.format"),
    ],
)
def test_lines_that_are_no_rows_are_refused(registry_file: Path, content: str, code: str) -> None:
    check(count(registry_file, content, "ndjson"), code)
