"""What problems say, and what they never say."""

import asyncpg
import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.http.validation import json_pointer
from shared.problems import FieldError, Invalid, NotFound, Problem, Unavailable, catalogue, responses
from shared.service.handlers import problem_of

KINDS = [kind for kind in vars(catalogue).values() if isinstance(kind, type) and issubclass(kind, Problem)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_explains_itself(kind: type[Problem]) -> None:
    document = kind().to_json()
    assert document["type"].endswith(f"/{document['code']}")
    assert document["status"] in range(400, 600)
    assert len(kind.__doc__ or "") > 20


def test_an_invalid_request_takes_the_code_of_its_first_fault() -> None:
    problem = Invalid(
        errors=[FieldError("nhs_number.checksum", "/patient/nhs_number", "It does not add up.")]
    )
    assert problem.to_json()["code"] == "nhs_number.checksum"
    assert problem.to_json()["errors"] == [
        {"code": "nhs_number.checksum", "pointer": "/patient/nhs_number", "detail": "It does not add up."}
    ]


def test_a_code_can_be_given_for_one_occasion_and_leaves_the_class_alone() -> None:
    assert NotFound(code="icc.unknown").code == "icc.unknown"
    assert NotFound().code == "not_found"


def test_problems_of_one_status_share_an_entry_of_the_schema() -> None:
    entries = responses(Invalid, NotFound, Unavailable)
    assert set(entries) == {422, 404, 503}


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.LockNotAvailableError("x"),
        asyncpg.QueryCanceledError("x"),
        asyncpg.DeadlockDetectedError("x"),
        asyncpg.SerializationError("x"),
        asyncpg.TooManyConnectionsError("x"),
        asyncpg.AdminShutdownError("x"),
        asyncpg.ConnectionDoesNotExistError("x"),
        asyncpg.DiskFullError("x"),
        asyncpg.InterfaceError("pool is closed"),
        OperationalError("select", {}, asyncpg.ConnectionFailureError("x")),
        PoolTimeoutError("x"),
        TimeoutError(),
        ConnectionResetError(),
        OSError(28, "No space left on device"),
        httpx.ConnectTimeout("x"),
        ExceptionGroup("x", [ConnectionRefusedError()]),
    ],
)
def test_what_may_pass_is_answered_503_with_a_time_to_come_back(error: Exception) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.code) == (503, "dependency")
    assert int(problem.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "error",
    [
        ValueError("9990000018"),
        FileNotFoundError("missing template"),
        KeyError("x"),
        asyncpg.UniqueViolationError("Key (nhs_number)=(9990000018)"),
        asyncpg.DataError("invalid input 9990000018"),
    ],
)
def test_a_defect_is_answered_500_without_its_text(error: Exception) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.code) == (500, "internal")
    assert "9990000018" not in str(problem.to_json())


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [
        ([], ""),
        (["patient", "nhs_number"], "/patient/nhs_number"),
        (["items", 3, "code"], "/items/3/code"),
        (["months", "2020-04"], "/months/2020-04"),
        (["patient", "9990000018"], "/patient"),
        (["a b"], ""),
    ],
)
def test_a_pointer_ends_above_a_name_that_might_be_somebodys(steps: list[int | str], pointer: str) -> None:
    assert json_pointer(steps) == pointer
