"""All that a reader without exact figures is told of a quarter: figures, and what is worked out from them, answer by answer.

A reader works out again, by formulas of their own, whatever an answer works out: a mean, a limit, an interval, what a target needs, the
height of a point. What comes out otherwise tells of something that was not shown.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

import openpyxl
import polars as pl

from shared.months import Month
from tests.support.running import Running
from tests.trajectories.attacking import Key
from tests.trajectories.formulas import SPC, Z_998, Joint, Z, byar, funnel, wilson, xmr
from tests.trajectories.quarters import MONTHS, QUARTER
from tests.trajectories.reading_charts import drawn, number_in
from tests.trajectories.writing import look

READER = "dashboard"
COUNT, RATE = "seen", "hospital-rate"
PERIODS = {"month": [str(month) for month in MONTHS], "quarter": [QUARTER], "year": ["2021-22"]}
RANGES = {
    "month": (MONTHS[0], MONTHS[-1]),
    "quarter": (MONTHS[0], MONTHS[-1]),
    "year": (MONTHS[0], MONTHS[0] + 11),
}

# In words a rate is rounded.
_SAID = 0.06


class Heard(NamedTuple):
    """A figure as an answer tells it. cut: of which publication."""

    surface: str
    cut: int
    key: Key
    numerator: int | None
    denominator: int | None
    suppressed: bool


class Worked(NamedTuple):
    """A number that an answer works out, and what the reader works out from what was shown; None where they cannot."""

    surface: str
    cut: int
    key: Key
    number: float
    expected: float | None

    @property
    def is_explained(self) -> bool:
        return self.expected is not None and abs(self.number - self.expected) <= 1e-6 * max(
            1.0, abs(self.number)
        )


@dataclass
class Harvest:
    """What a reader was told of each of several publications. places: as queries name them."""

    service: Running
    places: Sequence[str]
    heard: list[Heard] = field(default_factory=list)
    worked: list[Worked] = field(default_factory=list)
    _shown: dict[tuple[int, Key], tuple[int | None, int | None]] = field(default_factory=dict)
    _targets: dict[tuple[int, Key], float] = field(default_factory=dict)

    def hear(self, told: Heard) -> None:
        self.heard.append(told)
        # The figures of the report come first: what else is told is held to them.
        self._shown.setdefault((told.cut, told.key), (told.numerator, told.denominator))

    def work(self, surface: str, cut: int, key: Key, number: Any, expected: float | None) -> None:
        """A number that was told; nothing where none was."""
        if number is not None:
            self.worked.append(Worked(surface, cut, key, float(number), expected))

    def value(self, cut: int, key: Key) -> float | None:
        """The value that was shown."""
        numerator, denominator = self._shown.get((cut, key), (None, None))
        if numerator is None:
            return None
        return float(numerator) if denominator is None else numerator / denominator

    def limits(self, cut: int, measure: str, place: str) -> SPC:
        """The mean and limits of the months that were shown; of none where one was not."""
        return xmr([self.value(cut, (measure, place, "month", month.first_day, "")) for month in MONTHS])

    async def get(self, path: str, **params: Any) -> Any:
        """A good answer."""
        answer = await look(self.service, path, READER, **params)
        assert answer.status_code == 200, answer.text
        return answer

    async def read(self, cut: int, *, charts: Sequence[tuple[str, str]] = ()) -> None:
        """All answers of the newest publication, which has this number here. charts: measures and places that are drawn."""
        for grain in PERIODS:
            await self._report(cut, grain, None)
            if grain != "month":
                await self._report(cut, grain, "route")
        await self._targets_told(cut)
        await self._tables(cut)
        await self._matrix(cut)
        for measure in (COUNT, RATE):
            for periods in PERIODS.values():
                for period in periods:
                    await self._comparison(cut, measure, period)
        for measure, place in charts:
            await self._chart(cut, measure, place)
        await self._words(cut)

    async def _report(self, cut: int, grain: str, breakdown: str | None, as_at: str | None = None) -> None:
        body = (
            await self.get(
                "/v1/performance", **self._asked(grain, breakdown), include="spc,target", as_at=as_at
            )
        ).json()
        for series in body["series"]:
            part = "" if series["breakdown"] is None else "=".join(*series["breakdown"].items())
            for point in series["points"]:
                key = (
                    series.get("measure", COUNT),
                    series["community"],
                    grain,
                    Month.parse(point["month"]).first_day,
                    part,
                )
                if point["status"] != "not-supplied":
                    self.hear(
                        Heard(
                            "report", cut, key, point["numerator"], point["denominator"], point["suppressed"]
                        )
                    )
                self.work("report", cut, key, point["value"], self.value(cut, key))
                if point["target"] is not None:
                    self._targets[cut, key] = point["target"]
            if series["spc"] is not None and grain == "month":
                self._limits_told("report", cut, series["measure"], series["community"], series["spc"])

    def _limits_told(self, surface: str, cut: int, measure: str, place: str, told: Mapping[str, Any]) -> None:
        worked = self.limits(cut, measure, place)
        key = (measure, place, "quarter", MONTHS[0].first_day, "")
        for name in ("mean", "lower", "upper"):
            self.work(f"{surface}: {name}", cut, key, told[name], getattr(worked, name))

    def _asked(self, grain: str, breakdown: str | None) -> dict[str, Any]:
        first, last = RANGES[grain]
        return {
            "measure": COUNT if breakdown else f"{COUNT},{RATE}",
            "community": ",".join(self.places),
            "from": str(first),
            "to": str(last),
            "grain": grain,
            "breakdown": breakdown,
        }

    async def _tables(self, cut: int) -> None:
        """The same figures as a table, a workbook and Parquet."""
        asked = self._asked("month", None)
        text = (await self.get("/v1/performance", **asked, format="csv")).text
        self._rows("table", cut, "month", csv.DictReader(io.StringIO(text)))
        body = (await self.get("/v1/performance", **self._asked("year", None), format="xlsx")).content
        head, *rows = next(iter(openpyxl.load_workbook(io.BytesIO(body), read_only=True))).iter_rows(
            values_only=True
        )
        self._rows("workbook", cut, "year", (dict(zip(head, row, strict=True)) for row in rows))
        body = (
            await self.get("/v1/performance", **self._asked("quarter", "route"), format="parquet")
        ).content
        self._rows("parquet", cut, "quarter", pl.read_parquet(io.BytesIO(body)).iter_rows(named=True))

    def _rows(self, surface: str, cut: int, grain: str, rows: Iterable[Mapping[Any, Any]]) -> None:
        for row in rows:
            part = f"{row['breakdown']}={row['value_of_breakdown']}" if row["breakdown"] else ""
            key = (row["measure"], row["community"], grain, Month.parse(row["month"]).first_day, part)
            numbers = {name: _number(row[name]) for name in ("value", "numerator", "denominator")}
            if row["status"] != "not-supplied":
                told = (numbers["numerator"], numbers["denominator"])
                whole = [None if one is None else round(one) for one in told]
                self.hear(
                    Heard(surface, cut, key, whole[0], whole[1], str(row["suppressed"]).lower() == "true")
                )
            self.work(surface, cut, key, numbers["value"], self.value(cut, key))

    async def _matrix(self, cut: int) -> None:
        asked = {"reference": str(MONTHS[-1]), "community": "morecambe-bay"}
        items = (await self.get("/v1/performance/matrix", **asked)).json()["items"]
        text = (await self.get("/v1/performance/matrix", **asked, format="csv")).text
        for row in [*items, *csv.DictReader(io.StringIO(text))]:
            if not row["month"]:
                continue
            told = {
                name: _number(row[name]) for name in ("value", "mean", "lower", "upper", "change", "target")
            }
            measure, place = row["measure"], row["community"]
            key = (measure, place, "month", Month.parse(row["month"]).first_day, "")
            self.work("matrix", cut, key, told["value"], self.value(cut, key))
            self.work("matrix: target", cut, key, told["target"], self._targets.get((cut, key)))
            self._limits_told("matrix", cut, measure, place, told)
            self.work("matrix: change", cut, key, told["change"], self._change(cut, measure, place))

    def _change(self, cut: int, measure: str, place: str) -> float | None:
        values = [self.value(cut, (measure, place, "month", month.first_day, "")) for month in MONTHS[-2:]]
        limits = self.limits(cut, measure, place)
        if None in values or limits.upper is None or limits.mean is None:
            return None
        before, latest = (value for value in values if value is not None)
        return (latest - before) * 3 / (limits.upper - limits.mean)

    async def _comparison(self, cut: int, measure: str, period: str) -> None:
        asked = {"measure": measure, "period": period, "community": "morecambe-bay"}
        body = (await self.get("/v1/performance/compare", **asked)).json()
        parts: dict[str, tuple[int, int]] = {}
        for item in body["items"]:
            place, key = item["place"], self._key(measure, item["place"], period)
            if item["status"] != "not-supplied":
                told = {**item, "denominator": item["denominator"] if measure == RATE else None}
                self.hear(_heard("comparison", cut, key, told))
            numerator, denominator = self._shown.get((cut, key), (None, None))
            # A count is told for a thousand registered people, whom the registry knows.
            divisor = denominator if measure == RATE else item["denominator"]
            if numerator is not None and divisor and not (measure == RATE and numerator > divisor):
                parts[place] = (numerator, divisor)
        joint = funnel(list(parts.values()), proportion=measure == RATE)
        for item in body["items"]:
            key = self._key(measure, item["place"], period)
            for name, number, expected in _compared(item, parts.get(item["place"]), joint, measure):
                self.work(f"comparison: {name}", cut, key, number, expected)
        for name, number in (body["funnel"] or {}).items():
            if name != "scale":
                per = 1000 if name == "centre" and measure != RATE else 1
                expected = None if joint is None else getattr(joint, name) * per
                self.work(
                    f"comparison: {name}", cut, self._key(measure, "morecambe-bay", period), number, expected
                )

    async def _targets_told(self, cut: int) -> None:
        """Progress of the targets that stand: what is needed is what the target is more than what was shown."""
        for item in (await self.get("/v1/targets")).json()["items"]:
            place, measure = item["community"], item["measure"]
            now, then = (self._key(measure, place, item[name]) for name in ("period", "baseline_period"))
            if item["current"] is not None:
                self.hear(_heard("target: figure", cut, now, item["current"]))
            baseline: float | None = 0.0
            if item["kind"] == "increase":
                # As it was published when the target was set: with the first publication.
                baseline = self.value(0, then)
                self.work("target: baseline", 0, then, item["baseline"]["value"], baseline)
            target = None if baseline is None else baseline + item["value"]
            self.work("target", cut, now, item["target"], target)
            self.work("target beside", cut, now, self._targets.get((cut, now)), target)
            value = self.value(cut, now)
            needed = None if target is None or value is None else max(0, target - value)
            self.work("target: needed", cut, now, item["needed"], needed)
            for number in re.findall(r"\d+", re.sub(r"by \w+ \d{4}$", "", item["progress"] or "")):
                known = [one for one in (needed, target, value) if one == float(number)]
                self.work("target: words", cut, now, number, known[0] if known else None)

    def _key(self, measure: str, place: str, period: str | None) -> Key:
        grain = next((name for name, periods in PERIODS.items() if period in periods), "month")
        first = Month.parse(period or str(MONTHS[0])) if grain == "month" else MONTHS[0]
        return (measure, place, grain, first.first_day, "")

    async def _chart(self, cut: int, measure: str, place: str) -> None:
        """The heights of everything that is drawn, the axis, and the figures in words."""
        asked = {"from": str(MONTHS[0]), "to": str(MONTHS[-1])}
        picture = drawn((await self.get(f"/v1/performance/{measure}/{place}/chart.svg", **asked)).text)
        limits = self.limits(cut, measure, place)
        keys = [(measure, place, "month", month.first_day, "") for month in MONTHS]
        expected: dict[str, list[float | None]] = {
            "Figures": [self.value(cut, key) for key in keys],
            "Target": [self._targets.get((cut, key)) for key in keys],
            "Mean": [limits.mean] * len(keys),
            "lower": [limits.lower] * len(keys),
            "upper": [limits.upper] * len(keys),
        }
        for name, at, height in picture.heights:
            worked = expected[name][at]
            # A pixel is as near as a picture can tell.
            near = worked is not None and abs(height - worked) <= picture.pixel
            self.work(f"chart: {name}", cut, keys[at], height, height if near else None)
        for at in picture.stars:
            assert self.value(cut, keys[at]) is None
        for end, worked_out in picture.axis:
            self.work("chart: axis", cut, keys[0], end, worked_out)
        for at, text in picture.words:
            told, value = number_in(text), self.value(cut, keys[at])
            # In words a rate is told in per cent, to as many decimals as say something.
            per = 100 if measure == RATE else 1
            said = told is not None and value is not None and abs(told - value * per) < _SAID
            self.work("chart: words", cut, keys[at], told, told if said else None)

    async def _words(self, cut: int) -> None:
        """Feed and notes: no number in them is of a figure."""
        feed = (await self.get("/v1/performance/signals.atom")).text
        for title in re.findall("<title>(.*?)</title>", feed):
            for number in re.findall(r"\d+", re.sub(r"\w+ 20\d\d", "", title)):
                self.work("feed", cut, self._key(COUNT, self.places[0], None), number, None)
        for note in (await self.get("/v1/annotations")).json()["items"]:
            if note["measure"] in (COUNT, RATE):
                key = (note["measure"], note["community"], "month", Month.parse(note["month"]).first_day, "")
                for number in re.findall(r"\d+", note["text"]):
                    self.work("note", cut, key, number, None)

    async def past(self, instants: Sequence[str], places: Sequence[str]) -> None:
        """What is told afterwards: the report as at each publication, and every figure that a month ever had."""
        for cut, instant in enumerate(instants):
            await self._report(cut, "month", None, as_at=instant)
            await self._report(cut, "quarter", "route", as_at=instant)
        for measure, place, month in product((COUNT, RATE), places, MONTHS):
            asked = {"measure": measure, "community": place, "month": str(month)}
            items = (await self.get("/v1/performance/revisions", **asked)).json()["items"]
            key = (measure, place, "month", month.first_day, "")
            before: float | None = None
            for item in items:
                cut = instants.index(item["from"])
                self.hear(_heard("revisions", cut, key, item))
                value = self.value(cut, key)
                change = None if before is None or value is None else value - before
                self.work("revisions", cut, key, item["value"], value)
                self.work("revisions: change", cut, key, item["change"], change)
                before = value


def _heard(surface: str, cut: int, key: Key, told: Mapping[str, Any]) -> Heard:
    return Heard(surface, cut, key, told["numerator"], told["denominator"], told["suppressed"])


def _compared(
    item: Mapping[str, Any], part: tuple[int, int] | None, joint: Joint | None, measure: str
) -> Iterator[tuple[str, float | None, float | None]]:
    """Each number that a comparison tells of a place, and what the reader works out."""
    per = 1 if measure == RATE else 1000
    rate = None if part is None else part[0] / part[1] * per
    yield "value", item["value"], rate
    interval = None if part is None else (wilson if measure == RATE else byar)(*part)
    for at, end in enumerate(("lower", "upper")):
        yield end, item[end], None if interval is None else interval[at] * per
        for name, z in (("limits_95", Z), ("limits_998", Z_998)):
            expected = None if joint is None or part is None else joint.limits(part[1], z)[at] * per
            yield name, (item[name] or {}).get(end), expected


def _number(given: Any) -> float | None:
    return None if given in (None, "", "*") else float(given)
