"""A chart read as a picture: how high each mark stands, how far the axis reaches, and what is said in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_HEIGHT = 330
_SVG = "{http://www.w3.org/2000/svg}"
_PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_VERTEX = re.compile(r"([\d.]+),(-?[\d.]+)")
_SAID = re.compile(r"name: (\w+); part: (.*)")


@dataclass(frozen=True)
class Drawn:
    """What is seen. heights: the name of a line, which month, and the value at its height.   stars: of hidden months.

    axis: each end, and the end that it has where it reaches no further than what is drawn needs, else None.
    words: which month, and its value as it is told.   pixel: the value of one.
    """

    heights: list[tuple[str, int, float]]
    stars: list[int]
    axis: list[tuple[float, float | None]]
    words: list[tuple[int, str]]
    pixel: float


def number_in(text: str) -> float | None:
    """The number of a text; None where it has none."""
    found = re.search(r"-?[\d,]*\.?\d+", text)
    return None if found is None else float(found[0].replace(",", ""))


def drawn(svg: str) -> Drawn:
    """The chart of an SVG. The stars of hidden months stand at the foot, wherever the figure would."""
    root = ET.fromstring(svg)  # noqa: S314 -- our own
    ticks = _ticks(root)
    (low_at, low), (high_at, high) = ticks[0], ticks[-1]
    # Where every figure is the same the axis has one tick, and all that is drawn stands at it.
    scale = (high - low) / (low_at - high_at) if high != low else 0.0

    def value(at: float) -> float:
        return low + (low_at - at) * scale

    across = [x for x, _ in _axis(root, "X-axis")]
    heights = [(name, _nearest(across, x), value(y)) for name, x, y in _marks(root)]
    stars = [_nearest(across, x) for x, y in _texts(root, "*") if y == _HEIGHT]
    assert len(stars) == len(list(_texts(root, "*")))
    values = [one for _, _, one in heights] or [0.0]
    step, pixel = ticks[min(1, len(ticks) - 1)][1] - low, 1.5 * abs(scale) + 1e-9
    bottom, top = value(_HEIGHT), value(0)
    fits = (
        min(values) - bottom < step + pixel or abs(bottom) < pixel,
        top - max(values) < step + pixel,
    )
    if not heights:
        fits = abs(bottom) < pixel, abs(top - 1) < pixel
    axis = [(end, end if fit else None) for end, fit in zip((bottom, top), fits, strict=True)]
    desc = root.findtext(f"{_SVG}desc") or ""
    rows = [line.split(" | ")[1] for line in desc.splitlines() if re.match(r"\w{3} \d{4} \|", line)]
    return Drawn(heights, stars, axis, list(enumerate(rows)), pixel)


def _ticks(root: ET.Element) -> list[tuple[float, float]]:
    """Height and value of each tick of the axis, from below; the letters stand four lower than the tick."""
    found = []
    for text, y in ((text, y) for text, y in ((text, y) for (_, y), text in _labelled(root, "Y-axis"))):
        number = number_in(text.replace("−", "-"))
        if number is not None:
            found.append((y - 4, number / 100 if text.endswith("%") else number))
    return sorted(found, reverse=True)


def _labelled(root: ET.Element, name: str) -> Iterator[tuple[tuple[float, float], str]]:
    for group in root.iter(f"{_SVG}g"):
        if (group.get("aria-label") or "").startswith(name):
            for labels in group.iter(f"{_SVG}g"):
                if "role-axis-label" in (labels.get("class") or ""):
                    for text in labels.iter(f"{_SVG}text"):
                        yield _at(text), text.text or ""


def _axis(root: ET.Element, name: str) -> list[tuple[float, str]]:
    return [(x, text) for (x, _), text in _labelled(root, name)]


def _at(element: ET.Element) -> tuple[float, float]:
    found = _PLACE.fullmatch(element.get("transform") or "")
    return (0.0, 0.0) if found is None else (float(found[1]), float(found[2]))


def _marks(root: ET.Element) -> Iterator[tuple[str, float, float]]:
    """The points, the corners of lines and the bars, each with the name of what it is of."""
    for path in root.iter(f"{_SVG}path"):
        label, kind = path.get("aria-label") or "", path.get("aria-roledescription")
        if kind == "point":
            yield "Figures", *_at(path)
        elif kind == "line mark" and (said := _SAID.search(label)):
            name = said[2].split()[-1] if said[1] == "Limits" else said[1]
            for x, y in _VERTEX.findall(path.get("d") or ""):
                yield name, float(x), float(y)


def _texts(root: ET.Element, wanted: str) -> Iterator[tuple[float, float]]:
    for text in root.iter(f"{_SVG}text"):
        if text.text == wanted and text.get("aria-roledescription") == "text mark":
            yield _at(text)


def _nearest(across: list[float], x: float) -> int:
    return min(range(len(across)), key=lambda at: abs(across[at] - x))
