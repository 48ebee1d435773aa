"""The page of roles says what the code gives them."""

import re
from pathlib import Path

from shared.auth.caller import BASE_SCOPES, BAY_WIDE_ROLES, ROLES
from shared.auth.roles import ROLE_PURPOSES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "roles.md").read_text()
ROW = re.compile(r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", re.MULTILINE)


def test_the_page_has_each_role_with_its_purpose_and_its_scopes() -> None:
    rows = {
        role: (purpose, set(re.findall(r"`([a-z0-9.-]+)`", scopes)))
        for role, purpose, scopes in ROW.findall(PAGE)
    }
    assert rows == {role: (ROLE_PURPOSES[role], set(scopes - BASE_SCOPES)) for role, scopes in ROLES.items()}


def test_the_page_names_what_every_role_has_and_who_sees_every_community() -> None:
    common = next(line for line in PAGE.splitlines() if line.startswith("Every role but"))
    assert set(re.findall(r"`([a-z]+\.[a-z]+)`", common)) == BASE_SCOPES
    wide = next(line for line in PAGE.splitlines() if line.startswith("Without `--community`"))
    assert set(re.findall(r"`([a-z]+)`", wide)) == BAY_WIDE_ROLES
