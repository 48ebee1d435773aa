"""What a submission of activity looks like: as JSON, and its errors as CSV that is safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.trajectories.activity.tables import ActivitySubmission
from shared.auth.caller import Caller
from shared.months import Month
from shared.spreadsheets import harmless

SHOWN: Final = 100
DETAIL: Final = "performance.detail"
COLUMNS: Final = ("row", "column", "code", "detail", "sheet", "cell")
"""Of errors.csv."""
ADDRESS: Final = "/v1/activity/submissions"


class ActivityRows(BaseModel):
    """Rows of the file. rejected: of records, those that were left aside; of a rejected file all."""

    read: int
    accepted: int
    rejected: int


class ActivityFinding(BaseModel):
    """One error or warning. It never says what a row says."""

    code: str
    row: int | None = Field(description="1-based, as the sheet shows it")
    column: str | None = Field(description="the printed header")
    detail: str
    sheet: str | None = Field(default=None, description="of a workbook")
    cell: str | None = Field(default=None, description="the cell as Excel writes it, F7")


class ActivityChange(BaseModel):
    """One figure that a resend changed."""

    measure: str
    place: str
    month: str
    was: int
    now: int = Field(alias="is")


class ActivitySubmissionAnswer(BaseModel):
    """One file of activity, and what became of it."""

    id: UUID | None = Field(description="null when only validated")
    measure: str
    measures: list[str] = Field(description="for which the file has figures")
    kind: str = Field(description="counts, admissions or attendances")
    status: str = Field(description="accepted or rejected")
    period: str | None = Field(description="first and last month, as 2020-04/2021-03")
    rows: ActivityRows
    figures: int = Field(description="cells that were counted")
    errors: list[ActivityFinding] = Field(description=f"at most {SHOWN}; errors_total counts all")
    errors_total: int
    warnings: list[ActivityFinding]
    changes: list[ActivityChange] = Field(description=f"totals that a resend changed, at most {SHOWN}")
    changes_total: int
    supersedes: UUID | None = Field(description="of the submissions superseded the one received last")
    superseded: list[UUID] = Field(description="every submission of which something went out of force")
    superseded_by: UUID | None
    sha256: str
    received_at: datetime
    decided_at: datetime
    validate_only: bool = False

    @classmethod
    def of(cls, row: ActivitySubmission, *, checked: bool = False) -> Self:
        """The answer about a submission. checked: of which nothing is stored."""
        first, last = row.first_month, row.last_month
        same = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        accepted = 0 if row.status == "rejected" else row.rows_read - row.rows_rejected
        return cls.model_validate(
            {
                **same,
                "id": None if checked else row.id,
                "period": None if first is None or last is None else f"{Month.of(first)}/{Month.of(last)}",
                "rows": {"read": row.rows_read, "accepted": accepted, "rejected": row.rows_rejected},
                "errors": row.errors[:SHOWN],
                "warnings": row.warnings[:SHOWN],
                "supersedes": max(row.superseded, default=None),
                "decided_at": row.received_at,
                "validate_only": checked,
            }
        )


def answer_to(row: ActivitySubmission, caller: Caller, *, checked: bool = False) -> ActivitySubmissionAnswer:
    """The answer to a caller: what a figure was before is told to those who see figures."""
    answer = ActivitySubmissionAnswer.of(row, checked=checked)
    return answer if caller.has(DETAIL) else answer.model_copy(update={"changes": []})


def errors_csv(errors: Iterable[Mapping[str, Any]]) -> str:
    """The errors under a header, with a byte order mark so that Excel reads UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for error in errors:
        cells = [error.get(name) for name in COLUMNS]
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return "\ufeff" + out.getvalue()
