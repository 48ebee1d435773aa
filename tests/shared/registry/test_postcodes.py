"""The postcode directory: read as the ONS writes it, indexed once, looked up exactly, refused with a sentence."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.registry import Postcodes, Registry, load_registry
from shared.registry.positions import Position
from shared.registry.postcode_index import HEAD_BYTES, PostcodeFileError, build_index
from shared.registry.postcodes import _open, open_postcodes
from shared.settings import SettingsError
from tests.shared.registry.conftest import INVENTED
from tests.shared.registry.postcode_files import DALE, HEADING, NOBODYS, QUAY, directory

ROOT = Path(__file__).parents[3]
NOW = date(2019, 6, 1)
LATER = date(2021, 6, 1)


def opened(source: Path, tmp_path: Path) -> Postcodes:
    found = open_postcodes(source, data_dir=tmp_path / "data")
    assert found is not None
    return found


def indexed(source: Path, tmp_path: Path) -> Postcodes:
    """The same without the process that makes the index: a table of cases costs milliseconds."""
    build_index(source, tmp_path / "index", stamp="s")
    found = _open(tmp_path / "index", "s")
    assert found is not None
    return found


def index_of(tmp_path: Path) -> Path:
    return tmp_path / "data" / "postcodes" / "postcodes.index"


def test_without_a_file_there_is_no_directory(tmp_path: Path) -> None:
    assert open_postcodes(None, data_dir=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["ZZ5 1AB", "zz5 1ab", "ZZ51AB", " Zz5  1aB ", "ZZ 51AB"])
def test_a_postcode_is_found_however_it_is_written(text: str, tmp_path: Path) -> None:
    found = indexed(directory(tmp_path, [("ZZ5 1AB", QUAY, DALE, "1"), ("ZZ9 9ZZ", "", "", "")]), tmp_path)
    assert len(found) == 2
    assert found.find(text) == Position((DALE, QUAY), 5)


@pytest.mark.parametrize(
    "text", ["ZZ5 1AA", "ZZ5 1AC", "A1 1AA", "ZZ99 9ZZ", "", "ZZ5", "ZZ5 1ABC9", "ＺＺ5 1AB", "ZZ5-1AB"]
)
def test_a_postcode_that_is_not_listed_is_not_found(text: str, tmp_path: Path) -> None:
    found = indexed(directory(tmp_path, [("ZZ5 1AB", QUAY, "", "1"), ("B2 2BB", QUAY, "", "1")]), tmp_path)
    assert found.find(text) is None


@pytest.mark.parametrize(
    ("columns", "heading", "encoding", "areas"),
    [
        (HEADING, None, "utf-8", (DALE, QUAY)),
        (HEADING, [name.upper() for name in HEADING], "utf-8", (DALE, QUAY)),
        (HEADING, None, "utf-8-sig", (DALE, QUAY)),  # as Excel saves it
        (HEADING[::-1], None, "utf-8", (DALE, QUAY)),
        (("pcds", "lsoa11", "imd"), None, "utf-8", (QUAY,)),
        (("imd", "pcds", "lsoa21"), ["imd", " PCDS ", "LSOA21"], "utf-8", (DALE,)),
    ],
)
def test_the_columns_are_found_by_name(
    columns: Sequence[str],
    heading: Sequence[str] | None,
    encoding: str,
    areas: tuple[str, ...],
    tmp_path: Path,
) -> None:
    rows = [("ZZ5 1AB", QUAY, DALE, "3")]
    source = directory(tmp_path, rows, columns=columns, heading=heading, encoding=encoding)
    assert indexed(source, tmp_path).find("ZZ5 1AB") == Position(areas, 5)


@pytest.mark.parametrize(
    ("rank", "of", "quintile"),
    # Source: English Indices of Deprivation, 32,844 areas of 2011 (2015, 2019) and 33,755 of 2021 (2025), ranked from the
    # most deprived and divided into equal groups.
    [
        ("1", "32844", 1),
        ("6568", "32844", 1),
        ("6569", "32844", 2),
        ("13137", "32844", 2),
        ("13138", "32844", 3),
        ("19706", "32844", 3),
        ("19707", "32844", 4),
        ("26275", "32844", 4),
        ("26276", "32844", 5),
        ("32844", "32844", 5),
        ("6751", "33755", 1),
        ("6752", "33755", 2),
        ("0", "32844", None),
        ("", "32844", None),
    ],
)
def test_a_rank_is_in_the_fifth_of_all_areas(
    rank: str, of: str, quintile: int | None, tmp_path: Path
) -> None:
    source = directory(tmp_path, [("ZZ5 1AB", QUAY, "", rank), ("ZZ5 1AC", DALE, "", of)])
    position = indexed(source, tmp_path).find("ZZ5 1AB")
    assert position is not None
    assert position.quintile == quintile


def test_each_country_has_ranks_of_its_own(tmp_path: Path) -> None:
    rows = [
        ("ZZ5 1AB", "E99000001", "", "32844"),
        ("ZZ6 1AB", "W99000001", "", "1909"),
        ("ZZ7 1AB", "W99000002", "", "1"),
    ]
    found = indexed(directory(tmp_path, rows), tmp_path)
    positions = [found.find(postcode) for postcode in ("ZZ5 1AB", "ZZ6 1AB", "ZZ7 1AB")]
    assert [one and one.quintile for one in positions] == [5, 5, 1]


def test_a_postcode_without_an_area_has_neither_area_nor_quintile(tmp_path: Path) -> None:
    found = indexed(directory(tmp_path, [("ZZ5 1AB", "", "", "7")]), tmp_path)
    assert found.find("ZZ5 1AB") == Position((), None)


GOOD = "pcds,lsoa11,imd\nZZ5 1AB,E99000001,1\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "column pcds"),
        (
            b"PK\x03\x04\x14\x00\x00\x00\x08\x00archive\xff\xfe\x00",
            "column pcds",
        ),  # the download, still packed
        (b"postcode;lsoa11;imd\n", "column pcds"),
        (b"pcds;lsoa11;imd\nZZ5 1AB;E99000001;1\n", "column pcds"),
        (b"pcds,imd\nZZ5 1AB,1\n", "column lsoa11 or lsoa21"),
        (b"pcds,lsoa11\nZZ5 1AB,E99000001\n", "column imd"),
        (b"pcds,lsoa11,imd\n", "no rows"),
        (b"x" * 200_000, "line 1"),
        (GOOD.encode() + b"ZZ5 1AC,E99000001\n", "line 3"),
        (GOOD.encode() + b"nowhere at all,E99000001,1\n", "line 3"),
        (GOOD.encode() + b",E99000001,1\n", "line 3"),
        (GOOD.encode() + b"ZZ5 1AC,E99000001,most\n", "line 3"),
        (GOOD.encode() + b"ZZ5 1AC,E99000001,-1\n", "line 3"),
        (GOOD.encode() + b"ZZ5 1AC,E99000001,70000\n", "line 3"),
        (GOOD.encode() + b"ZZ5 1AC,E990000011,1\n", "line 3"),
        (GOOD.encode() + b'ZZ5 1AC,"' + b"x" * 200_000 + b'",1\n', "line 3"),
    ],
)
def test_a_broken_file_is_refused_by_its_reason(content: bytes, words: str, tmp_path: Path) -> None:
    source = tmp_path / "broken.csv"
    source.write_bytes(content)
    with pytest.raises(PostcodeFileError) as refused:
        build_index(source, tmp_path / "index", stamp="s")
    assert words in str(refused.value)
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(("content", "words"), [("a,b\n", "column pcds"), (GOOD + "nowhere\n", "line 3")])
def test_a_broken_file_stops_the_start_with_one_sentence_that_names_the_setting(
    content: str, words: str, tmp_path: Path
) -> None:
    source = tmp_path / "broken.csv"
    source.write_text(content)
    with pytest.raises(SettingsError) as refused:
        opened(source, tmp_path)
    sentence = str(refused.value)
    assert sentence.startswith(f"The settings cannot be used: ICC_POSTCODE_FILE: {source}: ")
    assert words in sentence
    assert "\n" not in sentence
    assert not index_of(tmp_path).exists()


def test_a_file_or_a_folder_that_cannot_be_used_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ICC_POSTCODE_FILE: .*nowhere\.csv cannot be used"):
        open_postcodes(tmp_path / "nowhere.csv", data_dir=tmp_path)
    with pytest.raises(SettingsError, match=r"ICC_POSTCODE_FILE: .* cannot be indexed|cannot be used"):
        open_postcodes(tmp_path, data_dir=tmp_path)
    source = directory(tmp_path, [("ZZ5 1AB", QUAY, "", "1")])
    with pytest.raises(SettingsError, match=r"ICC_POSTCODE_FILE: .*cannot be used"):
        open_postcodes(source, data_dir=source)


def test_the_index_is_made_once_and_again_when_the_directory_changes(tmp_path: Path) -> None:
    source = directory(tmp_path, [("ZZ5 1AB", QUAY, "", "1")])
    opened(source, tmp_path)
    first = index_of(tmp_path).stat()
    still_open = opened(source, tmp_path)
    assert index_of(tmp_path).stat() == first or index_of(tmp_path).stat().st_ino == first.st_ino
    directory(tmp_path, [("ZZ5 1AB", DALE, "", "1"), ("ZZ5 1AC", DALE, "", "2")])
    changed = opened(source, tmp_path)
    assert index_of(tmp_path).stat().st_ino != first.st_ino
    assert changed.find("ZZ5 1AB") == Position((DALE,), 3)
    assert still_open.find("ZZ5 1AB") == Position((QUAY,), 5)


@pytest.mark.parametrize("left", [0, 10, HEAD_BYTES, HEAD_BYTES + 5])
def test_an_index_that_was_cut_is_made_again(left: int, tmp_path: Path) -> None:
    source = directory(tmp_path, [("ZZ5 1AB", QUAY, "", "1")])
    opened(source, tmp_path)
    index = index_of(tmp_path)
    whole = index.read_bytes()
    index.write_bytes(whole[:left])
    assert opened(source, tmp_path).find("ZZ5 1AB") is not None
    index.write_bytes(b"{" + b"x" * len(whole))
    assert opened(source, tmp_path).find("ZZ5 1AB") is not None


def test_six_processes_that_start_at_once_make_one_index(tmp_path: Path) -> None:
    source = directory(
        tmp_path,
        [
            (f"Z{a}{b} {c}AB", QUAY, "", "1")
            for a, b, c in itertools.product("ABCDEFGHJK", range(90), range(9))
        ],
    )
    program = (
        "import sys, pathlib\n"
        "from shared.registry.postcodes import open_postcodes\n"
        "found = open_postcodes(pathlib.Path(sys.argv[1]), data_dir=pathlib.Path(sys.argv[2]))\n"
        "print('postcodes', len(found))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "data")]
    processes = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    said = "".join(process.communicate(timeout=60)[0] for process in processes)
    assert said.count("postcodes 8100") == 6
    assert said.count("postcodes.indexed") == 1
    assert sorted(file.name for file in index_of(tmp_path).parent.iterdir()) == [
        "postcodes.index",
        "postcodes.lock",
    ]


AREAS = st.from_regex(r"E[0-9]{8}", fullmatch=True) | st.just("")
OUTWARD = st.from_regex(r"[A-Z]{1,2}[0-9]{1,2}", fullmatch=True)
POSTCODES = st.tuples(OUTWARD, st.from_regex(r"[0-9][A-Z]{2}", fullmatch=True)).map(" ".join)


@given(st.dictionaries(POSTCODES, AREAS, min_size=1, max_size=40), POSTCODES)
def test_every_listed_postcode_is_found_and_no_other(areas: dict[str, str], another: str) -> None:
    with TemporaryDirectory() as folder:
        source = directory(Path(folder), [(postcode, area, "", "") for postcode, area in areas.items()])
        found = indexed(source, Path(folder))
        assert {postcode: found.find(postcode) for postcode in areas} == {
            postcode: Position((area,) if area else (), None) for postcode, area in areas.items()
        }
        spelt = {postcode.replace(" ", "") for postcode in areas}
        assert (found.find(another) is not None) == (another.replace(" ", "") in spelt)


@pytest.fixture
def valley(tmp_path: Path) -> Registry:
    """The invented registry with a directory: some postcodes in outward codes of one community that lie in the other."""
    rows = [
        ("ZZ7 1AA", QUAY, "", "1"),
        ("ZZ1 1AA", DALE, "", "3"),  # ZZ1 is Mill Town's
        ("ZZ1 2AA", NOBODYS, "", "4"),
        ("ZZ7 3AA", NOBODYS, "", "5"),
        ("ZZ7 4AA", QUAY, DALE, ""),
    ]
    return load_registry(INVENTED, postcodes=indexed(directory(tmp_path, rows), tmp_path))


@pytest.mark.parametrize(
    ("postcode", "on", "icc", "community"),
    [
        ("ZZ7 1AA", NOW, "mill-town", "old-quay"),  # through its sub-community
        ("ZZ7 1AA", LATER, "mill-town", "mill-town"),
        ("ZZ7 1AA", date(2015, 12, 31), None, None),  # before the membership
        ("ZZ1 1AA", NOW, "hill-and-dale", "hill-and-dale"),  # the LSOA goes before the outward code
        ("ZZ1 1AA", date(2014, 1, 1), "mill-town", None),  # before it, the outward code
        ("ZZ1 2AA", NOW, "mill-town", None),  # an LSOA that the file does not name
        ("ZZ1 8AA", NOW, "mill-town", None),  # a postcode that the directory does not list
        ("ZZ7 3AA", NOW, None, None),
        ("ZZ7 4AA", NOW, "hill-and-dale", "hill-and-dale"),  # of two censuses the newer
        ("ZZ1 1AA", date(2023, 1, 1), "mill-town", "hill-and-dale"),  # which is no longer counted as an ICC
    ],
)
def test_a_postcode_lies_in_the_community_of_its_area_on_the_day(
    valley: Registry, postcode: str, on: date, icc: str | None, community: str | None
) -> None:
    assert (valley.icc_of_postcode(postcode, on), valley.community_of_postcode(postcode, on)) == (
        icc,
        community,
    )


def test_the_quintile_is_known_with_a_directory_and_never_guessed(
    valley: Registry, invented: Registry
) -> None:
    asked = ("ZZ7 1AA", "ZZ1 1AA", "ZZ7 3AA", "ZZ7 4AA", "ZZ9 9ZZ")
    assert [valley.deprivation_quintile(postcode) for postcode in asked] == [1, 3, 5, None, None]
    assert [invented.deprivation_quintile(postcode) for postcode in asked] == [None] * 5
    assert invented.community_of_postcode("ZZ7 1AA", NOW) is None


def test_the_index_says_of_which_directory_it_is(tmp_path: Path) -> None:
    source = directory(tmp_path, [("ZZ5 1AB", QUAY, "", "9")])
    opened(source, tmp_path)
    head = json.loads(index_of(tmp_path).read_bytes()[:HEAD_BYTES])
    assert head["stamp"] == f"{source.stat().st_size}-{source.stat().st_mtime_ns}"
    assert (head["postcodes"], head["areas"]) == (1, {"E": 9})
