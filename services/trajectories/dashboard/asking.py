"""What a measure's page is asked for, and the questions to the interface behind its chart and its files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.trajectories.charts.schemas import ChartQuery
from services.trajectories.dashboard.comparing import quarters_to
from services.trajectories.dashboard.glance import newest_of
from services.trajectories.dashboard.schemas import MeasureQuery, Rules
from services.trajectories.errors import UnknownMeasure
from services.trajectories.measures.catalogue import Measure
from services.trajectories.performance.questions import reference_month
from services.trajectories.performance.reporting import Reporting
from services.trajectories.performance.rules.audience import Sight
from services.trajectories.performance.rules.question import YEAR, Per
from shared.months import Month, financial_quarter, month_range
from shared.problems import Invalid
from shared.registry.selection import Selection


@dataclass(frozen=True, slots=True)
class Asked:
    """What a measure's page is asked for, once it is understood."""

    measure: Measure
    place: Selection
    reference: Month
    newest: Month
    months: int
    breakdown: str | None
    part: str | None
    per: Per | None = None
    rules: Rules = "ptd"

    @property
    def judged(self) -> dict[str, Any]:
        """The rules of the chart as a question names them."""
        profile, _, length = self.rules.partition("-excel-")
        return {"profile": f"{profile}-excel", "run_length": int(length)} if length else {"profile": profile}

    @property
    def first(self) -> Month:
        """The first of the months."""
        return self.reference - (self.months - 1)

    @property
    def query(self) -> str:
        """The address's parameters that say all of it."""
        about = {"community": self.place.token, "reference": self.reference, "months": self.months}
        return urlencode(about | self.ways)

    @property
    def file(self) -> str:
        """What a file that is taken from the page is called, without its ending."""
        place = self.place.token.replace(":", "-").lower()
        return f"{self.measure.key}-{place}-{self.first}-{self.reference}"

    @property
    def ways(self) -> dict[str, str]:
        """What is looked at another way than usual, as parameters."""
        return {
            **({} if self.per is None else {"per": self.per}),
            **({} if self.rules == "ptd" else {"rules": self.rules}),
        }


async def understand_page(
    key: str, query: MeasureQuery, reporting: Reporting, sight: Sight, now: datetime
) -> Asked:
    """What is asked. Raises UnknownMeasure, Invalid."""
    measure = reporting.catalogue.get(key)
    if measure is None:
        raise UnknownMeasure
    until = Month.of(now)
    newest = await newest_of(reporting, sight, until, (measure,)) or until
    reference = newest if query.reference is None else reference_month(query.reference)
    places = reporting.places
    place = places.whole if query.community is None else places.registry.resolve(query.community)
    per = None if query.per == "number" else query.per
    if per is not None and measure.kind != "count":
        raise Invalid.one(
            "query.fields", "/per", "Only counts can be asked per registered people or per day."
        )
    parts = {"breakdown": query.breakdown, "part": query.part}
    return Asked(measure, place, reference, newest, query.months, per=per, rules=query.rules, **parts)


def chart_query(asked: Asked, sight: Sight) -> ChartQuery:
    """What the page's chart is drawn with, or that of a part: by quarter where the caller sees its months as they were published."""
    about: dict[str, Any] = {"from": asked.first, "to": asked.reference, "per": asked.per}
    if asked.part is not None:
        about |= {"breakdown": asked.breakdown, "part": asked.part}
        if not all(sight.exactly(asked.place, month) for month in month_range(asked.first, asked.reference)):
            _, last = quarters_to(asked.reference)
            first = min(financial_quarter(asked.first).first, financial_quarter(last).first)
            about |= {"from": first, "to": last, "grain": "quarter"}
    return ChartQuery.model_validate(about | asked.judged)


def figures_query(asked: Asked, form: str, *, level: str | None, noted: bool) -> bytes:
    """The question of the report whose table is the page's. level: of places within, None for the place.   noted: whether notes are the reader's to read."""
    if level is not None:
        within = {"measure": asked.measure.key, "community": asked.place.token, "level": level}
        span = {"from": asked.reference - (YEAR - 1), "to": asked.reference}
        return urlencode({**within, **span, "include": "trajectory", "format": form}).encode()
    about: dict[str, Any] = {
        "measure": asked.measure.key,
        "community": asked.place.token,
        "format": form,
        **({} if asked.per is None else {"per": asked.per}),
        **(_month_by_month(asked, noted=noted) if asked.breakdown is None else _part_by_part(asked)),
    }
    return urlencode(about).encode()


def _month_by_month(asked: Asked, *, noted: bool) -> dict[str, Any]:
    included = f"{'annotations,' if noted else ''}spc,target,trajectory"
    return {"from": asked.first, "to": asked.reference, "include": included, **asked.judged}


def _part_by_part(asked: Asked) -> dict[str, Any]:
    first, last = quarters_to(asked.reference)
    return {"from": first, "to": last, "grain": "quarter", "breakdown": asked.breakdown}
