"""What a submission looks like to its sender: as JSON, and its errors as CSV that is safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, Field

from services.outcomes.feeds.declarations import Feed
from services.outcomes.feeds.exchange import Form, ParsedFile, Question, SentFile
from services.outcomes.submissions.comparing import Change
from services.outcomes.submissions.rules import sees_figures
from services.outcomes.submissions.tables import RECEIVED, FeedFigure, Submission, SubmissionState
from shared.auth.caller import Caller
from shared.months import Month
from shared.registry import Registry
from shared.spreadsheets import harmless

SHOWN_ERRORS: Final = 100
SHOWN_CHANGES: Final = 100
_AS_STORED: Final = (
    "id",
    "feed",
    "council",
    "totals",
    "errors_total",
    "changes",
    "changes_total",
    "supersedes",
    "superseded_by",
    "sha256",
    "received_at",
)
_MEMBERS: Final = frozenset({"period", "icc", "practice", "place", "category", "count", "note"})
"""Of a row in JSON."""
_FIRST_ROW: Final = 2
COLUMNS: Final = ("row", "column", "code", "detail", "sheet", "cell")
"""Of errors.csv."""

NOT_TOLD: Final = "Told only to those who have exact figures of this council."


class Rows(BaseModel):
    """Figures of the file: each category of each community in each month is one, in the printed layout too."""

    read: int
    accepted: int
    rejected: int
    skipped: int = Field(description="figures of communities known to lie outside the system")


class FindingDocument(BaseModel):
    """One error or warning."""

    code: str
    row: int | None = Field(description="1-based, as the sheet shows it")
    column: str | None = Field(description="the printed header")
    detail: str
    sheet: str | None = None
    cell: str | None = Field(default=None, description="the cell as Excel writes it, F7")
    pointer: str | None = Field(
        default=None,
        description="empty for what is wrong with the whole file; the member where the file is JSON",
    )


class ChangeDocument(BaseModel):
    """One figure that a resend changes. was, is: null where the month had none, or has none now."""

    table: str
    place: str
    month: str
    category: str
    was: int | None
    now: int | None = Field(alias="is")


class FigureDocument(BaseModel):
    """One figure as it was read, and the cell it was read from."""

    table: str
    month: Month
    place: str
    category: str
    count: int | None = Field(description="null where the cell was blank")
    sheet: str | None = Field(description="null where the file was no workbook")
    cell: str | None = Field(description="as Excel writes it, F7; null where the file had no cells (JSON)")


def figure_document(one: FeedFigure) -> FigureDocument:
    """A stored figure as the interface shows it."""
    return FigureDocument(
        table=one.table_key,
        month=Month.of(one.month),
        place=one.place,
        category=one.category,
        count=one.count,
        sheet=one.sheet,
        cell=one.cell,
    )


class TableTotals(BaseModel):
    """A table's grand total as printed, as computed, and whether everything it prints adds up."""

    stated: int | None
    computed: int
    reconciled: bool


class FeedTotals(TableTotals):
    """The feed's total (of its first table in the file) and each table's."""

    tables: dict[str, TableTotals] = {}


class SubmissionDocument(BaseModel):
    """A submission: one file of one feed of one council."""

    id: UUID | None = Field(description="null when only validated")
    feed: str
    council: str
    period: str | None
    status: str = Field(description="received, processing, accepted, rejected or failed")
    progress: float
    rows: Rows | None
    totals: FeedTotals | None
    errors: list[FindingDocument] = Field(description=f"at most {SHOWN_ERRORS}; errors_total counts all")
    errors_total: int
    warnings: list[FindingDocument]
    withdraw: list[str] = Field(description="months that the request takes out of force")
    changes: list[ChangeDocument] | None = Field(
        default=None,
        description=f"figures that a resend changes, at most {SHOWN_CHANGES}; null where nothing stood before",
    )
    changes_total: int | None = None
    supersedes: UUID | None = Field(description="of the submissions superseded the one received last")
    superseded: list[UUID] = Field(description="every submission of which something went out of force")
    superseded_by: UUID | None
    sha256: str | None
    aliases_used: list[dict[str, str]]
    received_at: datetime
    decided_at: datetime | None
    validate_only: bool = False
    protected: bool = Field(
        default=False,
        description="whether totals, digest, names and what errors and warnings say are left out, for their figures are not the caller's to see",
    )

    def without_figures(self) -> "SubmissionDocument":
        """The submission as those see it who have no exact figures of its council: status, row counts and codes."""
        hidden = {
            "totals": None,
            "changes": None,
            "changes_total": None,
            "errors": [_code_alone(one.code) for one in self.errors],
            "warnings": [_code_alone(one.code) for one in self.warnings],
            # A guess at a small file's figures could be held against its digest.
            "sha256": None,
            "aliases_used": [],
            "protected": True,
        }
        return self.model_copy(update=hidden)


def _code_alone(code: str) -> FindingDocument:
    return FindingDocument(code=code, row=None, column=None, detail=NOT_TOLD)


def location_of(feed: str, submission_id: UUID) -> str:
    """Where a submission can be watched."""
    return f"/v1/feeds/{feed}/submissions/{submission_id}"


