"""The page of the interface: Swagger UI from our own address, under a policy that lets nothing else in."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from shared.local.directory import ROOT
from shared.problems.codes import meanings
from shared.service.app import PLATFORM_ROUTERS
from tests.shared.tiny import Tiny

_FOLDER = ROOT / "shared" / "service" / "routes" / "swagger_ui"
_FILE = re.compile(r'(?:src|href)="(docs/[^"]+)"')


async def test_the_page_lets_in_nothing_from_elsewhere_and_no_script_of_its_own(tiny: Tiny) -> None:
    answer = await tiny.client.get("/docs")
    assert answer.status_code == 200
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "//" not in answer.text
    assert "<style" not in answer.text
    assert re.findall(r"<script[^>]*>(.*?)</script>", answer.text, re.DOTALL) == ["", ""]
    assert not re.findall(r"\s(?:style|on\w+)=", answer.text)


async def test_every_file_of_the_page_is_served_with_its_type_and_kept_for_an_hour(tiny: Tiny) -> None:
    page = (await tiny.client.get("/docs")).text
    types = {}
    for name in _FILE.findall(page):
        answer = await tiny.client.get(f"/{name}")
        assert answer.content == (_FOLDER / Path(name).name).read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=3600"
        assert answer.headers["x-content-type-options"] == "nosniff"
        types[name] = answer.headers["content-type"]
    assert types == {
        "docs/swagger-ui.css": "text/css; charset=utf-8",
        "docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
        "docs/start.js": "text/javascript; charset=utf-8",
    }


@pytest.mark.parametrize("name", ["README.md", "swagger-ui.js", "..%2Fpages.py", "%2e%2e%2fpages.py", "%00"])
async def test_no_other_file_is_served(tiny: Tiny, name: str) -> None:
    answer = await tiny.client.get(f"/docs/{name}")
    assert answer.status_code in {400, 404}
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_files_are_those_that_were_published_and_their_licence_lies_beside_them() -> None:
    stated = re.findall(
        r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", (_FOLDER / "README.md").read_text(), re.MULTILINE
    )
    assert len(stated) == 2
    assert {name: hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest() for name, _ in stated} == dict(
        stated
    )
    assert "Apache License" in (_FOLDER / "LICENSE").read_text()


def test_what_every_service_has_is_known_to_the_page_which_shows_it_last() -> None:
    listed = re.search(r"EVERY_SERVICES = (\[.*\])", (_FOLDER / "start.js").read_text())
    assert listed is not None
    tags = {
        tag
        for router in PLATFORM_ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for tag in route.tags
    }
    assert set(json.loads(listed[1])) == tags


async def test_whoever_asks_for_nothing_is_led_to_the_calls(tiny: Tiny) -> None:
    answer = await tiny.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "docs")
    assert (await tiny.client.get("/", follow_redirects=True)).url.path == "/docs"


async def test_the_type_of_a_problem_names_a_page_that_says_what_to_do(tiny: Tiny) -> None:
    problem = (await tiny.client.get("/v1/things")).json()
    assert problem["type"] == f"/problems/{problem['code']}"
    page = await tiny.client.get(problem["type"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1>{problem['code']}</h1>" in page.text
    assert "<code>Authorization: Bearer &lt;JWT&gt;</code>" in page.text


async def test_one_page_has_all_codes_each_with_a_page_of_its_own(tiny: Tiny) -> None:
    page = await tiny.client.get("/problems")
    links = re.findall(r'<a href="(problems/[a-z_.]+)">', page.text)
    assert [link.removeprefix("problems/") for link in links] == list(meanings())
    assert "script" not in page.text
    assert (await tiny.client.get("/problems/no.such_code")).status_code == 404
