"""What the Bay plans, and from which months shares are counted anew. Pure.

The plan is invented after a common habit: what the same month of the year before had, less one in a hundred.
"""

from datetime import date
from typing import Any

from shared.cli.demo.scene import Scene
from shared.months import Month, Period, financial_year

MEASURE = "non-elective-admissions"
WINDOW, LAG = 12, 2
QUARTER, YEAR = 3, 12
LESS = 0.99


def bay_plans(scene: Scene) -> list[dict[str, Any]]:
    """The agreed plans of the financial year that goes on after the last month, and of the one before."""
    this = financial_year(scene.last + 1)
    return [_plan(scene, financial_year(this.first - 1)), _plan(scene, this)]


def quarters(scene: Scene) -> list[Month]:
    """The months from which a version of shares is in force: quarters of the planned years that have begun.

    The first whose window of twelve months, two before it left to settle, has figures begins.
    """
    first = financial_year(scene.last + 1).first - YEAR
    begun = [first + QUARTER * number for number in range(2 * YEAR // QUARTER)]
    known_from = scene.months[0] + WINDOW + LAG
    return [month for month in begun if known_from <= month <= scene.last + 1]


def version_of(month: Month) -> dict[str, Any]:
    """The body that drafts a version of shares in force from a month."""
    return {"measure": MEASURE, "effective_from": str(month), "window_months": WINDOW, "lag_months": LAG}


def _plan(scene: Scene, year: Period) -> dict[str, Any]:
    months = {
        str(month): round(scene.figures.admissions[scene.figures.index_of(month - YEAR)] * LESS)
        for month in year
    }
    return {
        "measure": MEASURE,
        "year": year.label,
        "label": f"Demonstration: plan {year.label}",
        "definition": "Invented: the admissions of the same month of the year before, less one in a hundred",
        "status": "agreed",
        "set_by": "Demonstration, in place of the integrated services board",
        "agreed_on": str(date(year.first.year, 3, 20)),
        "document": "icc demo",
        "months": months,
    }
