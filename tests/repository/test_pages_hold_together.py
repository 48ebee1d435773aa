"""What the pages name is there: each file they link to, each test they show."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
TEST = re.compile(r"\./icc test (tests/\S+?)::(\w+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    named = LINK.findall(page.read_text())
    assert [link for link in named if not (page.parent / link).exists()] == []


def test_the_one_test_that_is_shown_is_there() -> None:
    ((file, name),) = TEST.findall((ROOT / "CONTRIBUTING.md").read_text())
    assert f"async def {name}(" in (ROOT / file).read_text()
