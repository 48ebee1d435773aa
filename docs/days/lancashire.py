"""Lancashire's data officer: fills in the blank return of carers that is overdue, with one figure suppressed, then in full."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from day import NextAction, icc, says, signed_in, taken, tell, until

OVER = ("overdue", "late")
COUNTS = {"identified": 41, "recognised": 30, "assessed": 12, "supported": 18}


def day() -> NextAction:
    """An officer who asks first what is missing."""
    council = signed_in("outcomes", "council-feed", org="lancashire")

    def returns(**asked: str) -> list[Any]:
        path, of = "/v1/feeds/carers/completeness", {"council": "lancashire", **asked}
        items: list[Any] = taken(council.get(path, params=of))["items"]
        return items

    overdue = next(one for one in returns() if one["status"] in OVER)
    period = overdue["period"]
    says(f"asks what is missing: the carers of {period}, due on {overdue['due_on']}")

    with TemporaryDirectory() as folder:
        blank, file = Path(folder) / "blank.csv", Path(folder) / "carers.csv"
        whose = ("--org", "lancashire")
        icc("template", "carers", *whose, "--period", period, "--form", "csv", "--out", str(blank))
        fill_in(blank, file, bay_assessed="<5")
        told = icc("push", "carers", str(file), *whose, refused=True)
        assert "number.suppressed" in told, told
        says("fills in the blank return; a figure that was suppressed is refused, with what to send instead")
        fill_in(blank, file, bay_assessed="3")
        assert "24 accepted" in icc("push", "carers", str(file), *whose)

    (sent,) = returns(period=period)
    assert (sent["status"], sent["missing"]) == ("late", [])
    assert sent["days_late"] > 0
    says(f"sends the true figure: the return is there, {sent['days_late']} days late")

    figures = signed_in("trajectories", "council-feed", org="lancashire")
    asked = {"measure": "carers-identified", "community": "lancaster", "period": period, "grain": "quarter"}

    def identified() -> bool:
        (point,) = taken(figures.get("/v1/performance", params=asked))["series"][0]["points"]
        return bool(point["value"] == 3 * COUNTS["identified"])

    until(identified)
    says(f"reads it back: {3 * COUNTS['identified']} carers identified in Lancaster in the quarter")

    coming = next(one for one in returns() if one["status"] not in {"supplied", "late"})
    return NextAction(
        "the completeness of carers", f"Send the carers of {coming['period']}", coming["due_on"]
    )


def fill_in(blank: Path, file: Path, *, bay_assessed: str) -> None:
    """Every figure of the blank return. bay_assessed: what is said of assessments at Bay ICC."""
    with blank.open(encoding="utf-8-sig", newline="") as given, file.open("w", newline="") as made:
        rows = csv.DictReader(given)
        writer = csv.DictWriter(made, rows.fieldnames or ())
        writer.writeheader()
        for row in rows:
            suppressed = (row["icc"], row["category"]) == ("bay-icc", "assessed")
            writer.writerow({**row, "count": bay_assessed if suppressed else COUNTS[row["category"]]})


if __name__ == "__main__":
    tell(day)
