"""An answer as JSON, CSV, a workbook or Parquet. Each shows the same points; equal answers have equal bytes."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from services.trajectories.performance.answers import Answer
from services.trajectories.performance.parquet import told_of
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.question import Question, unit_of
from services.trajectories.performance.rules.series import (
    ChartGroup,
    Point,
    Series,
    SeriesChart,
    plain_number,
)
from services.trajectories.performance.tabular import HIDDEN, TableCell, csv_bytes, workbook
from services.trajectories.spc.rules import FULL_LIMITS
from shared.registry.selection import Selection
from shared.spreadsheets import PARQUET, XLSX

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
    "parquet": PARQUET,
}
COLUMNS = (
    "measure",
    "unit",
    "community",
    "community_name",
    "breakdown",
    "value_of_breakdown",
    "month",
    "period",
    "value",
    "numerator",
    "denominator",
    "trajectory",
    "target",
    "suppressed",
    "status",
    "previous_year",
    "as_at",
    "protection",
    "scale",
)
CHARTED = ("mean", "lower", "upper", "point_type", "rule", "variation", "assurance")
"""The columns that stand behind the others where the chart is asked for."""
NOTED = "annotations"
"""The column behind all others where notes are asked for."""
_NOTED = ("month", "kind", "text", "measure", "community", "author", "link", "made_at")

NameOf = Callable[[Selection], str]
"""What people call a place."""


def render(answer: Answer, notes: Sequence[str], name_of: NameOf) -> bytes | dict[str, Any]:
    """The answer and its notes in the format of the question; of Parquet what its writer is told. CSV has no room for notes.

    name_of: for tables, which are read without the registry.
    """
    match answer.question.format:
        case "json":
            return orjson.dumps(_document(answer, notes))
        case "csv":
            return csv_bytes(_columns(answer.question), _rows(answer, name_of))
        case "xlsx":
            return _workbook(answer, notes, name_of)
        case "parquet":
            return told_of(_columns(answer.question), _rows(answer, name_of), _about(answer, notes))


def _document(answer: Answer, notes: Sequence[str]) -> dict[str, Any]:
    """The answer as the contract writes it."""
    several, known = len(answer.measures) > 1, answer.knowledge
    heads = [
        {
            "key": measure.key,
            "title": measure.title,
            "unit": unit_of(measure, answer.question.per, answer.question.grain),
            "direction": measure.direction,
            **({} if measure.scale == 1 else {"scale": measure.scale}),
        }
        for measure in answer.measures
    ]
    head: dict[str, Any] = {"measures": heads} if several else {"measure": heads[0]}
    return head | {
        "as_at": instant_text(known.as_at),
        "series": _all_series(answer),
        "protection": protection_shown(answer),
        "provenance": known.provenance,
        "notes": notes,
        "next": None,
    }


def protection_shown(answer: Answer) -> dict[str, Any] | None:
    """The policy of an answer and the cut that it is of; None where every figure is exact."""
    policy = answer.policy
    if policy is None:
        return None
    return {
        "policy": policy.id,
        "threshold": policy.threshold,
        "base": policy.base,
        "publication": None if answer.cut.id is None else str(answer.cut.id),
        "published_at": instant_text(answer.cut.published_at),
    }


def _all_series(answer: Answer) -> list[dict[str, Any]]:
    question = answer.question
    # Every series has the same windows, whose names are written once.
    named = [(str(window.month), window.label) for window in question.windows]
    return [_series(one, question, named) for one in answer.series]


def _series(series: Series, question: Question, windows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    named, revised = len(question.measures) > 1, question.revised_since is not None
    body: dict[str, Any] = {"measure": series.measure.key} if named else {}
    body |= {
        "community": series.place.token,
        "breakdown": None if series.breakdown is None else {series.breakdown[0]: series.breakdown[1]},
        "points": [
            _point(point, month, label, revised=revised)
            for point, (month, label) in zip(series.points, windows, strict=True)
        ],
        "spc": None if series.chart is None else _chart(series.chart, series.points),
        "chart_kind": None if series.chart is None else series.chart.suited.kind,
    }
    if question.with_annotations:
        body["annotations"] = [annotation_shown(one) for one in series.annotations]
    return body


def annotation_shown(note: Annotation) -> dict[str, Any]:
    """A note beside a series, as the list of annotations shows it."""
    return {
        "id": str(note.id),
        "measure": note.measure,
        "community": note.community,
        "month": str(note.month),
        "kind": note.kind,
        "text": note.text,
        "link": note.link,
        "author": note.author,
        "automatic": note.automatic,
        "made_at": instant_text(note.made_at),
    }


def _limits(group: ChartGroup) -> dict[str, Any]:
    limits = group.limits
    return {
        "mean": float(limits.mean),
        "lower": None if limits.lower is None else float(limits.lower),
        "upper": None if limits.upper is None else float(limits.upper),
        "baseline_months": group.basis,
        "trial_limits": group.basis < FULL_LIMITS,
    }


def _chart(chart: SeriesChart, points: Sequence[Point]) -> dict[str, Any]:
    body: dict[str, Any] = {"profile": chart.profile.name, **_limits(chart.groups[-1])}
    if len(chart.groups) > 1:
        body["groups"] = [{"month": str(one.first.month), **_limits(one)} for one in chart.groups]
    suited = chart.suited
    if suited.median is not None:
        body["median"] = plain_number(suited.median)
    if suited.between is not None:
        between = suited.between
        body["between"] = {
            "points": [
                {"month": str(points[at].window.month), "months": months} for at, months in between.gaps
            ],
            "centre": between.centre,
            "lower": between.lower,
            "upper": between.upper,
        }
    return body | {
        "points": [
            {"type": None, "rule": None} if flag is None else {"type": flag.type, "rule": flag.rule}
            for flag in chart.flags
        ],
        "variation": chart.variation,
        "assurance": chart.assurance,
        "settings": chart.profile.settings(),
    }


def _point(point: Point, month: str, label: str, *, revised: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "month": month,
        "period": label,
        "value": plain_number(point.value),
        "numerator": point.numerator,
        "denominator": point.denominator,
        "trajectory": point.trajectory,
        "target": plain_number(point.target),
        "suppressed": point.suppressed,
        "status": point.status,
    }
    if revised:
        body["revised"] = None if point.revised is None else {"was": plain_number(point.revised.value)}
    if point.previous is not None:
        previous = point.previous
        body["previous"] = {
            "month": str(previous.window.month),
            "period": previous.window.label,
            "value": plain_number(previous.value),
            "numerator": previous.numerator,
            "denominator": previous.denominator,
            "suppressed": previous.suppressed,
            "status": previous.status,
        }
    return body


def instant_text(instant: datetime | None) -> str | None:
    """The newest knowledge in RFC 3339, in UTC, to the microsecond, so that it can be asked for again."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _rows(answer: Answer, name_of: NameOf) -> Iterator[tuple[TableCell, ...]]:
    """One row a point, for the formats that are tables; a hidden number is an asterisk."""
    as_at = instant_text(answer.knowledge.as_at)
    policy = None if answer.policy is None else answer.policy.id
    for series in answer.series:
        name, value = series.breakdown or (None, None)
        charted = _charted(series) if answer.question.with_chart else [()] * len(series.points)
        for point, drawn in zip(series.points, charted, strict=True):
            before = point.previous
            yield (
                series.measure.key,
                unit_of(series.measure, answer.question.per, answer.question.grain),
                series.place.token,
                name_of(series.place),
                name,
                value,
                str(point.window.month),
                point.window.label,
                HIDDEN if point.suppressed else plain_number(point.value),
                HIDDEN if point.suppressed else point.numerator,
                point.denominator,
                point.trajectory,
                plain_number(point.target),
                point.suppressed,
                point.status,
                None if before is None else HIDDEN if before.suppressed else plain_number(before.value),
                as_at,
                policy,
                # A table has no notes, and without it a numerator of -430 over 10 does not make -0.43.
                series.measure.scale,
                *(() if answer.question.revised_since is None else (_was(point),)),
                *drawn,
                *((_notes_of(series, point),) if _has_note_column(answer.question) else ()),
            )


