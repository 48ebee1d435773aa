"""`python -m shared.registry.ods`: what an extract of the Organisation Data Service says otherwise than the registry.

It compares and changes nothing: to which community a practice belongs is a decision of the system, not of ODS.
Layout of epraccur (27 columns, no header): code, name, …, postcode (10th), open date, close date, status (13th),
…, prescribing setting (26th; 4 is a GP practice). Source: ODS file specification "GP and GP practice related data".
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from shared.registry.entries import Practice
from shared.registry.loading import load_registry
from shared.registry.names import fold, is_practice_code
from shared.registry.registry import Registry

_COLUMNS: Final = 27
_NAME, _POSTCODE, _CLOSED, _SETTING = 1, 9, 11, 25
_GP_PRACTICE: Final = "4"
_PRACTICE_HEADINGS: Final = ("practice code", "partner organisation code")
_NETWORK_HEADINGS: Final = ("pcn code",)
_END_HEADINGS: Final = ("rel end", "practice to pcn relationship end date")


@dataclass(frozen=True, slots=True)
class Listed:
    """A GP practice as ODS lists it; `closed_on`: None while it is open."""

    code: str
    name: str
    postcode: str
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One practice about which the registry and the extract disagree, in a sentence."""

    code: str
    sentence: str


def read_practices(rows: Iterable[Sequence[str]]) -> dict[str, Listed]:
    """The GP practices of an epraccur extract by code; raises ValueError naming the first row that is not of it."""
    practices = {}
    for number, row in enumerate(rows, start=1):
        if len(row) != _COLUMNS:
            raise ValueError(f"row {number}: an epraccur row has {_COLUMNS} columns, this one {len(row)}")
        if row[_SETTING] == _GP_PRACTICE and is_practice_code(row[0]):
            practices[row[0]] = Listed(row[0], row[_NAME], row[_POSTCODE], _ods_date(row[_CLOSED]))
    return practices


def read_networks(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Practice code → network code of an ePCN partner list with headings; relations that ended are left out.

    Raises ValueError when no heading names the practice or the network.
    """
    networks = {}
    for row in rows:
        cells = {fold(heading): value for heading, value in row.items() if heading}
        if not _cell(cells, _END_HEADINGS):
            networks[_required(cells, _PRACTICE_HEADINGS)] = _required(cells, _NETWORK_HEADINGS)
    return networks


def compare(
    registry: Registry, practices: Mapping[str, Listed], networks: Mapping[str, str] | None, *, on: date
) -> list[Difference]:
    """What the extracts say otherwise than the registry on a day, practice by practice in the file's order.

    networks: None when there is no such extract; then networks are not compared.
    """
    return [
        Difference(practice.code, sentence)
        for practice in registry.file.practices
        for sentence in _differences(practice, practices.get(practice.code), networks, on)
    ]


def outside_entries(registry: Registry, practices: Mapping[str, Listed]) -> list[dict[str, str]]:
    """Entries for `outside_practices`: every practice of the extract that is not one of the system's."""
    return [
        {"code": listed.code, "name": listed.name, "postcode": listed.postcode}
        for listed in practices.values()
        if registry.practice(listed.code) is None
    ]


def _differences(
    practice: Practice, listed: Listed | None, networks: Mapping[str, str] | None, on: date
) -> Iterator[str]:
    if listed is None:
        yield "the extract does not list it"
        return
    is_open, listed_open = practice.holds(on), listed.closed_on is None or on <= listed.closed_on
    if is_open and not listed_open:
        yield f"open in the registry, closed on {listed.closed_on} in the extract"
    if listed_open and not is_open:
        yield "closed in the registry, open in the extract"
    if fold(practice.name) != fold(listed.name):
        yield f"named {practice.name} in the registry, {listed.name} in the extract"
    if practice.postcode != listed.postcode:
        yield f"at {practice.postcode} in the registry, at {listed.postcode} in the extract"
    ours = next((one.of for one in practice.networks if one.holds(on)), None)
    theirs = networks.get(practice.code) if networks is not None else ours
    if is_open and ours != theirs:
        yield f"in network {ours or 'none'} in the registry, {theirs or 'none'} in the extract"


def _ods_date(text: str) -> date | None:
    return datetime.strptime(text, "%Y%m%d").date() if text else None  # noqa: DTZ007 - a day, not an instant


def _cell(cells: Mapping[str, str], headings: Sequence[str]) -> str:
    return next((cells[heading] for heading in headings if heading in cells), "")


def _required(cells: Mapping[str, str], headings: Sequence[str]) -> str:
    value = _cell(cells, headings)
    if not value:
        raise ValueError(f"the list of networks needs a column “{headings[0]}” with a value in every row")
    return value


def main(arguments: Sequence[str]) -> int:
    """Print the differences, one a line, or with --outside the entries of the rest of England as JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m shared.registry.ods", description=__doc__)
    parser.add_argument("--practices", type=Path, required=True, help="epraccur as CSV, without a header")
    parser.add_argument("--networks", type=Path, help="partners of the networks as CSV, with headings")
    parser.add_argument("--registry", type=Path, help="another registry than the one that ships")
    parser.add_argument(
        "--on", type=date.fromisoformat, default=None, help="the day to compare; today without it"
    )
    parser.add_argument("--outside", action="store_true", help="print entries for outside_practices instead")
    asked = parser.parse_args(arguments)
    registry = load_registry(asked.registry)
    with asked.practices.open(encoding="utf-8-sig", newline="") as file:
        practices = read_practices(csv.reader(file))
    if asked.outside:
        lines = [json.dumps(entry, ensure_ascii=False) for entry in outside_entries(registry, practices)]
    else:
        networks = _networks_of(asked.networks)
        on = asked.on or date.today()  # noqa: DTZ011 - a command run by a person: their day
        lines = [f"{found.code}: {found.sentence}" for found in compare(registry, practices, networks, on=on)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _networks_of(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return read_networks(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
