"""Every dependency that the project declares has its row in docs/dependencies.md, and no row is left of one that is gone."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|$", re.MULTILINE)


def declared() -> set[str]:
    """Names of the packages in pyproject.toml, without extras, versions and markers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {re.split(r"[\[<>=;! ]", requirement, maxsplit=1)[0] for group in groups for requirement in group}


def test_every_declared_dependency_has_a_row_and_every_row_a_dependency() -> None:
    rows = [name for name, _ in ROW.findall((ROOT / "docs" / "dependencies.md").read_text())]
    assert sorted(rows) == sorted(declared())


def test_a_row_says_what_for_why_and_how_to_leave() -> None:
    for name, rest in ROW.findall((ROOT / "docs" / "dependencies.md").read_text()):
        cells = [cell.strip() for cell in rest.split("|")]
        assert len(cells) == 3, name
        assert all(cells), name
