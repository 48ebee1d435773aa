"""`icc push` against an endpoint that answers as the feeds do: followed to the end, shown as a table, sent once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.auth.keys import load_or_create_signing_key
from shared.cli.returns import where_told
from tests.shared.cli.calling import Said, icc, icc_process
from tests.shared.cli.endpoint import endpoint

ACCEPTED = {
    "id": "s1",
    "feed": "reablement",
    "status": "accepted",
    "rows": {"read": 78, "accepted": 72},
    "totals": {"stated": 472, "computed": 472, "reconciled": True},
}
REJECTED: dict[str, Any] = {
    "code": "row.totals_mismatch",
    "status": 422,
    "detail": "The totals do not add up.",
    "errors": [
        {
            "code": "row.totals_mismatch",
            "row": 7,
            "column": "C",
            "sheet": "Outcomes",
            "cell": "C7",
            "detail": "states 51, its parts add up to 50",
        }
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "return.csv"
    path.write_text("period,icc,category,count\n")
    return path


def push(
    file: Path,
    url: str,
    *options: str,
    token: str | None = "t",  # noqa: S107 - a stand-in, no secret
    call: Callable[..., Said] = icc,
) -> Said:
    """Push a file, in this process unless `call` says otherwise."""
    given = ("--token", token) if token else ()
    return call("push", "reablement", str(file), "--url", url, *given, *options)


def test_an_accepted_file_shows_its_totals(file: Path) -> None:
    with endpoint((200, {}, ACCEPTED)) as outcomes:
        answer = push(file, outcomes.url, "--period", "2019-20-Q4", call=icc_process)
    assert answer.returncode == 0, answer.stderr
    assert "472 stated, 472 computed, reconciled" in answer.stdout
    sent = outcomes.requests[0]
    assert sent.path == "/v1/feeds/reablement/submissions?period=2019-20-Q4"
    assert sent.headers["Content-Type"] == "text/csv"
    assert sent.headers["Authorization"] == "Bearer t"
    assert sent.headers["Prefer"] == "wait=30"
    assert sent.body == file.read_bytes()


def test_a_file_that_states_no_total_says_so(file: Path) -> None:
    totals = {"stated": None, "computed": 20, "reconciled": True}
    with endpoint((200, {}, ACCEPTED | {"totals": totals})) as outcomes:
        answer = push(file, outcomes.url)
    assert "totals: none stated, 20 computed" in answer.stdout


def test_a_file_on_its_way_is_followed_to_its_end(file: Path) -> None:
    place = {"Location": "/v1/feeds/reablement/submissions/s1"}
    with endpoint(
        (202, place, {"id": "s1", "status": "received"}),
        (200, {}, {"id": "s1", "status": "processing", "progress": 0.5}),
        (200, {}, ACCEPTED),
    ) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 0, answer.stderr
    assert [request.path for request in outcomes.requests[1:]] == [place["Location"]] * 2


def test_a_rejected_file_shows_cell_column_code_and_mend_and_exits_1(file: Path) -> None:
    with endpoint((422, {}, REJECTED)) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 1
    assert answer.stdout.count("states 51") == 1
    row = next(line for line in answer.stdout.splitlines() if "row.totals_mismatch" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "Outcomes!C7",
        "C",
        "row.totals_mismatch",
        "states 51, its parts add up to 50",
    ]


@pytest.mark.parametrize(
    ("detail", "asked"),
    [
        ("The file does not name its quarter. Send it with ?period=2019-20-Q4.", True),
        ("The table is not recognised. Send the long form.", False),
    ],
)
def test_the_period_is_asked_for_only_where_it_is_what_is_missing(
    file: Path, detail: str, *, asked: bool
) -> None:
    problem = {"status": 422, "errors": [{"code": "file.header", "row": 1, "detail": detail}]}
    with endpoint((422, {}, problem)) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 1
    assert ("--period 2019-20-Q4" in answer.stdout) is asked


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"sheet": "Outcomes", "cell": "F7", "row": 7}, "Outcomes!F7"),
        ({"sheet": "Q4's routes", "cell": "F7"}, "'Q4''s routes'!F7"),
        ({"cell": "F7", "row": 7}, "F7"),
        ({"row": 7}, "row 7"),
        ({"sheet": "Notes"}, "Notes"),
        ({}, ""),
    ],
)
def test_an_error_stands_where_excel_says(where: dict[str, Any], told: str) -> None:
    assert where_told(where) == told


def test_the_same_mistake_in_many_cells_is_told_once(file: Path) -> None:
    cells = [f"{column}{row}" for row in (4, 5) for column in "BCDEFGH"]
    errors = [
        {
            "code": "number.suppressed",
            "cell": cell,
            "column": f"Column {cell[0]}",
            "detail": "Send the true count.",
        }
        for cell in cells
    ]
    with endpoint((422, {}, {"errors": errors, "errors_total": 14})) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.stdout.count("Send the true count.") == 1
    assert "rejected: 14 errors" in answer.stdout
    told = " ".join(
        cell.strip() for line in answer.stdout.splitlines() if "│" in line for cell in line.split("│")[1:2]
    )
    assert told == "B4, C4, D4, E4, F4, G4, H4, B5, C5, D5, E5, F5 and 2 more"


def test_in_a_narrow_terminal_the_mend_has_room_and_a_sheet_is_named_once(file: Path) -> None:
    errors = [{**REJECTED["errors"][0], "cell": cell} for cell in ("C7", "D7")]
    with endpoint((422, {}, {"errors": errors, "errors_total": 2})) as outcomes:
        answer = push(file, outcomes.url, call=lambda *given: icc(*given, COLUMNS="80"))
    (row,) = [line for line in answer.stdout.splitlines() if "states 51" in line]
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "Outcomes!C7, D7",
        "C: states 51, its parts add up to 50 [row.totals_mismatch]",
    ]


def test_a_file_that_was_received_before_says_so_and_not_again_what_it_changed(file: Path) -> None:
    before = {
        "received_at": "2020-04-08T09:30:00Z",
        "changes": [CHANGE],
        "changes_total": 1,
        "superseded": ["s0"],
    }
    with endpoint((200, {}, ACCEPTED | before)) as outcomes:
        answer = push(file, outcomes.url)
    assert "received before, 08 Apr 2020" in answer.stdout
    assert "figure" not in answer.stdout


def test_what_the_service_calls_a_parameter_is_an_option_here(file: Path) -> None:
    detail = "The months fit 2019-20-Q4: send it with ?period=2019-20-Q4, or ?withdraw=2020-01,2020-02."
    problem = {"status": 422, "errors": [{"code": "file.header", "detail": detail}], "errors_total": 1}
    with endpoint((422, {}, problem)) as outcomes:
        answer = push(file, outcomes.url)
    assert "send it with --period 2019-20-Q4, or --withdraw 2020-01,2020-02." in answer.stdout
    assert "rejected: 1 error\n" in answer.stdout


def test_every_error_of_a_file_goes_into_a_file(file: Path, tmp_path: Path) -> None:
    listed = b"row,column,code,detail,sheet,cell\n"
    with endpoint((422, {}, REJECTED | {"submission": "s1"}), (200, {}, listed)) as outcomes:
        answer = push(file, outcomes.url, "--errors", str(tmp_path / "errors.csv"))
    assert answer.returncode == 1
    assert outcomes.requests[1].path == "/v1/feeds/reablement/submissions/s1/errors.csv"
    assert (tmp_path / "errors.csv").read_bytes() == listed
    assert f"wrote the errors to {tmp_path / 'errors.csv'}" in answer.stdout


def test_the_errors_that_a_check_finds_go_into_a_file_too(file: Path, tmp_path: Path) -> None:
    found = {"code": "row.required", "row": 2, "column": "=1+1", "detail": "x"}
    with endpoint((422, {}, REJECTED | {"errors": [found]})) as outcomes:
        push(file, outcomes.url, "--check", "--errors", str(tmp_path / "errors.csv"))
    assert (tmp_path / "errors.csv").read_text("utf-8-sig").splitlines() == [
        "row,column,code,detail,sheet,cell",
        "2,'=1+1,row.required,x,,",
    ]


def test_an_accepted_file_writes_no_errors(file: Path, tmp_path: Path) -> None:
    with endpoint((200, {}, ACCEPTED)) as outcomes:
        assert push(file, outcomes.url, "--errors", str(tmp_path / "errors.csv")).returncode == 0
    assert not (tmp_path / "errors.csv").exists()


CHANGE = {
    "table": "routes",
    "place": "grange-and-lakes",
    "month": "2020-01",
    "category": "community",
    "was": 46,
    "is": 47,
}


@pytest.mark.parametrize(
    ("changes", "total", "lines"),
    [
        (None, None, []),
        ([], 0, ["no figure changes"]),
        ([CHANGE], 1, ["1 figure changes: Grange and Lakes, January 2020, community 46 → 47"]),
        (
            [CHANGE, {**CHANGE, "place": "kendal", "is": None}],
            3,
            [
                "3 figures change:",
                "  Grange and Lakes, January 2020, community 46 → 47",
                "  Kendal, January 2020, community 46 → blank",
                "  … and 1 more",
            ],
        ),
    ],
)
def test_a_resend_says_what_changes_cell_by_cell(
    file: Path, changes: list[dict[str, Any]] | None, total: int | None, lines: list[str]
) -> None:
    superseded = {
        "changes": changes,
        "changes_total": total,
        "superseded": ["s0", "s9"],
        "withdraw": ["2020-02"],
    }
    with endpoint((200, {}, ACCEPTED | superseded)) as outcomes:
        said = push(file, outcomes.url).stdout.splitlines()
    assert said[3:] == [*lines, "withdrawn: 2020-02", "supersedes s0", "supersedes s9"]


def test_a_file_rejected_while_it_was_followed_exits_1_too(file: Path) -> None:
    place = {"Location": "/v1/feeds/reablement/submissions/s1"}
    with endpoint(
        (202, place, {"status": "received"}), (200, {}, {"status": "rejected", "errors": REJECTED["errors"]})
    ) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 1
    assert "row.totals_mismatch" in answer.stdout


def test_a_service_that_asks_to_wait_gets_the_same_file_under_the_same_key(file: Path) -> None:
    with endpoint((503, {"Retry-After": "1"}, {}), (200, {}, ACCEPTED)) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert "retry" not in answer.stdout
    first, second = outcomes.requests
    assert second.at - first.at >= 1
    keys = [request.headers["Idempotency-Key"] for request in outcomes.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_the_same_file_pushed_again_later_is_a_request_of_its_own(file: Path) -> None:
    with endpoint((200, {}, ACCEPTED), (200, {}, ACCEPTED)) as outcomes:
        push(file, outcomes.url)
        push(file, outcomes.url)
    first, second = (request.headers["Idempotency-Key"] for request in outcomes.requests)
    assert first != second
    assert first[:32] == second[:32]


def test_months_are_withdrawn_only_where_the_officer_names_them(file: Path) -> None:
    with endpoint((200, {}, ACCEPTED), (200, {}, ACCEPTED)) as outcomes:
        push(file, outcomes.url, "--withdraw", "2022-04,2022-05")
        push(file, outcomes.url)
    assert [request.path.partition("?")[2] for request in outcomes.requests] == [
        "withdraw=2022-04%2C2022-05",
        "",
    ]


def test_a_check_stores_nothing_and_says_so(file: Path) -> None:
    with endpoint((200, {}, ACCEPTED | {"id": None})) as outcomes:
        answer = push(file, outcomes.url, "--check")
    assert outcomes.requests[0].path.endswith("?validate_only=true")
    assert "(a check: nothing was stored)" in answer.stdout
    assert "None" not in answer.stdout


def test_an_unknown_feed_is_told_the_feeds_there_are(file: Path) -> None:
    there = {"items": [{"feed": "carers"}, {"feed": "adult-social-care"}], "next": None}
    with endpoint((404, {}, {"code": "not_found", "title": "Not found"}), (200, {}, there)) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 2
    assert answer.stderr == "icc: there is no feed 'reablement'; the feeds are adult-social-care, carers.\n"


def test_a_service_that_stays_unable_says_why_and_not_that_it_is_away(file: Path) -> None:
    busy = {"code": "unavailable", "title": "Unavailable", "detail": "The database is away."}
    with endpoint(*[(503, {"Retry-After": "1"}, busy)] * 5) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 1
    assert "cannot answer now (Unavailable: The database is away.): try again later" in answer.stderr


def test_a_refusal_is_a_sentence(file: Path) -> None:
    problem = {"code": "scope", "title": "Forbidden", "detail": "feeds.write is needed", "status": 403}
    with endpoint((403, {}, problem)) as outcomes:
        answer = push(file, outcomes.url)
    assert answer.returncode == 1
    assert answer.stderr == "icc: refused with 403 scope: Forbidden: feeds.write is needed\n"


@pytest.mark.parametrize(
    ("name", "sentence"), [("missing.csv", "there is no file"), ("return.ods", "should end in")]
)
def test_a_file_that_cannot_be_sent_is_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "return.ods").write_text("")
    answer = push(tmp_path / name, "http://127.0.0.1:1")
    assert answer.returncode == 2
    assert sentence in answer.stderr


def test_a_token_of_another_systems_key_is_told_where_the_right_key_is(file: Path, tmp_path: Path) -> None:
    load_or_create_signing_key(tmp_path)
    problem = {"code": "token", "title": "Unauthorized", "detail": "The signature cannot be verified."}
    with endpoint((401, {}, problem), (401, {}, problem)) as outcomes:
        made_here = push(file, outcomes.url, "--data", str(tmp_path), token=None)
        given = push(file, outcomes.url, "--data", str(tmp_path))
    hint = f"the running system has another key: name its data directory with --data or ICC_DATA_DIR (here: {tmp_path})"
    assert hint.lower() in made_here.stderr.lower()
    assert "another key" not in given.stderr


def test_a_push_makes_no_key(file: Path, tmp_path: Path) -> None:
    answer = push(file, "http://127.0.0.1:1", "--data", str(tmp_path / "d"), token=None)
    assert answer.returncode == 1
    assert f"there is no key in {tmp_path / 'd'}" in answer.stderr
    assert not (tmp_path / "d").exists()


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    answer = push(tmp_path, "http://127.0.0.1:1")
    assert answer.returncode == 2
    assert f"{tmp_path} is a folder" in answer.stderr
