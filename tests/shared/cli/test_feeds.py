"""`icc template`, `icc submissions` and `icc completeness`, against an endpoint that answers as the feeds do."""

from pathlib import Path
from typing import Any

import pytest

from tests.shared.cli.calling import Said, icc
from tests.shared.cli.endpoint import endpoint

NAMED = {"Content-Disposition": 'attachment; filename="reablement-2019-20-Q4.xlsx"'}
NO_LAYOUT = {"code": "invalid", "title": "Invalid", "errors": [{"code": "enum", "pointer": "/shape"}]}
NO_PERIOD = {
    "code": "invalid",
    "title": "Invalid",
    "detail": "A period is written 2019-20-Q4.",
    "errors": [{"pointer": "/period"}],
}
RETURN: dict[str, Any] = {
    "id": "s1", "feed": "reablement", "council": "cumbria", "period": "2019-20-Q4", "status": "accepted",
    "rows": {"read": 72, "accepted": 72, "rejected": 0, "skipped": 0}, "totals": {"stated": 472, "computed": 472, "reconciled": True},
    "errors": [], "errors_total": 0, "warnings": [{"code": "row.required"}], "superseded_by": None, "received_at": "2020-04-08T09:30:00Z",
}  # fmt: skip


def asked(url: str, *arguments: str) -> Said:
    return icc(*arguments, "--url", url, "--token", "t")


def test_a_template_is_as_the_council_prints_it(tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    with endpoint((200, NAMED, b"book")) as outcomes:
        answer = asked(outcomes.url, "template", "reablement", "--period", "2019-20-Q4", "--out", str(path))
    assert outcomes.requests[0].path == "/v1/feeds/reablement/template.xlsx?shape=printed&period=2019-20-Q4"
    assert (answer.returncode, path.read_bytes()) == (0, b"book")
    assert answer.stdout == f"wrote {path}\n"


def test_a_template_is_the_long_form_where_no_printed_table_is_declared(tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    with endpoint((422, {}, NO_LAYOUT), (200, NAMED, b"period,icc")) as outcomes:
        answer = asked(outcomes.url, "template", "carers", "--form", "csv", "--out", str(path))
    assert [request.path for request in outcomes.requests] == [
        f"/v1/feeds/carers/template.csv?shape={shape}" for shape in ("printed", "long")
    ]
    assert "the long form: no printed table is declared for this council" in answer.stdout


def test_a_template_of_a_period_that_is_none_is_refused(tmp_path: Path) -> None:
    with endpoint((422, {}, NO_PERIOD)) as outcomes:
        answer = asked(
            outcomes.url, "template", "reablement", "--period", "2019", "--out", str(tmp_path / "x")
        )
    assert (answer.returncode, len(outcomes.requests)) == (1, 1)
    assert "A period is written 2019-20-Q4." in answer.stderr
    assert not (tmp_path / "x").exists()


def test_a_template_never_writes_over_a_return(tmp_path: Path) -> None:
    path = tmp_path / "filled.xlsx"
    path.write_text("figures")
    with endpoint((200, NAMED, b"blank")) as outcomes:
        answer = asked(outcomes.url, "template", "reablement", "--out", str(path))
    assert (answer.returncode, path.read_text()) == (2, "figures")
    assert "is there already" in answer.stderr


def test_what_was_sent_is_listed_newest_first() -> None:
    page = {"items": [RETURN | {"id": "s2"}, RETURN | {"superseded_by": "s2"}], "next": "more"}
    with endpoint((200, {}, page)) as outcomes:
        answer = asked(outcomes.url, "submissions", "reablement", "--status", "accepted", "--limit", "2")
    assert outcomes.requests[0].path == "/v1/feeds/reablement/submissions?limit=2&status=accepted"
    lines = answer.stdout.splitlines()
    assert [line.split("  ", 1)[1] for line in lines[:3:2]] == [
        "2019-20-Q4  accepted    72 figures, total 472, 1 warning",
        "2019-20-Q4  superseded  72 figures, total 472, 1 warning",
    ]
    assert lines[1:4:2] == ["    s2", "    s1"]
    assert "older ones" in answer.stdout


def test_one_submission_is_shown_with_what_is_wrong_with_it() -> None:
    error = {"code": "number.suppressed", "cell": "F7", "column": "Kendal", "detail": "Send the true count."}
    rejected = RETURN | {"status": "rejected", "errors": [error], "errors_total": 1, "superseded_by": "s2"}
    with endpoint((200, {}, rejected)) as outcomes:
        answer = asked(outcomes.url, "submissions", "reablement", "s1")
    assert outcomes.requests[0].path == "/v1/feeds/reablement/submissions/s1"
    assert "rejected reablement cumbria 2019-20-Q4  s1" in answer.stdout
    assert "Send the true count." in answer.stdout
    assert "superseded by s2" in answer.stdout


def test_each_return_is_told_with_its_day_and_what_it_lacks() -> None:
    lacks = [{"table": "outcomes", "place": place, "months": ["2020-03"]} for place in ("kendal", "east")]
    late = {
        "council": "cumbria", "period": "2019-20-Q4", "status": "late", "due_on": "2020-04-30",
        "received_at": "2020-05-02T09:30:00Z", "days_late": 2, "restated": 1, "missing": lacks,
    }  # fmt: skip
    absent = {"council": "lancashire", "period": "2019-20-Q4", "due_on": "2020-04-30", "restated": 0}
    items = [late, absent | {"status": "overdue", "days_late": 1}, absent | {"status": "due"}]
    found = {"feed": "reablement", "period": "2019-20-Q4", "items": items, "next": None}
    with endpoint((200, {}, found)) as outcomes:
        answer = asked(outcomes.url, "completeness", "reablement", "--period", "2019-20-Q4")
    assert outcomes.requests[0].path == "/v1/feeds/reablement/completeness?limit=500&period=2019-20-Q4"
    assert "reablement 2019-20-Q4: 1 of 3 returns are there" in answer.stdout
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]] for line in answer.stdout.splitlines() if "│" in line
    ]
    assert rows[0] == [
        "2019-20-Q4", "cumbria", "late", "2020-04-30", "02 May 2020", "2", "1", "outcomes, 2020-03: kendal, east",
    ]  # fmt: skip
    assert rows[1:] == [
        ["2019-20-Q4", "lancashire", "overdue", "2020-04-30", "", "1", "", ""],
        ["2019-20-Q4", "lancashire", "due", "2020-04-30", "", "", "", ""],
    ]


@pytest.mark.parametrize("command", ["template", "submissions", "completeness"])
def test_an_unknown_feed_is_told_the_feeds_there_are(command: str) -> None:
    there = {"items": [{"feed": "carers"}], "next": None}
    with endpoint((404, {}, {"code": "not_found", "title": "Not found"}), (200, {}, there)) as outcomes:
        answer = asked(outcomes.url, command, "reablemnt")
    assert (answer.returncode, answer.stderr) == (
        2,
        "icc: there is no feed 'reablemnt'; the feeds are carers.\n",
    )
