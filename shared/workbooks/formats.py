"""Which cells of a workbook are shown as something else than a number: the number formats of its styles."""

import re
from collections.abc import Mapping
from typing import Final

from shared.workbooks.package import local, xml_parser
from shared.workbooks.sheets import Money, Percentage

Shown = type[Percentage] | type[Money]

# ECMA-376 part 1, 18.8.30: the formats that every workbook has without declaring them.
_BUILT_IN: Final[dict[int, Shown]] = {
    **dict.fromkeys((9, 10), Percentage),
    **dict.fromkeys((5, 6, 7, 8, 42, 44), Money),
}
_MONEY: Final = re.compile(r"[£€]|\[\$[^-\]]+[-\]]|\"\$\"|\\\$")


def shown_otherwise(styles: bytes) -> Mapping[str, Shown]:
    """The indexes of cell styles (as the attribute `s` has them) that show percentages or sums of money."""
    declared: dict[int, str] = {}
    cells: list[int] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        element = local(name)
        if element == "cellXfs":
            inside = True
        elif element == "numFmt":
            declared[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif element == "xf" and inside:
            cells.append(int(attributes.get("numFmtId", "0")))

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and local(name) != "cellXfs"

    if styles:
        parser = xml_parser()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.Parse(styles, True)  # noqa: FBT003 - expat takes it by position
    found = ((str(index), _shown(number, declared)) for index, number in enumerate(cells))
    return {index: shown for index, shown in found if shown is not None}


def _shown(number: int, declared: Mapping[int, str]) -> Shown | None:
    code = declared.get(number)
    if code is None:
        return _BUILT_IN.get(number)
    return Percentage if "%" in code else Money if _MONEY.search(code) else None
