"""A chart as a Vega-Lite specification. Lines differ by dashes and points by shape, so that no colour is needed to read it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

# Ours is known by either name; the others are for whoever shows an SVG without it.
_FONTS: Final = "DejaVu Sans Condensed, DejaVu Sans, Liberation Sans, Arial, sans-serif"
_WIDTH, _HEIGHT = 820, 330
_INK, _GREY = "#212b32", "#5b6770"
# Dash, width and colour of each line; every two differ in black and white.
_LINES: Final[Mapping[str, tuple[list[int], float, str]]] = {
    "Figures": ([1, 0], 2.2, _INK),
    "Mean": ([1, 0], 1.0, _GREY),
    "Median": ([1, 0], 1.0, _GREY),
    "Limits": ([2, 3], 1.4, _GREY),
    "Trajectory": ([10, 3, 2, 3], 1.8, "#005eb8"),
    "Target": ([12, 5], 1.8, "#7c2855"),
}
# Shape and fill of each signal. Blue and orange are told apart by whoever sees fewer colours; shapes by everybody.
_SIGNALS: Final[Mapping[str, tuple[str, str]]] = {
    "Figure": ("circle", _INK),
    "Usual variation": ("circle", "#768692"),
    "Improvement": ("triangle-up", "#005eb8"),
    "Concern": ("diamond", "#d5590f"),
    "Change": ("square", "#7c2855"),
}


def specification(told: Mapping[str, Any]) -> dict[str, Any]:
    """The specification of a chart. told: as `charts/rules.py` tells it."""
    layers = [*_notes(told), _lines(told), *_ticks(told), *_points(told)]
    chart = alt.layer(*layers).properties(
        width=_WIDTH,
        height=_HEIGHT,
        title=alt.TitleParams(told["title"], subtitle=told["subtitle"], anchor="start", offset=18),
    )
    footer = alt.TitleParams(
        told["footer"],
        orient="bottom",
        anchor="start",
        fontSize=12,
        fontWeight="normal",
        lineHeight=17,
        offset=12,
    )
    whole = alt.vconcat(chart).properties(title=footer, padding=16).configure(font=_FONTS, background="white")
    dressed = (
        whole.configure_axis(labelFontSize=12, titleFontSize=13, gridColor="#e4e8ea", labelColor=_INK)
        .configure_title(fontSize=18, subtitleFontSize=13, color=_INK, subtitleColor=_INK, subtitlePadding=6)
        .configure_legend(labelFontSize=12, symbolSize=140, orient="bottom", columnPadding=16, offset=10)
        .configure_view(stroke=None)
    )
    document: dict[str, Any] = dressed.to_dict()
    return document


def _x(told: Mapping[str, Any]) -> alt.X:
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap="greedy", grid=False, labelSeparation=8)
    return alt.X("label:O", scale=alt.Scale(type="point", domain=told["labels"], padding=0.5), axis=axis)


def _y(told: Mapping[str, Any]) -> alt.Y:
    axis = alt.Axis(format=".0%") if told["percent"] else alt.Axis(format=",~f")
    # Without any value there is no domain, and a picture of none cannot be drawn.
    valued = any(row["value"] is not None for row in told["lines"])
    scale = alt.Scale(zero=told["from_zero"], nice=True) if valued else alt.Scale(domain=[0, 1])
    return alt.Y("value:Q", title=told["unit"], axis=axis, scale=scale)


def _data(rows: Sequence[Mapping[str, Any]]) -> Any:
    return {"values": [dict(row) for row in rows]}


def _lines(told: Mapping[str, Any]) -> alt.Chart:
    present = {line["name"] for line in told["lines"]}
    names = [name for name in _LINES if name in present]
    legend = alt.Legend(title=None, symbolType="stroke", symbolSize=900, symbolStrokeWidth=2)

    def scale(at: int) -> alt.Scale:
        # Of a single name the default kind would be a continuous scale, which needs two.
        return alt.Scale(type="ordinal", domain=names, range=[_LINES[name][at] for name in names])

    chart: alt.Chart = (
        alt.Chart(_data(told["lines"]))
        .mark_line(interpolate="linear")
        .encode(
            x=_x(told),
            y=_y(told),
            detail="part:N",
            strokeDash=alt.StrokeDash("name:N", scale=scale(0), legend=legend),
            strokeWidth=alt.StrokeWidth("name:N", scale=scale(1), legend=legend),
            color=alt.Color("name:N", scale=scale(2), legend=legend),
        )
    )
    return chart


def _ticks(told: Mapping[str, Any]) -> list[alt.Chart]:
    """A bar at each target or trajectory where only some points have one: a single one makes no line."""
    charts = []
    for name in ("Target", "Trajectory"):
        own = [line for line in told["lines"] if line["name"] == name]
        if 0 < len(own) < len(told["labels"]):
            base = alt.Chart(_data(own))
            mark = base.mark_tick(color=_LINES[name][2], thickness=2, width=14, orient="horizontal")
            charts.append(mark.encode(x=_x(told), y=_y(told)))
    return charts


def _points(told: Mapping[str, Any]) -> list[alt.Chart]:
    rows = [point for point in told["points"] if point["value"] is not None]
    if not rows:
        return _stars(told)
    names = [name for name in _SIGNALS if name in {row["kind"] for row in rows}]
    legend = None if names == ["Figure"] else alt.Legend(title=None, symbolStrokeColor=_INK)
    shapes = alt.Scale(domain=names, range=[_SIGNALS[name][0] for name in names])
    colours = alt.Scale(domain=names, range=[_SIGNALS[name][1] for name in names])
    shown = (
        alt.Chart(_data(rows))
        .mark_point(size=90, opacity=1, stroke=_INK, strokeWidth=1.2)
        .encode(
            x=_x(told),
            y=_y(told),
            shape=alt.Shape("kind:N", scale=shapes, legend=legend),
            fill=alt.condition(
                "datum.settled", alt.Fill("kind:N", scale=colours, legend=None), alt.value("white")
            ),
        )
    )
    return [shown, *_stars(told)]


def _stars(told: Mapping[str, Any]) -> list[alt.Chart]:
    """A star below each point that is hidden."""
    hidden = [point for point in told["points"] if point["hidden"]]
    if not hidden:
        return []
    stars = alt.Chart(_data(hidden)).mark_text(text="*", fontSize=20, fontWeight="bold", color=_INK)
    return [stars.encode(x=_x(told), y=alt.value(_HEIGHT - 6))]


def _notes(told: Mapping[str, Any]) -> list[alt.Chart]:
    """A line at each note; a solid one where limits begin anew."""
    if not told["notes"]:
        return []
    marks_at: dict[str, list[str]] = {}
    for note in told["notes"]:
        marks_at.setdefault(note["label"], []).append(note["mark"])
    base = alt.Chart(_data(told["notes"]))
    dash = alt.condition("datum.rebase", alt.value([1, 0]), alt.value([1, 4]))
    rules = base.mark_rule(color=_INK, strokeWidth=1.2).encode(x=_x(told), strokeDash=dash)
    heads = alt.Chart(_data([{"label": at, "mark": ", ".join(marks)} for at, marks in marks_at.items()]))
    marked = heads.mark_text(dy=-8, fontSize=12, fontWeight="bold", color=_INK)
    return [rules, marked.encode(x=_x(told), y=alt.value(0), text="mark:N")]