def totals_document(parsed: ParsedFile, feed: Feed) -> dict[str, Any] | None:
    """The member `totals`: of the feed's first table that the file holds, with every table's under `tables`."""
    # Two tables count the same assessments, so their totals are never added.
    leading = next((table.key for table in feed.tables if table.key in parsed.totals), None)
    return None if leading is None else {**parsed.totals[leading], "tables": parsed.totals}


def withdrawn_months(submission: Submission) -> list[Month]:
    """The months that a submission's request takes out of force."""
    return [Month.parse(month) for month in submission.stated_withdrawal.split(",") if month]


def rows_document(parsed: ParsedFile) -> dict[str, int]:
    """The member `rows`; a file with errors is refused whole."""
    if parsed.errors_total:
        return {"read": parsed.read, "accepted": 0, "rejected": parsed.read, "skipped": 0}
    return {"read": parsed.read, "accepted": len(parsed.figures), "rejected": 0, "skipped": parsed.skipped}


def submission_document(state: SubmissionState) -> SubmissionDocument:
    """A submission, with the state and progress of its work, as the interface shows it."""
    one = state.submission
    rows = None
    if one.rows_read is not None:
        rows = {name: getattr(one, f"rows_{name}") for name in ("read", "accepted", "rejected", "skipped")}
    shown = {
        **{name: getattr(one, name) for name in _AS_STORED},
        "period": one.period or one.stated_period or None,
        "status": state.status,
        "progress": float(state.progress or 0) if one.status == RECEIVED else 1.0,
        "rows": rows,
        "errors": _pointed((one.errors or [])[:SHOWN_ERRORS], one.form),
        "warnings": _pointed(one.warnings or [], one.form),
        "withdraw": [str(month) for month in withdrawn_months(one)],
        "superseded": one.superseded or ([str(one.supersedes)] if one.supersedes else []),
        "aliases_used": one.aliases_used or [],
        "decided_at": state.decided_at,
    }
    return SubmissionDocument.model_validate(shown)


def document_for(
    state: SubmissionState, caller: Caller, registry: Registry, *, on: date
) -> SubmissionDocument:
    """A submission as a caller may see it on a day: without its figures where these are not theirs to see."""
    document = submission_document(state)
    seen = sees_figures(caller, document.council, registry, on=on)
    return document if seen else document.without_figures()


def checked_document(
    parsed: ParsedFile,
    file: SentFile,
    question: Question,
    feed: Feed,
    *,
    superseded: Sequence[UUID],
    changes: Sequence[Change] | None,
    withdrawn: Sequence[Month],
    now: datetime,
) -> SubmissionDocument:
    """The report on a file of which nothing is stored."""
    period = parsed.period or question.asked
    report = {
        "id": None,
        "feed": question.feed,
        "council": question.council,
        "period": period.label if period else None,
        "status": "rejected" if parsed.errors_total else "accepted",
        "progress": 1.0,
        "rows": rows_document(parsed),
        "totals": totals_document(parsed, feed),
        "errors": _pointed(parsed.errors[:SHOWN_ERRORS], question.form),
        "errors_total": parsed.errors_total,
        "warnings": _pointed(parsed.warnings, question.form),
        "withdraw": list(map(str, withdrawn)),
        "changes": None if changes is None else list(changes[:SHOWN_CHANGES]),
        "changes_total": None if changes is None else len(changes),
        "supersedes": superseded[-1] if superseded else None,
        "superseded": list(superseded),
        "superseded_by": None,
        "sha256": file.sha256,
        "aliases_used": parsed.aliases,
        "received_at": now,
        "decided_at": now,
        "validate_only": True,
    }
    return SubmissionDocument.model_validate(report)


def _pointed(findings: Iterable[Mapping[str, Any]], form: Form) -> list[dict[str, Any]]:
    """Findings with the JSON pointer (RFC 6901) of what they are about, where it has one: a cell of a table has none."""
    pointed = []
    for one in findings:
        pointer = _pointer(one, form)
        pointed.append({**one, **({} if pointer is None else {"pointer": pointer})})
    return pointed


def _pointer(finding: Mapping[str, Any], form: Form) -> str | None:
    row, column = finding["row"], finding["column"]
    if form == "json" and row is not None:
        # The header of a sheet is its row 1, what the names of members make here; the first of `rows` is row 2.
        if row < _FIRST_ROW:
            return "/rows"
        member = f"/{column}" if column is not None and column.strip().casefold() in _MEMBERS else ""
        return f"/rows/{row - _FIRST_ROW}{member}"
    return "" if not any(finding.get(name) for name in ("row", "column", "sheet", "cell")) else None


def errors_csv(errors: Iterable[Mapping[str, Any]], *, protected: bool) -> str:
    """The errors under a header, with a byte order mark so that Excel reads UTF-8. protected: their codes alone."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for error in errors:
        told = {"code": error["code"], "detail": NOT_TOLD} if protected else error
        cells = [told.get(name) for name in COLUMNS]
        # A printed header may begin like a formula: it came from a stranger's file.
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return "\ufeff" + out.getvalue()