def _columns(question: Question) -> tuple[str, ...]:
    revised = () if question.revised_since is None else ("was",)
    noted = (NOTED,) if _has_note_column(question) else ()
    return (*COLUMNS, *revised, *(CHARTED if question.with_chart else ()), *noted)


def _has_note_column(question: Question) -> bool:
    """Whether notes stand beside the points: a workbook has a sheet of them."""
    return question.with_annotations and question.format != "xlsx"


def _notes_of(series: Series, point: Point) -> TableCell:
    """The notes of the months of a point, each with its month and kind."""
    notes = [note for note in series.annotations if note.month in point.window.months]
    return "; ".join(f"{note.month} {note.kind}: {note.text} ({note.author})" for note in notes) or None


def _charted(series: Series) -> Iterator[tuple[TableCell, ...]]:
    """What the chart says of each point: the limits that it is held to, and whether it is more than chance."""
    chart = series.chart
    if chart is None:
        yield from [(None,) * len(CHARTED)] * len(series.points)
        return
    for point, flag in zip(series.points, chart.flags, strict=True):
        limits = chart.limits_at(point.window.month)
        spread = (plain_number(limits.mean), plain_number(limits.lower), plain_number(limits.upper))
        told = (None, None) if flag is None else (flag.type, flag.rule)
        yield (*spread, *told, chart.variation, chart.assurance)


def _was(point: Point) -> TableCell:
    return None if point.revised is None else plain_number(point.revised.value)


def _workbook(answer: Answer, notes: Sequence[str], name_of: NameOf) -> bytes:
    """A workbook: the points on one sheet, what they are and where they come from on another."""
    target = io.BytesIO()
    with workbook(target, "Performance report") as book:
        book.table("Figures", _columns(answer.question), _rows(answer, name_of))
        if answer.question.with_annotations:
            book.table("Annotations", _NOTED, _annotation_rows(answer))
        book.told("About", _about(answer, notes))
    return target.getvalue()


def _annotation_rows(answer: Answer) -> Iterator[list[TableCell]]:
    """Every note beside the series, each once, oldest month first."""
    found = {note.id: note for series in answer.series for note in series.annotations}
    for note in sorted(found.values(), key=lambda note: (str(note.month), str(note.id))):
        shown = annotation_shown(note)
        yield [shown[name] for name in _NOTED]


def _about(answer: Answer, notes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a reader of the file must know when the question is no longer at hand."""
    yield "As at", instant_text(answer.knowledge.as_at) or ""
    for measure in answer.measures:
        yield measure.title, f"{measure.definition} (version {measure.definition_version})"
    if answer.policy is not None:
        yield (
            "Protection",
            f"{answer.policy.id}: 1 to {answer.policy.threshold} hidden, rounded to {answer.policy.base}",
        )
    for note in notes:
        yield "Note", note
    for origin in answer.knowledge.provenance:
        yield "Source", ", ".join(f"{name}: {told}" for name, told in origin.items())
