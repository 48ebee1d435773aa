"""A whole file counted: the header understood, the rows added up, what is wrong with them named."""

from collections.abc import Callable
from itertools import chain
from typing import IO, Final

from services.trajectories.activity.exchange import Counted, Question
from services.trajectories.activity.files import Row, Table, read_table
from services.trajectories.activity.rules.counts import Counts
from services.trajectories.activity.rules.findings import FileFindings
from services.trajectories.activity.rules.headers import Header, is_header, read_header
from services.trajectories.activity.rules.kinds import COLUMNS
from services.trajectories.activity.rules.plans import is_plan, plan_lines
from services.trajectories.activity.rules.records import Admissions, Attendances, Records
from services.trajectories.activity.rules.standing import Standing
from shared.registry.registry import Registry
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.identifiers import check_text
from shared.workbooks.privacy import tell_only_of_people

_PLAIN_COLUMNS: Final = frozenset(
    name for required, optional in COLUMNS.values() for name in (*required, *optional)
)


AddRecords = Callable[[Records, Header, Table], None]


def add_rows(records: Records, _header: Header, table: Table) -> None:
    """Add all records of a table, one by one."""
    records.add_all(table.rows)


def count_file(
    stream: IO[bytes], question: Question, registry: Registry, *, add: AddRecords = add_rows
) -> Counted:
    """What a file holds, or why it is refused. Nothing of a row is left but its count. add: how records are added up."""
    findings = FileFindings()
    try:
        counted = _count(stream, question, registry, findings, add)
    except FileRefusedError as refusal:
        findings.add(refusal.finding)
        counted = Counted(refused=True)
    if tell_only_of_people(findings, [], plain_columns=_PLAIN_COLUMNS):
        counted = Counted(refused=True)
    counted.errors = [one.to_json() for one in findings.errors]
    counted.errors_total = findings.errors_total
    counted.warnings += [one.to_json() for one in findings.warnings]
    return counted


def _count(
    stream: IO[bytes], question: Question, registry: Registry, findings: FileFindings, add: AddRecords
) -> Counted:
    columns_named = is_plan if question.plan else is_header
    table = read_table(stream, question.form, columns_named, findings, in_blocks=add is not add_rows)
    findings.final = (
        findings.errors_total > 0
    )  # a hidden row or column, or people: of the workbook, not of a row
    findings.columns = table.columns
    if question.plan:
        lines = plan_lines(table.header, table.rows, findings)
        return Counted(refused=findings.errors_total > 0, lines=[] if findings.errors_total else lines)
    header = read_header(table.header, question.measure, findings)
    first = next(table.rows, None) if header is None or table.blocks is None else None
    if header is None:
        _look_at(first, findings)
        return Counted(refused=True)
    if table.blocks is None:
        if first is None:
            raise FileRefusedError("file.no_rows", "The file has a header and no rows.")
        table = table._replace(rows=chain([first], table.rows))
    if header.kind == "counts":
        return _counts(header, Standing(registry), question, findings, table)
    return _records(header, Standing(registry), question, findings, table, add)


def _look_at(row: Row | None, findings: FileFindings) -> None:
    """Look for a person in the first row of a table whose header is refused: then that alone is told."""
    number, cells = row or (0, [])
    for cell in cells:
        if found := check_text(cell):
            findings.refuse_row(found.code, found.detail, row=number)


def _counts(
    header: Header, standing: Standing, question: Question, findings: FileFindings, table: Table
) -> Counted:
    counts = Counts(header, standing, findings, today=question.today)
    counts.add_all(table.rows)
    refused = findings.errors_total > 0
    return Counted(
        kind=header.kind,
        measure=header.measure,
        read=counts.read,
        rejected=counts.read if refused else 0,
        refused=refused,
        lines=[] if refused else list(counts.lines()),
    )


def _records(
    header: Header,
    standing: Standing,
    question: Question,
    findings: FileFindings,
    table: Table,
    add: AddRecords,
) -> Counted:
    kind = Admissions if header.kind == "admissions" else Attendances
    records = kind(header, standing, findings, today=question.today)
    add(records, header, table)
    refused = records.is_refused
    lines = [] if refused else list(records.lines())
    return Counted(
        kind=header.kind,
        measure=header.measure,
        read=records.read,
        rejected=records.read if refused else findings.rows,
        refused=refused,
        lines=lines,
        warnings=records.warnings,
    )
