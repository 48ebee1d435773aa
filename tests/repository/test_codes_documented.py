"""Every code that the code answers has its line on the page of problems."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from shared.addresses import SERVICES
from shared.problems import Problem
from shared.problems.codes import meanings

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"([a-z_]+)\.[a-z_]+")
FAMILIES = {code.partition(".")[0] for code in meanings() if "." in code}
NO_CODES = {"http.disconnect", "http.request", "version.unknown"}  # of ASGI, of a log line


def answered() -> Iterator[str]:
    """Every text in the sources that has the form of a code of a known family."""
    for file in (*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and (found := CODE.fullmatch(text)) and found[1] in FAMILIES:
                yield text


def problems(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """A class of problems and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from problems(below)


def test_every_code_in_the_sources_has_a_meaning() -> None:
    lacking = set(answered()) - meanings().keys() - NO_CODES
    assert lacking == set(), "say in shared/problems/codes.toml what these mean and what to do"


def test_every_problem_has_a_meaning() -> None:
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    assert {kind.code for kind in problems()} <= meanings().keys()


def test_a_meaning_is_a_sentence_or_two() -> None:
    assert [code for code, meaning in meanings().items() if not re.fullmatch(r"[A-Z`].*\.", meaning)] == []
