"""What stands on a chart, as plain data for whoever draws it: nothing on it is worked out anew. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from textwrap import wrap
from typing import Any, Final

from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.question import Question, Window, unit_of
from services.trajectories.performance.rules.series import Point, Series, SeriesChart, plain_text, written
from services.trajectories.spc.rare import Between
from services.trajectories.spc.rules import FULL_LIMITS

FIGURES, MEAN, LIMITS, MEDIAN = "Figures", "Mean", "Limits", "Median"
TRAJECTORY, TARGET = "Trajectory", "Target"
KINDS: Final = {"xmr": "Control chart (XmR)", "run": "Run chart", "t": "t chart: months between events"}
SIGNALS: Final = {
    "common": "Usual variation",
    "improvement": "Improvement",
    "concern": "Concern",
    "neutral": "Change",
    None: "Figure",
}
VARIATIONS: Final[Mapping[str, str]] = {
    "common-cause": "Usual variation",
    "concern-high": "Concern: unusually high",
    "concern-low": "Concern: unusually low",
    "improvement-high": "Improvement: unusually high",
    "improvement-low": "Improvement: unusually low",
    "neutral-high": "Change: unusually high",
    "neutral-low": "Change: unusually low",
}
"""What a chart says of its last point, in words."""
ASSURANCES: Final[Mapping[str, str]] = {
    "pass": "meets it as a rule",
    "fail": "misses it as a rule",
    "inconsistent": "meets or misses it by chance",
}
"""What a chart lets expect of a target, in words."""
PROFILES: Final[Mapping[str, str]] = {
    "ptd": "NHS England, plot the dots",
    "mdc-excel": "Making data count",
    "uhmb": "Morecambe Bay hospitals",
}
"""By whose rules a chart judges, in words."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AGES: Final = re.compile(r"(\d+)-(\d+)")
_LINE = 118
_NOTES_SHOWN = 8
_NOTE = 600


@dataclass(frozen=True, slots=True)
class About:
    """What is to be known beside the series. place: its name.   protection: None where every figure is exact."""

    place: str
    as_at: str | None
    protection: str | None


def drawing_of(series: Series, question: Question, about: About) -> dict[str, Any]:
    """A chart: texts, points, lines and notes, each at the label of its window."""
    chart = series.chart
    between = None if chart is None else chart.suited.between
    labels = [label_of(point.window) for point in series.points]
    notes = _notes(series)
    unit = unit_of(series.measure, question.per, question.grain)
    if between is None:
        points, lines = _points(series, labels), [*_lines(series, labels)]
        shown = labels
    else:
        points, lines = _gaps(between, labels), [*_gap_lines(between, labels)]
        shown = [labels[index] for index, _ in between.gaps]
    return {
        "title": _clean(f"{series.measure.title}: {about.place}{_part(series)}"),
        "subtitle": _clean(_subtitle(series, labels, unit, chart)),
        "unit": unit if between is None else "months between events",
        "percent": series.measure.kind == "proportion",
        "from_zero": chart is None or chart.suited.kind != "xmr",
        "labels": shown,
        "points": points,
        "lines": [line for line in lines if line["label"] in shown],
        "notes": [note for note in notes if note["label"] in shown],
        "footer": [_clean(line) for text in _footer(series, notes, about) for line in wrap(text, _LINE)],
        "description": "\n".join(_clean(line) for line in _description(series, labels, unit, about)),
    }


def _part(series: Series) -> str:
    """Which value of a breakdown is drawn."""
    if series.breakdown is None:
        return ""
    name, value = (text.replace("_", " ") for text in series.breakdown)
    ages = _AGES.fullmatch(value)
    return f", {name}: {f'{ages[1]} to {ages[2]}' if ages else value.replace('-', ' ')}"


def label_of(window: Window) -> str:
    """A window as an axis says it: `Jan 2020`, `2019-20 Q4`."""
    if window.grain in {"quarter", "year"}:
        return window.label.replace("-Q", " Q")
    return f"{_MONTHS[window.month.month - 1]} {window.month.year}"


