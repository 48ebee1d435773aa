"""A whole file counted: the header understood, the rows added up, what is wrong with them named."""

from itertools import chain
from typing import IO

from services.trajectories.activity.exchange import Counted, Question
from services.trajectories.activity.files import BrokenFileError, rows_of
from services.trajectories.activity.rules.counts import Counts
from services.trajectories.activity.rules.findings import Findings
from services.trajectories.activity.rules.headers import Header, read_header
from services.trajectories.activity.rules.plans import plan_lines
from services.trajectories.activity.rules.records import Admissions, Attendances
from services.trajectories.activity.rules.standing import Standing
from shared.registry.registry import Registry


def count_file(stream: IO[bytes], question: Question, registry: Registry) -> Counted:
    """What a file holds, or why it is refused. Nothing of a row is left but its count."""
    findings = Findings()
    try:
        return _count(stream, question, registry, findings)
    except BrokenFileError as broken:
        findings.refuse(broken.code, broken.detail, row=broken.row)
        return _refused(findings)


def _count(stream: IO[bytes], question: Question, registry: Registry, findings: Findings) -> Counted:
    rows = rows_of(stream, question.form)
    first = next(rows, None)
    if first is None:
        raise BrokenFileError("file.empty", "The file is empty.")
    if question.plan:
        lines = plan_lines(first[1], rows, findings)
        return _refused(findings) if findings.total else Counted(lines=lines)
    header = read_header(first[1], question.measure, findings)
    if header is None:
        return _refused(findings)
    second = next(rows, None)
    if second is None:
        raise BrokenFileError("file.no_rows", "The file has a header and no rows.")
    return _added(header, Standing(registry), question, findings, chain([second], rows))


def _added(
    header: Header,
    standing: Standing,
    question: Question,
    findings: Findings,
    rows: "chain[tuple[int, list[str]]]",
) -> Counted:
    if header.kind == "counts":
        counts = Counts(header, standing, findings, today=question.today)
        counts.add_all(rows)
        refused, warnings = findings.total > 0, []
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
        errors=findings.errors,
        errors_total=findings.total,
        warnings=warnings,
    )


def _refused(findings: Findings) -> Counted:
    return Counted(refused=True, errors=findings.errors, errors_total=findings.total)
