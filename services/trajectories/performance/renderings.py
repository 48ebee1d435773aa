"""An answer as JSON, CSV or a workbook. Each shows the same points; equal answers have equal bytes."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import xlsxwriter

from services.trajectories.performance.answers import (
    Answer,
    ChartGroup,
    Point,
    Series,
    SeriesChart,
    plain_number,
)
from services.trajectories.performance.rules.beside import Annotation
from services.trajectories.performance.rules.question import unit_of
from services.trajectories.spc.rules import FULL_LIMITS
from shared.registry.selection import Selection
from shared.spreadsheets import XLSX, harmless

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}
HIDDEN = "*"
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
# A workbook's own creation time would make two equal answers differ.
_CREATED = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)

_Cell = str | int | float | bool | None


class _Shortest(float):
    """A number that a workbook holds as JSON and CSV write it.

    The writer formats numbers to 16 digits, and some need 17 to be read back as themselves.
    """

    def __format__(self, _: str) -> str:
        """The fewest digits that are this number and no other, whatever form is asked for."""
        return repr(float(self))


NameOf = Callable[[Selection], str]
"""What people call a place."""


def render(answer: Answer, notes: Sequence[str], name_of: NameOf) -> bytes:
    """The answer and its notes in the format of the question. CSV has no room for notes.

    name_of: for tables, which are read without the registry.
    """
    match answer.question.format:
        case "json":
            return orjson.dumps(_document(answer, notes))
        case "csv":
            return _csv(answer, name_of)
        case "xlsx":
            return _workbook(answer, notes, name_of)


def _document(answer: Answer, notes: Sequence[str]) -> dict[str, Any]:
    """The answer as the contract writes it."""
    several, known, policy = len(answer.measures) > 1, answer.knowledge, answer.policy
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
        "as_at": _instant(known.as_at),
        "series": [
            _series(one, named=several, annotated=answer.question.with_annotations) for one in answer.series
        ],
        "protection": None
        if policy is None
        else {
            "policy": policy.id,
            "threshold": policy.threshold,
            "base": policy.base,
            "publication": None if answer.cut.id is None else str(answer.cut.id),
            "published_at": _instant(answer.cut.published_at),
        },
        "provenance": known.provenance,
        "notes": notes,
        "next": None,
    }


def _series(series: Series, *, named: bool, annotated: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"measure": series.measure.key} if named else {}
    body |= {
        "community": series.place.token,
        "breakdown": None if series.breakdown is None else {series.breakdown[0]: series.breakdown[1]},
        "points": [_point(point) for point in series.points],
        "spc": None if series.chart is None else _chart(series.chart),
    }
    if annotated:
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
        "made_at": _instant(note.made_at),
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


def _chart(chart: SeriesChart) -> dict[str, Any]:
    body: dict[str, Any] = {"profile": chart.profile.name, **_limits(chart.groups[-1])}
    if len(chart.groups) > 1:
        body["groups"] = [{"month": str(one.first.month), **_limits(one)} for one in chart.groups]
    return body | {
        "points": [
            {"type": None, "rule": None} if flag is None else {"type": flag.type, "rule": flag.rule}
            for flag in chart.flags
        ],
        "variation": chart.variation,
        "assurance": chart.assurance,
        "settings": chart.profile.settings(),
    }


def _point(point: Point) -> dict[str, Any]:
    body: dict[str, Any] = {"month": str(point.window.month)}
    if point.window.grain in {"quarter", "year"}:
        body["period"] = point.window.label
    body |= _shown(point)
    body |= {
        "trajectory": point.trajectory,
        "target": plain_number(point.target),
        "suppressed": point.suppressed,
        "status": point.status,
    }
    if point.previous is not None:
        previous = point.previous
        body["previous"] = {
            "month": str(previous.window.month),
            **_shown(previous),
            "suppressed": previous.suppressed,
            "status": previous.status,
        }
    return body


def _shown(point: Point) -> dict[str, Any]:
    return {
        "value": plain_number(point.value),
        "numerator": point.numerator,
        "denominator": point.denominator,
    }


def _instant(instant: datetime | None) -> str | None:
    """The newest knowledge in RFC 3339, in UTC, to the microsecond, so that it can be asked for again."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _rows(answer: Answer, name_of: NameOf) -> Iterator[tuple[_Cell, ...]]:
    """One row a point, for the formats that are tables; a hidden number is an asterisk."""
    as_at = _instant(answer.knowledge.as_at)
    policy = None if answer.policy is None else answer.policy.id
    for series in answer.series:
        name, value = series.breakdown or (None, None)
        for point in series.points:
            period = point.window.label if point.window.grain in {"quarter", "year"} else None
            before = point.previous
            yield (
                series.measure.key,
                unit_of(series.measure, answer.question.per, answer.question.grain),
                series.place.token,
                name_of(series.place),
                name,
                value,
                str(point.window.month),
                period,
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
            )


def _csv(answer: Answer, name_of: NameOf) -> bytes:
    """Comma separated values, RFC 4180, one row a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in _rows(answer, name_of):
        writer.writerow([_written(cell) for cell in row])
    return text.getvalue().encode()


def _written(cell: _Cell) -> str:
    """A cell as text that no spreadsheet runs; numbers stay numbers, whatever their sign."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return harmless(cell)
        case _:
            return repr(cell)


def _workbook(answer: Answer, notes: Sequence[str], name_of: NameOf) -> bytes:
    """A workbook: the points on one sheet, what they are and where they come from on another."""
    target = io.BytesIO()
    # Texts stay texts: nothing that a source supplied becomes a formula or a link.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as workbook:
        workbook.set_properties({"created": _CREATED, "title": "Performance report"})
        bold = workbook.add_format({"bold": True})
        figures = workbook.add_worksheet("Figures")
        figures.freeze_panes(1, 0)
        figures.write_row(0, 0, COLUMNS, bold)
        for index, row in enumerate(_rows(answer, name_of), start=1):
            figures.write_row(
                index, 0, [_Shortest(cell) if isinstance(cell, float) else cell for cell in row]
            )
        if answer.question.with_annotations:
            _annotations_sheet(workbook.add_worksheet("Annotations"), answer, bold)
        about = workbook.add_worksheet("About")
        for index, (name, told) in enumerate(_about(answer, notes)):
            about.write_string(index, 0, name, bold)
            about.write_string(index, 1, told)
    return target.getvalue()


def _annotations_sheet(sheet: Any, answer: Answer, bold: Any) -> None:
    """Every note beside the series, each once, oldest month first."""
    columns = ("month", "kind", "text", "measure", "community", "author", "link", "made_at")
    found = {note.id: note for series in answer.series for note in series.annotations}
    sheet.write_row(0, 0, columns, bold)
    ordered = sorted(found.values(), key=lambda note: (str(note.month), str(note.id)))
    for index, note in enumerate(ordered, start=1):
        shown = annotation_shown(note)
        sheet.write_row(index, 0, [shown[name] for name in columns])


def _about(answer: Answer, notes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a reader of the file must know when the question is no longer at hand."""
    yield "As at", _instant(answer.knowledge.as_at) or ""
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
