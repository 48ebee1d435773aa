"""`.env.example` is the one table of settings: all of them, none that is gone, with the true default."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from services.outcomes.settings import Settings as OutcomesSettings
from services.referrals.settings import Settings as ReferralsSettings
from services.trajectories.settings import Settings as TrajectoriesSettings
from shared.settings import PlatformSettings, parse_duration

ROOT = Path(__file__).parents[2]
CLASSES = (PlatformSettings, ReferralsSettings, OutcomesSettings, TrajectoriesSettings)
LINE = re.compile(r"^#(ICC_[A-Z_]+)=(\S*) +# (.+)$", re.MULTILINE)
# Read by the local stack before any service's settings are.
OF_THE_LAUNCHER = {"ICC_POSTGRES_BIN": None}


def fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, object]]:
    """Each setting with its default; a group of settings by its members."""
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.default, BaseModel):
            yield from fields(type(field.default), f"{variable}_")
        else:
            yield variable, field.default


def declared() -> dict[str, object]:
    return OF_THE_LAUNCHER | {name: default for model in CLASSES for name, default in fields(model, "ICC_")}


def documented() -> dict[str, str]:
    return {name: value for name, value, _ in LINE.findall((ROOT / ".env.example").read_text())}


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert sorted(documented()) == sorted(declared())


@pytest.mark.parametrize("name", sorted(declared()))
def test_the_documented_default_is_the_true_one(name: str) -> None:
    default, shown = declared()[name], documented()[name]
    if isinstance(default, timedelta):
        assert parse_duration(shown) == default
    elif isinstance(default, time):
        assert time.fromisoformat(shown) == default
    else:
        assert shown == ("" if default in (None, ()) else str(default))


def test_every_line_of_the_example_is_a_comment_or_a_setting_that_is_off() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    assert len([line for line in lines if line.startswith("#ICC_")]) == len(documented())


def test_a_service_has_fewer_than_25_settings_of_its_own() -> None:
    for model in CLASSES[1:]:
        assert len(model.model_fields) - len(PlatformSettings.model_fields) < 25
