"""Every dependency that the project declares has its row in docs/dependencies.md, no row is left of one that is gone, and
nothing else is imported.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNNING = ("services", "shared", "migrations", "docker")
DEVELOPING = ("tests", "benchmarks")
ROW = re.compile(r"^\| `([^`]+)` \|(.*)\|$", re.MULTILINE)
COMING_WITH = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \| [^|]+ \|$", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")


def sections() -> dict[str, str]:
    """The document's parts by their headings."""
    text = (ROOT / "docs" / "dependencies.md").read_text()
    return {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}


def names(requirements: list[str]) -> set[str]:
    """Names of packages, without extras, versions and markers."""
    return {match[0] for requirement in requirements if (match := NAME.match(requirement))}


def declared() -> dict[str, set[str]]:
    """What pyproject.toml declares, for running and for developing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "Running": names(project["dependencies"]),
        "Developing": names(project["optional-dependencies"]["dev"]),
    }


def coming_with() -> dict[str, str]:
    """Packages that are imported though another brings them, with that one."""
    return dict(COMING_WITH.findall(sections()["Imported, and coming with another"]))


def imported(folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each module from outside that a file of ours names, as its package in the index, with the file."""
    packages = packages_distributions()
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for top in {module.partition(".")[0] for module in modules}:
                if top not in sys.stdlib_module_names and not (ROOT / top).is_dir():
                    package = packages.get(top, [top])[0].lower().replace("_", "-")
                    yield package, str(path.relative_to(ROOT))


def test_every_declared_dependency_has_a_row_and_every_row_a_dependency() -> None:
    for heading, packages in declared().items():
        rows = [name for name, _ in ROW.findall(sections()[heading])]
        assert sorted(rows) == sorted(packages), heading


def test_a_row_says_what_for_why_and_how_to_leave() -> None:
    for heading in declared():
        for name, rest in ROW.findall(sections()[heading]):
            cells = [cell.strip() for cell in rest.split("|")]
            assert len(cells) == 3, name
            assert all(cells), name


def test_nothing_is_imported_that_is_not_declared_or_said_to_come_with_something_declared() -> None:
    running, developing = declared().values()
    brought = coming_with()
    with_running = running | {name for name, by in brought.items() if by in running}
    with_any = running | developing | brought.keys()
    assert [found for found in imported(RUNNING) if found[0] not in with_running] == []
    assert [found for found in imported(DEVELOPING) if found[0] not in with_any] == []
    used = {package for package, _ in imported((*RUNNING, *DEVELOPING))}
    assert brought.keys() - used == set()


def test_what_is_said_to_come_with_another_does() -> None:
    for name, by in coming_with().items():
        assert name in names(requires(by) or []), name
