"""What is told of a measurement: its score, its change from the first, and beside a reading everything that is kept."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson

from services.outcomes.instruments.changes import Change, Reading, change_between
from services.outcomes.instruments.declarations import Instrument, rounded
from services.outcomes.instruments.schemas import number, threshold_told
from services.outcomes.measurements.rules import FIRST
from shared.problems import FieldError

_KEPT: Final = (
    "instrument",
    "edition",
    "occasion",
    "taken_on",
    "episode",
    "mode",
    "icc",
    "practice",
    "programme",
    "sent_by",
    "given",
    "recorded_at",
    "supersedes",
    "superseded_by",
)


def reading(row: Mapping[str, Any]) -> Reading:
    """What of a row is compared."""
    given = row["given"]
    return Reading(
        score=row["score"],
        metric=row["metric"],
        edition=row["edition"],
        given=orjson.loads(given) if isinstance(given, str) else given,
    )


def receipt(
    instrument: Instrument,
    row: Mapping[str, Any],
    first: Reading | None,
    *,
    warnings: Sequence[FieldError],
) -> dict[str, Any]:
    """What a sender is told of a new measurement. first: of its episode, None where it is the first itself."""
    told = scored(instrument, row, first)
    if row["supersedes"] is not None:
        told["supersedes"] = row["supersedes"]
    return told | {
        "instrument": row["instrument"],
        "icc": row["icc"],
        "warnings": [one.to_json() for one in warnings],
    }


def shown(
    instrument: Instrument, row: Mapping[str, Any], first: Reading | None, *, reason: str | None = None
) -> dict[str, Any]:
    """A measurement as it is read."""
    told = scored(instrument, row, None if row["occasion"] == FIRST else first)
    told |= {name: row[name] for name in _KEPT} | {"pseudonym": row["person"]}
    if row["value"] is not None:
        unit = instrument.unit(row["unit"] or "")
        step = Decimal(1) if unit is None else unit.step
        told |= {"value": number(row["value"].quantize(step)), "unit": row["unit"]}
    return told if reason is None else told | {"reason": reason}


def scored(instrument: Instrument, row: Mapping[str, Any], first: Reading | None) -> dict[str, Any]:
    """What a measurement came to. Members that do not apply are left out."""
    change = change_between(instrument, first, reading(row), instrument.default_threshold)
    compared_decimals = instrument.decimals if instrument.metric is None else instrument.metric.decimals
    told: dict[str, Any] = {
        "id": row["id"],
        "score": _shown(row["score"], instrument.decimals),
        "band": row["band"],
        "band_set": row["band_set"],
        "change_from_first": _shown(change.change, compared_decimals),
        "changed": change.changed,
        "threshold": change.threshold and threshold_told(change.threshold),
        "notes": list(change.notes),
    }
    if instrument.metric is not None:
        told["metric_score"] = _shown(row["metric"], compared_decimals)
    if instrument.also is not None and row["score"] is not None:
        told[instrument.also.key] = _also(instrument, row)
    if row["reported_level"] is not None:
        told["level_as_reported"] = row["reported_level"]
    if row["target"] is not None:
        target: Decimal = row["target"]
        told["target"] = _shown(target, instrument.decimals)
        told["target_met"] = row["score"] <= target if instrument.sign < 0 else row["score"] >= target
    return told | _components(instrument, change)


def _components(instrument: Instrument, change: Change) -> dict[str, Any]:
    if not change.components:
        return {}
    parts = [
        {"key": one.key, "score": one.score, "change_from_first": one.change, "changed": one.changed}
        for one in change.components
    ]
    threshold = instrument.component_threshold
    return {
        "components": parts,
        "component_threshold": threshold and threshold_told(threshold),
    }


def _also(instrument: Instrument, row: Mapping[str, Any]) -> int | float | None:
    also = instrument.also
    if also is None:
        return None
    if row["unit"] == also.unit:
        return _shown(row["value"], also.decimals)
    return _shown(rounded(also.factor * row["score"] + also.offset, also.decimals), also.decimals)


def _shown(value: Decimal | None, decimals: int) -> int | float | None:
    """A number with as many decimals as its kind has: 70.0 is not whole, 20 is."""
    return None if value is None else number(rounded(value, decimals))
