"""The registry is data: no line of the platform's own code for it knows a community, practice, council or team."""

import re
from pathlib import Path
from typing import Any

import pytest

from shared.registry import Registry, load_registry
from tests.shared.registry.conftest import INVENTED

SOURCE = Path(__file__).parents[3] / "shared"
FILES = sorted([*SOURCE.glob("registry/*.py"), SOURCE / "months.py", SOURCE / "calendar.py"])

# Slugs and codes that are also plain words of the code: kinds of work, and the whole country's council words.
WORDS = {"urgent-response", "unassigned"}


def names_of(registry: Registry) -> set[str]:
    """Every name by which something of a registry could be hard coded."""
    file = registry.file
    slugged: list[Any] = [*file.communities, *file.lines, *file.councils]
    coded: list[Any] = [*file.practices, *file.networks, *file.teams, *file.trusts]
    named = {item.name for item in file.communities}
    return ({item.slug for item in slugged} | {item.code for item in coded} | named) - WORDS


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_no_code_names_a_community(path: Path) -> None:
    text = path.read_text()
    found = [
        name
        for name in names_of(load_registry())
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE)
    ]
    assert found == []


def test_the_invented_registry_shares_no_community_with_the_one_that_ships() -> None:
    assert not names_of(load_registry()) & names_of(load_registry(INVENTED))
