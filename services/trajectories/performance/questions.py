"""What may be asked, and how a query becomes a question: names become measures and places, periods become months."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from typing import Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from services.trajectories.errors import TooMuchAsked
from services.trajectories.measures.catalogue import Catalogue, Measure
from services.trajectories.performance.rules.places import Geography
from services.trajectories.performance.rules.question import (
    EARLIEST,
    LATEST,
    YEAR,
    Format,
    Grain,
    Per,
    Question,
    named_period,
)
from shared.http.dates import CLOCK_TOLERANCE, AwareInstant, parse_date, parse_instant
from shared.http.validation import parameter_problem
from shared.months import LONDON, Month, Period, month_range
from shared.problems import Invalid
from shared.registry.entries import Level
from shared.registry.selection import Selection
from shared.spreadsheets import PARQUET, XLSX

MOST_MONTHS = 120
# In months of a count, some 4 µs each: the largest answer takes under half a second of a thread where all figures are exact. So
# many, that three years of a country's communities are one question, with their charts.
MOST_WORK = 100_000
INCLUDES = frozenset({"annotations", "bay", "revised", "spc", "target", "trajectory"})
_RUN_LENGTHS = {"6": 6, "7": 7}
_WEIGHT = re.compile(r"[01](?:\.[0-9]{0,3})?", re.ASCII)
_MEDIA_TYPES: dict[str, Format] = {
    "application/json": "json",
    "application/*": "json",
    "*/*": "json",
    "text/*": "csv",
    "text/csv": "csv",
    XLSX: "xlsx",
    PARQUET: "parquet",
}


class PerformanceQuery(BaseModel):
    """The parameters of a question."""

    model_config = ConfigDict(frozen=True)

    measure: str = Field(
        description="One or several keys of the catalogue, comma separated",
        max_length=2000,
        examples=["reablement-assessments"],
    )
    community: str | None = Field(
        None,
        description="Slugs, `unassigned`, `not-bay-registered`, practice codes, `pcn:<code>`, `council:<slug>`, comma separated",
        max_length=4000,
        examples=["kendal"],
    )
    level: Level | None = Field(
        None,
        description="Every place of a level (`icc` when no community is named), or those within the named ones",
    )
    first: Month | None = Field(None, alias="from", description="First month", examples=["2020-01"])
    last: Month | None = Field(
        None, alias="to", description="Last month, included; may lie ahead", examples=["2020-03"]
    )
    period: str | None = Field(
        None,
        description="`last-12-months`, `last-4-quarters`, `this-year`, `year-to-date`, `last-quarter`, `2019-20-Q4` … instead of from and to",
        max_length=40,
        examples=["last-12-months"],
    )
    reference: str | None = Field(
        None,
        description=(
            "The month or day from which a relative period is seen, today when left out; with `include=revised` the instant, "
            "or the beginning of the month or day, since which points are marked that moved"
        ),
        max_length=40,
        examples=["2020-04"],
    )
    grain: Grain = Field("month", description="Financial quarters and years begin in April")
    breakdown: str | None = Field(
        None,
        description="A breakdown of the measure: one series a value, and no total",
        max_length=60,
        examples=["route"],
    )
    include: str | None = Field(
        None,
        description="`trajectory`, `target`, `spc`, `bay`, `annotations`, `revised`, comma separated",
        max_length=100,
        examples=["spc"],
    )
    compare: Literal["previous-year"] | None = Field(
        None, description="The same window a year earlier, beside each point"
    )
    per: Per | None = Field(None, description="Counts by registered people or calendar days")
    profile: Literal["ptd", "mdc-excel", "uhmb"] = Field("ptd", description="Rule set of the chart")
    run_length: Literal[6, 7] | None = Field(
        None, description="Points of a trend and of a shift, for `mdc-excel`", examples=[7]
    )
    baseline_months: int | None = Field(
        None, ge=12, le=120, description="The chart's limits from the first so many points"
    )
    as_at: AwareInstant | None = Field(None, description="What was known at that instant")
    format: Literal["json", "csv", "xlsx", "parquet"] | None = Field(
        None, description="`json` unless `Accept` asks for another"
    )


def read_query(raw: bytes) -> PerformanceQuery:
    """The parameters of a query string whose names and encoding have been checked. Raises Invalid or BadRequest."""
    try:
        given: dict[str, object] = dict(parse_qsl(raw.decode()))
        for name in ("as_at", "reference"):
            if name in given:
                # The plus of an offset reads as a blank in a query string; an instant has no blank, so it was one.
                given[name] = str(given[name]).replace(" ", "+")
        if "run_length" in given:
            # The words of an address are texts, and a choice of numbers takes only numbers.
            given["run_length"] = _RUN_LENGTHS.get(str(given["run_length"]), given["run_length"])
        return PerformanceQuery.model_validate(given)
    except ValidationError as error:
        findings = error.errors(include_url=False, include_context=False)
        raise parameter_problem([{**found, "loc": ("query", *found["loc"])} for found in findings]) from None


def understand(
    query: PerformanceQuery, *, catalogue: Catalogue, places: Geography, now: datetime, accept: str = ""
) -> Question:
    """The question behind the parameters. Raises Invalid with a code of the contract, TooMuchAsked.

    now: relative periods and defaults are seen from it.   accept: chooses the format where `format` does not.
    """
    measures = _measures(query.measure, catalogue)
    included = _included(query.include)
    first, last = _range(query, Month.of(now), revised="revised" in included)
    _check_breakdown(query, measures)
    check_known(query.as_at, now)
    if query.run_length is not None and query.profile != "mdc-excel":
        raise _invalid("query.fields", "run_length", "Only the profile mdc-excel lets one choose a length.")
    question = Question(
        measures=tuple(measure.key for measure in measures),
        places=_places(query, places, month_range(first, last)),
        first=first,
        last=last,
        grain=query.grain,
        breakdown=query.breakdown,
        per=query.per,
        with_previous_year=query.compare is not None,
        with_whole="bay" in included,
        with_chart="spc" in included,
        with_trajectory="trajectory" in included,
        with_target="target" in included,
        with_annotations="annotations" in included,
        revised_since=_revised_since(query, now) if "revised" in included else None,
        run_length=query.run_length,
        profile=query.profile,
        baseline_points=query.baseline_months,
        as_at=query.as_at,
        format=format_asked(query.format, accept),
    )
    _check_work(question, measures)
    return question


def check_known(as_at: datetime | None, now: datetime) -> None:
    """Refuse to say what will be known. Raises Invalid."""
    if as_at is not None and as_at > now + CLOCK_TOLERANCE:
        raise _invalid("date.future", "as_at", "What will be known later is not known yet.")


def _measures(text: str, catalogue: Catalogue) -> list[Measure]:
    found = []
    for key in dict.fromkeys(part.strip() for part in text.split(",")):
        measure = catalogue.get(key)
        if measure is None:
            nearest = catalogue.nearest(key)
            hint = f" The nearest is “{nearest}”." if nearest else " GET /v1/measures lists them."
            raise _invalid("code.unknown", "measure", f"There is no such measure.{hint}")
        found.append(measure)
    return found


def _revised_since(query: PerformanceQuery, now: datetime) -> datetime:
    """The instant since which points are marked: an instant, or the beginning of a month or day. Raises Invalid."""
    if query.reference is None:
        detail = "Give the instant, day or month since which points are marked that moved."
        raise _invalid("query.empty", "reference", detail)
    try:
        since = parse_instant(query.reference)
    except PydanticCustomError:
        since = datetime.combine(_day_of(query.reference), time(), tzinfo=LONDON).astimezone(UTC)
    if since > now + CLOCK_TOLERANCE:
        raise _invalid("date.future", "reference", "Nothing has moved since an instant that is to come.")
    return since


def _range(query: PerformanceQuery, current: Month, *, revised: bool) -> tuple[Month, Month]:
    """The months asked for: by name, by their ends, or the twelve that end with the current one."""
    for name, month in (("from", query.first), ("to", query.last)):
        _check_plausible(name, month)
    if query.period is None:
        if query.reference is not None and not revised:
            raise _invalid("query.fields", "reference", "A reference belongs to a relative period.")
        last = query.last or ((query.first + YEAR - 1) if query.first and query.first > current else current)
        first = query.first or last - (YEAR - 1)
    else:
        if query.first is not None or query.last is not None:
            raise _invalid("query.fields", "period", "Ask for a period, or for from and to.")
        named = period_asked(query.period, query.reference, current)
        first, last = named.first, named.last
    if last < first:
        raise _invalid("date.order", "to", "The range ends before it begins.")
    if last - first >= MOST_MONTHS:
        raise _invalid("query.range_too_wide", "from", f"An answer covers at most {MOST_MONTHS} months.")
    return first, last


def period_asked(name: str, reference: str | None, current: Month) -> Period:
    """The period of a name, seen from a reference, by default from the current month. Raises Invalid."""
    seen_from = current if reference is None else reference_month(reference)
    try:
        named = named_period(name, seen_from)
    except ValueError:
        detail = "There is no such period; try last-12-months or 2019-20-Q4."
        raise _invalid("enum", "period", detail) from None
    _check_plausible("period", named.first)
    _check_plausible("period", named.last)
    return named


def _check_plausible(parameter: str, month: Month | None) -> None:
    if month is not None and not EARLIEST <= month <= LATEST:
        raise _invalid("date.implausible", parameter, "There are figures from 1900 to 2200 only.")


def reference_month(text: str) -> Month:
    """The month of a reference, which is a month, a day or an instant. Raises Invalid."""
    try:
        month = Month.of(parse_instant(text))
    except PydanticCustomError:
        month = Month.of(_day_of(text))
    _check_plausible("reference", month)
    return month


def _day_of(text: str) -> date:
    """The day of a reference, the first one of a month. Raises Invalid."""
    try:
        return Month.parse(text).first_day
    except ValueError:
        pass
    try:
        return parse_date(text)
    except ValueError:
        raise _invalid(
            "date.format", "reference", "A reference is a month or a day, 2020-04 or 2020-04-01."
        ) from None


def _places(query: PerformanceQuery, places: Geography, months: Sequence[Month]) -> tuple[Selection, ...]:
    """The places of the series, each once, in the order asked: those of a level in any of the months.

    A place that is named is answered for whatever months: where it did not exist its figures are not supplied.
    """
    if query.community is None:
        return places.of_level(query.level or "icc", months)
    named = places.registry.resolve_all(query.community)
    if query.level is None:
        return named
    within = [one for place in named for one in places.within(place, query.level, months)]
    if not within:
        raise _invalid("query.fields", "level", "No place of this level lies within the community.")
    return tuple(dict.fromkeys(within))


def _check_breakdown(query: PerformanceQuery, measures: Sequence[Measure]) -> None:
    if query.breakdown is not None and any(query.breakdown not in measure.dimensions for measure in measures):
        if "," in query.breakdown:
            raise _invalid("query.group_by", "breakdown", "One breakdown at a time: they are never crossed.")
        known = sorted(set.intersection(*(set(measure.dimensions) for measure in measures)))
        hint = f"It has {', '.join(known)}." if known else "It has none."
        raise _invalid("query.group_by", "breakdown", f"The measure has no such breakdown. {hint}")
    if query.per is not None and any(measure.kind != "count" for measure in measures):
        raise _invalid("query.fields", "per", "Only counts can be asked per registered people or per day.")


def _included(text: str | None) -> frozenset[str]:
    included = frozenset(part.strip() for part in text.split(",")) if text else frozenset()
    if not included <= INCLUDES:
        raise _invalid("enum", "include", f"What can be included: {', '.join(sorted(INCLUDES))}.")
    return included


def format_asked(
    asked: str | None, accept: str, among: Collection[Format] = ("json", "csv", "xlsx", "parquet")
) -> Format:
    """The format that a query names, else the first of an Accept header that there is. among: those that there are."""
    match asked:
        case "json" | "csv" | "xlsx" | "parquet":
            return asked
        case _:
            ranges = sorted(map(_weighed, accept.lower().split(",")), reverse=True, key=lambda one: one[1])
            wanted = (_MEDIA_TYPES[name] for name, weight in ranges if weight and name in _MEDIA_TYPES)
            return next((form for form in wanted if form in among), "json")


def _weighed(part: str) -> tuple[str, float]:
    """A media range of an Accept header with its weight; one that cannot be read weighs nothing."""
    name, *parameters = (piece.strip() for piece in part.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    return name, float(weight) if _WEIGHT.fullmatch(weight) else 0.0


def _check_work(question: Question, measures: Sequence[Measure]) -> None:
    """Refuse, before anything is read, a question whose answer would keep everybody else waiting."""
    work = question.work(measures)
    if work <= MOST_WORK:
        return
    cheaper = [
        "Rolling years cost four times as much as months." if question.grain == "rolling12" else "",
        "Without compare it is half." if question.with_previous_year else "",
        "JSON costs less than a workbook." if question.format in {"xlsx", "parquet"} else "",
    ]
    raise TooMuchAsked(parts=-(-work // MOST_WORK), cheaper=" ".join(filter(None, cheaper)))


def _invalid(code: str, parameter: str, detail: str) -> Invalid:
    return Invalid.one(code, f"/{parameter}", detail)
