"""Exact figures leave: recorded before they do."""

from collections.abc import Mapping

from shared.auth.caller import Caller
from shared.service.platform import Platform


def event_of(told: Mapping[str, object]) -> str:
    """What happens to exact figures: they are read, or taken away as a file. told: as `Rendered.exported`."""
    return "performance.read" if told["format"] == "json" else "performance.exported"


async def record_export(platform: Platform, caller: Caller, told: Mapping[str, object]) -> None:
    """Record who reads exact figures or takes a file of them, and which. told: as `Rendered.exported`."""
    await platform.readings.record(
        caller=caller, event=event_of(told), resource_type="performance", detail=told
    )
