"""The instruments by which people are found, and the cut points of their bands: a data file."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from services.referrals.case_finding.rules import CutPoint, Scale

FILE: Final = Path(__file__).with_name("bands.json")


@cache
def scales() -> Mapping[str, Scale]:
    """Every instrument by its key. Raises KeyError or ValueError for an incomplete entry: a start-up failure."""
    document: dict[str, Any] = orjson.loads(FILE.read_bytes())
    return {row["key"]: _scale(row) for row in document["instruments"]}


def _scale(row: Mapping[str, Any]) -> Scale:
    points = []
    for band in row["bands"][1:]:
        included = "from" in band
        points.append(
            CutPoint(band["key"], Decimal(band["from"] if included else band["above"]), included=included)
        )
    return Scale(
        lowest=Decimal(row.get("lowest", "0")),
        highest=Decimal(row["highest"]),
        whole=row["whole"],
        first=row["bands"][0]["key"],
        points=tuple(points),
    )
