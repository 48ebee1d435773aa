"""Every code and what to do about it: the pages at the addresses that a problem's `type` names."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("codes.toml")


@cache
def code_groups() -> Mapping[str, Mapping[str, str]]:
    """Group → code → what it means and what to do, in the order of the file."""
    groups: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return groups


@cache
def meanings() -> Mapping[str, str]:
    """Code → what it means and what to do."""
    return {code: meaning for group in code_groups().values() for code, meaning in group.items()}
