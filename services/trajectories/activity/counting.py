"""A whole file counted: the header understood, the rows added up, what is wrong with them named."""

from collections.abc import Iterator
from itertools import chain
from typing import IO, Final

from services.trajectories.activity.exchange import Counted, Question
from services.trajectories.activity.files import Row, read_table
from services.trajectories.activity.rules.counts import Counts
from services.trajectories.activity.rules.findings import FileFindings
from services.trajectories.activity.rules.headers import Header, is_header, read_header
from services.trajectories.activity.rules.kinds import COLUMNS
from services.trajectories.activity.rules.plans import is_plan, plan_lines
from services.trajectories.activity.rules.records import Admissions, Attendances
from services.trajectories.activity.rules.standing import Standing
from shared.registry.registry import Registry
from shared.workbooks.findings import FileRefusedError
from shared.workbooks.identifiers import check_text
from shared.workbooks.privacy import tell_only_of_people

_PLAIN_COLUMNS: Final = frozenset(
    name for required, optional in COLUMNS.values() for name in (*required, *optional)
)


def count_file(stream: IO[bytes], question: Question, registry: Registry) -> Counted:
    """What a file holds, or why it is refused. Nothing of a row is left but its count."""
    findings = FileFindings()
    try:
        counted = _count(stream, question, registry, findings)
    except FileRefusedError as refusal:
        findings.add(refusal.finding)
        counted = Counted(refused=True)
    if tell_only_of_people(findings, [], plain_columns=_PLAIN_COLUMNS):
        counted = Counted(refused=True)
    counted.errors = [one.to_json() for one in findings.errors]
    counted.errors_total = findings.errors_total
    counted.warnings += [one.to_json() for one in findings.warnings]
    return counted


def _count(stream: IO[bytes], question: Question, registry: Registry, findings: FileFindings) -> Counted:
    table = read_table(stream, question.form, is_plan if question.plan else is_header, findings)
    findings.final = (
        findings.errors_total > 0
    )  # a hidden row or column, or people: of the workbook, not of a row
    findings.columns = table.columns
    if question.plan:
        lines = plan_lines(table.header, table.rows, findings)
        return Counted(refused=findings.errors_total > 0, lines=[] if findings.errors_total else lines)
    header = read_header(table.header, question.measure, findings)
    first = next(table.rows, None)
    if header is None:
        _look_at(first, findings)
        return Counted(refused=True)
    if first is None:
        raise FileRefusedError("file.no_rows", "The file has a header and no rows.")
    return _added(header, Standing(registry), question, findings, chain([first], table.rows))


def _look_at(row: Row | None, findings: FileFindings) -> None:
    """Look for a person in the first row of a table whose header is refused: then that alone is told."""
    number, cells = row or (0, [])
    for cell in cells:
        if found := check_text(cell):
            findings.refuse_row(found.code, found.detail, row=number)


def _added(
    header: Header, standing: Standing, question: Question, findings: FileFindings, rows: Iterator[Row]
) -> Counted:
    if header.kind == "counts":
        counts = Counts(header, standing, findings, today=question.today)
        counts.add_all(rows)
        refused, warnings = findings.errors_total > 0, []
        lines = [] if refused else list(counts.lines())
        read = counts.read
    else:
        kind = Admissions if header.kind == "admissions" else Attendances
        records = kind(header, standing, findings, today=question.today)
        records.add_all(rows)
        refused = records.is_refused
        lines = [] if refused else list(records.lines())
        read, warnings = records.read, records.warnings
    return Counted(
        kind=header.kind,
        measure=header.measure,
        read=read,
        rejected=read if refused else findings.rows,
        refused=refused,
        lines=lines,
        warnings=warnings,
    )
