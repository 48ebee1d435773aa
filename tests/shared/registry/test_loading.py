"""A registry file is taken whole or refused whole, with sentences that name what to mend."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.registry import RegistryFileError, load_registry
from tests.shared.registry.conftest import INVENTED

Content = dict[str, Any]
SOUND: Content = json.loads(INVENTED.read_text())


def refusal_of(content: Content | str, tmp_path: Path) -> tuple[str, ...]:
    """The sentences with which a file of this content is refused."""
    file = tmp_path / "registry.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(RegistryFileError) as refusal:
        load_registry(file)
    assert str(file) in str(refusal.value)
    return refusal.value.sentences


def changed(change: Callable[[Content], object]) -> Content:
    """The sound file with one change."""
    content = copy.deepcopy(SOUND)
    change(content)
    return content


FAULTS: list[tuple[str, Callable[[Content], object], str]] = [
    (
        "an unknown parent",
        lambda file: file["communities"][1]["parents"][0].update(of="nowhere"),
        "community upstream: nowhere is not in the registry",
    ),
    (
        "an unknown community of a practice",
        lambda file: file["practices"][0]["memberships"][0].update(of="nowhere"),
        "practice Z10001: nowhere is not in the registry",
    ),
    (
        "an unknown network",
        lambda file: file["practices"][0]["networks"][0].update(of="U00000"),
        "practice Z10001: U00000 is not in the registry",
    ),
    (
        "an unknown successor",
        lambda file: file["practices"][2]["successor"].update(practice="Z77777"),
        "practice Z10003: Z77777 is not in the registry",
    ),
    (
        "an unknown community of a council",
        lambda file: file["councils"][1]["communities"][0].update(of="nowhere"),
        "council great-river: nowhere is not in the registry",
    ),
    (
        "an unknown area of a team",
        lambda file: file["teams"][0]["duties"][0].update(area="nowhere"),
        "team mill-town-team: nowhere is not in the registry",
    ),
    (
        "an alias of an unknown community",
        lambda file: file["aliases"][0].update(community="nowhere"),
        "alias “The Mill Towns (Lower)”: nowhere is not in the registry",
    ),
    (
        "a source that is not described",
        lambda file: file["aliases"][0].update(source="hearsay"),
        "aliases, The Mill Towns (Lower): the source hearsay is not described under sources",
    ),
    (
        "overlapping memberships",
        lambda file: file["practices"][1]["memberships"][0].update(valid_to="2018-01-01"),
        "practice Z10002: two memberships overlap on 2018-01-01",
    ),
    (
        "overlapping parents",
        lambda file: file["communities"][3]["parents"][0].pop("valid_to"),
        "community mill-town: two parents overlap on 2019-04-01",
    ),
    (
        "a parent of a narrower level",
        lambda file: file["communities"][1]["parents"][0].update(of="mill-town"),
        "community upstream: its parent mill-town must be of a wider level",
    ),
    (
        "an orphan",
        lambda file: file["communities"][1].pop("parents"),
        "community upstream: it has no parent",
    ),
    (
        "successors in a circle",
        lambda file: file["practices"][1].update(
            valid_to="2020-12-31", successor={"practice": "Z10003", "from_day": "2021-01-01"}
        ),
        "practice Z10002: its successors lead in a circle",
    ),
    (
        "an open practice with a successor",
        lambda file: file["practices"][2].pop("valid_to"),
        "practice Z10003: it has a successor but no valid_to",
    ),
    (
        "a successor before the end",
        lambda file: file["practices"][2]["successor"].update(from_day="2016-06-30"),
        "practice Z10003: its successor begins before it closes",
    ),
    (
        "an alias entered twice in other spelling",
        lambda file: file["aliases"].append(
            {"alias": "the mill-towns LOWER", "community": "mill-town", "source": "story"}
        ),
        "alias “the mill-towns LOWER”: it is entered twice",
    ),
    (
        "an alias that is another community's name",
        lambda file: file["aliases"].append(
            {"alias": "hill & dale", "community": "mill-town", "source": "story"}
        ),
        "alias “hill & dale”: it is the name of hill-and-dale",
    ),
    (
        "an alias that also lies outside",
        lambda file: file["aliases"].append(
            {"alias": "Copper coast", "community": "mill-town", "source": "story"}
        ),
        "alias “Copper coast”: it is also a name of Copper Coast, which lies outside",
    ),
    (
        "two communities of one name",
        lambda file: file["communities"][4].update(name="Mill Town"),
        "community mill-town: hill-and-dale has the same name",
    ),
    (
        "a slug entered twice",
        lambda file: file["lines"][0].update(slug="mill-town"),
        "community or line mill-town: it is entered twice",
    ),
    (
        "a practice both inside and outside",
        lambda file: file["outside_practices"][0].update(code="Z10001"),
        "practice Z10001: it is entered twice",
    ),
    (
        "a second system",
        lambda file: file["communities"][1].update(level="system", parents=[]),
        "communities: exactly one has the level system",
    ),
    (
        "an LSOA of an unknown community",
        lambda file: file["lsoas"][1]["memberships"][0].update(of="nowhere"),
        "LSOA E99000002: nowhere is not in the registry",
    ),
    (
        "an LSOA of a community too wide",
        lambda file: file["lsoas"][1]["memberships"][0].update(of="upstream"),
        "LSOA E99000002: it lies in an ICC or a sub-community, and upstream is none",
    ),
    (
        "an LSOA in two communities at once",
        lambda file: file["lsoas"][0]["memberships"][0].pop("valid_to"),
        "LSOA E99000001: two memberships overlap on 2021-01-01",
    ),
    (
        "an LSOA entered twice",
        lambda file: file["lsoas"][1].update(code="E99000001"),
        "LSOA E99000001: it is entered twice",
    ),
    (
        "no outside line",
        lambda file: file["lines"].pop(),
        "lines: exactly one has the kind outside",
    ),
]


@pytest.mark.parametrize(
    ("change", "sentence"), [(c, s) for _, c, s in FAULTS], ids=[name for name, _, _ in FAULTS]
)
def test_a_file_that_does_not_hold_together_is_refused(
    change: Callable[[Content], object], sentence: str, tmp_path: Path
) -> None:
    assert sentence in refusal_of(changed(change), tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda file: file["practices"][0].update(colour="red"), "practices, Z10001, colour:"),
        (lambda file: file["practices"][0].update(code="z1"), "practices, z1, code: A GP practice code is"),
        (
            lambda file: file["communities"][3].update(valid_from="1 April 2013"),
            "communities, mill-town, valid_from:",
        ),
        (
            lambda file: file["communities"][3].update(valid_to="2009-12-31"),
            "valid_to lies before valid_from",
        ),
        (lambda file: file["communities"][3].update(level="planet"), "communities, mill-town, level:"),
        (
            lambda file: file["roles"][0].update(network="U90001"),
            "a role stands in a community or in a network",
        ),
        (lambda file: file.update(schema_version=2), "schema_version:"),
        (lambda file: file["lsoas"][0].update(code="E9900001"), "lsoas, E9900001, code:"),
        (lambda file: file["lsoas"][1].update(memberships=[]), "lsoas, E99000002, memberships:"),
        (
            lambda file: file["communities"][3]["populations"][0].update(people=-1),
            "communities, mill-town, populations, 0, people:",
        ),
        (
            lambda file: file["communities"][3]["populations"][0].update(month="2012-13"),
            "populations, 0, month:",
        ),
    ],
)
def test_an_entry_that_cannot_be_read_is_named_with_its_member(
    change: Callable[[Content], object], words: str, tmp_path: Path
) -> None:
    (sentence,) = refusal_of(changed(change), tmp_path)
    assert words in sentence


def test_a_member_written_twice_is_refused_rather_than_the_last_one_taken(tmp_path: Path) -> None:
    text = INVENTED.read_text().replace(
        '"name": "Mill Town",', '"name": "Mill Town", "name": "Mill Village",'
    )
    (sentence,) = refusal_of(text, tmp_path)
    assert "the member name is written twice" in sentence


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\ufeff{}"])
def test_a_file_that_is_no_registry_is_refused(text: str, tmp_path: Path) -> None:
    assert len(refusal_of(text, tmp_path)) >= 1


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RegistryFileError, match=r"(?s)nowhere\.json.*cannot be read"):
        load_registry(tmp_path / "nowhere.json")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    def two_faults(file: Content) -> None:
        file["communities"][1]["parents"][0]["of"] = "nowhere"
        file["practices"][0]["memberships"][0]["of"] = "nowhere"

    sentences = refusal_of(changed(two_faults), tmp_path)
    assert {sentence.partition(":")[0] for sentence in sentences} >= {"community upstream", "practice Z10001"}


def test_the_digest_changes_with_the_file_and_only_with_it(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    file.write_bytes(INVENTED.read_bytes())
    assert load_registry(file).digest == load_registry(INVENTED).digest
    file.write_text(json.dumps(changed(lambda content: content.update(edition="invented-2"))))
    assert load_registry(file).digest != load_registry(INVENTED).digest