def _subtitle(series: Series, labels: Sequence[str], unit: str, chart: SeriesChart | None) -> str:
    kind = KINDS["run" if chart is None else chart.suited.kind]
    if chart is not None and chart.suited.between is not None:
        return f"{kind} · {unit} · {labels[0]} to {labels[-1]} · n = {len(chart.suited.between.gaps)} times"
    valued = sum(point.value is not None for point in series.points)
    whole = f"{labels[0]} to {labels[-1]}"
    people = [point.denominator for point in series.points if point.denominator and point.value is not None]
    of = f", each of {min(people)} to {max(people)}" if people and series.measure.kind != "count" else ""
    return f"{kind} · {unit} · {whole} · n = {valued} of {len(labels)} points{of}"


def _points(series: Series, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Each value with what it says; of a run chart no signal is drawn, for its limits are not."""
    chart = series.chart
    flags = [None] * len(labels) if chart is None or chart.suited.kind != "xmr" else chart.flags
    return [
        {
            "label": label,
            "value": None if point.value is None else float(point.value),
            "kind": SIGNALS[None if flag is None else flag.type],
            "settled": point.status == "final",
            "hidden": point.suppressed,
        }
        for label, point, flag in zip(labels, series.points, flags, strict=True)
    ]


def _lines(series: Series, labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    for label, point in zip(labels, series.points, strict=True):
        yield _at(FIGURES, label, point.value)
        if point.trajectory is not None:
            yield _at(TRAJECTORY, label, point.trajectory)
        if point.target is not None:
            yield _at(TARGET, label, point.target)
    chart = series.chart
    if chart is None:
        return
    if chart.suited.median is not None:
        for label in labels:
            yield _at(MEDIAN, label, chart.suited.median)
        return
    windows = [point.window for point in series.points]
    firsts = [windows.index(group.first) for group in chart.groups]
    # The first group has the points before its first value too.
    for number, (first, following) in enumerate(
        zip([0, *firsts[1:]], [*firsts[1:], len(labels)], strict=True)
    ):
        limits = chart.groups[number].limits
        for label in labels[first:following]:
            yield _at(MEAN, label, limits.mean, part=str(number))
            if limits.lower is not None and limits.upper is not None:
                yield _at(LIMITS, label, limits.lower, part=f"{number} lower")
                yield _at(LIMITS, label, limits.upper, part=f"{number} upper")


def _at(name: str, label: str, value: Any, *, part: str = "") -> dict[str, Any]:
    return {"name": name, "label": label, "value": None if value is None else float(value), "part": part}


def _gaps(between: Between, labels: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"label": labels[index], "value": float(gap), "kind": SIGNALS[None], "settled": True, "hidden": False}
        for index, gap in between.gaps
    ]


def _gap_lines(between: Between, labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    for index, gap in between.gaps:
        yield _at(FIGURES, labels[index], gap)
        yield _at(MEAN, labels[index], between.centre)
        yield _at(LIMITS, labels[index], between.lower, part="lower")
        yield _at(LIMITS, labels[index], between.upper, part="upper")


def _notes(series: Series) -> list[dict[str, Any]]:
    """The notes of the range, each at the first window that does not end before its month; one that is said again has one number."""
    found = []
    for note in series.annotations:
        window = next((one.window for one in series.points if one.window.months[-1] >= note.month), None)
        if window is not None:
            found.append((window, note))
    same: dict[tuple[str, str], list[Annotation]] = {}
    for _, note in found:
        same.setdefault((note.kind, note.text), []).append(note)
    numbers = {about: str(number) for number, about in enumerate(same, start=1)}
    return [
        {
            "label": label_of(window),
            "mark": numbers[note.kind, note.text],
            "text": _said(same[note.kind, note.text]),
            "rebase": note.kind == "rebase",
        }
        for window, note in found
    ]


def _said(notes: Sequence[Annotation]) -> str:
    """What notes say that say the same, with the month of each."""
    kind, text = notes[0].kind, notes[0].text
    if len(text) > _NOTE:
        text = f"{text[: _NOTE - 1]}…"
    months = dict.fromkeys(f"{_MONTHS[one.month.month - 1]} {one.month.year}" for one in notes)
    return f"{', '.join(months)}, {kind.replace('-', ' ')}: {text}"


def _footer(series: Series, notes: Sequence[dict[str, Any]], about: About) -> Iterator[str]:
    told = {note["mark"]: note["text"] for note in notes}
    for mark, text in list(told.items())[:_NOTES_SHOWN]:
        yield f"{mark}  {text}"
    if len(told) > _NOTES_SHOWN:
        yield f"… and {len(told) - _NOTES_SHOWN} notes more"
    yield from _limits_told(series)
    if any(point.suppressed for point in series.points):
        yield "* hidden: a small number, or one that would give a small number away."
    if any(point.value is not None and point.status != "final" for point in series.points):
        yield "White points are provisional or partial."
    measure = series.measure
    yield f"Source: {measure.source}, definition {measure.definition_version}. As known at {_minute(about.as_at)}."
    yield "Exact figures." if about.protection is None else f"Figures as published: {about.protection}."


def _minute(instant: str | None) -> str:
    """An instant in RFC 3339, in UTC, to the minute."""
    return "no time: no figure came yet" if instant is None else f"{instant[:16].replace('T', ' ')} UTC"


def _limits_told(series: Series) -> Iterator[str]:
    """What the lines of the chart are, in words."""
    chart, measure = series.chart, series.measure
    if chart is None:
        yield "No limits are drawn: a figure is hidden, or there are too few."
        return
    match chart.suited.kind:
        case "run" if chart.suited.median is not None:
            yield f"Median {written(measure, chart.suited.median)}. Under five a month: too few for limits."
        case "t" if chart.suited.between is not None:
            one = chart.suited.between
            yield f"Centre {one.centre:.1f}, limits {one.lower:.1f} to {one.upper:.1f} months. Longer is rarer."
        case _:
            limits = chart.limits
            told = f"Mean {written(measure, limits.mean)}"
            if limits.lower is not None and limits.upper is not None:
                told += f", limits {written(measure, limits.lower)} to {written(measure, limits.upper)}"
            said = VARIATIONS[chart.variation]
            said = f"{said[0].lower()}{said[1:]}"
            assured = "" if chart.assurance is None else f". Target: {ASSURANCES[chart.assurance]}"
            trial = f" Trial limits: of fewer than {FULL_LIMITS} points." if chart.basis < FULL_LIMITS else ""
            yield f"{told} (rules: {PROFILES[chart.profile.name]}). Last point: {said}{assured}.{trial}"


def _description(series: Series, labels: Sequence[str], unit: str, about: About) -> Iterator[str]:
    """The chart for who hears it: what it is, its figures as a table, its notes."""
    yield f"{_subtitle(series, labels, unit, series.chart)}."
    yield "Period | Value | Trajectory | Target | Status | Signal"
    chart = series.chart
    flags = [None] * len(labels) if chart is None or chart.suited.kind != "xmr" else chart.flags
    for label, point, flag in zip(labels, series.points, flags, strict=True):
        signal = "" if flag is None else SIGNALS[flag.type]
        yield " | ".join((label, *_cells(series, point), point.status_told, signal)).rstrip(" |")
    if chart is not None and chart.suited.between is not None:
        yield "Month of event | Months since the one before"
        for index, gap in chart.suited.between.gaps:
            yield f"{labels[index]} | {gap}"
    yield from _footer(series, _notes(series), about)


def _cells(series: Series, point: Point) -> tuple[str, str, str]:
    measure = series.measure
    known = "none" if point.value is None else written(measure, point.value)
    value = "hidden" if point.suppressed else known
    trajectory = "" if point.trajectory is None else plain_text(Fraction(point.trajectory))
    return value, trajectory, "" if point.target is None else written(measure, point.target)


def _clean(text: str) -> str:
    """A text without what XML may not hold."""
    return "".join(character if character.isprintable() else " " for character in text)
