"""What a submission looks like to its sender."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, Field

from services.outcomes.feeds.exchange import ParsedFile

SHOWN_ERRORS: Final = 100


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
    supersedes: UUID | None
    superseded_by: UUID | None
    sha256: str
    aliases_used: list[dict[str, str]]
    received_at: datetime
    decided_at: datetime | None
    validate_only: bool = False


def location_of(feed: str, submission_id: UUID) -> str:
    """Where a submission can be watched."""
    return f"/v1/feeds/{feed}/submissions/{submission_id}"


def totals_document(parsed: ParsedFile, first: list[str]) -> dict[str, Any] | None:
    """The member `totals`: of the feed's first table that the file holds, with every table's under `tables`.

    Two tables count the same assessments, so their totals are never added. first: the feed's tables in order.
    """
    leading = next((key for key in first if key in parsed.totals), None)
    if leading is None:
        return None
    return {**parsed.totals[leading], "tables": parsed.totals}


def rows_document(parsed: ParsedFile) -> dict[str, int]:
    """The member `rows`; a file with errors is refused whole."""
    if parsed.errors_total:
        return {"read": parsed.read, "accepted": 0, "rejected": parsed.read, "skipped": 0}
    return {"read": parsed.read, "accepted": len(parsed.figures), "rejected": 0, "skipped": parsed.skipped}


def submission_document(row: Mapping[str, Any]) -> SubmissionDocument:
    """A submission's row, with its work's state and progress, as the interface shows it."""
    rows = None
    if row["rows_read"] is not None:
        rows = {name: row[f"rows_{name}"] for name in ("read", "accepted", "rejected", "skipped")}
    waiting = row["status"] == "received"
    shown = {
        **row,
        "period": row["period"] or row["stated_period"] or None,
        "status": "processing" if waiting and row["work_state"] == "processing" else row["status"],
        "progress": float(row["work_progress"] or 0) if waiting else 1.0,
        "rows": rows,
        "errors": (row["errors"] or [])[:SHOWN_ERRORS],
        "warnings": row["warnings"] or [],
        "aliases_used": row["aliases_used"] or [],
    }
    return SubmissionDocument.model_validate(shown)
