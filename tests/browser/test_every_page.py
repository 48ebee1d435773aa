"""What holds for every page of the three services in a browser, signed in or not: each is opened once, and looked at."""

import pytest

from tests.browser.looking import Sight, listen, look_at
from tests.browser.pages import PAGES
from tests.browser.reading import Readers
from tests.browser.serving import Served

MOST_BYTES = 150_000
_SEEN: dict[str, Sight] = {}


@pytest.fixture(params=PAGES)
async def sight(request: pytest.FixtureRequest, readers: Readers, site: Served) -> Sight:
    """A page as it was found when it was first opened."""
    if request.param not in _SEEN:
        seen = PAGES[request.param]
        async with readers.blank(seen.who) as page:
            traffic = listen(page)
            await seen.open(page, site)
            _SEEN[request.param] = await look_at(page, traffic)
    return _SEEN[request.param]


def test_axe_finds_no_violation(sight: Sight) -> None:
    assert sight.violations == []


def test_no_other_host_is_asked_and_the_policy_is_kept(sight: Sight) -> None:
    assert sight.hosts == {sight.host}
    assert sight.complaints == []


def test_a_page_is_light(sight: Sight) -> None:
    assert 1000 < sight.bytes <= MOST_BYTES


def test_nothing_is_lost_when_it_is_enlarged_or_on_a_telephone(sight: Sight) -> None:
    assert {name: sight.lost[name] for name in ("telephone", "twice", "four times")} == {
        "telephone": [],
        "twice": [],
        "four times": [],
    }


def test_nothing_is_cut_on_paper(sight: Sight) -> None:
    assert sight.lost["print"] == []


def test_no_meaning_is_told_by_colour_alone(sight: Sight) -> None:
    assert sight.wordless == []
